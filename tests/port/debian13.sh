#!/bin/bash
# debian13.sh: on a machine with another release, what depends on the system is
# tested in a fresh Debian 13: its compilers, OpenSSL, systemd, nginx, HAProxy,
# dehydrated and packaging tools.  tests/run runs there, in namespaces of its
# own; each of its tests is one here.  build/debian-trixie is kept for the next time.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
release=trixie
root=$TOP/build/debian-$release/root

why=$(tests/package/debian.sh $release python3)
case $? in
0) ;;
1) skip_all "$why" ;;
*) ok 1 "debootstrap" "$why"; finish ;;
esac
# What a test machine has lost when it stops can be made again.
echo force-unsafe-io >"$root"/etc/dpkg/dpkg.cfg.d/unsafe-io
rm -rf "$root"/srv/alpnd "$root"/tmp/alpnd-*
mkdir "$root"/srv/alpnd && tar -cf - --exclude=./build --exclude=./.git --exclude='*.o' \
    --exclude=./alpnd --exclude=./alpnd-check . | tar -xf - -C "$root"/srv/alpnd ||
    { ok 1 "a copy of the tree"; finish; }
cp /etc/resolv.conf /etc/hosts "$root"/etc/

inside() { # in new namespaces: run "$@" in the root
	set -e
	mount --make-rprivate /
	mount --bind "$root" "$root"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	cd "$root"
	mount -t proc proc proc
	mkdir -p mnt/old
	pivot_root . mnt/old
	cd /srv/alpnd
	umount -l /mnt/old
	# bash stays: as PID 1 it waits for the orphans of others, too
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
	    ${http_proxy:+http_proxy="$http_proxy"} JOBS=2 STEP=101 SESSION=main tests/run "$@" || exit
}

tests=$(tests/run --list | grep -Ee '^(unit/.*|session/[a-z]*)@(gcc|clang)$' \
    -e '^server/(server|logs|flood)@gcc$' -e '^server/switch$' -e '^ca/systemd$' \
    -e '^ca/acme:(nginx|haproxy)@gcc$' -e '^package/package$')
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
export root http_proxy
export -f inside
# shellcheck disable=SC2016,SC2086 # words
bg debian13 unshare --mount --pid --fork --kill-child \
    bash -c 'inside "$@"' _ $tests
wait "$BGPID"

# "NAME passed COUNT SECONDS s", behind a failure its lines
while IFS= read -r line; do
	read -r name word count seconds rest <<<"$line"
	case $line in
	" "*) diag "$line"; continue ;;
	esac
	case $word in
	passed) ok 0 "Debian 13: $name: $count tests in $seconds $rest" ;;
	SKIPPED) ok 0 "Debian 13: $name # SKIP as said below" ;;
	FAILED) echo "not ok $((TESTS += 1)) - Debian 13: $name"; FAILED=$((FAILED + 1)) ;;
	*) diag "$line" ;;
	esac
done <"$T/debian13.log"
is "Debian 13: all tests ran" [ "$(wc -w <<<"$tests")" = "$TESTS" ]
finish
