#!/bin/bash
# pebble issues certificates to uacme, whose hook is examples/uacme-hook as it
# is, through alpnd: for a name, and for IP addresses (RFC 8738).
# Run in lib/isolate.sh net,mount: uacme trusts the system's bundle and nothing
# else, and that is pebble's here.  Found with pebble 2.4.0 and uacme 1.7.4: both can IP
# identifiers, IPv4 and IPv6.  uacme hands the hook the address as it is, and
# pebble connects to it and sends the reverse name, as RFC 8738, 6 has it.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${ISOLATED:-}" ] || exec tests/lib/isolate.sh net,mount tests/ca/uacme.sh "$@"
. tests/lib/lib.sh
DROP=()
RUN_GROUP=$(id -g)
if chown nobody:nogroup "$T" 2>/dev/null; then
	chown root:root "$T"
	RUN_GROUP=nogroup DROP=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
TLS_PORT=10443
. tests/lib/acme.sh
install -m 755 "${BUILD:-build/gcc}"/alpnd "$T/alpnd"
mkdir -p "$T/uacme" "$ALPN"
chgrp "$RUN_GROUP" "$ALPN" && chmod 2750 "$ALPN"
export ALPND_PAIR=$TOP/alpnd-pair ALPND_DIR=$ALPN

ua() {
	timeout 90 uacme -v -v -c "$T/uacme" -a "https://127.0.0.1:$ACME_PORT/dir" \
	    -t EC -y "$@" >"$T/uacme.log" 2>&1
}
issue() { ua -h "$TOP/examples/uacme-hook" issue "$@"; }
ua_issued() { # ua_issued IDENTIFIER SAN: a certificate of this CA for it
	local f=$T/uacme/$1/cert.pem
	openssl x509 -in "$f" -noout -issuer | grep -q Pebble &&
	    [ "$(openssl x509 -in "$f" -noout -ext subjectAltName | tail -n +2 |
	    tr -d ' ')" = "$2" ]
}
log_has() {
	grep -Eq "^served name=$1 peer=[^ ]+ tls=TLSv1.[23] cipher=[A-Z0-9_-]+ ms=[0-9]+\$" "$T/alpnd.log"
}

bg alpnd "${DROP[@]}" systemd-socket-activate --accept --inetd \
    -l "[::]:$TLS_PORT" "$T/alpnd" -d "$ALPN"
wait_listen "$TLS_PORT" && acme_start &&
    mount --bind "$T/root.pem" /etc/ssl/certs/ca-certificates.crt &&
    ua new test@example.org ||
    { ok 1 "set-up of the CA"; finish; }

while read -r ident name san; do
	is "uacme runs for $ident" issue "$ident"
	is "... the CA has issued it" ua_issued "$ident" "$san"
	is "... alpnd has served $name" wait_for log_has "$name"
	is "... uacme has removed the pair" [ -z "$(ls -A "$ALPN")" ]
done <<E
uacme.example.org uacme.example.org DNS:uacme.example.org
127.0.0.1 1.0.0.127.in-addr.arpa IPAddress:127.0.0.1
::1 1.$(printf '0.%.0s' {1..31})ip6.arpa IPAddress:0:0:0:0:0:0:0:1
E
is "nothing but served in the log" \
    [ -z "$(grep -E '^(refused|error)' "$T/alpnd.log")" ]
finish
