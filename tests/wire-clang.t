#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/clang/alpnd WIRE=short exec tests/lib/private.sh python3 tests/wire.py
