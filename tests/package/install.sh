#!/bin/bash
# make install, what it has installed, and make uninstall, which leaves only
# directories that are not alpnd's own.
. "$(dirname "$0")/../lib/lib.sh"
d=$T/root
copy_source "$T/src"
(cd "$T/src" && make -s all CC=gcc CFLAGS="-O2 -g") || { ok 1 "make"; finish; }

in_src() { "$MAKE" -s -C "$T/src" "$@" DESTDIR="$d" CC=gcc CFLAGS="-O2 -g"; }
listing() { (cd "$d" && find . -printf '%p %y %#m %U:%G %l\n' -type f -exec cksum {} + | sort); }
files() { grep -v ' d 0'; }
unchanged() { # but for new directories
	diff <(echo "$before" | files) <(listing | files) &&
	    [ -z "$(comm -23 <(echo "$before") <(listing))" ] &&
	    [ -z "$(find "$d" -path '*/share/doc/alpnd')" ]
}
inverse() { # inverse TIMES VARIABLE=VALUE...
	local _
	for _ in $(seq "$1"); do in_src install "${@:2}" || return 1; done
	[ "$before" != "$(listing)" ] && in_src uninstall "${@:2}" && unchanged
}
foreign() { # somebody else's files and empty directories, in the same places
	local p
	for p in usr/local usr opt/alpnd; do
		mkdir -p "$d/$p"/{sbin,lib/tmpfiles.d,share/{man/man8,doc}}
		mkdir -p "$d/$p"/lib/systemd/system
		for f in share/man/man8/other.8 lib/systemd/system/other.socket; do
			echo other >"$d/$p/$f"
		done
	done
	mkdir -p "$d/etc/dehydrated/alpn-certs" "$d/lib/systemd/system"
	echo key >"$d/etc/dehydrated/alpn-certs/example.org.key.pem"
	chmod 2775 "$d/usr/local/sbin"
}

for MAKE in make bmake; do
	rm -rf "$d"; mkdir "$d"
	before=$(listing)
	for p in /usr/local /usr /opt/alpnd; do
		is "$MAKE: install and uninstall leave no file: PREFIX=$p" inverse 1 PREFIX=$p
	done
	foreign
	before=$(listing)
	for p in /usr/local /usr /opt/alpnd; do
		is "$MAKE: ... and what was there, twice installed: PREFIX=$p" inverse 2 PREFIX=$p
	done
	is "$MAKE: uninstall of what is not there" in_src uninstall
	is "$MAKE: ... changes nothing" unchanged
done

MAKE="make"
rm -rf "$d"; mkdir "$d"
in_src install
echo mine >"$d/usr/local/share/doc/alpnd/examples/mine.conf"
is "uninstall: with a file of the operator's among ours" in_src uninstall
is "... that stays, and nothing else" \
    [ "$(cd "$d" && find . -type f)" = ./usr/local/share/doc/alpnd/examples/mine.conf ]

rm -rf "$d"; mkdir "$d"
is "every directory can be set" in_src install PREFIX=/none SBINDIR=/a MANDIR=/b DOCDIR=/c \
    UNITDIR=/d CATALOGDIR=/e SYSUSERSDIR=/f TMPFILESDIR=/g
is "... and has what belongs there" [ "$(cd "$d" && echo *)" = "a b c d e f g" ]
version=$(sed -n 's/^VERSION =[[:space:]]*//p' "$TOP/Makefile")
is "... alpnd-pair has the Makefile's version" \
    [ "$("$d/a/alpnd-pair" -V)" = "alpnd-pair $version" ]
for f in a/alpnd b/man8/alpnd.8 c/README.md c/examples/haproxy.cfg d/alpnd.socket \
    e/alpnd.catalog f/alpnd.conf g/alpnd.conf; do
	is "... $f" [ -s "$d/$f" ]
done

rm -rf "$d"; mkdir "$d"
in_src install PREFIX=/usr
for v in systemdsystemunitdir:alpnd.socket catalogdir:alpnd.catalog \
    sysusersdir:alpnd.conf tmpfilesdir:alpnd.conf; do
	dir=$(pkg-config --variable="${v%:*}" systemd)
	is "PREFIX=/usr: in pkg-config's ${v%:*}" [ -s "$d$dir/${v#*:}" -a -n "$dir" ]
done
rm -rf "$d"; mkdir "$d"
in_src install PREFIX=/usr PKG_CONFIG=false
is "... and without pkg-config" [ -s "$d/usr/lib/systemd/system/alpnd.socket" ]

rm -rf "$d"; mkdir "$d"
is "make install with PREFIX, CERTDIR, DESTDIR" \
    eval '(umask 077; in_src clean; in_src install PREFIX=/opt/alpnd CERTDIR=/srv/certs)'
is "... the binary" [ -x "$d/opt/alpnd/sbin/alpnd" ]
is "... nothing under another prefix" [ "$(ls "$d")" = opt ]
unit="$d/opt/alpnd/lib/systemd/system/alpnd@.service"
is "... paths in the unit" grep -qx "ExecStart=/opt/alpnd/sbin/alpnd -d /srv/certs" "$unit"
is "... no other path anywhere" [ -z "$(grep -rlE '/usr/local/(sbin|lib|share)|/etc/dehydrated/alpn-certs' "$d"/opt/alpnd/{lib,share/man} "$d"/opt/alpnd/share/doc/alpnd/examples)" ]
is "... files can be read by all" [ -z "$(find "$d" -type f ! -perm -444)" ]
is "... directories as well" [ -z "$(find "$d/opt" -type d ! -perm 755)" ]
# verify wants the program to exist where the unit says
sed "s|/opt/alpnd/sbin|$d/opt/alpnd/sbin|" "$unit" >"$T/alpnd@.service"
grep -v Documentation= "$T/alpnd@.service" >"$T/v" && mv "$T/v" "$T/alpnd@.service"
grep -v Documentation= "$d/opt/alpnd/lib/systemd/system/alpnd.socket" >"$T/alpnd.socket"
is "systemd-analyze verify" systemd-analyze verify --recursive-errors=no "$T/alpnd.socket" "$T/alpnd@.service"
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$d/etc"
	touch "$d/etc/passwd" "$d/etc/group"
	is "sysusers" systemd-sysusers --root="$d" "$d/opt/alpnd/lib/sysusers.d/alpnd.conf"
	is "tmpfiles" systemd-tmpfiles --root="$d" --create "$d/opt/alpnd/lib/tmpfiles.d/alpnd.conf"
	gid=$(awk -F: '$1 == "_alpnd" { print $3 }' "$d/etc/group")
	is "directory is 2750 root:_alpnd" [ "$(stat -c '%a %u %g' "$d/srv/certs")" = "2750 0 $gid" ]
	rm -rf "${d:?}/etc" "$d/srv"
fi
is "make uninstall" in_src uninstall PREFIX=/opt/alpnd
is "... leaves no file" [ -z "$(find "$d" -type f)" ]
is "... and no directory of its own" [ ! -e "$d/opt/alpnd/share/doc/alpnd" ]
# README's lines for hosts without systemd, on a copy of /etc
by_hand() {
	cp -a /etc "$T/etc"
	lines=$(sed -n 's/^    sudo \(useradd .*\|install .*\)/\1/p' README.md)
	[ "$(echo "$lines" | wc -l)" = 2 ] || return 1
	# shellcheck disable=SC2016
	unshare -m sh -ec 'mount --bind "$0" /etc; eval "$1"
	    stat -c "%a %U:%G" /etc/dehydrated/alpn-certs; getent passwd _alpnd' \
	    "$T/etc" "$lines" >"$T/by-hand" || return 1
	grep -qx '2750 root:_alpnd' "$T/by-hand" &&
	    grep -q '^_alpnd:.*:/usr/sbin/nologin$' "$T/by-hand"
}
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	is "README: the user and the directory by hand" by_hand
else
	ok 0 "the user and the directory by hand # SKIP needs root with CAP_SYS_ADMIN"
fi
finish
