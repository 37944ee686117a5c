#!/bin/bash
# hosts-responder.sh DIR ADDRESS [SHARED]: one responder of hosts.sh: a real
# systemd with alpnd as installed, and sshd on ADDRESS or, with SHARED, that
# directory in place of its own.  In the network namespace that it is started
# in, until it is ended.  Writes into DIR: env (for sysd), host.pub, alpnd.log.
dir=$1 address=$2 shared=${3:-}
TMPDIR=$dir
. "$(dirname "$0")/../lib/lib.sh"
. "$TOP/tests/lib/sysd.sh"

if [ -n "$shared" ]; then
	mkdir "$T/shared" && mount --bind "$shared" "$T/shared" || exit 1
fi
sysd_start || exit 1
trap 'sysd_stop; [ -z "$shared" ] || umount "$T/shared"; cleanup' EXIT

start_sshd() {
	ssh-keygen -q -t ed25519 -N '' -f "$T/host" && cp "$T/host.pub" "$dir/" || return 1
	cat >"$T/sshd_config" <<-C
	ListenAddress $address
	HostKey /srv/test/host
	UsePAM no
	PasswordAuthentication no
	PermitRootLogin forced-commands-only
	AuthorizedKeysFile /root/.ssh/authorized_keys
	C
	# the line of the hook's comment
	{
		sed -n 's/^#	\(restrict,.*\) ssh-ed25519 \.\.\.$/\1 /p' \
		    "$TOP/examples/dehydrated-hook-rsync" | tr -d '\n'
		cat "$dir/../client.pub"
	} >"$T/authorized_keys"
	sysd mkdir -p /run/sshd && sysd install -d -m 700 /root/.ssh &&
	    sysd install -m 600 /srv/test/authorized_keys /root/.ssh/ &&
	    sysd /usr/sbin/sshd -f /srv/test/sshd_config -E /srv/test/sshd.log
}

if [ -n "$shared" ]; then
	sysd mount --bind /srv/test/shared /etc/dehydrated/alpn-certs
else
	start_sshd
fi || exit 1
sysd systemctl start alpnd.socket || exit 1
sysd journalctl -f -n all -o cat -t alpnd >"$dir/alpnd.log" &
# renamed into place: whole as soon as it is there
printf 'SYSD_PID=%s SYSD_CG=%s\n' "$SYSD_PID" "$SYSD_CG" >"$dir/env.new"
mv "$dir/env.new" "$dir/env"
wait
