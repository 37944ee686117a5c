#!/bin/sh
cd "$(dirname "$0")/.." && exec tests/lib/netns.sh tests/container.sh
