#!/bin/sh
# isolate.sh KIND,... CMD...: run CMD in namespaces of its own.
#	net	a network, in which every port is free and the CA has an address
#		of its own: what connects to 192.0.2.10 or 2001:db8::10 comes
#		from 192.0.2.7 or 2001:db8::7 (RFC 5737, RFC 3849)
#	mount	mounts, which end with CMD
#	log	/dev/log and /run/systemd, so that CMD sees what goes to syslog or
#		the journal, and the host does not
# As root; otherwise in a user namespace, in which the caller is root.  CMD
# finds the kinds in the variable ISOLATED.
# isolate.sh --possible KIND,...: does this machine allow it?
set -e

flags_for() { # flags_for KIND,...: the flags of unshare(1)
	flags=
	case $1 in *net*) flags="$flags -n" ;; esac
	case $1 in *mount*|*log*) flags="$flags -m" ;; esac
	# shellcheck disable=SC2086
	unshare $flags true 2>/dev/null || flags="$flags -r"
}

network() {
	ip link set lo up
	ip addr add 192.0.2.7/32 dev lo
	ip addr add 192.0.2.10/32 dev lo
	ip route replace local 192.0.2.10 dev lo table local src 192.0.2.7
	ip -6 addr add 2001:db8::7/128 dev lo nodad
	ip -6 addr add 2001:db8::10/128 dev lo nodad
}

private_log() {
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
}

case $1 in
--possible)
	flags_for "$2"
	# shellcheck disable=SC2086
	exec unshare $flags true
	;;
--inside) # in the namespaces
	kinds=$2
	shift 2
	case $kinds in *net*) network ;; esac
	case $kinds in *mount*|*log*) mount --make-rprivate / ;; esac
	case $kinds in *log*) private_log ;; esac
	ISOLATED=$(echo "$kinds" | tr , ' ') exec "$@"
	;;
*)
	kinds=$1
	shift
	flags_for "$kinds"
	# shellcheck disable=SC2086
	exec unshare $flags -- "$0" --inside "$kinds" "$@"
	;;
esac
