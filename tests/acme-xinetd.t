#!/bin/sh
cd "$(dirname "$0")/.." && exec tests/lib/netns.sh tests/lib/private.sh tests/acme.sh xinetd
