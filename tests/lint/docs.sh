#!/bin/bash
# docs.sh: the manuals, the README, the units and the examples against what is
# there.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1

for p in alpnd alpnd-check alpnd-pair; do
	program=build/gcc/$p
	[ $p != alpnd-pair ] || program=./$p
	usage=$("$program" --help 2>&1 </dev/null | sed -n '/^usage: alpnd/,$p' | sed 's/alpnd-[cp][a-z]*//')
	is "usage of $p: something to compare" [ -n "$usage" ]
	for flag in $(grep -o -- '-[a-zA-Z0-9]\b' <<<"$usage" | sort -u); do
		is "the manual of $p has $flag" grep -q "^\.It Fl \(. | \)*${flag#-}\b" man/$p.8
	done
	for flag in $(sed -n 's/^\.It Fl \([a-zA-Z]\).*/-\1/p' man/$p.8); do
		is "$p has $flag" grep -q -- "$flag" <<<"$usage"
	done
done
# every reason that can be logged has its entry, and its alert
while read -r reason alert; do
	is "the manual has the reason $reason" grep -qx "\.It Cm $reason" man/alpnd.8
	# only the server logs "busy", in a line without a MESSAGE_ID
	[ "$reason" = busy ] ||
	    is "the catalog says whether $reason is usual" grep -q "^  $reason  *[A-Z]" units/alpnd.catalog
	[ "$alert" = -1 ] ||
	    is "the manual has the alert of $reason, $alert" grep -q "($alert)\." man/alpnd.8
done < <(build/gcc/tests/unit/reasons)
# the configurations in the manual are those of examples/, which are tested
displays() { # displays SUBSECTION: its lines, blanks squeezed
	awk -v s=".Ss $1" '$0 == s { on = 1; next } /^\.S[sh]/ { on = 0 }
	    on && /^\.Bd/ { d = 1; next } /^\.Ed/ { d = 0 } on && d' man/alpnd.8 |
	    sed 's/\\e/\\/g' | tr -s ' \t' ' ' | sed 's/^ //'
}
for pair in "nginx in front:nginx.conf" "HAProxy in front:haproxy.cfg" "xinetd:xinetd.conf" \
    "sslh in front:sslh.cfg" "The addresses of visitors:nginx-proxy-protocol.conf" \
    "The addresses of visitors:haproxy.cfg"; do
	# what replaces other lines is a comment there
	tr -s ' \t' ' ' <"examples/${pair#*:}" | sed 's/^ //; s/^# \([^ ]*.*;\)$/\1/' >"$T/example"
	displays "${pair%%:*}" >"$T/manual"
	is "the manual shows lines of ${pair#*:}" [ -s "$T/manual" ]
	is "they are in ${pair#*:}" \
	    [ -z "$(grep -vxFf "$T/example" "$T/manual")" ]
done

# the lines for cron are the same everywhere
crontab=$(sed -n 's/^    \([0-9]* [0-9]* \* \* \* root .*\)/\1/p' README.md)
is "README: two lines for cron" [ "$(wc -l <<<"$crontab")" = 2 ]
# "make install" puts its own directory into the manuals; the README has that of
# the package
is "the package has the directory of the README" grep -q 'PREFIX=/usr$' debian/rules
is "README: cron finds alpnd-pair of the package" grep -q "root /usr/sbin/alpnd-pair " <<<"$crontab"
while read -r line; do
	is "a manual has the line for cron: $line" grep -qF "$line" man/alpnd.8 man/alpnd-pair.8
done <<<"${crontab// \/usr\/sbin/ \/usr\/local\/sbin}"
is "README: cron runs what is run by hand" grep -q "root $(grep -xo '    dehydrated -t .*' README.md | sed 's/^ *//') .*reload" <<<"$crontab"

# every file that the README names is there
for f in $(grep -o ']([^)]*)' README.md | grep -v http | tr -d '])('); do
	is "README: $f" [ -e "$f" ]
done
is "README: make commands exist" \
    [ -z "$(grep -oE '(^|`|    )make [a-z]+' README.md | awk '{print $NF}' |
    sort -u | while read -r t; do grep -q "^$t:" Makefile || echo "$t"; done)" ]

# tests/check/pair.py runs the examples of the manual, pair/selftest.sh the test
while read -r command; do
	is "README: $command" grep -qxF "$command" "man/${command%% *}.8"
done < <(sed -n 's/^    \(alpnd-[cp][a-z]* .*\)/\1/p' README.md)

# the version is that of the Makefile
version=$(sed -n 's/^VERSION =[[:space:]]*//p' Makefile)
is "CHANGELOG: the newest release is $version" \
    [ "$(awk '/^[0-9]/ && !/\(not released\)/ { print $1; exit }' CHANGELOG)" = "$version" ]
is "debian/changelog begins with $version" grep -q "^alpnd ($version-" <(head -1 debian/changelog)
is "the port is of $version" grep -q "^DISTNAME =[[:space:]]*alpnd-$version\$" contrib/openbsd/Makefile

# the figures in the README are those that were measured
figures=$(sed -n '/^## Speed/,/^## Where/p' README.md | grep -oE '\b[0-9]+\.[0-9]+\b|[0-9]+ kB' | tr -d ' kB')
is "README: there are figures under Speed" [ -n "$figures" ]
for f in $figures; do
	is "README: $f is in doc/bench.md" grep -qE "[ (]${f}[ )]" doc/bench.md
done
finish
