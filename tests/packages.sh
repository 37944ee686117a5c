#!/bin/sh
# packages.sh build|deb|demo|lint|check|bench: install the Debian packages that are missing.
# Says which; needs root or sudo only if one is.
set -e
build="gcc libc6-dev make pkg-config libtls-dev libssl-dev libsystemd-dev"
deb="$build systemd dpkg-dev debhelper"
demo="$build systemd iproute2 openssl curl ca-certificates pebble dehydrated"
lint="$build libcmocka-dev mandoc shellcheck cppcheck clang-tidy"
bench="$build systemd openssl python3 valgrind iproute2 procps uacme lighttpd
lighttpd-mod-openssl gnuplot-nox"
check="$demo $deb $lint $bench acl lintian debootstrap perl bmake clang xz-utils
haproxy nginx-light libnginx-mod-stream openbsd-inetd ucspi-tcp socat
bsdextrautils libclang-rt-14-dev llvm-14 afl++ gnutls-bin libnss3-dev
libmbedtls-dev libwolfssl-dev golang-go default-jdk-headless nodejs rsync
openssh-client openssh-server podman crun musl-tools qemu-user-static
gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu
libc6-dev-s390x-cross"
case $1 in
build) want=$build ;;
deb) want=$deb ;;
demo) want=$demo ;;
lint) want=$lint ;;
check) want=$check ;;
bench) want=$bench ;;
*) echo "usage: packages.sh build|deb|demo|lint|check|bench" >&2; exit 64 ;;
esac

missing=
for p in $want; do
	s=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) || s=
	# from wherever these are: any will do
	case $p in
	nginx-light) command -v nginx >/dev/null && continue ;;
	golang-go) command -v go >/dev/null && continue ;;
	default-jdk-headless) command -v javac >/dev/null && continue ;;
	nodejs) command -v node >/dev/null && continue ;;
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
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null
