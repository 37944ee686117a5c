#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/asan/alpnd ASAN_OPTIONS=detect_leaks=0 exec tests/lib/netns.sh python3 tests/server.py
