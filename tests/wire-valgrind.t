#!/bin/sh
# The main paths under valgrind: any error or leak makes the exit status 99.
cd "$(dirname "$0")/.." && ALPND="valgrind -q --error-exitcode=99 --leak-check=full --log-file=/dev/null build/gcc/alpnd" \
    WIRE=main SLOW=5 exec tests/lib/private.sh python3 tests/wire.py
