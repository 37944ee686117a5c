#!/bin/bash
# openbsd.sh: OpenBSD's branches, built on Linux by variants.sh with stubs of
# its system calls: what sandbox.c promises, and the functions it takes from
# libc, are held against those of OpenBSD; bmake reads every target.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1

foreign() { # what of libc the program calls and OpenBSD lacks; fails if any
	# other libraries, the program's own, the linker's table of addresses, and
	# how glibc spells errno, ctype, and with _FORTIFY_SOURCE any function
	nm -u build/openbsd/*.o build/openbsd/check/*.o 2>/dev/null |
	    awk '/ U /{ print $2 }' | sort -u |
	    grep -vE '^(tls_|[A-Z]|_GLOBAL_OFFSET_TABLE_$|__errno_location$|__ctype_|__isoc99_|i2d_|__stack_chk_fail$)' |
	    sed 's/^__\(.*\)_chk$/\1/' >"$T/used"
	nm --defined-only build/openbsd/*.o build/openbsd/check/*.o 2>/dev/null |
	    awk 'NF == 3 { print $3 }' | sort -u >"$T/own"
	nm -u build/openbsd/stubs.o | awk '/ U /{ print $2 }' >>"$T/own"
	tail -n +4 tests/port/openbsd/libc.txt | tr -s ' ' '\n' >>"$T/own"
	! grep -vxFf "$T/own" "$T/used"
}

test_openbsd() {
	CMOCKA_MESSAGE_OUTPUT=STDOUT build/openbsd/tests/unit/test_openbsd
}

is "sandbox.c: pledge and unveil, in their order" test_openbsd
is "libc of OpenBSD has all functions" foreign
for t in $(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n 's/^\.PHONY://p'); do
	is "bmake -n $t" bmake -n "$t"
done
finish
