#!/bin/sh
# Debian's two inetds conflict: xinetd is unpacked into build/, not installed.
set -e
cd "$(dirname "$0")/../.."
[ ! -x build/xinetd/usr/sbin/xinetd ] || exit 0
echo "unpacking xinetd"
mkdir -p build/xinetd
cd build/xinetd
apt-get download -qq xinetd 2>/dev/null || {
	$(command -v sudo) apt-get update -qq
	apt-get download -qq xinetd
}
dpkg-deb -x xinetd_*.deb .
