#!/bin/sh
# sysroot.sh ARCH: unpack Debian's libraries of another architecture into
# build/sysroot-ARCH.  sysroot.sh cmocka: cmocka's source, into build/cmocka.
# apt works on lists and a status of its own; the machine's stay as they are.
# Exit 1 and what apt says on stderr if the mirror does not have them.
set -e
cd "$(dirname "$0")/../.."
top=$PWD
want=$1

private_apt() { # private_apt DIRECTORY TYPE ARCH: a configuration for apt
	mkdir -p "$1/lists/partial" "$1/archives/partial" "$1/sources"
	: >"$1/status"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		[ ! -e "$f" ] || sed "s/^Types:.*/Types: $2/; s/^deb /$2 /
		    s/^Architectures:.*//" "$f" >"$1/sources/${f##*/}"
	done
	cat >"$1/conf" <<-EOF
	APT::Architecture "$3";
	APT::Architectures { "$3"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Acquire::Retries "2";
	Dir::State "$1";
	Dir::State::status "$1/status";
	Dir::Cache "$1";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$1/sources";
	EOF
	export APT_CONFIG="$1/conf"
	# what matters is whether the packages can be had, below
	apt-get update -qq 2>"$1/errors" || :
}

failed() {
	cat "$apt/errors" >&2
	exit 1
}

case $want in
cmocka)
	[ ! -e build/cmocka/src/cmocka.c ] || exit 0
	echo "unpacking the source of cmocka"
	apt=$top/build/apt-cmocka
	private_apt "$apt" deb-src "$(dpkg --print-architecture)"
	cd "$apt"
	apt-get source -qq --download-only cmocka >>errors 2>&1 || failed
	mkdir -p "$top/build/cmocka"
	tar -xf cmocka_*.orig.tar.?z --strip-components=1 -C "$top/build/cmocka"
	;;
*)
	root=$top/build/sysroot-$want
	[ ! -e "$root/usr/include/tls.h" ] || exit 0
	echo "unpacking Debian's libraries for $want"
	apt=$top/build/apt-$want
	private_apt "$apt" deb "$want"
	apt-get install -y -qq --download-only libtls-dev libssl-dev \
	    libsystemd-dev libcmocka-dev >>"$apt/errors" 2>&1 || failed
	mkdir -p "$root.new"
	for d in "$apt"/archives/*.deb; do dpkg-deb -x "$d" "$root.new"; done
	# as on a system of today: all of /lib is in /usr/lib; from Debian 13 on
	# it is so in the packages
	if [ -d "$root.new/lib" ]; then
		cp -a "$root.new/lib/." "$root.new/usr/lib/"
		rm -r "$root.new/lib"
	fi
	ln -s usr/lib "$root.new/lib"
	mv "$root.new" "$root"
	;;
esac
rm -rf "$apt"
