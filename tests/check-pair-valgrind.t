#!/bin/sh
# Any error or leak makes the exit status 99.
cd "$(dirname "$0")/.." && ALPND_CHECK=build/gcc/alpnd-check TESTS="good files no_pair" \
    WRAP="valgrind -q --vgdb=no --error-exitcode=99 --leak-check=full --log-file=/dev/null" exec python3 tests/check_pair.py
