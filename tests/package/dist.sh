#!/bin/bash
# dist.sh: make dist, twice: the same bytes, from another clone, at another time,
# in another locale, with another umask; what it makes can be built.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
git rev-parse -q --verify HEAD >/dev/null 2>&1 || skip_all "not a git clone"
version=$(git show HEAD:Makefile | sed -n 's/^VERSION =[[:space:]]*//p')
name=alpnd-$version

clone() { # clone DIRECTORY
	git clone -q "$TOP" "$1" && git -C "$1" checkout -q --detach "$(git rev-parse HEAD)"
}
dist() { # dist DIRECTORY VARIABLE=VALUE...
	local d=$1
	shift
	env "$@" make -s -C "$d" dist
}
elsewhere() {
	clone "$T/else/where" && find "$T/else" -exec touch -h -d 2020-01-02 {} + &&
	    (umask 077 && dist "$T/else/where" LC_ALL=C TZ=Pacific/Chatham HOME=/nonexistent)
}
content() { tar -tvzf "$T/a/build/dist/$name.tar.gz"; }

is "a clone" clone "$T/a"
is "make dist" dist "$T/a" LC_ALL=C.UTF-8
is "... its checksum is right" eval "(cd '$T/a/build/dist' && sha256sum -c $name.tar.gz.sha256)"
diag "$(cat "$T/a/build/dist/$name.tar.gz.sha256")"
is "make dist elsewhere" elsewhere
for f in "$name.tar.gz" "$name.tar.gz.sha256"; do
	is "... has the same bytes: $f" cmp "$T/a/build/dist/$f" "$T/else/where/build/dist/$f"
done
below() { ! content | grep -v " $name/"; }
of_root() { ! content | grep -v '^[-dl]rw[-x]r-[-x]r-[-x] root/root '; }
is "all is below $name" below
is "... of root, and only root can write it" of_root
is "it can be unpacked" tar -xzf "$T/a/build/dist/$name.tar.gz" -C "$T"
is "... and built" make -s -C "$T/$name"
is "... it is $version" grep -q "^alpnd $version, " <("$T/$name/alpnd" -V)
is "... its tests are there" "$T/$name/tests/run" --list
finish
