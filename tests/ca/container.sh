#!/bin/bash
# container.sh: the image of contrib/container, built and run by podman with
# the commands of its README; dehydrated and pebble get a certificate through
# it.  Run in lib/isolate.sh net,mount.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${ISOLATED:-}" ] || exec tests/lib/isolate.sh net,mount tests/ca/container.sh "$@"
TLS_PORT=10443 RUN_GROUP=64123
. tests/lib/lib.sh
. tests/lib/acme.sh
readme=$TOP/contrib/container/README.md

# What podman writes is in $T.  The network is this one; no limits are set that
# the machine may not allow.  crun knows no mixture of cgroup 1 and 2.
settings() {
	mount -t tmpfs -o mode=755 tmpfs /run
	if grep -q ' /sys/fs/cgroup/.* cgroup2 ' /proc/mounts; then
		umount -R /sys/fs/cgroup || umount -l /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup ||
		    skip_all "no cgroup2 to be mounted, and podman needs it"
	fi
	cat >"$T/storage.conf" <<-C
	[storage]
	driver = "vfs"
	graphroot = "$T/store"
	runroot = "$T/podman"
	C
	cat >"$T/containers.conf" <<-C
	[containers]
	netns = "host"
	cgroups = "disabled"
	log_driver = "k8s-file"
	default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "none"
	tmp_dir = "$T/libpod"
	static_dir = "$T/static"
	runtime = "crun"
	C
	export CONTAINERS_STORAGE_CONF=$T/storage.conf CONTAINERS_CONF=$T/containers.conf
	podman info >"$T/podman-info.log" 2>&1
}

readme_command() { # readme_command START: that line of the README, our paths
	sed -n "s|^    \($1 .*\)|\1|p" "$readme" |
	    sed "s|/etc/dehydrated/alpn-certs|$ALPN|g"
}
build() { (cd "$T/context" && eval "$(readme_command 'podman build')"); }
run() { eval "$(readme_command 'podman run')" >"$T/id"; }
status() { awk -v k="$1:" '$1 == k { print $2 }' "/proc/$PID/status"; }
logged() { [ "$(podman logs alpnd 2>&1 | grep -cE "^served name=$1 peer=192\.0\.2\.7:[0-9]+ tls=TLSv1\.3 ")" -ge 3 ]; }

settings || { ok 1 "podman runs"; finish; }
mkdir "$T/context"
cp contrib/container/Containerfile "$T/context"
is "rootfs.sh" contrib/container/rootfs.sh "$T/context/rootfs"
is "four files" [ "$(find "$T/context/rootfs" -type f | wc -l)" = 4 ]
is "the README has both commands" [ "$(readme_command "podman [br]u[a-z]*" | wc -l)" = 2 ]
is "podman build, as the README has it" build
diag "$(podman images --format '{{.Repository}} {{.Size}}')"
acme_start && dehydrated_setup || { ok 1 "set-up of the CA"; finish; }
is "podman run, as the README has it" run
trap 'podman rm -f -t 0 alpnd >/dev/null 2>&1; cleanup' EXIT
wait_listen 10443 || { diag "$(podman logs alpnd 2>&1)"; ok 1 "it listens"; finish; }
PID=$(podman inspect -f '{{.State.Pid}}' alpnd)
for want in "Uid 65534" "Gid $RUN_GROUP" "CapEff 0000000000000000" "NoNewPrivs 1" "Seccomp 2"; do
	is "the process in it: $want" [ "$(status "${want% *}")" = "${want#* }" ]
done
is "its root is read-only" grep -q '^[^ ]* / [^ ]* ro,' "/proc/$PID/mounts"
is "dehydrated runs" dehydrated_issue box.example.org www.box.example.org
is "the CA has issued it" issued box.example.org www.box.example.org
for name in box.example.org www.box.example.org; do
	is "podman logs: $name" wait_for logged "$name" || diag "$(podman logs alpnd 2>&1)"
done
is "... and nothing else" [ -z "$(podman logs alpnd 2>&1 | grep -v ^served)" ]
is "no shell is in it" [ -z "$(podman run --rm --entrypoint /bin/sh alpnd -c 'echo yes' 2>/dev/null)" ]
is "podman stop" podman stop alpnd
is "podman stop: no SIGKILL is needed" \
    [ "$(podman inspect -f '{{.State.ExitCode}}' alpnd)" -ne 137 ]
podman rm -f -t 0 alpnd >/dev/null 2>&1

# a listening socket passed on by podman; "-i 2", and podman's store, for the test
cmd=$(readme_command systemd-socket-activate |
    sed 's/ -l / -E CONTAINERS_STORAGE_CONF -E CONTAINERS_CONF&/')
is "the README has socket activation" [ -n "$cmd" ]
bg activate bash -c "exec $cmd -i 2"
wait_listen 10443
is "socket activation: dehydrated runs" dehydrated_issue socket.example.org
is "... the CA has issued it" issued socket.example.org
served() { grep -qE "^served name=socket\.example\.org peer=192\.0\.2\.7:" "$T/activate.log"; }
is "... and it is in the log" wait_for served
ended() { ! kill -0 "$BGPID" 2>/dev/null; }
is "... the container ends when nobody comes" wait_for ended
finish
