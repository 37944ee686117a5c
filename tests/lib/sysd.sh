# shellcheck shell=bash
# sysd.sh: a real systemd as PID 1 of its own namespaces.  After lib.sh; needs
# root, cgroup2 and namespaces; run in isolate.sh net, whose network it shares.
#   sysd_start [ROOT]
#		boot it from an overlay of ROOT, in which nothing is changed:
#		of the host, with alpnd installed by "make install", or of
#		another system as it is.  $T is /srv/test inside.
#   sysd CMD	run a command inside
SYSD_PID= SYSD_CG=

sysd_possible() { # or say why not
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	[ -x /lib/systemd/systemd ] || { echo "no systemd on this machine"; return 1; }
	grep -q ' cgroup2 ' /proc/mounts || { echo "no cgroup2 mounted"; return 1; }
	unshare --mount --pid --cgroup --fork true 2>/dev/null ||
	    { echo "no namespaces to be had"; return 1; }
}

sysd_inner() { # in the new namespaces, before systemd: the root it gets
	set -e
	mount --make-rprivate /
	local r=$T/sysd
	mkdir -p "$r"
	mount -t tmpfs tmpfs "$r"
	mkdir "$r/up" "$r/work" "$r/root" "$r/tmp"
	mount -t overlay overlay -o \
	    "lowerdir=$SYSD_ROOT,upperdir=$r/up,workdir=$r/work" "$r/root"
	cd "$r/root"
	if [ "$SYSD_ROOT" = / ]; then
		make -s -C "$T/src" install DESTDIR="$r/root"
		# none of the host's units
		rm -rf etc/systemd/system var/log/journal
		mkdir -p etc/systemd/system
	fi
	mount -t proc proc proc
	mount --rbind /sys sys
	umount -R sys/fs/cgroup || umount -l sys/fs/cgroup
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs dev
	for d in null zero full random urandom tty; do
		: >"dev/$d"
		mount --bind "/dev/$d" "dev/$d"
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	mount -t tmpfs -o mode=1777 tmpfs dev/shm
	mount -t tmpfs -o mode=755 tmpfs run
	chmod 1777 "$r/tmp"
	mkdir -p srv/test
	mount --rbind "$T" srv/test
	mount --bind "$r/tmp" tmp
	# no service that a test does not need
	mkdir -p run/systemd/system
	printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' \
	    >run/systemd/system/test.target
	for u in systemd-udevd.service systemd-udev-trigger.service \
	    systemd-udevd-kernel.socket systemd-udevd-control.socket \
	    systemd-modules-load.service systemd-sysctl.service \
	    systemd-timesyncd.service systemd-networkd.service \
	    systemd-resolved.service systemd-binfmt.service \
	    systemd-hwdb-update.service systemd-pstore.service \
	    systemd-random-seed.service systemd-logind.service \
	    apparmor.service keyboard-setup.service console-setup.service \
	    networking.service tmp.mount dev-hugepages.mount \
	    dev-mqueue.mount sys-kernel-debug.mount \
	    sys-kernel-tracing.mount sys-kernel-config.mount \
	    sys-fs-fuse-connections.mount \
	    proc-sys-fs-binfmt_misc.automount timers.target; do
		ln -sf /dev/null "run/systemd/system/$u"
	done
	mkdir old
	pivot_root . old
	cd /
	umount -l /old
	mount --make-rshared /
	exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	    LANG=C.UTF-8 /lib/systemd/systemd --system --show-status=no \
	    --log-target=journal-or-kmsg --unit=test.target
}

sysd_is_up() {
	SYSD_PID=$(pgrep -P "$BGPID" | head -1)
	[ -n "$SYSD_PID" ] || return 1
	case $(sysd systemctl is-system-running 2>/dev/null) in
	running|degraded) ;;
	*) return 1 ;;
	esac
}

sysd_start() {
	SYSD_ROOT=${1:-/}
	if [ "$SYSD_ROOT" = / ]; then
		copy_source "$T/src"
		make -s -C "$T/src" all CC=gcc CFLAGS="-O2 -g" || return 1
	fi
	SYSD_CG=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/${T##*/}
	mkdir "$SYSD_CG" || return 1
	trap 'sysd_stop; cleanup' EXIT
	export T TOP SYSD_ROOT
	# shellcheck disable=SC2016
	bg sysd bash -c 'echo $$ >"$1/cgroup.procs" && . "$2/tests/lib/sysd.sh" &&
	    export -f sysd_inner && exec unshare --mount --cgroup --pid --fork \
	    --uts --ipc --kill-child bash -c sysd_inner' _ "$SYSD_CG" "$TOP"
	wait_for sysd_is_up
}

sysd() {
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$1/init.scope/cgroup.procs" || exit 1; p=$2; shift 2
	    exec nsenter -t "$p" --mount --pid --uts --ipc --cgroup env -i \
	    container=test PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
	    SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@"' _ "$SYSD_CG" "$SYSD_PID" "$@"
}

sysd_stop() { # its PID 1 takes everything with it
	[ -n "$SYSD_CG" ] || return 0
	[ -z "$SYSD_PID" ] || kill -KILL "$SYSD_PID" 2>/dev/null
	wait_for sysd_cgroups_gone
	SYSD_CG=
}
sysd_cgroups_gone() {
	find "$SYSD_CG" -depth -type d -exec rmdir {} \; 2>/dev/null
	[ ! -d "$SYSD_CG" ]
}

# CPU of the whole tree, PID 1 and journald included, in microseconds
sysd_cpu() {
	awk '$1 == "usage_usec" { print $2 }' "$SYSD_CG/cpu.stat"
}
