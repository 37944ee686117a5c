#!/bin/sh
# variants.sh: build alpnd and the unit tests in build/NAME, once for each
# compiler and sanitizer, all warnings being errors.
set -e
cd "$(dirname "$0")/.."
strict="-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
-Wmissing-prototypes -Wvla -Werror"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all
-fno-omit-frame-pointer"

build() { # build NAME MAKE CC CFLAGS [VARIABLE=VALUE...]
	name=$1 make=$2 cc=$3 flags=$4
	shift 4
	echo "building build/$name"
	mkdir -p "build/$name/tests/unit"
	cp -p Makefile ./*.c ./*.h "build/$name/"
	cp -p tests/unit/*.[ch] tests/unit/Makefile "build/$name/tests/unit/"
	# shellcheck disable=SC2086
	(cd "build/$name" && $make -s CC="$cc" \
	    CFLAGS="$(echo $flags $strict)" "$@" all &&
	    cd tests/unit && $make -s CC="$cc" \
	    CFLAGS="$(echo $flags $strict)" all)
}

for v in "${@:-gcc clang asan nosystemd}"; do
for name in $v; do
	case $name in
	gcc) build gcc make gcc "-O2 -g" ;;
	clang) build clang bmake clang "-O2 -g" ;;
	asan) build asan make clang "-O1 -g $sanitize" ;;
	nosystemd) build nosystemd make gcc "-O2 -g" WITH_SYSTEMD=no ;;
	*) echo "variants.sh: no variant $name" >&2; exit 64 ;;
	esac
done
done
