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

# selftest.sh nginx|haproxy|sslh: "alpnd-pair -c" through that proxy, by its
# example: all is well, during an order, interrupted, and with each of ten parts
# of the path broken.  What it says of each is shown.  Run in
# lib/isolate.sh net,mount: /etc/hosts and the user _alpnd are the test's own.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/lib.sh
[ "$(id -u)" = 0 ] || skip_all "needs root"
kind=$1
for f in hosts passwd group; do
	cp "/etc/$f" "$T/$f" && chmod 644 "$T/$f" && mount --bind "$T/$f" "/etc/$f" || exit 1
done
echo "192.0.2.10 www.example.org" >>"$T/hosts"
grep -q ^_alpnd: /etc/group || echo "_alpnd:x:64999:" >>"$T/group"
grep -q ^_alpnd: /etc/passwd || echo "_alpnd:x:64999:64999::/:/usr/sbin/nologin" >>"$T/passwd"
RUN_GROUP=_alpnd
. tests/lib/acme.sh
install -m 755 "${BUILD:-build/gcc}"/alpnd "${BUILD:-build/gcc}"/alpnd-check alpnd-pair "$T"
mkdir "$ALPN" && chgrp _alpnd "$ALPN" && chmod 2750 "$ALPN"

responder() { # responder [FLAG...]: alpnd on port 10443
	bg alpnd setpriv --reuid _alpnd --regid _alpnd --clear-groups systemd-socket-activate \
	    --accept --inetd -l 127.0.0.1:10443 "$T/alpnd" "${@:--d$ALPN}"
	RESPONDER=$BGPID
	wait_listen 10443
}
closed() { ! listens 443; }
front() { # front [SED-COMMAND]: the proxy, by its example
	wait_for closed || return 1	# sslh's children end after sslh
	case $kind in
	nginx)
		{
			echo "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"
			echo "daemon off; master_process off; pid $T/nginx.pid;"
			echo "error_log $T/nginx-error.log info; events { worker_connections 256; }"
			sed "${1-}" examples/nginx.conf
		} >"$T/front.cfg"
		bg front nginx -e "$T/nginx-error.log" -c "$T/front.cfg"
		;;
	haproxy)
		sed "${1-}" examples/haproxy.cfg >"$T/front.cfg"
		bg front haproxy -db -f "$T/front.cfg"
		;;
	sslh)
		sed "${1-}" examples/sslh.cfg >"$T/front.cfg"
		bg front sslh "-F$T/front.cfg"
		;;
	esac
	FRONT=$BGPID
	wait_listen 443
}

run() { "$T/alpnd-pair" -d "$ALPN" "$@" >"$T/out" 2>"$T/err"; }
empty() { [ -z "$(ls -A "$ALPN")" ] || { ls -la "$ALPN"; return 1; }; }
good() { # good ARG...: silent on standard error, and nothing is left
	local rc
	run "$@"; rc=$?
	[ "$rc" = 0 ] && [ ! -s "$T/err" ] && grep -q '^\(ok\|warning\) ' "$T/out" ||
	    { echo "exit $rc"; cat "$T/out" "$T/err"; return 1; }
}
bad() { # bad WORDS ARG...: it is not well, and the words say why
	local rc
	run "${@:2}"; rc=$?
	[ "$rc" = 1 ] && [ ! -s "$T/out" ] && grep -q -- "$1" "$T/err" ||
	    { echo "exit $rc, want: $1"; cat "$T/out" "$T/err"; return 1; }
}
broken() { # broken WHAT WORDS...: each of the words is in what it says
	local what=$1 words
	is "$kind: $what: exit 1" bad "$2" -c www.example.org
	for words in "${@:3}"; do
		is "... and says: $words" grep -q -- "$words" "$T/err"
	done
	diag "$(sed "s|$T/||g; s/[0-9a-f]\{16\}\.invalid/....invalid/" "$T/err")"
	is "... and leaves nothing" empty
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web \
    -keyout "$T/web.key" -out "$T/web.crt" 2>/dev/null
bg web openssl s_server -accept 8443 -www -cert "$T/web.crt" -key "$T/web.key"
wait_listen 8443 && responder && front || { ok 1 "set-up"; finish; }

# all is well
is "$kind: all is well" good -c www.example.org
diag "$(cat "$T/out")"
is "... and the pair is removed" empty
is "... it says what to run on another machine" \
    grep -qx ' *alpnd-check -c www.example.org alpnd-test-[0-9a-f]*\.invalid' "$T/out"
line=$(sed -n 's/^ *alpnd-check/.\/alpnd-check/p' "$T/out")
(cd "$T" && eval "$line") >"$T/elsewhere" 2>&1
is "... which gets the answer that it has named" grep -q "unrecognized name" "$T/elsewhere"
is "... with a port" good -c www.example.org:443
is "... by IPv4 alone" good -4 -c www.example.org
is "... by address" good -c '[2001:db8::10]:443'
is "... with a real name" good -c www.example.org -N www.example.org
is "... and of an address" good -c www.example.org -N 192.0.2.10
is "... all removed" empty
run www.example.org "$(printf %064d 0)"
is "a pair of the name is there: refused" \
    bad "www.example.org.crt.pem: there is a pair of www.example.org" -c www.example.org -N www.example.org
rm "$ALPN/www.example.org.crt.pem"
is "... or half of one" bad "www.example.org.key.pem: there is a pair" -c www.example.org -N www.example.org
is "... and it says how to remove that one" \
    grep -q "or remove the pair; alpnd-pair -d $ALPN -r www.example.org\$" "$T/err"
is "... which is left alone" [ "$(ls -A "$ALPN")" = www.example.org.key.pem ]
rm "$ALPN/www.example.org.key.pem"

# with -w the pair stays, for the lines that it prints
"$T/alpnd-pair" -d "$ALPN" -w 600 -c www.example.org >"$T/out" 2>&1 & waiting=$!
is "-w: it prints the lines" wait_for grep -q '^ *sha256 Fingerprint=' "$T/out"
for tool in openssl alpnd-check; do
	line=$(sed -n "s/^ *\($tool .*\)/\1/p" "$T/out")
	(PATH=$T:$PATH; eval "$line") >"$T/elsewhere" 2>/dev/null
	want=$(sed -n 's/^ *\(sha256 Fin.*\|[0-9a-f]\{64\}\)$/\1/p' "$T/out" |
	    if [ $tool = openssl ]; then tail -1; else head -1; fi)
	is "-w: the line with $tool shows what it should" grep -qF -- "$want" "$T/elsewhere"
done
kill -TERM $waiting
wait $waiting
is "... and is ended" [ $? = 143 ]
is "... and the pair is removed" empty

# interrupted while the pair is there and alpnd-check runs
cat >"$T/slow" <<P
#!/bin/sh
echo \$\$ >$T/slow.pid
exec sleep 600
P
chmod 755 "$T/slow"
child_gone() { ! kill -0 "$(cat "$T/slow.pid")"; }
for signal in HUP INT TERM; do
	rm -f "$T/slow.pid"
	# python3: a background job of a shell ignores SIGINT
	bg signalled env ALPND_CHECK="$T/slow" python3 -c "
import os, signal, sys
for s in signal.SIGHUP, signal.SIGINT: signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])" "$T/alpnd-pair" -d "$ALPN" -c www.example.org
	wait_for [ -s "$T/slow.pid" ]
	is "$signal: the pair is there" eval '! empty'
	kill -$signal "$BGPID"
	wait "$BGPID"
	is "... ends it by that" [ $? = $((128 + $(kill -l $signal))) ]
	is "... and the pair is removed" empty
	is "... and alpnd-check is ended" wait_for child_gone
done
# whose output nobody reads any more
"$T/alpnd-pair" -d "$ALPN" -c www.example.org | true
is "nobody reads: the pair is removed" empty
# killed: the next one removes what is old, and that alone
bg killed env ALPND_CHECK="$T/slow" "$T/alpnd-pair" -d "$ALPN" -c www.example.org
rm -f "$T/slow.pid"
wait_for [ -s "$T/slow.pid" ]
kill -KILL "$BGPID"
wait "$BGPID" 2>/dev/null
kill "$(cat "$T/slow.pid")"
were=$(find "$ALPN" -name '*.pem' | wc -l)
run www.example.org "$(printf %064d 0)"
is "killed: a test meanwhile leaves the pair" good -c www.example.org
is "... it may be at work" [ "$were $(find "$ALPN" -name 'alpnd-test-*.pem' | wc -l)" = "2 2" ]
find "$ALPN" -name '*.pem' -exec touch -d '3 hours ago' {} +
is "... a test some hours later removes it" good -c www.example.org
is "... and no other" [ "$(cd "$ALPN" && echo *)" = "www.example.org.crt.pem www.example.org.key.pem" ]
find "$ALPN" -mindepth 1 -delete

# an order in progress
acme_start && dehydrated_setup || { ok 1 "set-up of the CA"; finish; }
dehydrated_issue one.example.org www.one.example.org & order=$!
tests=0 wrong=0
while kill -0 $order 2>/dev/null; do
	good -c www.example.org >"$T/why" || { wrong=$((wrong + 1)); diag "$(cat "$T/why")"; }
	tests=$((tests + 1))
done
wait $order
is "an order during which $tests tests ran" issued one.example.org www.one.example.org ||
    diag "$(cat "$T/issue.log")"
is "... all of which were good" [ "$tests" -gt 0 -a $wrong = 0 ]
is "... nothing is left" empty
# an order for the name of -N begins while the test runs: its pair stays
cat >"$T/order" <<P
#!/bin/sh
cat $T/web.key >$ALPN/www.example.org.key.pem
cat $T/web.crt >$ALPN/www.example.org.crt.pem
P
chmod 755 "$T/order"
ALPND_CHECK=$T/order run -c www.example.org -N www.example.org
is "an order for the name of -N, meanwhile: the test has failed" [ $? = 1 ]
is "... its pair stays" cmp "$T/web.crt" "$ALPN/www.example.org.crt.pem"
is "... and its key" cmp "$T/web.key" "$ALPN/www.example.org.key.pem"
find "$ALPN" -mindepth 1 -delete

# ten breaks
stop "$FRONT"
broken "the proxy is stopped" "Connection refused"
front 's|acme-tls/1|acme-tls/2|'
broken "the proxy sends acme-tls/1 to the web server" "Cannot negotiate ALPN\|no application protocol"
stop "$FRONT"
front s/10443/10444/
broken "the proxy sends it to a wrong port" "Error getting validation data\|Connection reset"
stop "$FRONT"
front
stop "$RESPONDER"
broken "the socket is stopped" "Error getting validation data\|Connection reset"
if [ "$kind" = haproxy ]; then mismatch=off; else mismatch=require; fi
responder -d "$ALPN" -p $mismatch
broken "the PROXY header is not as -p $mismatch wants it" "PROXY"
stop "$RESPONDER"
mkdir "$T/other" && chgrp _alpnd "$T/other" && chmod 2750 "$T/other"
responder -d "$T/other"
broken "alpnd reads another directory" "unrecognized name" "another director"
stop "$RESPONDER"
"$T/alpnd-pair" -d "$T/other" fallback.example.org "$(printf %064d 0)"
responder -d "$T/other" -f fallback.example.org
broken "... and has a fallback" "identifier does not match\|Incorrect validation certificate"
stop "$RESPONDER"
responder -d "$T/alpn-certs"
chmod 2700 "$ALPN"
broken "the directory cannot be read" "internal error" "$ALPN: .*_alpnd cannot read it" "-> chmod"
chgrp root "$ALPN" && chmod 2755 "$ALPN"
broken "the directory's group is wrong" "internal error" \
    "^alpnd-pair: $ALPN: alpnd cannot read .* the group root and mode 0640; chgrp _alpnd $ALPN && chmod 2750 $ALPN\$"
eval "$(sed -n 's/^alpnd-pair: .*; chgrp/chgrp/p' "$T/err")"
is "... which helps" good -c www.example.org
cp "$T/hosts" "$T/hosts.good"
sed 's/^192.0.2.10 www/192.0.2.99 www/' "$T/hosts.good" >/etc/hosts
ip route add unreachable 192.0.2.99
broken "the name points to another address" "192.0.2.99"
cat "$T/hosts.good" >/etc/hosts
stop "$RESPONDER"
mv "$T/alpnd" "$T/alpnd.good"
responder
broken "alpnd is not there" "Error getting validation data\|Connection reset"
stop "$RESPONDER"
mv "$T/alpnd.good" "$T/alpnd"
responder
mkdir "$T/full" && mount -t tmpfs -o size=4k none "$T/full" && echo x >"$T/full/fill"
chgrp _alpnd "$T/full" && chmod 2750 "$T/full"
"$T/alpnd-pair" -d "$T/full" -c www.example.org >"$T/err" 2>&1
is "$kind: no space: exit 1" [ $? = 1 ]
is "... and says so" grep -q "No space\|disk full" "$T/err"
diag "$(cat "$T/err")"
is "... and leaves nothing" [ "$(ls -A "$T/full")" = fill ]
umount "$T/full"
is "$kind: all repaired: it is well" good -c www.example.org || diag "$(cat "$T/alpnd.log")"
is "... and leaves nothing" empty
finish
