#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/gcc/alpnd exec tests/lib/private.sh python3 tests/wire.py
