#!/bin/sh
# rootfs.sh DIRECTORY: make all files of the image in DIRECTORY: alpnd, linked
# statically, and tcpserver with the C library of this machine, which must be the
# Debian release that libtls.a is from.  Needs libtls-dev, libssl-dev, ucspi-tcp;
# on Debian 13 also zlib1g-dev, libzstd-dev.
set -e
[ $# = 1 ] || { echo "usage: rootfs.sh directory" >&2; exit 64; }
tcpserver=$(command -v tcpserver) ||
    { echo "rootfs.sh: no tcpserver; install ucspi-tcp" >&2; exit 1; }
top=$(cd "$(dirname "$0")/../.." && pwd)
# build elsewhere, so that no static object stays in the source tree
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
cp "$top"/*.c "$top"/*.h "$top/Makefile" "$build"
mkdir "$build/check"
cp "$top"/check/*.h "$build/check"	# the Makefile names them
# The linker warns about getaddrinfo and dlopen in libtls and libcrypto; alpnd
# uses neither.
make -s -C "$build" STATIC=1 CERTDIR=/certs alpnd >"$build/log" 2>&1 ||
    { cat "$build/log" >&2; exit 1; }
install -d "$1" "$1/certs"
install -s -m 755 "$build/alpnd" "$1/alpnd"
install -m 755 "$tcpserver" "$1/tcpserver"
for lib in $(ldd "$tcpserver" | grep -o '/[^ ]*'); do
	install -D -m 755 "$lib" "$1$lib"
done
