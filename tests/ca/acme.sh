#!/bin/bash
# acme.sh KIND [binary]: pebble issues certificates to dehydrated through
# alpnd, started by or standing behind KIND, with the very files of examples/,
# ports as they are and paths substituted.  Run in lib/isolate.sh net,
# and log for the inetds.
. "$(dirname "$0")/../lib/lib.sh"
kind=$1
# Not root where there is another user to be: the group must be enough.
RUN_USER=root RUN_GROUP=root
if chown nobody:nogroup "$T" 2>/dev/null; then
	chown root:root "$T"
	RUN_USER=nobody RUN_GROUP=nogroup
fi
case $kind in
xinetd|sslh)
	[ "$(cat /proc/self/setgroups)" = allow ] ||
	    skip_all "$kind becomes another user: needs root" ;;
esac
. "$TOP/tests/lib/acme.sh"
install -m 755 "${2:-$TOP/${BUILD:-build/gcc}/alpnd}" "$T/alpnd"
LOG=$T/alpnd.log
DROP=(setpriv --reuid "$RUN_USER" --regid "$RUN_GROUP" --clear-groups)
[ $RUN_USER = nobody ] || DROP=()

substitute() { # substitute FILE: an example with our paths and user
	sed -e "s|/usr/local/sbin|$T|g" -e "s|/etc/dehydrated/alpn-certs|$ALPN|g" \
	    -e "s|_alpnd|$RUN_USER|g" "$TOP/examples/$1"
}

direct() { # validations come straight to alpnd's port
	TLS_PORT=10443
}

start_activate() {
	bg alpnd "${DROP[@]}" systemd-socket-activate --accept --inetd \
	    -l 10443 "$T/alpnd" -d "$ALPN"
	LOG=$T/alpnd.log
}

start_nginx() { # start_nginx EXAMPLE
	start_activate
	{
		echo "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"
		echo "daemon off; master_process off; pid $T/nginx.pid;"
		echo "error_log $T/nginx-error.log info;"
		echo "events { worker_connections 256; }"
		substitute "$1"
	} >"$T/nginx.conf"
	bg nginx nginx -e "$T/nginx-error.log" -c "$T/nginx.conf"
}

start_haproxy() { # start_haproxy SERVER-OPTION
	start_activate
	# Debian's own haproxy.cfg has "mode http" there
	substitute haproxy.cfg | sed -e "s/ send-proxy-v2\$/ $1/" \
	    -e 's/^defaults$/&\n\tmode http/' >"$T/haproxy.cfg"
	bg haproxy haproxy -db -f "$T/haproxy.cfg"
}

web_server() { # what has all other TLS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=web -keyout "$T/web.key" -out "$T/web.crt" 2>/dev/null
	bg web openssl s_server -accept 8443 -www -cert "$T/web.crt" -key "$T/web.key"
	wait_listen 8443
}
page() { curl -sk --max-time 60 "https://127.0.0.1:$port/" | grep -q 's_server -accept 8443'; }

start() {
	case $kind in
	activate) direct; start_activate ;;
	inetd)
		direct
		substitute inetd.conf >"$T/inetd.conf"
		# as by Debian's inetd.service, which is of Type=notify
		bg inetd env NOTIFY_SOCKET="$T/notify" inetd -i "$T/inetd.conf"
		;;
	xinetd)
		direct
		substitute xinetd.conf >"$T/xinetd.conf"
		bg xinetd "$TOP/build/xinetd/usr/sbin/xinetd" -dontfork \
		    -stayalive -f "$T/xinetd.conf" -pidfile "$T/xinetd.pid" \
		    -filelog "$T/xinetd.log"
		;;
	tcpserver)
		direct
		bg alpnd "${DROP[@]}" tcpserver -HRl0 -c 64 0 10443 \
		    "$T/alpnd" -d "$ALPN"
		;;
	socat)
		direct
		bg alpnd "${DROP[@]}" socat \
		    TCP6-LISTEN:10443,ipv6only=0,reuseaddr,fork,backlog=128 \
		    EXEC:"$T/alpnd -d $ALPN",nofork
		;;
	nginx) start_nginx nginx.conf ;;
	nginx-proxy-protocol) start_nginx nginx-proxy-protocol.conf ;;
	sslh)
		start_activate
		substitute sslh.cfg >"$T/sslh.cfg"
		bg sslh sslh "-F$T/sslh.cfg"
		;;
	haproxy) start_haproxy "" ;;
	haproxy-send-proxy) start_haproxy send-proxy ;;
	haproxy-send-proxy-v2) start_haproxy send-proxy-v2 ;;
	*) echo "acme.sh: no kind $kind" >&2; exit 64 ;;
	esac
}

# where the log goes: under inetd and xinetd stderr is the connection
start_syslog() {
	bg syslog python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('/dev/log')
import os; os.chmod('/dev/log', 0o666)
print('ready', flush=True)
while True:
	m = s.recv(65536).decode().rstrip('\n\0')
	if ']: ' in m and 'alpnd[' in m: print(m.split(']: ', 1)[1], flush=True)
"
	wait_for grep -q ready "$T/syslog.log"
	LOG=$T/syslog.log
}

# the log has a line for each name, with the CA's address where it belongs
log_has() {
	local name=$1 client= peer='127\.0\.0\.1:[0-9]+'
	case $kind in
	*proxy-protocol|*send-proxy*) client='client=192\.0\.2\.7:[0-9]+ ' ;;
	nginx|haproxy|sslh) ;;
	*) peer='192\.0\.2\.7:[0-9]+' ;;
	esac
	[ "$kind" = xinetd ] || [ "$kind" = inetd ] || true
	grep -Eq "^served name=$name ${client}peer=$peer tls=TLSv1.[23] cipher=[A-Z0-9_-]+ ms=[0-9]+\$" "$LOG"
}

case $kind in *inetd) start_syslog ;; esac
[ "$kind" != activate ] || BY_CONFIG=1
start
port=$TLS_PORT
[ "$kind" = inetd ] || [ "$kind" = xinetd ] || wait_listen 10443 || exit 1
wait_listen "$port" || exit 1
case $kind in
*proxy-protocol) ;;	# it would have to read the header
nginx|haproxy*|sslh)
	web_server
	is "$kind: the website is reached" page
	;;
esac
acme_start && dehydrated_setup || { ok 1 "set-up of the CA"; finish; }

is "$kind: dehydrated runs for one name" dehydrated_issue one.example.org
is "$kind: the CA has issued it" issued one.example.org
three="a.example.net www.a.example.net xn--bcher-kva.example.net"
# shellcheck disable=SC2086
is "$kind: dehydrated runs for three names in one order" dehydrated_issue $three
# shellcheck disable=SC2086
is "$kind: the CA has issued it for all three" issued $three
for name in one.example.org $three; do
	# pebble asks three times at once; the last may still be on its way
	is "$kind: log line for $name" wait_for log_has "$name"
done
is "$kind: nothing but served in the log" \
    [ -z "$(grep -Ev '^(served|ready)' "$LOG" | grep -E '^(refused|error)')" ]
is "$kind: dehydrated has removed the pairs" [ -z "$(ls -A "$ALPN")" ]
finish
