#!/bin/bash
# port.sh ROW: the unit tests and the session tests of build/ROW, in the form
# that emulation can bear; one line of the table into build/port/ROW.
# port.sh: the table.
cd "$(dirname "$0")/.." || exit 1
if [ $# = 0 ]; then
	cat build/port/* 2>/dev/null
	exit 0
fi
. tests/lib/lib.sh
row=$1 run=() left_out='' wire=yes
export WIRE=main CMOCKA_MESSAGE_OUTPUT=TAP
case $row in
gcc) what="gcc, make, glibc, amd64" ;;
clang) what="clang, bmake, glibc, amd64" ;;
static)
	what="gcc, make, glibc static, amd64" NO_SYSTEMD=1
	export PORT_STATIC=1
	;;
i386) what="gcc, make, glibc, i386" ;;
s390x)
	what="gcc, make, glibc, s390x (big-endian) in qemu" SLOW=5
	run=(qemu-s390x-static -L build/sysroot-s390x)
	# qemu-user has neither Landlock nor the limits of memory
	left_out=test_sandbox
	;;
musl)
	what="gcc, make, musl, amd64"
	wire="compiled, not linked: no libtls"
	left_out="test_ready test_cert"	# what needs libtls or libcrypto
	;;
openbsd)
	what="gcc, bmake, OpenBSD's branches on Linux" NO_SYSTEMD=1
	left_out=test_sandbox	# it tries Landlock; test_openbsd is for this
	;;
*)
	echo "port.sh: no row $row" >&2
	exit 64
	;;
esac
export ALPND="${run[*]} build/$row/alpnd" SLOW="${SLOW:-1}"
[ -z "${NO_SYSTEMD:-}" ] || export NO_SYSTEMD

foreign() { # what of libc the program calls and OpenBSD lacks; fails if any
	# other libraries, the program's own, the linker's table of addresses, and
	# how glibc spells errno and ctype
	nm -u build/openbsd/*.o | awk '/ U /{ print $2 }' | sort -u |
	    grep -vE '^(tls_|[A-Z]|_GLOBAL_OFFSET_TABLE_$|__errno_location$|__ctype_|__isoc99_)' >"$T/used"
	nm --defined-only build/openbsd/*.o | awk 'NF == 3 { print $3 }' |
	    sort -u >"$T/own"
	nm -u build/openbsd/stubs.o | awk '/ U /{ print $2 }' >>"$T/own"
	tail -n +4 tests/openbsd/libc.txt | tr -s ' ' '\n' >>"$T/own"
	! grep -vxFf "$T/own" "$T/used"
}

count=0
counted() { # counted NAME CMD...: a TAP program, one test here; adds to count
	local name=$1 rc n
	shift
	"$@" >"$T/out" 2>"$T/err"
	rc=$?
	n=$(grep -c '^ok' "$T/out")
	[ "$n" -gt 0 ] && ! grep -q '^not ok' "$T/out" || rc=1
	count=$((count + n))
	ok $rc "$row: $name, $n tests" && return
	diag "$(grep -A9 '^not ok' "$T/out" | head -40; tail -20 "$T/err")"
}

for t in build/"$row"/tests/unit/test_*.c; do
	t=${t%.c}
	case " $left_out " in
	*" ${t##*/} "*) ;;
	*) counted "${t##*/}" "${run[@]}" "$t" tests/vectors ;;
	esac
done
if [ "$row" = openbsd ]; then
	counted test_openbsd build/openbsd/tests/unit/test_openbsd
	is "libc of OpenBSD has all functions" foreign
	for t in $(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n 's/^\.PHONY://p'); do
		is "bmake -n $t" bmake -n "$t"
	done
fi
units=$count count=0
if [ "$wire" = yes ]; then
	counted "wire.py" tests/lib/private.sh python3 tests/wire.py
	wire=$count
fi
[ $FAILED = 0 ] && result=passed || result="$FAILED FAILED"
mkdir -p build/port
printf '%-48s %-7s unit %4d  session %s%s\n' "$what" "$result" "$units" \
    "$wire" "${left_out:+ (not run: $left_out)}" >"build/port/$row"
finish
