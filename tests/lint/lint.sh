#!/bin/bash
# make lint: the manuals, the shell, the C, the Python, for what the compilers
# do not say.  What a checker is not asked stands in .shellcheckrc, cppcheck.txt
# and .clang-tidy.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
shopt -s nullglob
source=(*.[ch] check/*.[ch])
program=(*.c check/*.c)
# bench and interop want what is obsolescent: vfork(2), rand_r(3)
helpers=(tests/{fuzz,session,unit}/*.c tests/port/openbsd/*.c)
scripts=(alpnd-pair .ci/run debian/alpnd.p* examples/*-hook examples/*-hook-*
    debian/tests/[ds]* contrib/*/*.sh tests/*/*.sh)

manual() { # STYLE would ask for the manuals of other systems
	mandoc -Tlint -Wwarning "$1"
}
style() { # at most 80 columns, tabs, nothing at the end of a line
	! expand "$1" | grep -nE '^.{81,}$' && ! grep -nE '^        |[ 	]$' "$1"
}
check_c() {
	cppcheck --quiet -I. --std=c11 -D_GNU_SOURCE --library=posix,bsd \
	    --enable=warning,style,performance,portability --error-exitcode=1 \
	    --suppressions-list=tests/lint/cppcheck.txt --template=gcc -j2 "$@"
}
tidy() { printf '%s\0' "$@" | xargs -0 -n3 -P"$(nproc)" tests/lint/tidy.sh; }
python=(tests/*/*.py tests/run)
# a copy of dehydrated's, as it is
for i in "${!python[@]}"; do
	[ "${python[i]}" != tests/lib/responder.py ] || unset "python[i]"
done
python_style() { # imports stand after sys.path; operators end or begin lines
	pycodestyle --max-line-length=100 --ignore=E402,W503,W504,E203 "$@"
}
licences() { # the licence of LICENSE stands at the top of each
	local f missing=
	for f; do
		head -3 "$f" | grep -q 'Copyright (c)' || missing="$missing $f"
	done
	[ -z "$missing" ] || { echo "no licence:$missing"; return 1; }
}
short_functions() { # no function of over 50 lines; contracts of loops do not count
	awk 'FNR == 1 { start = 0 }
	    /^[a-z].*\(/ || /^main\(/ { name = $0 }
	    /^{/ { start = FNR; acsl = 0 }
	    /^[ \t]*\/\*@/ { contract = 1 }
	    contract { acsl++ }
	    /\*\// { contract = 0 }
	    /^}/ && start { if (FNR - start - acsl > 50) {
		print FILENAME ": " name " has " FNR - start - acsl " lines"; bad = 1 }
		start = 0 }
	    END { exit bad }' "$@"
}

for f in man/*.[1-9]; do
	is "$f: mandoc" manual "$f"
done
for f in "${source[@]}"; do
	is "$f: style(9), columns and blanks" style "$f"
done
is "C files have the licence" licences "${source[@]}" tests/*/*.[ch]
is "shellcheck" shellcheck "${scripts[@]}"
is "cppcheck" check_c "${program[@]}" "${helpers[@]}"
is "clang-tidy" tidy "${program[@]}"
is "include graph" tests/lint/includes.py
is "Python: pycodestyle, 100 columns" python_style "${python[@]}"
is "Python: pyflakes" pyflakes3 "${python[@]}"
is "functions of at most 50 lines" short_functions "${program[@]}"
finish
