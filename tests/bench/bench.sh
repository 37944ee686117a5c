#!/bin/bash
# make bench: alpnd beside its peers, in a network namespace of its own; see
# main.py.  Tables on stdout and, with a plot, in build/bench.  QUICK=1: to
# see that it runs.  ROUNDS=n, EACH=seconds.  ONLY=regex: only these rows.
# bench.sh NAME=BINARY...: others to compare with, such as yesterday's alpnd.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
out=${BENCH_OUT:-$TOP/build/bench}
for kind in dynamic static; do
	mkdir -p "$out/$kind/check"
	cp -p Makefile ./*.[ch] "$out/$kind"
	cp -p check/*.[ch] "$out/$kind/check"
	static=0
	[ $kind = dynamic ] || static=1
	"${MAKE:-make}" -s -C "$out/$kind" STATIC=$static all 2>"$T/make.log" ||
	    { cat "$T/make.log" >&2; exit 1; }
done
c=tests/bench
cc -O2 -D_GNU_SOURCE -static -o "$T/spawn" $c/spawn.c &&
    cc -O2 -static -o "$T/nothing" $c/nothing.c &&
    cc -O2 -D_GNU_SOURCE -o "$T/limit" $c/limit.c -lcrypto &&
    cc -O2 -D_GNU_SOURCE -pthread -o "$T/client" $c/client.c -lssl -lcrypto || exit 1
tests/lib/isolate.sh net python3 $c/main.py "$T" "$out" \
    dynamic="$out/dynamic/alpnd" static="$out/static/alpnd" "$@"
