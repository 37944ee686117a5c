#!/bin/sh
# fuzz.sh build: the fuzz targets for libFuzzer with ASan+UBSan and with MSan,
#	for AFL++, and standalone with gcc.
# fuzz.sh check TARGET: a test: the corpus in the tree through each of them, then
#	FUZZ_SECONDS (60) of fuzzing.
# fuzz.sh run SECONDS [TARGET...]: fuzz each target so long.
# fuzz.sh coverage: lines of the parsers that the corpus reaches.
set -e
cd "$(dirname "$0")/../.."
corpus=$PWD/tests/fuzz/corpus
targets="fuzz_proxy fuzz_hello fuzz_name fuzz_session"

variant() { # variant NAME [VARIABLE=VALUE...]
	name=$1
	shift
	mkdir -p "build/$name/tests/fuzz"
	cp -p ./*.[ch] "build/$name/"
	cp -p tests/fuzz/*.c tests/fuzz/Makefile "build/$name/tests/fuzz/"
	make -s -C "build/$name/tests/fuzz" "$@"
}

case $1 in
build)
	variant fuzz-asan CC=clang
	variant fuzz-msan CC=clang SANITIZE=memory
	variant fuzz-gcc CC=gcc ENGINE=standalone.c
	AFL_QUIET=1 variant fuzz-afl CC=afl-clang-fast ENGINE=standalone.c
	;;
check)
	t=$2 seconds=${FUZZ_SECONDS:-60}
	n=$(find "$corpus/$t" -type f | wc -l)
	echo "1..6"
	if [ "$n" -gt 10 ]; then echo ok 1 - "$t has a corpus of $n files"
	else echo not ok 1 - "$t has a corpus"; fi
	i=1
	for v in asan msan gcc afl; do
		i=$((i + 1))
		if "build/fuzz-$v/tests/fuzz/$t" "$corpus/$t"/* >"build/replay-$v-$t.log" 2>&1
		then echo "ok $i - $t replays under $v"
		else echo "not ok $i - $t replays under $v"
			tail -20 "build/replay-$v-$t.log" | sed 's/^/# /'
		fi
	done
	mkdir -p "build/corpus/$t" build/findings
	if nice "build/fuzz-asan/tests/fuzz/$t" -max_total_time="$seconds" -timeout=5 \
	    -dict=tests/fuzz/alpnd.dict -print_final_stats=1 \
	    -artifact_prefix="build/findings/$t-" "build/corpus/$t" \
	    "$corpus/$t" >"build/fuzz-$t.log" 2>&1
	then echo "ok 6 - $t: $(awk '/executed_units/ { print $2 }' "build/fuzz-$t.log") executions in $seconds s"
	else echo "not ok 6 - $t: a finding, in build/findings"
		tail -30 "build/fuzz-$t.log" | sed 's/^/# /'
	fi
	;;
run)
	seconds=$2
	shift 2
	mkdir -p build/findings
	# shellcheck disable=SC2048
	for t in ${*:-$targets}; do
		mkdir -p "build/corpus/$t"
		"build/fuzz-asan/tests/fuzz/$t" -max_total_time="$seconds" \
		    -timeout=5 -dict=tests/fuzz/alpnd.dict -print_final_stats=1 \
		    -artifact_prefix="build/findings/$t-" \
		    "build/corpus/$t" "$corpus/$t" || exit 1
	done
	;;
coverage)
	variant fuzz-cov CC=clang SANITIZE=undefined \
	    CFLAGS="-O1 -g -fprofile-instr-generate -fcoverage-mapping" ENGINE=standalone.c
	objects=
	for t in $targets; do
		LLVM_PROFILE_FILE=build/cov-$t.raw \
		    "build/fuzz-cov/tests/fuzz/$t" "$corpus/$t"/*
		objects="$objects -object build/fuzz-cov/tests/fuzz/$t"
	done
	llvm-profdata merge -o build/cov.data build/cov-*.raw
	# shellcheck disable=SC2086
	llvm-cov report ${objects# -object} -instr-profile=build/cov.data |
	    awk '/^..\/..\/(proxy|hello|name|parse|intake)\./ && $8 {
		print substr($1, 7) ": " $10 " of " $8 " lines, " $9 " missed" }'
	# shellcheck disable=SC2086
	llvm-cov show ${objects# -object} -instr-profile=build/cov.data |
	    awk '/^[^ ].*:$/ { f = $0 }
	    /^ +[0-9]+\| +0\|/ && f ~ /\/(proxy|hello|name)\.c/ {
		print "not reached:", f, $0 }'
	;;
*)	echo "usage: fuzz.sh build | check target | run seconds [target ...] | coverage" >&2
	exit 64 ;;
esac
