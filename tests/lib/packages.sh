#!/bin/sh
# packages.sh WHAT...: install the Debian packages that WHAT needs and that are
# missing; says which.  WHAT is a build or a test of tests/matrix, or run, demo,
# lint, bench, deb.  Needs root or sudo only if a package is missing.
set -e

build="gcc libc6-dev make pkg-config libtls-dev libssl-dev libsystemd-dev"
unpack="dpkg-dev xz-utils"	# lib/xinetd.sh, port/sysroot.sh
archives="zlib1g-dev libzstd-dev"	# of Debian 13: libcrypto.a calls them
cmocka="libcmocka-dev"
python="python3 openssl"
ca="iproute2 procps openssl curl ca-certificates pebble dehydrated bsdextrautils"
proxies="nginx-light libnginx-mod-stream haproxy sslh"
systemd="systemd iproute2 procps"
pc="systemd systemd-dev"	# for its .pc file
lighttpd="lighttpd lighttpd-mod-openssl"
provers="frama-c-base why3 cvc4 z3"

packages_for() { # packages_for WHAT: prints them
	case $1 in
	gcc|nosystemd) echo "$build $cmocka" ;;
	clang) echo "$build $cmocka clang bmake" ;;
	asan) echo "$build $cmocka clang libclang-rt-dev" ;;
	valgrind) echo "$build $cmocka valgrind" ;;
	static) echo "$build $unpack $archives" ;;
	i386) echo "$build $unpack gcc-i686-linux-gnu libc6-dev-i386-cross" ;;
	s390x) echo "$build $unpack gcc-s390x-linux-gnu libc6-dev-s390x-cross" ;;
	qemu) echo "qemu-user-static" ;;
	musl) echo "$build $unpack musl-tools" ;;
	openbsd) echo "$build $cmocka bmake" ;;
	libressl) packages_for gcc ;;
	libressl-*) packages_for "${1#libressl-}" ;;
	fuzz|fuzz/*) echo "$build clang libclang-rt-dev llvm afl++" ;;
	xinetd) echo "$unpack" ;;
	net) echo "iproute2" ;;
	session/hardend.sh:units) echo "$build $python $systemd" ;;
	session/hardend.sh:*) echo "$build $python systemd iproute2 openbsd-inetd" ;;
	unit/*.py|session/*) echo "$python" ;;
	unit/*|mount|log|log\?|root|alone|quick|-) ;;
	server/switch.sh) echo "$build $python $systemd" ;;
	server/load.py) echo "$python systemd iproute2 openbsd-inetd" ;;
	server/*) echo "$python systemd iproute2 procps openbsd-inetd" ;;
	check/harm.py|check/pair.py*) echo "$python acl procps" ;;
	check/systemd.sh) echo "$build $systemd" ;;
	check/go.py) echo "$python golang-go" ;;
	check/connect.py) echo "$python $systemd $proxies $lighttpd ucspi-tcp" ;;
	pair/selftest.sh:*) echo "$ca $systemd $proxies python3" ;;
	pair/*) echo "$build $python $systemd" ;;
	ca/acme.sh:activate|ca/test_demo.sh|demo) echo "$build $ca systemd" ;;
	ca/acme.sh:*inetd) echo "$ca openbsd-inetd python3" ;;
	ca/acme.sh:tcpserver) echo "$ca ucspi-tcp" ;;
	ca/acme.sh:socat) echo "$ca socat" ;;
	ca/acme.sh:*) echo "$ca systemd $proxies" ;;
	ca/ip.sh) echo "$ca systemd" ;;
	ca/visitors.sh) echo "$python $systemd curl $proxies" ;;
	ca/uacme.sh) echo "$ca systemd uacme" ;;
	ca/gluster.sh) echo "$build $ca $systemd $proxies socat glusterfs-server
	    glusterfs-client" ;;
	ca/hosts.sh:*) echo "$build $ca $systemd $proxies python3 rsync
	    openssh-client openssh-server" ;;
	ca/systemd.sh) echo "$build $ca $systemd python3" ;;
	ca/container.sh) echo "$build $archives $ca systemd podman crun" ;;
	port/debian13.sh) echo "debootstrap curl python3" ;;
	port/*) echo "$build bmake" ;;
	package/package.sh) packages_for deb
	    echo "$ca $systemd python3 lintian debootstrap" ;;
	deb) echo "$build build-essential $pc dpkg-dev debhelper" ;;
	package/*) echo "$build $archives $pc bmake clang python3" ;;
	lint/docs.sh) echo "$build" ;;
	lint/*|lint) echo "$build $cmocka mandoc shellcheck cppcheck clang-tidy
	    python3 pycodestyle pyflakes3" ;;
	proof/*) echo "gcc libc6-dev python3 $provers" ;;
	interop/*) echo "$build $python curl gnutls-bin libnss3-dev
	    libmbedtls-dev libwolfssl-dev golang-go default-jdk-headless nodejs" ;;
	bench/*|bench) echo "$build $archives $python $systemd valgrind uacme $lighttpd
	    gnuplot-nox" ;;
	run) echo "python3" ;;
	*) echo "packages.sh: what does $1 need?" >&2; return 64 ;;
	esac
}

want=
for what; do
	some=$(packages_for "$what")
	want="$want $some"
done

missing=
for p in $(echo "$want" | tr -s ' \t\n' '\n' | sort -u); do
	s=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) || s=
	# from wherever these are: any will do
	case $p in
	systemd-dev) [ -e /usr/share/pkgconfig/systemd.pc ] && continue ;;
	nginx-light) command -v nginx >/dev/null && continue ;;
	golang-go) command -v go >/dev/null && continue ;;
	default-jdk-headless) command -v javac >/dev/null && continue ;;
	nodejs) command -v node >/dev/null && continue ;;
	python3) command -v python3 >/dev/null && continue ;;
	esac
	[ "$s" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
	echo "missing, and this is not Debian:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	command -v sudo >/dev/null || {
		echo "missing:$missing; run as root, or install sudo" >&2
		exit 1
	}
fi
echo "installing:$missing"
# Test machines want the programs, not their services started.
export DEBIAN_FRONTEND=noninteractive
# Another apt may be at work, as on every new machine.  "install" waits for it
# if told so, "update" does not.
tries=120
until out=$($sudo apt-get update -qq 2>&1); do
	tries=$((tries - 1))
	case $out in
	*[/.]lock*) [ $tries -gt 0 ] && sleep 5 && continue ;;
	esac
	printf '%s\n' "$out" >&2
	exit 1
done
[ -z "$out" ] || printf '%s\n' "$out" >&2
# Until Debian 12 systemd.pc was in systemd.
case $missing in *" systemd-dev"*) apt-cache show systemd-dev >/dev/null 2>&1 ||
    missing=$(echo "$missing " | sed 's/ systemd-dev / /') ;;
esac
# Debian 13 has not all of the provers; proof/prove is skipped without them.
for p in $provers; do
	case "$missing " in *" $p "*) apt-cache show "$p" >/dev/null 2>&1 ||
	    missing=$(echo "$missing " | sed "s/ $p / /") ;;
	esac
done
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq \
    -o DPkg::Lock::Timeout=600 --no-install-recommends $missing >/dev/null
