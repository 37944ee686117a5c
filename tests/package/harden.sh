#!/bin/bash
# harden.sh: what plain "make" builds has the protections that the compiler and
# the linker can add, with both compilers, both makes and static; HARDEN=no has
# none of them, and CFLAGS have the last word.
. "$(dirname "$0")/../lib/lib.sh"
# the compilers of Debian add some of it by themselves: ask for what is not so
unset CFLAGS CPPFLAGS LDFLAGS

build() { # build NAME MAKE VARIABLE=VALUE...: into $T/NAME
	local d=$T/$1 make=$2
	shift 2
	copy_source "$d"
	(cd "$d" && "$make" "$@" alpnd) >"$d.out" 2>&1 || { diag "$(tail -5 "$d.out")"; return 1; }
}
elf() { readelf "$1" "$T/$2/alpnd"; }
# the text of our own objects: a static program has much of others
disassembled() { objdump -d "$T/$1/session.o" "$T/$1/log.o"; }
undefined() { nm -u "$T/$1"/*.o; }

pie() { elf -hW "$1" | grep -q 'Type: *DYN'; }
relro() { elf -lW "$1" | grep -q GNU_RELRO; }
bind_now() { elf -dW "$1" | grep -q 'Flags:.*NOW'; }
stack_protector() { undefined "$1" | grep -q __stack_chk_fail; }
fortify() { undefined "$1" | grep -Eq '__v?snprintf_chk'; }
branches() { disassembled "$1" | grep -q endbr; }
# the note that names libsystemd, which dlopen(3) loads: a static alpnd has none
dlopen_note() {
	elf -nW "$1" | grep -Eq '^ *FDO .*(0x407c0c0a|DLOPEN)' || { elf -nW "$1"; return 1; }
	objcopy -O binary --only-section=.note.dlopen "$T/$1/alpnd" "$T/$1/note" || return 1
	# behind three numbers and "FDO"; its padding is not JSON
	tail -c +17 "$T/$1/note" | tr -d '\000' | python3 -c 'import json, sys
sys.exit([n["soname"] for n in json.load(sys.stdin)] != [["libsystemd.so.0"]])'
}
executable_stack() { elf -lW "$1" | grep 'GNU_STACK.* RWE'; }
none_of() {
	local f
	for f in bind_now stack_protector fortify; do
		if $f "$1"; then echo "$f"; return 1; fi
	done
}
no_fortify() { ! fortify "$1"; }

for row in "gcc make" "clang make" "gcc bmake" "clang bmake" "gcc make STATIC=1"; do
	# shellcheck disable=SC2086 # words
	set -- $row
	name=$1-$2${3:+-static}
	is "$row: it builds" build "$name" "$2" CC="$1" ${3:+"$3"} || continue
	tests="pie relro bind_now stack_protector fortify"
	case $(uname -m) in x86_64|i?86) tests="$tests branches" ;; esac
	for t in $tests; do
		is "$row: $t" "$t" "$name"
	done
	is "$row: the stack is not executable" [ -z "$(executable_stack "$name")" ]
	[ -n "${3:-}" ] || is "$row: a note names libsystemd" dlopen_note "$name"
	is "$row: it runs" "$T/$name/alpnd" -V
done
is "HARDEN=no: it builds" build no make CC=gcc HARDEN=no
is "HARDEN=no: none of it" none_of no
is "CFLAGS=-O0: no warning, no _FORTIFY_SOURCE" build o0 make CC=gcc CFLAGS="-O0 -Werror"
is "CFLAGS=-O0: ... in the program" no_fortify o0
is "CPPFLAGS of a distribution are not redefined" \
    build three make CC=gcc CFLAGS="-O2 -Werror" CPPFLAGS=-D_FORTIFY_SOURCE=3
finish
