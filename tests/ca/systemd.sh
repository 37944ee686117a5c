#!/bin/bash
# systemd.sh: under a real systemd as PID 1, with the units that "make install"
# puts there.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"
why=$(sysd_possible) || skip_all "$why"
TLS_PORT=10443
RUN_GROUP=root
. "$TOP/tests/lib/acme.sh"

client() { python3 "$TOP/tests/lib/client.py" "$@"; }
journal() { sysd journalctl -q --no-pager "$@"; }
show() { sysd systemctl show -P "$1" "$2"; }
entries() { [ -n "$(journal -t alpnd "$@")" ]; }
failed_units() { sysd systemctl list-units --all --plain --no-legend --state=failed 'alpnd*'; }
socket_is() { [ "$(show ActiveState alpnd.socket)" = "$1" ]; }
stops() { [ "$(show ActiveState alpnd.service)" = deactivating ]; }
idle_exited() { [ "$(show ActiveState alpnd.service)" = inactive ]; }

joined() { # joined PID: an "is" that ran in the background is counted here
	wait "$1" || FAILED=$((FAILED + 1))
	TESTS=$((TESTS + 1))
}

sysd_start || { ok 1 "systemd boots"; finish; }
acme_start || { ok 1 "set-up of the CA"; finish; }
# the real directory, as tmpfiles.d has made it, for dehydrated outside
is "the directory is 2750 root:_alpnd" \
    [ "$(sysd stat -c '%a %U %G' /etc/dehydrated/alpn-certs)" = "2750 root _alpnd" ]
# so that dehydrated, outside, writes what alpnd, inside, reads
RUN_GROUP=$(sysd id -g _alpnd)
dehydrated_setup || { ok 1 "set-up of dehydrated"; finish; }
sysd mount --bind "/srv/test/alpn-certs" /etc/dehydrated/alpn-certs
python3 "$TOP/tests/lib/mkpair.py" "$ALPN" known.example.org
is "files are 0640, of the group" [ "$(stat -c '%a %g' "$ALPN/known.example.org.key.pem")" = "640 $RUN_GROUP" ]

is "enable and start, as the README says" sysd systemctl enable --now alpnd.socket
is "exposure of alpnd@.service is 1.5 or better" \
    sysd systemd-analyze security --offline=true --threshold=15 alpnd@.service
is "exposure of alpnd.service is 0.3 or better" \
    sysd systemd-analyze security --offline=true --threshold=3 alpnd.service
sysd systemd-analyze security --offline=true --no-pager alpnd@.service alpnd.service 2>/dev/null |
    grep Overall | sed 's/^/# /'

for mode in accept busy; do
	if [ $mode = busy ]; then
		# as the manual says
		sysd mkdir -p /etc/systemd/system/alpnd.socket.d /etc/systemd/system/alpnd.service.d
		printf '[Socket]\nAccept=no\n' >"$T/drop-in"
		sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.socket.d/busy.conf
		# sooner than the default, for the test
		printf '[Service]\nExecStart=\nExecStart=/usr/local/sbin/alpnd -i 2 -d /etc/dehydrated/alpn-certs\n' >"$T/drop-in"
		sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.service.d/idle.conf
		sysd systemctl daemon-reload
		is "busy: restart of the socket with Accept=no" sysd systemctl restart alpnd.socket
	fi
	unit="alpnd@*"; [ $mode = accept ] || unit=alpnd.service
	is "$mode: dehydrated and pebble issue a certificate" \
	    dehydrated_issue $mode.example.org www.$mode.example.org
	is "$mode: for both names" issued $mode.example.org www.$mode.example.org
	is "$mode: a validation" client good 1
	is "$mode: refusals get their alerts" client refused 5
	# fields and ids
	# By identifier, not by unit: journald, when it is busy, finds a process
	# gone before it has looked up its unit.
	entry() { journal -t alpnd -o export ALPND_RESULT=served ALPND_NAME="www.$mode.example.org" | grep . >"$T/entry"; }
	is "$mode: entries in the journal" wait_for entry
	is "$mode: ... of this unit" [ -n "$(journal -u "$unit" ALPND_RESULT=served)" ]
	for want in ALPND_RESULT=served "ALPND_PEER=192.0.2.7:" ALPND_TLS=TLSv1.3 ALPND_MS= PRIORITY=5 \
	    SYSLOG_IDENTIFIER=alpnd MESSAGE_ID=a6f0c32f9d1c4d3c9f5b1f6f4e5a7c01 "MESSAGE=served name=www.$mode.example.org "; do
		is "$mode: the journal has $want" grep -q "^$want" "$T/entry"
	done
	is "$mode: refused, by reason" wait_for entries ALPND_RESULT=refused ALPND_REASON=alpn PRIORITY=6
	: >"$ALPN/bad.example.org.key.pem"
	is "$mode: an operator's mistake gets alert 80" client error bad.example.org
	is "$mode: ... and an entry at level err" \
	    wait_for entries PRIORITY=3 ALPND_RESULT=error ALPND_NAME=bad.example.org
	rm "$ALPN/bad.example.org.key.pem"
	is "$mode: no failed units pile up" [ -z "$(failed_units)" ]
	# it has its sandbox
	is "$mode: a flood of 2000 connections, validations during it" client flood 2000
	is "$mode: the socket is still active" socket_is active
	is "$mode: a validation after it" client good 3
	is "$mode: no failed units after it" [ -z "$(failed_units)" ]
	is "$mode: 200 silent connections of one address, a validation of another" client silent 200
	is "$mode: stopping the socket loses nothing that is under way" client under-way 5 "$T/go" &
	w=$!
	wait_for [ -e "$T/go" ]
	if [ $mode = accept ]; then
		sysd systemctl stop alpnd.socket
	else	# stops once the connections have ended
		sysd systemctl stop --no-block alpnd.service alpnd.socket
		wait_for stops
	fi
	echo stopped >"$T/go"
	joined $w
	rm -f "$T/go"
	wait_for socket_is inactive
	[ $mode = accept ] || wait_for idle_exited
	sysd systemctl start alpnd.socket
	is "$mode: started again, a validation" client good 1
done
sysd journalctl --update-catalog 2>/dev/null	# as the README says
is "catalog: journalctl -x explains" grep -q "nothing to do" \
    <(journal -x ALPND_RESULT=served -n 1)
is "busy: one process serves many" [ "$(journal -u alpnd.service -o cat _COMM=systemd | grep -c 'Started')" -lt 10 ]
is "busy: it ends when idle" wait_for idle_exited
is "busy: ... and the next connection starts it" client good 1
# LogLevelMax=notice hides scanners, and nothing else
sysd mkdir -p /etc/systemd/system/alpnd.service.d
printf '[Service]\nLogLevelMax=notice\n' >"$T/drop-in"
sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.service.d/quiet.conf
sysd systemctl daemon-reload
sysd systemctl restart alpnd.service
since=$(($(sysd date +%s) + 1))	# the next second: what is older is not meant
reached() { [ "$(date +%s)" -ge "$since" ]; }
wait_for reached
is "LogLevelMax=notice: refusals and a validation" client refused 2
is "... the validation" client good 1
is "... is in the journal" wait_for entries --since "@$since" ALPND_RESULT=served
is "... the refusals are not" [ -z "$(journal -t alpnd --since "@$since" ALPND_RESULT=refused)" ]
sysd rm /etc/systemd/system/alpnd.service.d/quiet.conf
sysd systemctl daemon-reload
short_lives() { # more than the default StartLimitBurst in its interval
	for _ in 1 2 3 4 5 6 7 8; do
		client good 1 || return 1
		sysd systemctl kill --kill-whom=main -s TERM alpnd.service
	done
	client good 1
}
is "busy: many short lives do not close the port" short_lives
is "busy: ... the socket is active" socket_is active
is "busy: restart under load loses no connection" client restart "$T/go" 40 &
w=$!
wait_for [ -e "$T/go" ]
sysd systemctl restart alpnd.service
echo restarted >"$T/go"
joined $w
is "nothing failed in all that" [ -z "$(failed_units)" ]
finish
