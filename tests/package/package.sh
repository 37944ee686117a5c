#!/bin/bash
# package.sh: the Debian package: made by "make deb" without a network, checked,
# and in a fresh Debian (debian.sh) with a real systemd installed, used by real
# dehydrated, upgraded, removed and purged.  That Debian is made while there
# is a network; the rest needs none.
cd "$(dirname "$0")/../.." || exit 1
if [ -z "${ISOLATED:-}" ]; then
	why=$(tests/package/debian.sh)
	case $? in
	0) exec tests/lib/isolate.sh net tests/package/package.sh ;;
	1) echo "1..0 # SKIP $why"; exit 0 ;;
	*) printf '1..1\nnot ok 1 - debootstrap\n%s\n' "$why" | sed '3,$s/^/# /'; exit 1 ;;
	esac
fi
. tests/lib/lib.sh
. "$TOP/tests/lib/sysd.sh"
TLS_PORT=10443
. "$TOP/tests/lib/acme.sh"
D=/etc/dehydrated/alpn-certs

client() { python3 tests/lib/client.py "$@"; }
journal() { sysd journalctl -q --no-pager -t alpnd "$@"; }
show() { sysd systemctl show -P "$1" "$2"; }
status() { git status --porcelain 2>/dev/null; ls -d ../alpnd_* ../alpnd-dbgsym_* 2>/dev/null; }
socket_is() { # socket_is ENABLED ACTIVE
	[ "$(sysd systemctl is-enabled alpnd.socket)" = "$1" ] &&
	    [ "$(show ActiveState alpnd.socket)" = "$2" ]
}
apt() { sysd sh -c "cd /srv/test && apt-get -y $*"; }
processes() { sysd sh -c 'readlink /proc/[0-9]*/exe' | grep /usr/sbin/alpnd; }
pair() { # what client.py asks for
	sysd alpnd-pair known.example.org "$(printf %064d 0)"
}

# Everything that is there, but for what dpkg, apt and the journal write about
# everything, and the copies that passwd(5) tools keep of their last version.
listing() { # listing FILE
	# shellcheck disable=SC2016
	sysd sh -c 'all() { find / -xdev \( -path /var/log -o -path /var/lib/apt \
	    -o -path /var/cache/apt -o -path "/var/lib/dpkg/*-old" \
	    -o -path /var/lib/dpkg/status -o -path "/var/lib/dpkg/lock*" \
	    -o -path /var/lib/dpkg/triggers -o -path "/etc/*-" \
	    -o -path /etc/.pwd.lock -o -path /var/cache/debconf/tmp.ci \) \
	    -prune -o "$@"; }
	    all -printf "%p %y %#m %U:%G %l\n"
	    all -type f -print0 | xargs -0 sha256sum' | sort >"$1"
}
same() { # same LISTING LISTING
	[ "$(wc -l <"$1")" -gt 3000 ] && diff "$1" "$2"
}

before=$(status)
rm -rf build/deb
is "make deb, without a network" make -s deb
deb=$(echo build/deb/alpnd_*.deb)
is "... as README says" grep -qF 'make deb && sudo apt install ./build/deb/alpnd_*.deb' README.md
is "... leaves nothing outside build" [ "$before" = "$(status)" ]
[ -f "$deb" ] || finish
version=$(sed -n 's/^VERSION =[ 	]*//p' Makefile)
is "the version: of the package" [ "$(dpkg-deb -f "$deb" Version | sed 's/-[^-]*$//')" = "$version" ]
is "... of CHANGELOG" \
    [ "$(awk '/^[0-9]/ && !/\(not released\)/ { print $1; exit }' CHANGELOG)" = "$version" ]
# .changes and -dbgsym cannot have overrides
suppressed=bogus-mail-host
# without systemd, inetd starts alpnd; Debian 13's lintian knows no such tag
tag=package-supports-alternative-init-but-no-init.d-script
! lintian-explain-tags $tag >/dev/null 2>&1 || suppressed=$suppressed,$tag
is "lintian has nothing to say" lintian --allow-root -EvIL +pedantic \
    --fail-on error,warning,info,pedantic,experimental \
    --suppress-tags $suppressed build/deb/alpnd_*.changes
dpkg-deb -c "$deb" >"$T/contents"
is "contents: of root, under /usr and /lib" \
    [ -z "$(grep -vE '^[-d]rw[-x]r-[-x]r-[-x] root/root .* \./((usr|lib)/.*)?$' "$T/contents")" ]
is "... and no key" [ "$(dpkg-deb --fsys-tarfile "$deb" | grep -ac 'PRIVATE KEY')" = 0 ]
rebuild() { # elsewhere, from files of another time and mode, in another locale
	copy_source "$T/else/where/a" &&
	    find "$T/else" -exec touch -d 2020-01-02 {} + &&
	    chmod -R go-rwx "$T/else" && umask 077 && cd "$T/else/where/a" &&
	    env -i PATH="$PATH" LC_ALL=C TZ=Pacific/Chatham HOME=/nonexistent \
	    DEB_BUILD_OPTIONS=parallel=3 dpkg-buildpackage -b -us -uc
}
is "another build" eval '(rebuild)'
for f in build/deb/*.deb; do
	is "... has the same bytes: ${f##*/}" cmp "$f" "$T/else/where/${f##*/}"
done

why=$(sysd_possible) || { ok 0 "boot # SKIP $why"; finish; }
sysd_start "$TOP/build/debian/root" || { ok 1 "systemd boots"; finish; }
acme_start || { ok 1 "set-up of the CA"; finish; }
mkdir -p "$T/build/deb" && cp "$deb" "$T/build/deb"
# the same again as the next version
dpkg-deb -R "$deb" "$T/next" && sed -i 's/^Version:.*/&+next/' "$T/next/DEBIAN/control" &&
    dpkg-deb -b "$T/next" "$T/next.deb" >/dev/null
sysd mkdir -p /var/lib/systemd/timers	# systemd's own, for any timer
listing "$T/before"

# as README says, but -y
is "apt install" apt install './build/deb/alpnd_*.deb'
is "the socket is neither enabled nor active" socket_is disabled inactive
is "the directory is 2750 root:_alpnd" [ "$(sysd stat -c '%a %U %G' $D)" = "2750 root _alpnd" ]
is "the user cannot log in" [ "$(sysd getent passwd _alpnd | cut -d: -f6,7)" = /:/usr/sbin/nologin ]
is "alpnd runs" sysd alpnd -V
for f in "$T"/next/usr/sbin/*; do
	is "${f##*/} has its manual" sysd test -s "/usr/share/man/man8/${f##*/}.8.gz"
done
is "an upgrade" apt install ./next.deb
is "... neither enables nor starts it" socket_is disabled inactive
is "enable and start, as README says" sysd systemctl enable --now alpnd.socket
is "... it is" socket_is enabled active

dehydrated_config
sed "s|$T/|/srv/test/|" "$T/dehydrated/config" >"$T/test.sh"
sysd cp /srv/test/test.sh /etc/dehydrated/conf.d/
echo "one.example.org www.one.example.org" >"$T/domains.txt"
sysd cp /srv/test/domains.txt /etc/dehydrated/
is "dehydrated in there: an account, as README says" sysd timeout 60 dehydrated --register --accept-terms
is "... and a certificate" sysd timeout 90 dehydrated -t tls-alpn-01 --alpn $D -c
is "... of the CA, for both names" issued one.example.org www.one.example.org
sysd rm /etc/dehydrated/conf.d/test.sh /etc/dehydrated/domains.txt
explained() { journal -x ALPND_RESULT=served ALPND_NAME=www.one.example.org | grep -q "nothing to do"; }
is "the journal explains what alpnd did" wait_for explained

is "alpnd-pair in there" pair
is "a validation" client good 1
is "installed again" apt install --reinstall ./next.deb
is "... still enabled and active" socket_is enabled active
is "... a validation" client good 1
sysd mkdir /etc/systemd/system/alpnd.socket.d
printf '[Socket]\nAccept=no\n' >"$T/busy.conf"
sysd cp /srv/test/busy.conf /etc/systemd/system/alpnd.socket.d/
sysd systemctl daemon-reload
is "busy: restart of the socket" sysd systemctl restart alpnd.socket
is "busy: a validation" client good 1
pid=$(show MainPID alpnd.service)
socket_since=$(show ActiveEnterTimestampMonotonic alpnd.socket)
client restart "$T/go" 60 & w=$!
wait_for [ -e "$T/go" ]
is "busy: an upgrade, under load" apt install --reinstall ./next.deb
wait $w
ok $? "busy: ... loses no connection"
is "busy: ... there is a new process" [ "$(show MainPID alpnd.service)" != "$pid" ]
is "busy: ... the socket has not been touched" \
    [ "$(show ActiveEnterTimestampMonotonic alpnd.socket)" = "$socket_since" ]
is "busy: ... a validation" client good 1
sysd rm -r /etc/systemd/system/alpnd.socket.d

selftest=alpnd-selftest@192.0.2.10:10443
is "the daily test is not enabled" eval "! sysd systemctl is-active $selftest.timer"
is "... runs as it is" sysd systemctl start "$selftest.service"
is "... can be enabled" sysd systemctl enable --now "$selftest.timer"
is "a process is there" processes
is "apt remove" apt remove alpnd
is "... ends the processes" eval '! processes'
is "... nothing listens" eval '! listens 10443'
is "... nor does the timer wait" eval "! sysd systemctl is-active $selftest.timer"
is "... the pairs are still there" sysd test -s $D/known.example.org.crt.pem
is "dpkg --purge" sysd dpkg --purge alpnd
is "... leaves the pairs of others, and so the user" \
    [ "$(sysd stat -c %U:%G $D/known.example.org.key.pem)" = root:_alpnd ]
is "installed once more" apt install './build/deb/alpnd_*.deb'
is "... not enabled by what was before" socket_is disabled inactive
sysd systemctl -q enable --now alpnd.socket
rm -f "$T/go"
client under-way 1 "$T/go" & w=$!
wait_for [ -e "$T/go" ]
sysd alpnd-pair -r known.example.org
sysd systemctl -q enable --now "$selftest.timer"
is "a connection is under way" processes
is "purged at once" apt purge alpnd
echo purged >"$T/go"
wait $w
is "... nothing listens" eval '! listens 10443'
listing "$T/after"
is "nothing is left behind" same "$T/before" "$T/after"

# without dehydrated, whose directory it is
sysd dpkg --purge dehydrated >/dev/null 2>&1
listing "$T/before"
is "without dehydrated: installed" apt install --no-install-recommends ./next.deb
is "... the directory" sysd test -d $D
is "... purged" apt purge alpnd
listing "$T/after"
is "... nothing is left behind" same "$T/before" "$T/after"
finish
