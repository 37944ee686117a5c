#!/bin/bash
# The manual, the README, the units and the examples against what is there.
. "$(dirname "$0")/lib/lib.sh"
cd "$TOP" || exit 1

is "make lint" make -s lint

for p in alpnd alpnd-check; do
	usage=$("build/gcc/$p" --help 2>&1 </dev/null | sed -n '/^usage: alpnd/,$p' | sed 's/alpnd-check//')
	is "usage of $p: something to compare" [ -n "$usage" ]
	for flag in $(grep -o -- '-[a-zA-Z0-9]\b' <<<"$usage" | sort -u); do
		is "the manual of $p has $flag" grep -q "^\.It Fl \(. | \)*${flag#-}\b" man/$p.8
	done
	for flag in $(sed -n 's/^\.It Fl \([a-zA-Z]\).*/-\1/p' man/$p.8); do
		is "$p has $flag" grep -q -- "$flag" <<<"$usage"
	done
done
# every reason that can be logged has its entry, and no other has
reasons=$(sed -n 's/.*\[REASON_[A-Z_]*\] = "\([a-z-]*\)".*/\1/p' intake.c | grep .)
for r in $reasons; do
	[ "$r" = fallback ] && continue
	is "the manual has the reason $r" grep -qx "\.It Cm $r" man/alpnd.8
done
for alert in $(grep -o 'return ([0-9]*)' intake.c | grep -o '[0-9][0-9]*' | sort -u); do
	[ "$alert" = 0 ] || is "the manual has the alert $alert" grep -q "($alert)\." man/alpnd.8
done
# the configurations in the manual are those of examples/, which are tested
displays() { # displays SUBSECTION: its lines, blanks squeezed
	awk -v s=".Ss $1" '$0 == s { on = 1; next } /^\.S[sh]/ { on = 0 }
	    on && /^\.Bd/ { d = 1; next } /^\.Ed/ { d = 0 } on && d' man/alpnd.8 |
	    sed 's/\\e/\\/g' | tr -s ' \t' ' ' | sed 's/^ //'
}
for pair in "nginx in front:nginx.conf" "HAProxy in front:haproxy.cfg" "xinetd:xinetd.conf"; do
	tr -s ' \t' ' ' <"examples/${pair#*:}" | sed 's/^ //' >"$T/example"
	displays "${pair%%:*}" >"$T/manual"
	is "the manual shows lines of ${pair#*:}" [ -s "$T/manual" ]
	is "they are in ${pair#*:}" \
	    [ -z "$(grep -vxFf "$T/example" "$T/manual")" ]
done

# every file that the README names is there
for f in $(grep -o ']([^)]*)' README.md | grep -v http | tr -d '])('); do
	is "README: $f" [ -e "$f" ]
done
is "README: make commands exist" \
    [ -z "$(grep -oE '(^|`|    )make [a-z]+' README.md | awk '{print $NF}' |
    sort -u | while read -r t; do grep -q "^$t:" Makefile || echo "$t"; done)" ]

# install, the units as installed, uninstall
d=$T/root
mkdir -p "$d"
mkdir "$T/src"
cp -r ./*.c ./*.h alpnd-pair Makefile units examples man README.md "$T/src"
is "make install with PREFIX, CERTDIR, DESTDIR" make -s -C "$T/src" install DESTDIR="$d" PREFIX=/opt/alpnd CERTDIR=/srv/certs CC=gcc CFLAGS="-O2 -g"
is "... the binary" [ -x "$d/opt/alpnd/sbin/alpnd" ]
is "... alpnd-check" [ -x "$d/opt/alpnd/sbin/alpnd-check" ]
is "... nothing under another prefix" [ "$(ls "$d")" = opt ]
unit="$d/opt/alpnd/lib/systemd/system/alpnd@.service"
is "... paths in the unit" grep -qx "ExecStart=/opt/alpnd/sbin/alpnd -d /srv/certs" "$unit"
is "... no other path anywhere" [ -z "$(grep -rlE '/usr/local|/etc/dehydrated/alpn-certs' "$d"/opt/alpnd/{lib,share/man} "$d"/opt/alpnd/share/doc/alpnd/examples)" ]
is "... files can be read by all" [ -z "$(find "$d" -type f ! -perm -444)" ]
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
	rm -rf "$d/etc" "$d/srv"
fi
is "make uninstall" make -s -C "$T/src" uninstall DESTDIR="$d" PREFIX=/opt/alpnd
is "... leaves no file" [ -z "$(find "$d" -type f)" ]
finish
