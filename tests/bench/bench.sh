#!/bin/bash
# make bench: alpnd beside its peers, in a network namespace of its own; see
# main.py.  Tables on stdout and, with a plot, in build/bench.  QUICK=1: to
# see that it runs.  ROUNDS=n, EACH=seconds.  ONLY=regex: only these rows.
# LIBRESSL=prefix: alpnd built with that LibreSSL, too.
# bench.sh NAME=BINARY...: others to compare with, such as yesterday's alpnd.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
out=${BENCH_OUT:-$TOP/build/bench}

build() { # build NAME VARIABLE=VALUE...: alpnd, in $out/NAME
	local dir=$out/$1
	shift
	mkdir -p "$dir/check"
	cp -p Makefile ./*.[ch] "$dir"
	cp -p check/*.[ch] "$dir/check"
	"${MAKE:-make}" -s -C "$dir" "$@" all 2>"$T/make.log" ||
	    { cat "$T/make.log" >&2; exit 1; }
}
build dynamic LIBRESSL= STATIC=0
build static LIBRESSL= STATIC=1
if [ -n "${LIBRESSL:-}" ]; then
	rm -rf "$out/libressl" "$out/libressl-static"	# of another, perhaps
	build libressl LIBRESSL="$LIBRESSL" STATIC=0
	build libressl-static LIBRESSL="$LIBRESSL" STATIC=1
	set -- "LibreSSL=$out/libressl/alpnd" \
	    "LibreSSL static=$out/libressl-static/alpnd" "$@"
fi
c=tests/bench
cc -O2 -D_GNU_SOURCE -static -o "$T/spawn" $c/spawn.c &&
    cc -O2 -static -o "$T/nothing" $c/nothing.c &&
    cc -O2 -D_GNU_SOURCE -o "$T/limit" $c/limit.c -lcrypto &&
    cc -O2 -D_GNU_SOURCE -pthread -o "$T/client" $c/client.c -lssl -lcrypto || exit 1
tests/lib/isolate.sh net python3 $c/main.py "$T" "$out" \
    dynamic="$out/dynamic/alpnd" static="$out/static/alpnd" "$@"
