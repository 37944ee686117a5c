#!/bin/bash
# hosts.sh haproxy|nginx: two hosts with alpnd behind a balancer, which has the
# very file of examples/.  One of the two is cut off and comes back while
# orders run; every order completes.  The pairs get there by
# dehydrated-hook-rsync (haproxy) or a file system in common (nginx).
#
#	ca (here)  192.0.2.1 --- 192.0.2.2  lb  198.51.100.1
#	   198.51.100.7 ------------ bridge of lb ------------ r1 198.51.100.11
#	                                                       r2 198.51.100.12
cd "$(dirname "$0")/../.." || exit 1
[ -n "${ISOLATED:-}" ] || exec tests/lib/isolate.sh net,mount tests/ca/hosts.sh "$@"
kind=$1
. tests/lib/lib.sh
. tests/lib/sysd.sh
why=$(sysd_possible) || skip_all "$why"
TLS_PORT=443 CA_TARGET=192.0.2.2
. tests/lib/acme.sh
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /etc/ssh

on() { local h=$1; shift; nsenter --net="/run/netns/$h" "$@"; }
r() ( # r r1|r2 CMD: inside that responder
	# shellcheck disable=SC1090 # of that host
	. "$T/$1/env"
	shift
	sysd "$@"
)
link() { # link A if-A address-A B if-B: B's end is left without address
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4" &&
	    ip -n "$1" addr add "$3" dev "$2" && ip -n "$1" link set "$2" up
}

network() {
	local h
	ip link set lo up
	for h in lb r1 r2; do
		ip netns add $h && ip -n $h link set lo up || return 1
	done
	ip -n lb link add br0 type bridge
	ip -n lb addr add 198.51.100.1/24 dev br0
	ip -n lb link set br0 up
	link r1 e0 198.51.100.11/24 lb p1 && link r2 e0 198.51.100.12/24 lb p2 || return 1
	ip link add e0 type veth peer name p0 netns lb
	ip link add c0 type veth peer name c0 netns lb
	ip addr add 198.51.100.7/24 dev e0
	ip addr add 192.0.2.1/24 dev c0
	ip link set e0 up
	ip link set c0 up
	ip -n lb addr add 192.0.2.2/24 dev c0
	ip -n lb link set c0 up
	for h in p0 p1 p2; do
		ip -n lb link set $h master br0 && ip -n lb link set $h up || return 1
	done
}

start_responders() {
	local h shared=()
	[ "$kind" = haproxy ] || shared=("$ALPN")
	ssh-keygen -q -t ed25519 -N '' -f "$T/client" || return 1
	mkdir "$T/r1" "$T/r2"
	bg r1 nsenter --net=/run/netns/r1 unshare -m tests/ca/hosts-responder.sh \
	    "$T/r1" 198.51.100.11 "${shared[@]}"
	bg r2 nsenter --net=/run/netns/r2 unshare -m tests/ca/hosts-responder.sh \
	    "$T/r2" 198.51.100.12 "${shared[@]}"
	for h in r1 r2; do
		wait_for [ -e "$T/$h/env" ] || return 1
	done
	RUN_GROUP=$(r r1 id -g _alpnd)
	[ "$kind" = haproxy ] || return 0
	printf 'Host *\nIdentityFile %s\n' "$T/client" >/etc/ssh/ssh_config
	for h in r1 r2; do
		echo "198.51.100.1${h#r} $(cut -d' ' -f1-2 "$T/$h/host.pub")"
	done >/etc/ssh/ssh_known_hosts
}

start_balancer() {
	case $kind in
	haproxy)
		{
			printf 'global\n\tstats socket %s\n' "$T/stats"
			cat examples/haproxy-hosts.cfg
		} >"$T/haproxy.cfg"
		bg lb nsenter --net=/run/netns/lb haproxy -db -f "$T/haproxy.cfg"
		;;
	nginx)
		{
			echo "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"
			echo "daemon off; master_process off; pid $T/nginx.pid;"
			echo "error_log $T/nginx-error.log info;"
			echo "events { worker_connections 256; }"
			cat examples/nginx-hosts.conf
		} >"$T/nginx.conf"
		bg lb nsenter --net=/run/netns/lb nginx -e "$T/nginx-error.log" \
		    -c "$T/nginx.conf"
		;;
	esac
	lb_listens() { [ -n "$(on lb ss -Hltn 'sport = :443')" ]; }
	wait_for lb_listens || return 1
}

# What dehydrated runs: the hook of examples/ for haproxy; then, for some names,
# at the worst moment, after the pairs have been sent (or have not) and before
# the CA is told, r1 is cut off or comes back.
hooked() {
	{
		echo '#!/bin/sh'
		[ "$kind" = nginx ] || echo "$PWD/examples/dehydrated-hook-rsync \"\$@\" || exit"
		cat <<-'H'
		case $1/$2 in
		deploy_challenge/cut.*) ip -n r1 link set e0 down ;;
		deploy_challenge/back.*)
			ip -n r1 link set e0 up
			[ -z "$CHECKED" ] || "$CHECKED"
			;;
		esac
		H
	} >"$T/hook"
	chmod +x "$T/hook"
	cat >>"$T/dehydrated/config" <<-C
	HOOK=$T/hook
	HOOK_CHAIN=${1:-no}
	export ALPND_HOSTS="root@198.51.100.11 root@198.51.100.12"
	export CHECKED=$([ "$kind" = nginx ] || echo "$T/checked")
	C
	# long enough for the balancer to see that r1 is there again
	{
		echo '#!/bin/bash'
		declare -f on checked checked_again wait_for
		echo 'LIMIT=120'
		# shellcheck disable=SC2016 # for the hook to expand
		echo 'wait_for checked_again r1 $(($(checked r1) + 3))'
	} >"$T/checked"
	chmod +x "$T/checked"
}

ORDERS=0 ISSUED=0
order() { # order WHEN NAME...: one certificate
	local when=$1 start=$SECONDS
	shift
	ORDERS=$((ORDERS + 1))
	dehydrated_issue "$@"
	is "$kind: order $ORDERS, $when: issued for $*" issued "$@" &&
	    ISSUED=$((ISSUED + 1))
	diag "order $ORDERS took $((SECONDS - start)) s"
}
served() { # served r1|r2 [NAME]
	grep -c "^served name=${2:-}" "$T/$1/alpnd.log"
}
warned() { grep -q "^dehydrated-hook-rsync: root@198.51.100.1$1 does not have the pairs: " "$T/issue.log"; }
empty() { [ -z "$(r "$1" ls -A /etc/dehydrated/alpn-certs)" ]; }
accepted() { r "$1" systemctl show -P NAccepted alpnd.socket; }

stat_of() { # stat_of FIELD: HAProxy's number of it for r1, r2
	echo "show stat" | socat - "UNIX:$T/stats" | awk -F, -v f="$1" '
	    NR == 1 { for (i = 1; i <= NF; i++) if ($i == f) n = i }
	    $1 == "acme" && $2 ~ /^alpnd/ { printf "%s ", $n }'
}
failed_over() { # connections that r1 did not answer, r2 did
	case $kind in
	haproxy) stat_of wredis | awk '{ print $1 + $2 }' ;;
	nginx) grep -cE '(timed out|failed).* upstream: "198\.51\.100\.11:' "$T/nginx-error.log" ;;
	esac
}
r1_up() { [ "$(stat_of status)" = "UP UP " ]; }
r1_down() { [[ "$(stat_of status)" = "DOWN"* ]]; }

checked() { # handshakes that ended with a RST before they were complete
	on "$1" nstat -saz TcpExtEmbryonicRsts | awk '/Embryonic/ { print $2 }'
}
checked_again() { [ "$(checked "$1")" -ge "$2" ]; }

test_checks() {
	local h started
	started=$(accepted r1)$(accepted r2)
	for h in r1 r2; do
		is "haproxy: ten checks of $h" wait_for checked_again $h 10
		is "... nothing is in the journal of alpnd" [ -z "$(r $h journalctl -q -t alpnd -p debug)" ]
	done
	is "... systemd has started nothing for them" [ "$started$(accepted r1)$(accepted r2)" = 0000 ]
	is "haproxy: both are up" r1_up
}

test_hook() {
	local h f=hook.example.org d=/etc/dehydrated/alpn-certs
	local hook=(env ALPNCERTDIR="$ALPN" ALPND_HOSTS="root@198.51.100.11 root@198.51.100.12" examples/dehydrated-hook-rsync)
	# as dehydrated makes the directory where there is no alpnd
	chmod 700 "$ALPN"
	python3 tests/lib/mkpair.py "$ALPN" $f stale.example.org
	is "hook: deploy_challenge" "${hook[@]}" deploy_challenge $f token value
	rm "$ALPN"/stale.example.org.*
	for h in r1 r2; do
		is "hook: $h: the directory is 2750 root:_alpnd" [ "$(r $h stat -c '%a %U %G' $d)" = "2750 root _alpnd" ]
		is "hook: $h: the files are 0640 root:_alpnd" \
		    [ "$(r $h stat -c '%a %U %G' $d/$f.crt.pem $d/$f.key.pem | sort -u)" = "640 root _alpnd" ]
	done
	# the files of a test by alpnd-pair, here and there
	touch "$ALPN/alpnd-test-1.invalid.key.pem"
	r r1 mkdir $d/.alpnd-pair.other
	r r1 touch $d/alpnd-test-2.invalid.crt.pem
	is "hook: clean_challenge" "${hook[@]}" clean_challenge $f token value
	is "hook: files of a test are not copied, and not deleted" \
	    [ "$(r r1 ls -A $d | tr '\n' ' ')" = ".alpnd-pair.other alpnd-test-2.invalid.crt.pem " ]
	rm "$ALPN/alpnd-test-1.invalid.key.pem"
	r r1 rm -r $d/.alpnd-pair.other $d/alpnd-test-2.invalid.crt.pem
	is "hook: ... has removed the pair here" [ -z "$(ls -A "$ALPN")" ]
	is "hook: ... and all on r1" empty r1
	is "hook: ... and on r2" empty r2
	is "hook: other events are none of its business" "${hook[@]}" this_is_new a b
	ALPNCERTDIR=$ALPN ALPND_HOSTS=root@198.51.100.1 examples/dehydrated-hook-rsync \
	    deploy_challenge $f t v >"$T/out" 2>&1
	is "hook: no host to be had: status 1" [ $? = 1 ]
	is "hook: ... it says why" grep -q "^dehydrated-hook-rsync: root@198.51.100.1 does not have the pairs: ssh: connect .*refused" "$T/out"
	is "hook: localhost has them" env ALPNCERTDIR="$ALPN" \
	    ALPND_HOSTS="root@198.51.100.1 localhost" examples/dehydrated-hook-rsync deploy_challenge $f t v
	is "hook: clean_challenge does not fail for it" env ALPNCERTDIR="$ALPN" \
	    ALPND_HOSTS=root@198.51.100.1 examples/dehydrated-hook-rsync clean_challenge $f t v
	# the key is good for that and nothing else
	is "ssh: no command" [ -z "$(ssh -o BatchMode=yes root@198.51.100.11 id 2>/dev/null)" ]
	is "ssh: no reading" [ "$(rsync root@198.51.100.11:/ 2>&1 | grep -c 'rrsync error')" = 1 ]
	rsync "$T/out" root@198.51.100.11:../out >/dev/null 2>&1
	is "ssh: nothing outside of the directory" [ -z "$(r r1 find /etc/dehydrated -name out)" ]
}

network && mkdir "$ALPN" && start_responders && start_balancer && acme_start &&
    dehydrated_setup || { ok 1 "set-up"; finish; }
is "_alpnd has the same number on both" [ "$(r r2 id -g _alpnd)" = "$RUN_GROUP" ]
if [ "$kind" = haproxy ]; then
	test_checks
	test_hook
fi

hooked no
order "both there" both.example.org
for h in r1 r2; do
	is "$kind: $h has served" [ "$(served $h)" -gt 0 ]
done
is "$kind: ... each connection by a process of its own" [ "$(accepted r1)" -ge "$(served r1)" ]
before=$(served r1)
order "r1 cut off as the CA is told" cut.example.org
is "$kind: connections failed over" [ "$(failed_over)" -gt 0 ]
[ "$kind" = nginx ] || is "$kind: the check has found r1 missing" wait_for r1_down
hooked yes
order "r1 away, a chained hook" away.example.org www.away.example.org
if [ "$kind" = haproxy ]; then
	is "... the hook names r1" warned 1
	is "... and r1 alone" [ "$(grep -c "does not have" "$T/issue.log")" = 2 ]
else
	order "r1 away" away2.example.org
fi
is "$kind: r1 has served nothing meanwhile" [ "$(served r1)" = "$before" ]
order "r1 back as the CA is told" back.example.org
order "r1 there" there.example.org
if [ "$kind" = haproxy ]; then
	# the pair was taken from r2, which had it
	is "$kind: r1 missed it, r2 served all" [ "$(served r1 back.example.org)$(served r2 back.example.org | sed 's/[1-9].*/n/')" = 0n ]
	is "$kind: r1 is up again" wait_for r1_up
fi
again=again.example.org
order "r1 in use" $again
serves_again() { [ "$(served r1)" -gt "$before" ]; }
if [ "$kind" = nginx ]; then	# fail_timeout may have begun late
	serves_again || order "r1 in use" again2.example.org
fi
is "$kind: r1 serves again" wait_for serves_again
is "$kind: r1 has no pair left" empty r1
is "$kind: r2 has no pair left" empty r2
refused=$(cat "$T"/r?/alpnd.log | grep -c ^refused)
is "$kind: nothing but served in the logs" [ -z "$(cat "$T"/r?/alpnd.log | grep -v ^served)" ] ||
    diag "$(cat "$T"/r?/alpnd.log | grep -v ^served)"
is "$kind: the CA's address is in the logs" grep -q 'client=192\.0\.2\.1:' "$T/r1/alpnd.log"
diag "$kind: $ORDERS orders, $ISSUED issued; $refused connections refused, $(failed_over) failed over; served by r1 $(served r1), by r2 $(served r2); $SECONDS s"
finish
