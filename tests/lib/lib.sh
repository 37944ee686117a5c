# shellcheck shell=bash
# lib.sh: sourced by the bash tests.  A work directory, background programs
# that end with the test, waiting without sleeping blindly, TAP.
set -u
# shellcheck disable=SC2034 # the tests use it
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/alpnd-test.XXXXXX")
chmod 755 "$T"
PIDS=()
TESTS=0 FAILED=0

cleanup() {
	local rc=$? p
	trap - EXIT INT TERM
	for p in "${PIDS[@]}"; do kill -TERM -- "-$p" 2>/dev/null; done
	for p in "${PIDS[@]}"; do
		timeout 5 tail --pid="$p" -s 0.05 -f /dev/null 2>/dev/null
		kill -KILL -- "-$p" 2>/dev/null
	done
	if [ -n "${KEEP:-}" ]; then echo "# kept $T"; else rm -rf "$T"; fi
	exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# bg NAME CMD...: in a session of its own, output to $T/NAME.log; sets BGPID
bg() {
	local name=$1
	shift
	setsid "$@" >"$T/$name.log" 2>&1 </dev/null &
	BGPID=$!
	PIDS+=("$BGPID")
}

# stop PID: end what bg started
stop() {
	local p left=()
	kill -TERM -- "-$1" 2>/dev/null
	wait "$1" 2>/dev/null
	for p in "${PIDS[@]}"; do [ "$p" = "$1" ] || left+=("$p"); done
	PIDS=("${left[@]}")
}

# wait_for SECONDS CMD...: poll until CMD succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

listens() { # listens PORT [u]: does somebody?
	[ -n "$(ss -Hln"${2:-t}" "sport = :$1")" ]
}
wait_listen() {
	wait_for 20 listens "$@" || { diag "nothing listens on port $1"; return 1; }
}

copy_source() { # copy_source DIR: what "make install" and "make deb" need
	mkdir -p "$1"
	cp -R "$TOP"/*.[ch] "$TOP"/{Makefile,README.md,SECURITY.md,CHANGELOG,alpnd-pair} \
	    "$TOP"/{debian,examples,man,units} "$1"
	if [ -d "$TOP/check" ]; then
		mkdir "$1/check" && cp "$TOP"/check/*.[ch] "$1/check"
	fi
}

diag() { sed 's/^/# /' <<<"$*"; }
ok() { # ok STATUS NAME
	TESTS=$((TESTS + 1))
	if [ "$1" = 0 ]; then echo "ok $TESTS - $2"; return 0; fi
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $2"
	return 1
}
is() { # is NAME CMD...: does CMD succeed?
	local name=$1 out rc
	shift
	out=$("$@" 2>&1); rc=$?
	ok $rc "$name" || { diag "$*"; diag "$out" | tail -30; return 1; }
}
finish() { echo "1..$TESTS"; [ $FAILED = 0 ] && [ $TESTS -gt 0 ]; exit $?; }
skip_all() { echo "1..0 # SKIP $*"; exit 0; }
