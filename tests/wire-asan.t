#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/asan/alpnd WIRE=short SLOW=3 exec tests/lib/private.sh python3 tests/wire.py
