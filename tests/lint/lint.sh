#!/bin/sh
# make lint: the manual, the shell, the C, for what the compilers do not say.
cd "$(dirname "$0")/../.." || exit 1
rc=0
c=$(ls ./*.c check/*.c 2>/dev/null)
for m in man/*.[1-9]; do
	# STYLE would ask for the manuals of other systems
	mandoc -Tlint -Wwarning "$m" || rc=1
done
# style(9): no line over 80 columns, no spaces for tabs, no space at the end
for f in *.[ch] check/*.[ch]; do
	[ -e "$f" ] || continue
	expand "$f" | grep -nE '^.{81,}$' && rc=1 && echo "$f: too long"
	grep -nE '^        |[ 	]$' "$f" && rc=1 && echo "$f: blanks"
done
# all of these languages; what they are not asked stands in .shellcheckrc,
# tests/lint/cppcheck.txt and .clang-tidy
shellcheck alpnd-pair .ci/run debian/alpnd.p* examples/*-hook \
    contrib/container/*.sh tests/*/*.sh || rc=1
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 -D_GNU_SOURCE --library=posix,bsd \
    --enable=warning,style,performance,portability --error-exitcode=1 \
    --suppressions-list=tests/lint/cppcheck.txt --template=gcc -j2 \
    $c tests/session/*.c tests/unit/*.c tests/port/openbsd/*.c tests/fuzz/*.c || rc=1
# shellcheck disable=SC2086
printf '%s\0' $c | xargs -0 -n3 -P"$(nproc)" tests/lint/tidy.sh || rc=1
# functions of over 50 lines
# shellcheck disable=SC2086
awk 'FNR == 1 { start = 0 }
    /^[a-z].*\(/ || /^main\(/ { name = $0 }
    /^{/ { start = FNR }
    /^}/ && start { if (FNR - start > 50) {
	print FILENAME ": " name " has " FNR - start " lines"; bad = 1 }
	start = 0 }
    END { exit bad }' $c || rc=1
exit $rc
