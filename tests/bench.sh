#!/bin/sh
# make bench: what one connection costs.  COUNT=n: connections of each kind.
cd "$(dirname "$0")/.." || exit 1
"${MAKE:-make}" -s all || exit 1
exec python3 tests/bench.py "${COUNT:-100}" ./alpnd "$@"
