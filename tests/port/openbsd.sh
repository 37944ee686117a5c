#!/bin/bash
# openbsd.sh: OpenBSD's branches, built on Linux by variants.sh with stubs of
# its system calls: what sandbox.c promises, and the functions it takes from
# libc, are held against those of OpenBSD; bmake reads every target; the port
# of contrib/openbsd is built and installed, as far as that goes on Linux.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
built=$TOP/${BUILD:-build/openbsd}

foreign() { # what of libc the program calls and OpenBSD lacks; fails if any
	# other libraries, the program's own, the linker's table of addresses, and
	# how glibc spells errno, ctype, and with _FORTIFY_SOURCE any function
	nm -u "$built"/*.o "$built"/check/*.o 2>/dev/null |
	    awk '/ U /{ print $2 }' | sort -u |
	    grep -vE '^(tls_|sk_|[A-Z]|_GLOBAL_OFFSET_TABLE_$|__errno_location$|__ctype_|__isoc(99|23)_|i2d_|__stack_chk_fail$)' |
	    sed 's/^__\(.*\)_chk$/\1/' >"$T/used"
	nm --defined-only "$built"/*.o "$built"/check/*.o 2>/dev/null |
	    awk 'NF == 3 { print $3 }' | sort -u >"$T/own"
	nm -u "$built"/stubs.o | awk '/ U /{ print $2 }' >>"$T/own"
	tail -n +4 tests/port/openbsd/libc.txt | tr -s ' ' '\n' >>"$T/own"
	! grep -vxFf "$T/own" "$T/used"
}

test_openbsd() {
	CMOCKA_MESSAGE_OUTPUT=STDOUT "$built"/tests/unit/test_openbsd
}

# By the port's own Makefile, in a copy; libtls is where pkg-config finds it.
port() { # port TARGET
	local prefix=${LIBRESSL:-} rpath=
	[[ $built = */libressl-* ]] || prefix=
	[ -z "$prefix" ] || rpath=-Wl,-rpath,$prefix/lib
	PKG_CONFIG_PATH=${prefix:+$prefix/lib/pkgconfig} \
	    bmake -r -C "$T/src/contrib/openbsd" -m "$TOP/tests/port/openbsd" "$1" \
	    WRKSRC="$T/src" PREFIX="$T/prefix" CFLAGS="-O2 -Wno-attributes" \
	    CC="gcc -D__OpenBSD__ -U__linux__ -include $built/openbsd.h" \
	    LDFLAGS="$built/stubs.o $rpath"
}
packing_list() { sed -n 's/^@[a-z]* //; /[^/]$/p' contrib/openbsd/pkg/PLIST; }

copy_source "$T/src" && cp -R contrib "$T/src"
mkdir -p "$T/prefix/sbin" "$T/prefix/man/man8"	# as ports have them
is "sandbox.c: pledge and unveil, in their order" test_openbsd
is "libc of OpenBSD has all functions" foreign
for t in $(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n 's/^\.PHONY://p'); do
	is "bmake -n $t" bmake -n "$t"
done
is "the port: bmake builds it" port do-build
is "... and installs it" port do-install
is "... all that is in PLIST, and nothing else" \
    diff <(packing_list | sort) <(cd "$T/prefix" && find . -type f -printf '%P\n' | sort)
is "... alpnd says its version" grep -q "^alpnd .*libtls" <("$T/prefix/sbin/alpnd" -V)
version=$(sed -n 's/^DISTNAME =.*alpnd-//p' contrib/openbsd/Makefile)
is "... alpnd-pair, too" grep -qx "alpnd-pair $version" <("$T/prefix/sbin/alpnd-pair" -V)
for f in $(grep -oh 'share/[a-z/-]*examples[a-z/.-]*' "$T"/prefix/man/man8/*.8 | sort -u); do
	is "... $f of the manuals is there" test -e "$T/prefix/$f"
done
finish
