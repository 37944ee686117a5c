#!/bin/sh
# netns.sh CMD...: run CMD in a network namespace of its own, where every port
# is free and the CA has an address of its own: what connects to 192.0.2.10
# or 2001:db8::10 comes from 192.0.2.7 or 2001:db8::7 (RFC 5737, RFC 3849).
set -e
if [ -z "$PRIVATE_NET" ]; then
	n=-n
	[ "$(id -u)" = 0 ] || n=-rn
	PRIVATE_NET=1 exec unshare $n -- "$0" "$@"
fi
ip link set lo up
ip addr add 192.0.2.7/32 dev lo
ip addr add 192.0.2.10/32 dev lo
ip route replace local 192.0.2.10 dev lo table local src 192.0.2.7
ip -6 addr add 2001:db8::7/128 dev lo nodad
ip -6 addr add 2001:db8::10/128 dev lo nodad
exec "$@"
