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

# daily.sh: the daily test by a real systemd, with the units that
# "make install" puts there.  Run in lib/isolate.sh net.
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"
why=$(sysd_possible) || skip_all "$why"
cd "$TOP" || exit 1
unit=alpnd-selftest@www.example.org.service
timer=alpnd-selftest@www.example.org.timer
D=/etc/dehydrated/alpn-certs

failed() { sysd systemctl list-units --failed --plain --no-legend; }
journal() { sysd journalctl -q --no-pager -o cat "$@"; }
drop_in() { # drop_in UNIT: standard input
	cat >"$T/drop-in" && sysd mkdir -p "/etc/systemd/system/$1.d" &&
	    sysd cp /srv/test/drop-in "/etc/systemd/system/$1.d/test.conf" && sysd systemctl daemon-reload
}
shown() { # shown SECTION-OF-THE-MANUAL PATTERN: the display that has it
	awk -v p="$2" '/^\.Bd/ { d = ""; on = 1; next } /^\.Ed/ { if (d ~ p) print d; on = 0; d = "" }
	    on { d = d $0 "\n" }' "$1"
}

sysd_start || { ok 1 "systemd boots"; finish; }
sysd sh -c 'echo "192.0.2.10 www.example.org" >>/etc/hosts'
is "the timer is not enabled" eval "! sysd systemctl is-enabled $timer"
is "... nor running" eval "! sysd systemctl is-active $timer"
is "exposure is 2.0 or better" \
    sysd systemd-analyze security --offline=true --threshold=20 $unit
sysd systemd-analyze security --offline=true --no-pager $unit 2>/dev/null | grep Overall | sed 's/^/# /'
is "systemd-analyze verify" sysd systemd-analyze verify --man=no $unit $timer
printf '[Socket]\nListenStream=\nListenStream=443\n' | drop_in alpnd.socket
sysd systemctl enable --now alpnd.socket

is "all is well" sysd systemctl start $unit || diag "$(journal -u $unit)"
is "... the journal says so" grep -q '^\(ok\|warning\) .*192\.0\.2\.10' <(journal -u $unit)
is "... and what to run elsewhere" grep -q 'alpnd-check -c www.example.org' <(journal -u $unit)
is "... nothing is left" [ -z "$(sysd ls -A $D)" ]
is "... no unit has failed" [ -z "$(failed)" ]

# the manual's way to be told
shown man/alpnd-pair.8 OnFailure | drop_in alpnd-selftest@.service
shown man/alpnd-pair.8 ExecStart=/bin/sh >"$T/tell"
sysd cp /srv/test/tell /etc/systemd/system/tell-root@.service
printf '#!/bin/sh\n{ echo "$@"; cat; } >/srv/test/mail.new && mv /srv/test/mail.new /srv/test/mail\n' >"$T/mailer"
chmod 755 "$T/mailer"
sysd cp /srv/test/mailer /usr/bin/mail
sysd systemctl daemon-reload
sysd systemctl stop alpnd.socket
is "the socket is stopped: the test fails" eval "! sysd systemctl start $unit"
is "... which systemctl --failed shows" grep -q "^$unit" <(failed)
is "... the journal says what a CA would" grep -q "Connection refused" <(journal -u $unit)
is "... OnFailure= tells it" wait_for [ -s "$T/mail" ]
is "... with its name and what it said" \
    eval "grep -qx -- '-s $unit root' $T/mail && grep -q 'Connection refused' $T/mail" || diag "$(cat "$T/mail")"
is "... nothing is left" [ -z "$(sysd ls -A $D)" ]
sysd systemctl start alpnd.socket
is "repaired: it is well" sysd systemctl start $unit
is "... systemctl --failed shows nothing" [ -z "$(failed)" ]

# the rest of the sandbox's work: a warning, a missing directory
sysd mv $D $D.away
is "no directory: it fails" eval "! sysd systemctl start $unit"
is "... and says what to do" grep -q "$D: no such directory; install -d" <(journal -u $unit)
sysd mv $D.away $D
sysd chgrp root $D
is "the directory's group is wrong: it fails" eval "! sysd systemctl start $unit"
is "... and says what to do" grep -q "chgrp _alpnd $D && chmod 2750 $D" <(journal -u $unit)
sysd chgrp _alpnd $D
sysd chmod 2750 $D

# stopped in the middle
printf '[Service]\nExecStart=\nExecStart=/usr/local/sbin/alpnd-pair -c %%i -w 90\n' | drop_in alpnd-selftest@.service
sysd systemctl start --no-block $unit
there() { [ -n "$(sysd ls "$D")" ]; }
is "the pair is there" wait_for there
sysd systemctl stop $unit
is "stopped: the pair is removed" eval '! there'

# the timer
is "enabled as the manual says" eval "sysd $(sed -n 's/^\.Dl \(systemctl enable .*\)/\1/p' man/alpnd-pair.8)"
is "... it waits for its time" [ "$(sysd systemctl show -P SubState $timer)" = waiting ]
next=$(sysd systemctl show -P NextElapseUSecRealtime $timer)
is "... which is within 36 hours" [ $(($(date -d "$next" +%s) - $(date +%s))) -le $((36 * 3600)) ]
diag "next: $next"
is "... of this test" [ "$(sysd systemctl show -P Unit $timer)" = "$unit" ]

sysd rm /etc/systemd/system/alpnd-selftest@.service.d/test.conf

# options for alpnd, as its manual says: the test sends no PROXY header
shown man/alpnd.8 ExecStart=/usr/local/sbin/alpnd >"$T/options"
is "the manual's drop-in clears the command, and has another" \
    [ "$(grep -c '^ExecStart=' "$T/options")" = 2 ]
drop_in alpnd@.service <"$T/options"
is "alpnd with -p require, as its manual says: the test fails" eval "! sysd systemctl start $unit"
refused() { sysd journalctl -q -o cat -t alpnd ALPND_REASON=proxy | grep '^refused reason=proxy'; }
is "... it refuses a client without a header" wait_for refused

# an instance of alpnd that does not start: what the manual says shows it
printf '[Service]\nExecStart=\nExecStart=/nonexistent/alpnd\n' | drop_in alpnd@.service
sysd systemctl daemon-reload
is "alpnd is not where the unit says: the test fails" eval "! sysd systemctl start $unit"
by=$(sed -n "s/^\.Dl \(journalctl -u .*\)/\1/p" man/alpnd.8)
# The executor's line may be lost: the process can end before journald looks up its unit.
not_found() { eval "sysd $by -q --no-pager" | grep -e '/nonexistent/alpnd' -e 'status=203/EXEC'; }
is "... $by says so" wait_for not_found
finish
