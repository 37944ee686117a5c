#!/bin/bash
# Copyright (c) 2026 The alpnd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# ip.sh: pebble issues certificates for IP addresses to dehydrated, by the
# lines that the manual gives for domains.txt, IPv4 and IPv6, through alpnd.
# dehydrated 0.7.0, Debian 12's, has no IP identifiers: then it is skipped,
# unless DEHYDRATED is the path of a later one.  uacme.sh does the same
# with uacme.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
RUN_GROUP=$(id -g) DROP=()
if chown nobody:nogroup "$T" 2>/dev/null; then
	chown root:root "$T"
	RUN_GROUP=nogroup DROP=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
TLS_PORT=10443
. "$TOP/tests/lib/acme.sh"
cd "$TOP" || exit 1
dehydrated=${DEHYDRATED:-$(command -v dehydrated)}
grep -q '=~ ^ip:' "$dehydrated" || skip_all "this dehydrated has no IP identifiers"
dehydrated() { bash "$dehydrated" "$@"; }

install -m 755 "${BUILD:-build/gcc}"/alpnd "$T/alpnd"
bg alpnd "${DROP[@]}" systemd-socket-activate --accept --inetd -l "[::]:10443" "$T/alpnd" -d "$ALPN"
wait_listen 10443 && acme_start || { ok 1 "set-up of the CA"; finish; }
mkdir -p "$ALPN" && chgrp "$RUN_GROUP" "$ALPN" && chmod 2750 "$ALPN"
dehydrated_config
# the very lines of the manual
sed -n '/^ip:/p' man/alpnd.8 >"$T/dehydrated/domains.txt"
is "the manual's lines for domains.txt" [ "$(wc -l <"$T/dehydrated/domains.txt")" = 2 ]
diag "$(cat "$T/dehydrated/domains.txt")"
in_bash() { timeout 90 bash "$dehydrated" --config "$T/dehydrated/config" "$@" >"$T/issue.log" 2>&1; }
is "an account" in_bash --register --accept-terms
is "dehydrated -t tls-alpn-01 --alpn -c" in_bash -t tls-alpn-01 --alpn "$ALPN" -c ||
    diag "$(tail -20 "$T/issue.log")"
while read -r san name; do
	files=("$T"/dehydrated/certs/*/cert.pem)
	is "a certificate of this CA for $san" eval "
	    for f in ${files[*]}; do openssl x509 -in \$f -noout -issuer -ext subjectAltName; done | tr -d ' ' |
	    grep -qx '$san'" || diag "$(ls "$T/dehydrated/certs")"
	is "... alpnd has served $name" wait_for grep -q "^served name=$name " "$T/alpnd.log" ||
	    diag "$(grep -E '^(served|refused|error)' "$T/alpnd.log")"
done <<N
IPAddress:192.0.2.10 10.2.0.192.in-addr.arpa
IPAddress:2001:DB8:0:0:0:0:0:10 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
N
is "all of them is served" [ -z "$(grep -E '^(refused|error)' "$T/alpnd.log")" ]
is "the pairs are removed" [ -z "$(ls -A "$ALPN")" ]
finish
