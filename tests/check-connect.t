#!/bin/sh
# /etc/hosts and /etc/resolv.conf are the test's own: in a mount namespace
cd "$(dirname "$0")/.." && exec tests/lib/netns.sh unshare -m \
	env ALPND=build/gcc/alpnd ALPND_CHECK=build/gcc/alpnd-check python3 tests/check_connect.py
