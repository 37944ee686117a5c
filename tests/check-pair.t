#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/gcc/alpnd ALPND_CHECK=build/gcc/alpnd-check exec python3 tests/check_pair.py
