#!/bin/sh
cd "$(dirname "$0")/.." && exec python3 tests/load.py 300
