#!/bin/sh
# Leaks are looked for by valgrind: LeakSanitizer cannot once root is given up.
cd "$(dirname "$0")/.." && ALPND=build/gcc/alpnd ALPND_CHECK=build/asan/alpnd-check \
    ASAN_OPTIONS=detect_leaks=0 exec python3 tests/check_pair.py
