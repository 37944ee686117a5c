#!/bin/sh
# make bench: what one connection costs, alone and under a real systemd, beside
# lighttpd.  COUNT=n: connections of each kind; ROUNDS=n: of the second part.
cd "$(dirname "$0")/.." || exit 1
"${MAKE:-make}" -s all || exit 1
python3 tests/bench.py "${COUNT:-100}" ./alpnd "$@"
# under a real systemd, where that is to be had
[ "$(id -u)" != 0 ] || exec tests/lib/netns.sh tests/bench-systemd.sh "${ROUNDS:-5}"
