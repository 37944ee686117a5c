# shellcheck shell=bash
# lib.sh: sourced by the bash tests.  A work directory, background programs
# that end with the test, waiting without sleeping blindly, TAP.  A test that
# fails shows what it waited for, and the last lines of the logs in $T.
set -u
# shellcheck disable=SC2034 # the tests use it
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/alpnd-test.XXXXXX")
chmod 755 "$T"
PIDS=()
TESTS=0 FAILED=0 PLANNED=
LIMIT=120	# seconds until a wait is given up: something hangs

cleanup() {
	local rc=$? p
	[ $rc = 0 ] || [ -n "$PLANNED" ] || logs	# it ended before its end
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

# wait_for CMD...: poll until CMD succeeds
wait_for() {
	local end=$((SECONDS + LIMIT))
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			echo "waited $LIMIT seconds for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

listens() { # listens PORT [u]: does a program, on TCP or with u on UDP?
	[ -n "$(ss -Hln"${2:-t}" "sport = :$1")" ]
}
wait_listen() { wait_for listens "$@"; }

copy_source() { # copy_source DIR: what "make install" and "make deb" need
	mkdir -p "$1/check"
	cp -R "$TOP"/*.[ch] "$TOP"/{Makefile,README.md,SECURITY.md,CHANGELOG,alpnd-pair} \
	    "$TOP"/{debian,examples,man,units} "$1"
	cp "$TOP"/check/*.[ch] "$1/check"
}

diag() { sed 's/^/# /' <<<"$*"; }
logs() { # the last lines of every log in $T that has grown since the last time
	local f
	find "$T" -maxdepth 3 -name '*.log' -size +0 -newer "$T/.shown" | sort |
	    while read -r f; do
		diag "--- ${f#"$T/"}"
		diag "$(tail -20 "$f")"
	done
	touch "$T/.shown"
}
touch -d @0 "$T/.shown"
LAST=
ok() { # ok STATUS NAME [DIAGNOSIS]; after "the server starts", the name
	# "... and listens" is "the server starts ... and listens"
	local name=$2
	case $name in
	"... "*|*": ... "*) name="$LAST ...${name#*...}" ;;
	*) LAST=$name ;;
	esac
	TESTS=$((TESTS + 1))
	if [ "$1" = 0 ]; then echo "ok $TESTS - $name"; return 0; fi
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $name"
	[ -z "${3:-}" ] || diag "$3"
	logs
	return 1
}
is() { # is NAME CMD...: does CMD succeed?
	local name=$1 out rc
	shift
	out=$("$@" 2>&1); rc=$?
	ok $rc "$name" "$*"$'\n'"$(tail -30 <<<"$out")"
}
finish() { echo "1..$TESTS"; PLANNED=yes; [ $FAILED = 0 ] && [ $TESTS -gt 0 ]; exit $?; }
skip_all() { echo "1..0 # SKIP $*"; exit 0; }
