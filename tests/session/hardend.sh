#!/bin/bash
# hardend.sh STARTER: what holds a process beyond its deadline, and how it ends:
# seconds until it was gone, exit status, log line.  A test for each, and a table.
# STARTER is activate (systemd-socket-activate) or inetd, a process for each
# connection; units, the same by the units that are installed, under a real
# systemd; or busy, a server.  Run in lib/isolate.sh net,log; units in net.
. "$(dirname "$0")/../lib/lib.sh"
starter=$1
SECONDS_T=1	# -t
PORT=10443
# MNT is not in $T: a look at $T would hang with it.
CERTS=$T/certs MNT=$T.mnt FIFO=$T/fifo RESULT=$T/result SYSLOG=$T/syslog
ALPND=$TOP/${ALPND:-alpnd}
JOURNAL=/run/systemd/journal/socket

HELD=(python3 "$TOP/tests/session/held.py")
ready() { grep -qs ready "$T/$1.log"; }
keep() { # keep NAME COMMAND...: in the background, when it is ready
	rm -f "$T/$1.log"
	bg "$@"
	KEPT+=("$BGPID")
	wait_for ready "$1"
}

# What holds it: NAME, the name that the client asks for ("-": it is refused,
# and the log is what holds), and the variable HANG of hang.c, if that does it.
ROWS="pipe devlog journald open read fuse spin futex key"
row() {
	NAME=known.example.org HANG='' DIR=$CERTS
	case $1 in
	pipe) WHAT="stderr is a full pipe" NAME=- ;;
	devlog) WHAT="/dev/log that is not read" NAME=- ;;
	journald) WHAT="a stopped journald" NAME=- ;;
	open) WHAT="open(2) that hangs" HANG=openat:wait ;;
	read) WHAT="read(2) that hangs" HANG=read:wait ;;
	fuse) WHAT="a stopped FUSE server" DIR=$MNT ;;
	spin) WHAT="libtls spins" HANG=tls_configure:spin ;;
	futex) WHAT="libtls waits on a futex" HANG=tls_configure:futex ;;
	key) WHAT="key derivation of 2^31 - 1 rounds" NAME=rounds.example.org ;;
	esac
}

# Which status and line are expected; line "": none.
expected() {
	STATUS=1
	case $1 in
	pipe|devlog|journald) LINE="" ;;
	open|read) LINE='^error name=known\.example\.org peer=\S+ ms=[0-9]+ detail="stuck while reading the pair"$' ;;
	fuse) LINE="" STATUS=137 ;;
	spin|futex) LINE='^error name=known\.example\.org peer=\S+ ms=[0-9]+ detail="stuck while preparing libtls"$' ;;
	key) LINE='^error name=rounds\.example\.org .*\.key\.pem: encrypted with a password' ;;
	esac
	case $starter:$1 in
	# its stream takes the line, and journald reads that when it goes on
	units:journald) LINE='^error .* detail="stuck while logging that the connection was refused"$' ;;
	units:fuse) STATUS=KILL ;;
	busy:fuse) LINE='^error .*' STATUS=- ;;
	busy:*) STATUS=- ;;
	esac
}

can_fuse() { # lib/isolate.sh log has a /dev of its own
	[ -e /dev/fuse ] || mknod /dev/fuse c 10 229 2>/dev/null
}
mount_fuse() { # its server stops before a request is read
	rm -f "$T/fuse.log"
	bg fuse python3 "$TOP/tests/lib/fuse.py" "$CERTS" "$MNT" start
	FUSE=$BGPID
	wait_for ready fuse
}
unmount_fuse() { # a stopped process takes no SIGTERM
	[ -n "$FUSE" ] || return 0
	kill -KILL "$FUSE"
	wait "$FUSE" 2>/dev/null
	umount -l "$MNT" 2>/dev/null
	FUSE=
}

# What all but the units have: the logs are this test's own.
set_up() {
	case $1 in
	pipe) keep full "${HELD[@]}" fill "$FIFO" ;;
	devlog) keep full "${HELD[@]}" bind /dev/log ;;
	journald) keep full "${HELD[@]}" bind "$JOURNAL" /dev/log ;;
	*) keep syslog "${HELD[@]}" read /dev/log "$SYSLOG" ;;
	esac
	[ "$1" != fuse ] || mount_fuse
	# stderr: where the log is what holds, not that of the super-server
	case $starter:$1 in
	*:pipe) STDERR="2>>$FIFO" ;;
	busy:devlog|busy:journald) STDERR="2>&-" ;;
	*:devlog|*:journald) STDERR="2>&0" ;;
	*) STDERR= ;;
	esac
}
clear_up() {
	local p
	for p in "${KEPT[@]}"; do stop "$p" 2>/dev/null; done
	KEPT=()
	rm -f /dev/log "$JOURNAL"
}
alpnd_line() { echo "$ALPND -t $SECONDS_T -d $DIR"; }
environment() {
	[ -z "$HANG" ] || echo "env LD_PRELOAD=$T/hang.so HANG=$HANG" \
	    "$([ "$starter" != busy ] || echo HANG_CHILD=yes)"
}

# activate, inetd: they start $T/start, which writes down how alpnd ended.
write_start() {
	cat >"$T/start.new" <<-S
	#!/bin/bash
	$(environment) $(alpnd_line) $STDERR
	echo "\$?;\$(cut -d' ' -f1 /proc/uptime)" >$RESULT.new
	mv $RESULT.new $RESULT
	S
	chmod 755 "$T/start.new"
	mv "$T/start.new" "$T/start"
}
start_super() {
	case $starter in
	activate)
		bg super systemd-socket-activate --accept --inetd -l "127.0.0.1:$PORT" "$T/start"
		;;
	inetd)
		echo "127.0.0.1:$PORT stream tcp4 nowait.10000 root $T/start start" >"$T/inetd.conf"
		bg super inetd -i "$T/inetd.conf"
		;;
	esac
	SUPER=$BGPID
	wait_listen $PORT
}
logged() { # by syslog(3) there is a time before the name, by the hard end none
	cat "$T/super.log" "$SYSLOG" 2>/dev/null |
	    sed -E 's/^<[0-9]+>(.* )?alpnd\[[0-9]+\]: //'
}

# busy: a server for each row.
start_busy() {
	cat >"$T/start" <<-S
	#!/bin/bash
	exec $(environment) $(alpnd_line) $STDERR
	S
	chmod 755 "$T/start"
	bg super systemd-socket-activate -l "127.0.0.1:$PORT" "$T/start"
	SERVER=$BGPID
	wait_listen $PORT
}

. "$TOP/tests/lib/sysd.sh"
journal() { sysd journalctl -q --no-pager "$@"; }
inside() { echo "/proc/$SYSD_PID/root$1"; }
unit_line() { # unit_line ROW: the part of the drop-in that the row needs
	case $1 in
	pipe) echo "StandardError=append:/srv/test/fifo" ;;
	# without the journal's own socket it is syslog, which journald reads too
	devlog) printf 'StandardError=inherit\nInaccessiblePaths=%s\n' $JOURNAL ;;
	esac
	[ -z "$HANG" ] || printf 'Environment=LD_PRELOAD=/srv/test/hang.so HANG=%s\n' "$HANG"
}
set_up_unit() {
	local d=${DIR/#$T//srv/test}
	[ "$1" != fuse ] || d=/srv/fuse
	cat >"$T/drop-in" <<-D
	[Service]
	ExecStart=
	ExecStart=/usr/local/sbin/alpnd -t $SECONDS_T -d $d
	ExecStopPost=+/bin/sh -c 'echo "\$\$EXIT_STATUS;\$\$(cut -d" " -f1 /proc/uptime)" >/srv/test/result.new; mv /srv/test/result.new /srv/test/result'
	$(unit_line "$1")
	D
	sysd sh -c 'mkdir -p /etc/systemd/system/alpnd@.service.d &&
	    cp /srv/test/drop-in /etc/systemd/system/alpnd@.service.d/hold.conf &&
	    systemctl daemon-reload && systemctl start alpnd.socket'
	SINCE=$(sysd journalctl --no-pager -n 1 --show-cursor | sed -n 's/^-- cursor: //p')
	case $1 in
	pipe) keep full "${HELD[@]}" fill "$FIFO" ;;
	fuse)
		sysd mkdir -p "$d"
		sysd systemd-run -q --unit=fuse /usr/bin/python3 /srv/test/fuse.py \
		    /srv/test/certs "$d" start
		wait_for sysd sh -c "journalctl -q -u fuse -o cat | grep -q ready"
		;;
	devlog|journald)
		sysd systemctl kill -s STOP systemd-journald
		keep full "${HELD[@]}" fill "$(inside $JOURNAL)" "$(inside /run/systemd/journal/dev-log)"
		;;
	esac
}
clear_up_unit() {
	local p
	for p in "${KEPT[@]}"; do stop "$p" 2>/dev/null; done
	KEPT=()
	case $1 in
	fuse)
		sysd systemctl kill -s KILL fuse
		sysd umount -l /srv/fuse
		;;
	esac
}
# With -t as well, journalctl 252 leaves out the first entry.
logged_by_unit() { journal -o cat --after-cursor "$SINCE"; }

lines() { if [ "$starter" = units ]; then logged_by_unit; else logged; fi; }
has_line() { lines | grep -qE "$LINE"; }
TABLE=()
judge() { # judge "SECONDS STATUS": one test, and its row of the table
	local gone=${1%% *} status=${1#* } text why=
	[ -z "$LINE" ] || wait_for has_line
	LOG=$(lines)
	text=$(grep -E '^(served|refused|error|closed) ' <<<"$LOG" | tail -1)
	[ "$status" = "$STATUS" ] || why="exit status $status, not $STATUS; "
	if [ -n "$LINE" ]; then
		grep -qE "$LINE" <<<"$text" || why+="no line as $LINE"
	elif [ -n "$text" ]; then
		why+="a line, though none was expected"
	fi
	ok ${#why} "$starter: $WHAT" "$why: $1; $LOG"
	text=$(sed -E 's/ (name|peer|ms)=[^ ]*//g; s|[^" ]*/||g; s/(.{70}).*/\1.../' <<<"${text:-no line}")
	TABLE+=("$(printf '%-34s %5s s  exit %-4s  %s' "$WHAT" "$gone" "$status" "$text")")
}

KEPT=() FUSE=
trap 'unmount_fuse; rmdir "$MNT" 2>/dev/null; cleanup' EXIT
mkdir "$CERTS" "$MNT"
mkfifo "$FIFO"
"${HELD[@]}" pairs "$CERTS"
chmod 644 "$CERTS"/*
cp "$TOP/tests/lib/fuse.py" "$T"
is "the library that hangs is built" "${CC:-cc}" -O2 -D_GNU_SOURCE -fPIC -shared \
    -o "$T/hang.so" "$TOP/tests/session/hang.c" -ldl
if [ "$starter" = units ]; then
	why=$(sysd_possible) || skip_all "$why"
	sysd_start || { ok 1 "systemd boots"; finish; }
	sysd mknod /dev/fuse c 10 229
fi
for r in $ROWS; do
	row "$r"
	if [ "$r" = fuse ] && [ "$starter" != units ] && ! can_fuse; then
		ok 0 "$starter: $WHAT # SKIP no /dev/fuse, and not root to make it"
		continue
	fi
	expected "$r"
	rm -f "$RESULT" "$SYSLOG" "$T/super.log"
	case $starter in
	units)
		set_up_unit "$r"
		got=$("${HELD[@]}" ask 127.0.0.1 $PORT "$NAME" "$RESULT")
		[ "$r" != devlog ] && [ "$r" != journald ] || sysd systemctl kill -s CONT systemd-journald
		judge "$got"
		clear_up_unit "$r"
		;;
	busy)
		set_up "$r"
		start_busy
		got=$("${HELD[@]}" ask 127.0.0.1 $PORT "$NAME" "$SERVER")
		unmount_fuse
		judge "$got"
		stop "$SERVER"
		clear_up
		;;
	*)
		set_up "$r"
		write_start
		start_super
		got=$("${HELD[@]}" ask 127.0.0.1 $PORT "$NAME" "$RESULT")
		unmount_fuse
		judge "$got"
		stop "$SUPER"
		clear_up
		;;
	esac
done
diag "$starter, -t $SECONDS_T:"
for line in "${TABLE[@]}"; do diag "$line"; done
finish
