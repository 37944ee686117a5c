#!/bin/bash
# gluster.sh: three hosts share the directory of the pairs by GlusterFS, in a
# volume with three replicas, set up as the manual says.  alpnd runs under a real
# systemd on h1 and h2, dehydrated on h3, and HAProxy in front.  While orders
# run, a host is cut off, a brick is killed, the quorum is lost, and the network
# splits.  Each order that has a quorum completes; others fail soon, and say why.
#
#	ca (here)  192.0.2.1 --- 192.0.2.2  lb  198.51.100.1
#	    bridge of lb: h1 198.51.100.11, h2 198.51.100.12
#	    bridge of storage: h1, h2, h3 203.0.113.11, .12, .13
cd "$(dirname "$0")/../.." || exit 1
[ -n "${ISOLATED:-}" ] || exec tests/lib/isolate.sh net,mount tests/ca/gluster.sh
. tests/lib/lib.sh
. tests/lib/sysd.sh
why=$(sysd_possible) || skip_all "$why"
[ -c /dev/fuse ] && : <>/dev/fuse || skip_all "no FUSE on this machine"
TLS_PORT=443 CA_TARGET=192.0.2.2
. tests/lib/acme.sh
ALPN=$T/h3/pairs
CHECK=check.invalid	# what HAProxy's check asks for
DEADLINE=10000		# milliseconds: -t of alpnd
mount -t tmpfs -o mode=755 tmpfs /run
trap 'end_clients; cleanup' EXIT

on() { local h=$1; shift; nsenter --net="/run/netns/$h" "$@"; }
listens_on() { # listens_on HOST PORT
	[ -n "$(on "$1" ss -Hltn "sport = :$2")" ]
}
r() ( # r h1|h2 CMD: inside the systemd of that host
	# shellcheck disable=SC1090 # of that host
	. "$T/$1/env"
	shift
	sysd "$@"
)
port() { # port HOST INTERFACE ADDRESS BRIDGE: of that host, on a bridge of lb
	ip link add "$1-$2" type veth peer name "$2" netns "$1" &&
	    ip link set "$1-$2" netns lb &&
	    ip -n lb link set "$1-$2" master "$4" up &&
	    ip -n "$1" addr add "$3" dev "$2" && ip -n "$1" link set "$2" up
}
network() {
	local h
	ip link set lo up
	for h in lb h1 h2 h3; do
		ip netns add $h && ip -n $h link set lo up || return 1
	done
	for h in front storage; do
		ip -n lb link add $h type bridge && ip -n lb link set $h up || return 1
	done
	ip -n lb addr add 198.51.100.1/24 dev front
	ip link add c0 type veth peer name c0 netns lb
	ip addr add 192.0.2.1/24 dev c0
	ip link set c0 up
	ip -n lb addr add 192.0.2.2/24 dev c0
	ip -n lb link set c0 up
	for h in 1 2; do
		port h$h front 198.51.100.1$h/24 front || return 1
	done
	for h in 1 2 3; do
		port h$h storage 203.0.113.1$h/24 storage || return 1
	done
}
link() { # link up|down HOST INTERFACE...
	local to=$1 h=$2 i
	shift 2
	for i; do ip -n "$h" link set "$i" "$to"; done
}

STORAGE=()	# of each host, the process outside of its namespace
in_host() { # in_host N CMD: where glusterd of that host runs
	local inside
	inside=$(pgrep -P "${STORAGE[$1]}")
	shift
	nsenter -t "$inside" -m -n -p timeout 60 "$@"
}
gluster() { in_host 1 gluster --mode=script "$@" >>"$T/gluster.log" 2>&1; }
peers() { [ "$(in_host 1 gluster peer status | grep -c '(Connected)')" = 2 ]; }
volume() { # as the manual says, and where the bricks are
	local h
	for h in 2 3; do
		wait_for gluster peer probe 203.0.113.1$h || return 1
	done
	wait_for peers || return 1
	gluster volume create pairs replica 3 \
	    203.0.113.11:"$T/h1/brick/pairs" 203.0.113.12:"$T/h2/brick/pairs" \
	    203.0.113.13:"$T/h3/brick/pairs" force || return 1
	while read -r line; do
		# shellcheck disable=SC2086 # its words
		gluster ${line#gluster } || return 1
	done < <(sed -n 's/^\(gluster volume set pairs .*\)/\1/p' man/alpnd.8)
	gluster volume start pairs
}
start_storage() {
	local h
	for h in 1 2 3; do
		mkdir -p "$T/h$h/pairs"
		bg h$h-storage nsenter --net=/run/netns/h$h unshare -m -p --fork \
		    --kill-child --mount-proc tests/ca/gluster-host.sh "$T/h$h"
		STORAGE[h]=$BGPID
	done
	for h in 1 2 3; do
		wait_for listens_on h$h 24007 || return 1
	done
	volume
}
mount_pairs() { # by the manual's line of fstab(5)
	local h options
	options=$(sed -n 's/^localhost:.pairs .* glusterfs \([^ ]*\) .*/\1/p' man/alpnd.8)
	[ -n "$options" ] || return 1
	for h in 1 2 3; do
		on h$h mount -t glusterfs -o "$options,log-file=$T/h$h/client.log" \
		    localhost:/pairs "$T/h$h/pairs" || return 1
	done
}
end_clients() { # those who use the mounts first
	local p h
	for p in "${HOSTS[@]}"; do stop "$p"; done
	for h in 1 2 3; do umount -l "$T/h$h/pairs" 2>/dev/null; done
	for p in $(pgrep -f "^/usr/sbin/glusterfs .*$T/h[123]/pairs\$"); do
		kill -KILL "$p"
	done
}

HOSTS=()
start_hosts() {
	local h
	for h in 1 2; do
		bg h$h nsenter --net=/run/netns/h$h unshare -m tests/ca/hosts-responder.sh \
		    "$T/h$h" 198.51.100.1$h "$T/h$h/pairs"
		HOSTS+=("$BGPID")
	done
	for h in h1 h2; do
		wait_for [ -e "$T/$h/env" ] || return 1
	done
	RUN_GROUP=$(r h1 id -g _alpnd)
}
start_balancer() { # with the check for a shared file system
	{
		printf 'global\n\tstats socket %s\n' "$T/stats"
		sed '/^	default-server /d; s/^	#default-server /	default-server /' \
		    examples/haproxy-hosts.cfg
	} >"$T/haproxy.cfg"
	grep -q "check-sni $CHECK " "$T/haproxy.cfg" || return 1
	bg lb nsenter --net=/run/netns/lb haproxy -db -f "$T/haproxy.cfg"
	wait_for listens_on lb 443
}
up() { # up STATE STATE: what HAProxy says of h1 and h2
	[ "$(echo "show stat" | socat - "UNIX:$T/stats" | awk -F, '
	    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "status") n = i }
	    $1 == "acme" && $2 ~ /^alpnd/ { split($n, s, " "); printf "%s ", s[1] }')" = "$1 $2 " ]
}
healed() { # every brick has all; once a link is back, this is done when asked for
	gluster volume heal pairs
	[ "$(in_host 1 gluster volume heal pairs info | grep -c '^Number of entries: 0$')" = 3 ]
}
whole() { # whole NAME: all is well again
	is "$1: all bricks heal" wait_for healed
	is "... HAProxy uses both hosts" wait_for up UP UP
}

ms() { echo $(($(date +%s%N) / 1000000)); }
ORDERS=0 ISSUED=0 REFUSED=0
order() { # order WHEN NAME: one certificate
	local start
	start=$(ms)
	ORDERS=$((ORDERS + 1))
	dehydrated_issue "$2"
	is "$1: issued for $2" issued "$2" && ISSUED=$((ISSUED + 1))
	diag "$1: order took $(($(ms) - start)) ms"
}
no_order() { # no_order WHEN NAME: dehydrated fails, and says why
	local start
	start=$(ms)
	ORDERS=$((ORDERS + 1))
	! dehydrated_issue "$2" && ! issued "$2" 2>/dev/null
	ok $? "$1: no certificate for $2" && REFUSED=$((REFUSED + 1))
	is "... dehydrated says why" grep "Transport endpoint is not connected" "$T/issue.log"
	diag "$1: order failed after $(($(ms) - start)) ms"
}
connect() { # connect h1|h2 [NAME]: as the CA does; MS
	local start
	start=$(ms)
	on lb timeout 60 openssl s_client -connect "198.51.100.1${1#h}:10443" \
	    -servername "${2:-$CHECK}" -alpn acme-tls/1 </dev/null >"$T/connect" 2>&1
	MS=$(($(ms) - start))
}
logged() { # logged h1|h2 LINES PATTERN: in its log, after so many lines
	tail -n +$(($2 + 1)) "$T/$1/alpnd.log" | grep "$3"
}
fails() { # fails WHEN h1|h2: within the deadline, with a clear line
	local before
	before=$(wc -l <"$T/$2/alpnd.log")
	connect "$2"
	is "$1: $2 answers with internal_error" grep "alert number 80" "$T/connect"
	ok $((MS >= DEADLINE)) "... within the deadline" "$MS ms"
	is "... and logs why" wait_for logged "$2" "$before" \
	    "^error name=$CHECK .*Transport endpoint is not connected"
	diag "$1: $2 answers after $MS ms"
}
new_pair() { # new_pair NAME: each host serves it at once
	local h
	./alpnd-pair -d "$ALPN" "$1" "$(openssl rand -hex 32)" || return 1
	for h in h1 h2; do
		connect "$h" "$1"
		diff <(openssl x509 -in "$T/connect") <(openssl x509 -in "$ALPN/$1.crt.pem") || return 1
	done
}
fresh() { # nothing of it is cached
	local i
	for i in {1..20}; do
		echo "$i" >"$T/h3/pairs/new" && mv "$T/h3/pairs/new" "$T/h3/pairs/file" &&
		    [ "$(cat "$T/h1/pairs/file")" = "$i" ] &&
		    echo "again $i" >"$T/h3/pairs/file" &&
		    [ "$(cat "$T/h1/pairs/file")" = "again $i" ] || return 1
	done
	rm "$T/h3/pairs/file"
}
served() { grep -c "^served name=.*example\.org" "$T/$1/alpnd.log"; }
serves_more() { [ "$(served "$1")" -gt "$2" ]; }
waits() { # how long the CA's connections have waited for alpnd, by its log
	cat "$T"/h?/alpnd.log |
	    sed -n 's/^served name=[^ ]*example\.org .* ms=\([0-9]*\).*/\1/p' | sort -n |
	    awk '{ ms[NR] = $1 } END { print "median " ms[int((NR + 1) / 2)] " ms, longest " ms[NR] " ms" }'
}
kill_brick() { in_host "$1" pkill -KILL glusterfsd; }

network && start_storage && mount_pairs && start_hosts && acme_start &&
    dehydrated_setup && ./alpnd-pair -d "$ALPN" $CHECK "$(openssl rand -hex 32)" &&
    start_balancer || { ok 1 "set-up"; finish; }
is "_alpnd has the same number on both" [ "$(r h2 id -g _alpnd)" = "$RUN_GROUP" ]
is "the pair of the check is 0640, of the group" \
    [ "$(stat -c '%a %g' "$ALPN/$CHECK.key.pem")" = "640 $RUN_GROUP" ]
whole "at first"
connect h1 early.invalid
is "a name before its pair: h1 knows of none" grep "alert number 112" "$T/connect"
is "... and serves the pair as soon as it is there" new_pair early.invalid
is "... and one in its place" new_pair early.invalid
is "what h3 writes, h1 reads at once" fresh
./alpnd-pair -d "$ALPN" -r early.invalid
order "all there" all.example.org
for h in h1 h2; do
	is "... $h has served" wait_for serves_more $h 0
done

# cut off between the pair's being written and the CA's being told
cat >"$T/hook" <<'H'
#!/bin/sh
case $1/$2 in
deploy_challenge/cut.*) ip -n h1 link set front down; ip -n h1 link set storage down ;;
esac
H
chmod +x "$T/hook"
echo "HOOK=$T/hook" >>"$T/dehydrated/config"
n=$(served h1)
order "h1 cut off as the CA is told" cut.example.org
order "h1 away" away.example.org
is "... HAProxy has found h1 missing" wait_for up DOWN UP
is "... h1 has served nothing meanwhile" [ "$(served h1)" = "$n" ]
link up h1 front storage
whole "h1 back"
order "h1 back" back.example.org
is "... h1 serves again" wait_for serves_more h1 "$n"

n=$(served h2)
kill_brick 2
order "the brick of h2 killed" brick.example.org
is "... h2 serves all the same" wait_for serves_more h2 "$n"
gluster volume start pairs force
whole "the brick started"

kill_brick 2
kill_brick 3
fails "two bricks killed" h1
fails "two bricks killed" h2
no_order "two bricks killed" quorum.example.org
is "... HAProxy uses neither host" wait_for up DOWN DOWN
gluster volume start pairs force
whole "the bricks started"
order "the quorum is back" quorum.example.org

link down h1 storage
link down h3 storage
fails "no host sees another" h1
fails "no host sees another" h2
no_order "no host sees another" alone.example.org
link up h1 storage
link up h3 storage
whole "the hosts see each other"
order "the hosts see each other" alone.example.org

n=$(served h1)
link down h1 storage
fails "a split: h1 alone, with the CA" h1
is "... HAProxy uses h2 only" wait_for up DOWN UP
order "a split" split.example.org
is "... h1 has served nothing meanwhile" [ "$(served h1)" = "$n" ]
link up h1 storage
whole "the split healed"
order "the split healed" healed.example.org
is "... h1 serves again" wait_for serves_more h1 "$n"

is "no pair is left but that of the check" [ "$(cd "$ALPN" && echo *)" = "$CHECK.crt.pem $CHECK.key.pem" ]
is "nothing but served and these errors in the logs" \
    [ -z "$(cat "$T"/h?/alpnd.log | grep -vE "^served|name=early|^error name=$CHECK .*Transport endpoint is not connected")" ] ||
    diag "$(cat "$T"/h?/alpnd.log | grep -v ^served)"
diag "$ORDERS orders: $ISSUED issued, $REFUSED failed as they must; served by h1 $(served h1), by h2 $(served h2); the CA waited for alpnd: $(waits); $SECONDS s"
finish
