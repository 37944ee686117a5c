#!/bin/sh
# rootfs.sh DIRECTORY: make there all files of the image: alpnd, static, and
# tcpserver with the C library of this machine, which must be the kind of
# Debian that libtls.a is from.  Needs libtls-dev, libssl-dev,
# ucspi-tcp.
set -e
[ $# = 1 ] || { echo "usage: rootfs.sh directory" >&2; exit 64; }
tcpserver=$(command -v tcpserver) ||
    { echo "rootfs.sh: no tcpserver; install ucspi-tcp" >&2; exit 1; }
top=$(cd "$(dirname "$0")/../.." && pwd)
# apart, so that no object of the tree is static afterwards
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
cp "$top"/*.c "$top"/*.h "$top/Makefile" "$build"
# The linker warns of getaddrinfo and dlopen in libtls and libcrypto, which
# alpnd does not use.
make -s -C "$build" STATIC=1 CERTDIR=/certs alpnd >"$build/log" 2>&1 ||
    { cat "$build/log" >&2; exit 1; }
install -d "$1" "$1/certs"
install -s -m 755 "$build/alpnd" "$1/alpnd"
install -m 755 "$tcpserver" "$1/tcpserver"
for lib in $(ldd "$tcpserver" | grep -o '/[^ ]*'); do
	install -D -m 755 "$lib" "$1$lib"
done
