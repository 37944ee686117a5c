#!/bin/sh
cd "$(dirname "$0")/.." && ALPND=build/nosystemd/alpnd exec tests/lib/netns.sh python3 tests/server.py
