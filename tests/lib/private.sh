#!/bin/sh
# private.sh CMD...: run CMD where /dev/log and /run/systemd are the test's
# own, so that it sees what goes to syslog or to the journal, and the host
# sees nothing of it.  A mount namespace; without root a user namespace too.
set -e
if [ -z "$PRIVATE_DEV" ]; then
	r=-m
	[ "$(id -u)" = 0 ] || r=-rm
	PRIVATE_DEV=1 exec unshare $r -- "$0" "$@"
fi
mount --make-rprivate /
d=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$d"
for f in null zero full random urandom tty; do
	: >"$d/$f"
	mount --bind "/dev/$f" "$d/$f"
done
ln -s /proc/self/fd "$d/fd"
mkdir "$d/shm" "$d/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$d/pts"
ln -s pts/ptmx "$d/ptmx"
mount --rbind "$d" /dev
umount -l "$d"
rmdir "$d"
if [ -d /run/systemd ]; then
	mount -t tmpfs tmpfs /run/systemd
else
	mount -t tmpfs tmpfs /run
	mkdir /run/systemd
fi
exec "$@"
