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

# visitors.sh: by the examples for nginx and HAProxy, and the lines that they
# give for the web server behind, which is nginx, the web server logs the
# addresses of its visitors, and nothing but the proxy can be reached from
# elsewhere.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
ALPN=$T/alpn-certs
mkdir "$ALPN"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web \
    -keyout "$T/web.key" -out "$T/web.crt" 2>/dev/null
install -m 755 "${BUILD:-build/gcc}"/alpnd "${BUILD:-build/gcc}"/alpnd-check alpnd-pair "$T"

comment() { # comment EXAMPLE PATTERN: lines of it that are a comment
	sed -n "s/^[[:space:]]*#[[:space:]]\\($2.*\\)/\\1/p" "examples/$1"
}
nginx_with() { # nginx_with NAME: with a main context on stdin
	{
		echo "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"
		echo "daemon off; master_process off; pid $T/$1.pid;"
		echo "error_log $T/$1-error.log info; events { worker_connections 256; }"
		cat
	} >"$T/$1.conf"
	bg "$1" nginx -e "$T/$1-error.log" -c "$T/$1.conf"
	PID=$BGPID
}
web() { # web EXAMPLE: a website, with the lines for it in the example
	local lines
	lines=$(comment "$1" listen; comment "$1" set_real_ip_from; comment "$1" real_ip_header)
	[ "$(wc -l <<<"$lines")" = 3 ] || { diag "lines: $lines"; return 1; }
	rm -f "$T/access.log"
	nginx_with web <<-C
	http { server {
	$lines
	ssl_certificate $T/web.crt; ssl_certificate_key $T/web.key;
	access_log $T/access.log; location / { return 200 "a page of ours"; }
	} }
	C
	WEB=$PID
	wait_listen 8443
}
page() { # page ADDRESS FROM
	[ "$(curl -sk --max-time 20 --interface "$2" "https://$1/")" = "a page of ours" ]
}
logged() { grep -q "^$1 - " "$T/access.log"; }
validated() { ALPND_CHECK=$T/alpnd-check "$T/alpnd-pair" -d "$ALPN" -c 192.0.2.10; }

# alpnd by the drop-in that the example gives, as systemd would listen
responder() { # responder EXAMPLE
	local address
	address=$(comment "$1" 'ListenStream=' | sed 's/ListenStream=//' | grep .)
	bg alpnd systemd-socket-activate --accept --inetd -l "$address" "$T/alpnd" -d "$ALPN"
	RESPONDER=$BGPID
	wait_listen 10443
}

try() { # try EXAMPLE WHAT: with the proxy running as PID
	local example=$1 what=$2
	wait_listen 443 || { ok 1 "$what: listens"; return; }
	is "$what: the website by IPv4" page 192.0.2.10 192.0.2.7
	is "$what: ... logs its visitor" wait_for logged 192.0.2.7 || diag "$(cat "$T/access.log")"
	is "$what: the website by IPv6" page '[2001:db8::10]' 2001:db8::7
	is "$what: ... logs its visitor" wait_for logged 2001:db8::7 || diag "$(cat "$T/access.log")"
	is "$what: ... and nobody as 127.0.0.1" eval '! logged 127.0.0.1'
	is "$what: a validation" validated
	is "$what: ... logs the client" wait_for grep -q '^served .*client=192\.0\.2\.7:' "$T/alpnd.log"
	is "$what: 8443 and 10443 listen on 127.0.0.1, and nowhere else" \
	    [ "$(ss -Hltn 'sport = :8443 or sport = :10443' | awk '{ print $4 }' | sort | paste -sd' ')" = \
	    "127.0.0.1:10443 127.0.0.1:8443" ] || diag "$(ss -ltn)"
}

example=nginx-proxy-protocol.conf
web $example && responder $example || { ok 1 "set-up of nginx"; finish; }
nginx_with front <"examples/$example"
try $example nginx
stop "$PID"; stop "$WEB"; stop "$RESPONDER"
mv "$T/alpnd.log" "$T/alpnd-nginx.log"

example=haproxy.cfg
web $example && responder $example || { ok 1 "set-up of HAProxy"; finish; }
# as its comment says
sed 's/^	server web .*/& send-proxy-v2/' examples/$example >"$T/haproxy.cfg"
bg front haproxy -db -f "$T/haproxy.cfg"
PID=$BGPID
try $example HAProxy

for f in nginx.conf sslh.cfg; do
	is "$f has the drop-in for 127.0.0.1" [ "$(comment $f ListenStream=)" = \
	    "$(comment $example ListenStream=)" ]
	is "... and the web server's line" [ -n "$(comment $f '[Ll]isten 127.0.0.1:8443')" ]
done
finish
