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

# systemd.sh: what alpnd-check says of alpnd.socket, under a real systemd.  Run
# in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"
why=$(sysd_possible) || skip_all "$why"
cd "$TOP" || exit 1

check() { sysd alpnd-check "$@"; }
no_warning() { ! grep -q "^warning" "$T/out"; }
says() { # says NAME PATTERN [FLAG...]
	local name=$1 pattern=$2
	shift 2
	check "$@" >"$T/out" 2>&1
	is "$name" grep -q "$pattern" "$T/out" || diag "$(cat "$T/out")"
}

sysd_start || { ok 1 "systemd boots"; finish; }
says "the socket is not active: a warning, with its port" \
    '^    alpnd.socket is inactive: alpnd does not answer on .*10443$'
is "... and what to do" grep -q -e '-> systemctl enable --now alpnd.socket$' "$T/out"
is "... exit 0" check
says "... in JSON" '"code":"socket-inactive"' -j
sysd systemd-run -q --unit other systemd-socket-activate -l 0.0.0.0:10443 /bin/true
sysd sh -c 'until ss -Hltn sport = :10443 | grep -q .; do :; done'
says "another program listens there: a note" 'note: alpnd.socket is inactive, and something else may listen'
is "... no warning" no_warning
sysd systemctl stop other
sysd systemctl enable --now alpnd.socket
says "it is active: its port in the last line" \
    '^only files were looked at; alpnd.socket listens on .*10443; alpnd-check -c'
is "it is active: no warning" no_warning
sysd mkdir -p /etc/systemd/system/alpnd.socket.d
printf '[Socket]\nListenStream=\nListenStream=127.0.0.1:443\n' >"$T/drop-in"
sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.socket.d/port.conf
sysd systemctl daemon-reload
sysd systemctl stop alpnd.socket
says "another port, by a drop-in" 'does not answer on 127.0.0.1:443$'
sysd systemctl start alpnd.socket
says "... and started" 'alpnd.socket listens on 127.0.0.1:443;'
printf '[Socket]\nListenStream=\nListenStream=[::1]:443\nListenStream=127.0.0.1:443\n' >"$T/drop-in"
sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.socket.d/port.conf
sysd systemctl daemon-reload
says "another address, and not restarted: a warning" \
    '^    alpnd.socket was changed and not restarted: nothing listens on \[::1]:443, 127.0.0.1:443$'
is "... and what to do" grep -q -e '-> systemctl restart alpnd.socket$' "$T/out"
is "... it is not said to listen there" grep -q '^only files.* does$' "$T/out"
sysd systemctl restart alpnd.socket
says "... restarted" 'alpnd.socket listens on \[::1]:443, 127.0.0.1:443;'
is "... no warning" no_warning
printf '[Service]\nExecStart=/bin/true\n' >"$T/drop-in"
sysd mkdir -p /etc/systemd/system/alpnd@.service.d
sysd cp /srv/test/drop-in /etc/systemd/system/alpnd@.service.d/second.conf
sysd systemctl daemon-reload
sysd alpnd-check -c 127.0.0.1:443 known.example.org >"$T/connect"
says "a second ExecStart=: the socket fails at a connection" '^    alpnd.socket has failed: '
is "... and where to look" grep -q -e "-> .*journalctl -n 20 -u 'alpnd\*'.*restart" "$T/out"
is "... which has the reason" \
    eval "sysd journalctl -q --no-pager -n 20 -u 'alpnd*' | grep -q 'more than one ExecStart='"
sysd rm /etc/systemd/system/alpnd@.service.d/second.conf
sysd systemctl daemon-reload
sysd systemctl restart alpnd.socket
says "... corrected and restarted" 'alpnd.socket listens on \[::1]:443, 127.0.0.1:443;'
sysd systemctl stop alpnd.socket
sysd systemctl mask --now alpnd.socket
says "masked, so there is none: nothing said of it" '^only files.* does$'
finish
