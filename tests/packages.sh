#!/bin/sh
# packages.sh build|demo|check|bench: install the Debian packages that are missing.
# Says which; needs root or sudo only if one is.
set -e
build="gcc libc6-dev make pkg-config libtls-dev libsystemd-dev"
demo="$build systemd openssl curl ca-certificates pebble dehydrated"
check="$demo python3 perl bmake clang libcmocka-dev mandoc valgrind xz-utils
iproute2 procps acl haproxy nginx-light libnginx-mod-stream openbsd-inetd
ucspi-tcp socat uacme bsdextrautils libclang-rt-14-dev llvm-14 afl++ gnutls-bin
libnss3-dev libmbedtls-dev libwolfssl-dev golang-go default-jdk-headless nodejs
lighttpd lighttpd-mod-openssl"
bench=$check
case $1 in
build) want=$build ;;
demo) want=$demo ;;
check) want=$check ;;
bench) want=$bench ;;
*) echo "usage: packages.sh build|demo|check|bench" >&2; exit 64 ;;
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
