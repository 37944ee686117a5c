#!/bin/bash
# systemd.sh [ROUNDS]: what a connection costs under a real systemd, PID 1
# and journald included: Accept=yes in a plain unit, Accept=yes as shipped, busy
# mode as shipped, and lighttpd -1 under Accept=yes in the shipped sandbox; then
# what settings that alpnd@.service leaves out would add.  In turn, several
# rounds, medians.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"
sysd_possible || exit 1
rounds=${1:-5}
cc -O2 -D_GNU_SOURCE -pthread -o "$T/client" "$TOP/tests/bench/client.c" -lssl -lcrypto || exit 1
sysd_start || exit 1
sysd mkdir -p /srv/test/out
mkdir -p "$T/alpn"
python3 "$TOP/tests/lib/mkpair.py" "$T/alpn" known.example.org
chgrp -R "$(sysd id -g _alpnd)" "$T/alpn"; chmod 750 "$T/alpn"
sysd mount --bind /srv/test/alpn /etc/dehydrated/alpn-certs

U=/usr/local/lib/systemd/system
sysd cp "$U/alpnd@.service" /srv/test/shipped
# lighttpd cannot take a PROXY header by itself, nor be as strict
cat >"$T/lighttpd.conf" <<C
server.modules = ("mod_openssl")
server.document-root = "/srv/test/empty"
server.port = 10443
server.errorlog = "/dev/null"
ssl.engine = "enable"
ssl.pemfile = "/srv/test/alpn/known.example.org.both.pem"
ssl.acme-tls-1 = "/srv/test/alpn"
C
cat "$T/alpn/known.example.org.key.pem" "$T/alpn/known.example.org.crt.pem" >"$T/alpn/known.example.org.both.pem"
chmod 644 "$T/alpn"/*; chmod 755 "$T/alpn"; mkdir -p "$T/empty"

# More than alpnd@.service has, but for the first, which it has.
settings='PrivateMounts=yes
SystemCallFilter=@system-service
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
PrivateDevices=yes
ProtectHome=yes
PrivateUsers=yes
ProtectHostname=yes
KeyringMode=private
ProtectKernelTunables=yes'

setup() { # setup KIND: the units for it
	sysd systemctl stop alpnd.socket 'alpnd@*' alpnd.service 2>/dev/null
	sysd rm -rf /etc/systemd/system/alpnd.socket.d
	case $1 in
	plain) sed '/^# This sandbox/,$d' "$T/shipped" >"$T/unit" ;;
	*=*) { cat "$T/shipped"; echo "$1"; } >"$T/unit" ;;
	lighttpd) sed -e 's|^ExecStart=.*|ExecStart=/usr/sbin/lighttpd -1 -f /srv/test/lighttpd.conf|' \
	    -e 's/^SystemCallFilter=access/SystemCallFilter=@system-service\n&/' "$T/shipped" >"$T/unit" ;;
	*) cp "$T/shipped" "$T/unit" ;;
	esac
	sysd cp /srv/test/unit "$U/alpnd@.service"
	if [ "$1" = busy ]; then
		sysd mkdir -p /etc/systemd/system/alpnd.socket.d
		printf '[Socket]\nAccept=no\n' >"$T/drop-in"
		sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.socket.d/busy.conf
	fi
	sysd systemctl daemon-reload
	sysd systemctl start alpnd.socket
	"$T/client" 127.0.0.1 10443 served known.example.org 1 20 3 1 >/dev/null ||
	    diag "$1: $(sysd journalctl -q -n 5 -o cat)"
}

measure() { # measure KIND WHAT CONCURRENCY COUNT
	local a b r
	sleep 0.3	# let what is behind settle: measured, not timed
	a=$(sysd_cpu)
	r=$("$T/client" 127.0.0.1 10443 "$2" known.example.org 1 60 "$4" "$3")
	sleep 0.3
	b=$(sysd_cpu)
	echo "$r $(((b - a) / $4))" >>"$T/out/$1.$2.$3"
}

for ((i = 1; i <= rounds; i++)); do
	for kind in plain shipped busy lighttpd; do
		[ -t 2 ] && printf '\rround %d of %d: %-10s' "$i" "$rounds" $kind >&2
		setup $kind
		for c in 1 8; do
			measure $kind served $c 40
			[ $kind = lighttpd ] || measure $kind refused $c 40
		done
	done
	for setting in $settings; do
		[ -t 2 ] && printf '\rround %d of %d: %-34s' "$i" "$rounds" "$setting" >&2
		setup "$setting"
		measure "$setting" served 1 80
	done
done
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
printf '%-9s %-8s %3s %8s %8s %8s %12s %5s   (medians of %d rounds of 40)\n' \
    unit what at conn/s "p50 ms" "p99 ms" "CPU us/conn" bad "$rounds"
for f in "$T"/out/{plain,shipped,busy,lighttpd}.*; do
	n=${f##*/}
	IFS=. read -r kind what c <<<"$n"
	printf '%-9s %-8s %3s %8s %8s %8s %12s %5s\n' "$kind" "$what" "$c" \
	    "$(cut -d' ' -f1 "$f" | median)" "$(cut -d' ' -f2 "$f" | median)" \
	    "$(cut -d' ' -f3 "$f" | median)" "$(cut -d' ' -f6 "$f" | median)" \
	    "$(awk '{ n += $4 } END { print n }' "$f")"
done
shipped=$(cut -d' ' -f6 "$T/out/PrivateMounts=yes.served.1" | median)
printf '%-36s %s   (served, at 1; bad: %s)\n' 'setting besides those of alpnd@' 'CPU us/conn more' \
    "$(awk '{ n += $4 } END { print n + 0 }' "$T"/out/*=*)"
for setting in $settings; do
	printf '%-36s %s\n' "$setting" \
	    $(($(cut -d' ' -f6 "$T/out/$setting.served.1" | median) - shipped))
done
