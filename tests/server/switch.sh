#!/bin/bash
# switch.sh: to busy mode and back under a real systemd, in the words of the
# manual, and what users do instead.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"
why=$(sysd_possible) || skip_all "$why"

client() { python3 "$TOP/tests/lib/client.py" "$@"; }
journal() { sysd journalctl -q --no-pager "$@"; }
show() { sysd systemctl show -P "$1" "${2:-alpnd.service}"; }
drop_in() { # drop_in TEXT: as "systemctl edit alpnd.socket" does it
	sysd mkdir -p /etc/systemd/system/alpnd.socket.d
	printf '%s\n' "$1" >"$T/drop-in"
	sysd cp /srv/test/drop-in /etc/systemd/system/alpnd.socket.d/override.conf
	sysd systemctl daemon-reload
}
# Between "failed" and a restart systemd has the state "auto-restart".
is_over() { [ "$(show SubState)" = failed ] || [ "$(show SubState)" = dead ]; }
says() { journal -u alpnd.service | grep -q "$1"; }
served() { journal -u "$1" -o cat ALPND_RESULT=served | wc -l; }
one_more() { [ "$(served "$1")" -gt "$before" ]; }
validation() { # validation UNIT: is a client served, by a process of UNIT?
	before=$(served "$1")
	client good 1 && wait_for one_more "$1"
}

sysd_start || { ok 1 "systemd boots"; finish; }
mkdir "$T/alpn-certs"
python3 "$TOP/tests/lib/mkpair.py" "$T/alpn-certs" known.example.org
sysd sh -c 'cp /srv/test/alpn-certs/* /etc/dehydrated/alpn-certs &&
    chown root:_alpnd /etc/dehydrated/alpn-certs/* && chmod 640 /etc/dehydrated/alpn-certs/*'
sysd systemctl enable --now alpnd.socket 2>/dev/null
is "Accept=yes: a process for each connection" validation 'alpnd@*'

sysd systemctl start alpnd 2>/dev/null
is "systemctl start alpnd with Accept=yes: exit 69" [ "$(show ExecMainStatus)" = 69 ]
is "... which is the end of it" is_over
is "... no restart" [ "$(show NRestarts)" = 0 ]
is "... it says what to start" says "alpnd: systemd has passed no socket; start alpnd.socket"
is "... without the usage" [ -z "$(journal -u alpnd.service | grep usage)" ]
is "... the socket goes on" validation 'alpnd@*'
sysd systemctl reset-failed alpnd.service

drop_in $'[Socket]\nListenStream=\nListenStream=192.0.2.10:10443\nAccept=no'
sysd systemctl restart alpnd.socket
is "Accept=no, the socket restarted: busy mode" validation alpnd.service

# alpnd(8), BUSY MODE
back=$(sed -n '/^systemctl stop alpnd.service/,/^\.Ed/p' "$TOP/man/alpnd.8" | grep -v '^\.')
is "the manual has the way back" [ "$(wc -l <<<"$back")" = 3 ]
# systemd 257 tells the editor a line, too: +4
# shellcheck disable=SC2016
printf '#!/bin/sh\nfor f; do :; done\nexec sed -i s/Accept=no/Accept=yes/ "$f"\n' >"$T/editor"
chmod 755 "$T/editor"
is "back, by the manual, on a terminal" \
    sysd env SYSTEMD_EDITOR=/srv/test/editor script -qec "set -e; $back" /dev/null
is "... a process for each connection" validation 'alpnd@*'
is "... the other lines of the drop-in are still there" \
    [ "$(show Listen alpnd.socket)" = "192.0.2.10:10443 (Stream)" ]
is "... alpnd.service does not run" is_over
is "... and was not restarted" [ "$(show NRestarts)" = 0 ]

drop_in $'[Socket]\nAccept=no'
sysd systemctl restart alpnd.socket
is "busy mode again" validation alpnd.service
sysd systemctl stop alpnd.service 2>/dev/null
is "back in the wrong order: a connection in between starts the service" validation alpnd.service
sysd systemctl revert alpnd.socket 2>/dev/null
sysd systemctl restart alpnd.socket
is "... which ends, and is not restarted" wait_for is_over
is "... not once" [ "$(show NRestarts)" = 0 ]
is "... a process for each connection" validation 'alpnd@*'
finish
