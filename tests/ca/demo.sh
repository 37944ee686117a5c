#!/bin/bash
# make demo: a real ACME CA issues a certificate to real dehydrated through
# alpnd.  Everything in a temporary directory and on free loopback ports.  With
# ALPND through this alpnd, and nothing is installed or built.
tests=$(cd "$(dirname "$0")/.." && pwd)
say() { printf '\n==> %s\n' "$*"; }

if [ -z "${ALPND:-}" ]; then
	say "packages"
	"$tests/lib/packages.sh" demo || exit 1
	echo "all there"
	say "build"
	"${MAKE:-make}" -C "$tests/.." -s all || exit 1
	ALPND=$tests/../alpnd
fi
"$ALPND" -V

free_ports() { # as many as arguments: variables to set
	local p v
	for v; do
		while :; do
			p=$((20000 + RANDOM % 12000))
			[ -z "$(ss -Hlntu "sport = :$p")" ] && break
		done
		printf -v "$v" %s "$p"
	done
}
. "$(dirname "$0")/../lib/lib.sh"
free_ports ACME_PORT ACME_MGMT DNS_PORT DNS_MGMT TLS_PORT
CA_TARGET=127.0.0.1
. "$(dirname "$0")/../lib/acme.sh"

say "a real ACME CA (pebble) on port $ACME_PORT; it validates on port $TLS_PORT"
acme_start || exit 1
say "alpnd under systemd-socket-activate on port $TLS_PORT"
bg alpnd systemd-socket-activate --accept --inetd -l "127.0.0.1:$TLS_PORT" \
    "$ALPND" -d "$ALPN"
wait_listen "$TLS_PORT" || exit 1
say "dehydrated: an account, then one certificate for two names"
dehydrated_setup || exit 1
echo "\$ dehydrated -t tls-alpn-01 --alpn $ALPN -c -d demo.example.org -d www.demo.example.org"
if ! SHOW=1 dehydrated_issue demo.example.org www.demo.example.org || ! issued demo.example.org www.demo.example.org; then
	say "NOT issued.  alpnd's log:"
	cat "$T/alpnd.log"
	exit 1
fi
say "the certificate"
openssl x509 -in "$T/dehydrated/certs/demo.example.org/fullchain.pem" \
    -noout -subject -issuer -dates -ext subjectAltName
say "alpnd's log: the CA asks from several places at once"
# its last connection may still be on its way
six() { [ "$(grep -c ^served "$T/alpnd.log")" -ge 6 ]; }
wait_for six
grep -E '^(served|refused|error)' "$T/alpnd.log"
say "done; everything of it is removed"
