#!/bin/sh
cd "$(dirname "$0")/.." && exec tests/lib/netns.sh python3 tests/bench/check.py
