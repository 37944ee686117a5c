#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/gcc/alpnd exec python3 tests/interop.py
