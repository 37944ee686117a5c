#!/bin/sh
# variants.sh: build alpnd and the unit tests in build/NAME, once for each
# compiler and sanitizer, all warnings being errors.
set -e
cd "$(dirname "$0")/../.."
strict="-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
-Wmissing-prototypes -Wvla -Werror"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all
-fno-omit-frame-pointer"

copy_c() { # copy_c DIR: the program's source, and no object without one
	mkdir -p "$1/check"
	rm -f "$1"/*.[ch] "$1"/check/*.[ch]
	cp -p Makefile ./*.[ch] "$1/"
	cp -p check/*.[ch] "$1/check/"
	for o in "$1"/*.o "$1"/check/*.o; do
		[ -e "${o%o}c" ] || rm -f "$o"
	done
}

build() { # build NAME MAKE CC CFLAGS [VARIABLE=VALUE...]
	name=$1 make=$2 cc=$3 flags=$4
	shift 4
	echo "building build/$name"
	mkdir -p "build/$name/tests/unit"
	case $name in
	*openbsd) ;;
	*) copy_c "build/$name" ;;
	esac
	cp -p tests/unit/*.[ch] tests/unit/Makefile "build/$name/tests/unit/"
	# shellcheck disable=SC2086,SC2116 # one line of them
	(cd "build/$name" && $make -s CC="$cc" \
	    CFLAGS="$(echo $flags $strict)" "$@" ${target:-all} &&
	    cd tests/unit && $make -s CC="$cc" \
	    CFLAGS="$(echo $flags $strict)" "$@" all)
}

# With another architecture's compiler and its libraries from tests/port/sysroot.sh.
cross() { # cross ARCH TRIPLET DIRECTORY-IN-LIB LINKER-OPTIONS
	tests/port/sysroot.sh "$1"
	root=$PWD/build/sysroot-$1 lib=$PWD/build/sysroot-$1/usr/lib/$3
	build "$1" make "$2-gcc -I$root/usr/include \
	    -I$root/usr/include/$3 -L$lib -Wl,-rpath-link,$lib $4" "-O2 -g" PKG_CONFIG="env \
	    PKG_CONFIG_LIBDIR=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
	    pkg-config"
}

# Debian has cmocka for glibc, shared; elsewhere it is compiled from source.
cmocka() { # cmocka CC: $object
	tests/port/sysroot.sh cmocka
	object=$PWD/build/cmocka/$1.o
	"$1" -O1 -w -Ibuild/cmocka/include -DHAVE_INTTYPES_H -DHAVE_MALLOC_H \
	    -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_STRSIGNAL \
	    -DHAVE_CLOCK_REALTIME -DHAVE_SIGLONGJMP -DHAVE_STRUCT_TIMESPEC \
	    -c build/cmocka/src/cmocka.c -o "$object"
}

# What needs libtls is only compiled: Debian has none for musl.
musl() {
	cmocka musl-gcc
	include=$PWD/build/cmocka/include
	cp /usr/include/tls.h "$include/"
	cp -r /usr/include/openssl "/usr/include/$(gcc -print-multiarch)/openssl" "$include/"
	target=$(printf '%s ' *.c check/*.c | sed 's/\.c /.o /g')
	build musl make "musl-gcc -I$include" "-O2 -g" WITH_SYSTEMD=no \
	    CMOCKA="$object" TLS_LIBS=-Wl,--unresolved-symbols=ignore-all \
	    CRYPTO_LIBS=
	target=
}

# The branches of OpenBSD, on Linux: see tests/port/openbsd/stubs.c.
openbsd() { # openbsd NAME [VARIABLE=VALUE]
	dir=$PWD/build/$1
	mkdir -p "$dir"
	copy_c "$dir"
	cp -p tests/port/openbsd/*.[ch] "$dir/"
	# gcc elsewhere has not all attributes of OpenBSD's
	cc="gcc -D__OpenBSD__ -U__linux__ -Wno-attributes -include $dir/openbsd.h"
	# shellcheck disable=SC2086
	(cd "$dir" && $cc -std=c11 -D_GNU_SOURCE $strict -c stubs.c)
	variant=$1
	shift
	build "$variant" bmake "$cc" "-O2 -g" WITH_SYSTEMD=no \
	    LDFLAGS="$dir/stubs.o" CMOCKA="../../stubs.o -lcmocka" "$@"
	# shellcheck disable=SC2086
	(cd "$dir" && $cc -std=c11 -D_GNU_SOURCE $strict -I. \
	    -o tests/unit/test_openbsd test_openbsd.c stubs.o sandbox.o seccomp.o log.o \
	    systemd.o event.o addr.o -lcmocka)
}

# The linker warns of what alpnd does not call, each time.
static() { # static NAME PKG-CONFIG [VARIABLE=VALUE]
	cmocka gcc
	variant=$1 libs=$($2 --static --libs libtls libcrypto)
	shift 2
	build "$variant" make gcc "-O2 -g" STATIC=1 CMOCKA="-static $object" \
	    TLS_LIBS="-L$PWD/build/$variant $libs" CRYPTO_LIBS="$libs" "$@" 2>"build/$variant.log" ||
	    { cat "build/$variant.log" >&2; exit 1; }
}

# Build against the LibreSSL in $LIBRESSL; what was built against another goes.
libressl() { # libressl NAME
	if [ "$(cat "build/$1/prefix" 2>/dev/null)" != "$LIBRESSL" ] || [ -n \
	    "$(find "$LIBRESSL/lib/" -name libtls.a -newer "build/$1/prefix")" ]; then
		rm -rf "build/$1"
		mkdir -p "build/$1"
		echo "$LIBRESSL" >"build/$1/prefix"
	fi
	case $1 in
	libressl) build "$1" make gcc "-O2 -g" LIBRESSL="$LIBRESSL" ;;
	*-asan) build "$1" make clang "-O1 -g $sanitize" LIBRESSL="$LIBRESSL" ;;
	*-static) static "$1" "env PKG_CONFIG_PATH=$LIBRESSL/lib/pkgconfig pkg-config" \
		LIBRESSL="$LIBRESSL" ;;
	*-openbsd) openbsd "$1" LIBRESSL="$LIBRESSL" ;;
	esac
}

for v in "${@:-gcc clang asan nosystemd static i386 s390x musl openbsd}"; do
for name in $v; do
	case $name in
	gcc) build gcc make gcc "-O2 -g" ;;
	clang) build clang bmake clang "-O2 -g" ;;
	asan) build asan make clang "-O1 -g $sanitize" ;;
	nosystemd) build nosystemd make gcc "-O2 -g" WITH_SYSTEMD=no ;;
	static) static static pkg-config ;;
	i386) # the kernel runs these: only the loader is elsewhere
		r=$PWD/build/sysroot-i386
		cross i386 i686-linux-gnu i386-linux-gnu "-Wl,--disable-new-dtags,-rpath,\
$r/usr/lib/i386-linux-gnu,--dynamic-linker,$r/lib/ld-linux.so.2" ;;
	s390x) cross s390x s390x-linux-gnu s390x-linux-gnu "" ;;
	musl) musl ;;
	openbsd) openbsd openbsd ;;
	libressl|libressl-asan|libressl-static|libressl-openbsd) libressl "$name" ;;
	*) echo "variants.sh: no variant $name" >&2; exit 64 ;;
	esac
done
done
