#!/bin/sh
# Leaks are looked for by valgrind: in the sandbox LeakSanitizer cannot.
cd "$(dirname "$0")/.." && ALPND=build/asan/alpnd WIRE=short SLOW=3 ASAN_OPTIONS=detect_leaks=0 exec tests/lib/private.sh python3 tests/wire.py
