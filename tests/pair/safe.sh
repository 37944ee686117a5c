#!/bin/bash
# Copyright (c) 2026 The alpnd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# alpnd-pair in a directory that another user may write, and two of them at
# once.  The other user acts at a moment of the test's choice: just after or
# before a program that alpnd-pair runs.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/lib.sh
pair=$TOP/alpnd-pair
D=$T/certs
HEX=$(printf %s example | sha256sum | cut -c-64)
OTHER=$(printf %s other | sha256sum | cut -c-64)
mkdir "$D" "$T/bin" "$T/victim"

# around PROGRAM BEFORE AFTER: a program of that name which acts before and
# after the real one; $work is our directory, if there is one
around() {
	cat >"$T/bin/$1" <<-P
	#!/bin/bash
	where() { work=\$(cd "$D" && ls -d .alpnd-pair.?????? 2>/dev/null | head -1); }
	where
	{ ${2:-:}; } >/dev/null 2>&1
	$(command -v "$1") "\$@"; rc=\$?
	where
	{ ${3:-:}; } >/dev/null 2>&1
	exit \$rc
	P
	chmod 755 "$T/bin/$1"
}
old_mv() { # an mv that knows neither -T nor -h
	cat >"$T/bin/mv" <<-P
	#!/bin/sh
	case \$1 in -f?) exit 1 ;; esac
	exec $(command -v mv) "\$@"
	P
	chmod 755 "$T/bin/mv"
}
attacked() { # attacked ARG...: alpnd-pair with these programs; always ends
	PATH=$T/bin:$PATH timeout 60 "$pair" -d "$D" "$@" >"$T/out" 2>&1
	RC=$?
	rm -f "$T/bin"/*
}
clear_dir() { find "$D" "$T/victim" -mindepth 1 -delete; }
untouched() { # nothing of it has come to the victim's directory or file
	[ "$(cd "$T/victim" && find . -mindepth 1 -printf '%P %s ')" = "$1" ] ||
	    { ls -la "$T/victim"; return 1; }
}
one_public_key() { # is there a pair, and of one key?
	local k=$D/example.org.key.pem c=$D/example.org.crt.pem
	[ ! -L "$k" ] && [ ! -L "$c" ] && [ -s "$k" ] &&
	    [ "$(openssl pkey -in "$k" -pubout)" = "$(openssl x509 -in "$c" -noout -pubkey)" ] ||
	    { ls -la "$D"; return 1; }
}
ended() { # ended STATUS [MESSAGE]
	[ "$RC" = "$1" ] && { [ $# = 1 ] || grep -q "$2" "$T/out"; } || { echo "exit $RC"; cat "$T/out"; return 1; }
}

if [ "$(id -u)" != 0 ]; then
	ok 0 "a directory that another user may write # SKIP needs root"
else
	as="setpriv --reuid nobody --regid nogroup --clear-groups"
	for how in "2750 nobody:nogroup" "2770 root:nogroup" "2777 root:root" "3777 root:root"; do
		chown "${how#* }" "$D" && chmod "${how% *}" "$D" && chmod 755 "$T"
		what="$how:"

		clear_dir
		touch "$T/victim/file"
		# as 0.1.0 named them, by the number of the process
		around rm "" "$as ln -s $T/victim/file $D/.alpnd-pair.\$PPID.key; $as ln -s $T/victim/file $D/.alpnd-pair.\$PPID.crt"
		attacked example.org "$HEX"
		is "$what a planted name: a pair" ended 0
		is "... that is one" one_public_key
		is "... and nothing elsewhere" untouched "file 0 "

		clear_dir
		around mktemp "" "$as mv $D/\$work $D/moved; $as ln -s $T/victim $D/\$work"
		attacked example.org "$HEX"
		if [ "${how%% *}" = 3777 ]; then	# sticky: he cannot
			is "$what our directory cannot be exchanged" ended 0
		else
			is "$what our directory is exchanged at once: refused" \
			    ended 1 "^alpnd-pair: $D: another user has exchanged .alpnd-pair.* there"
		fi
		is "... and nothing elsewhere" untouched ""

		clear_dir
		around mktemp "" "$as mv $D/\$work $D/moved; $as mkdir -m 700 $D/\$work"
		attacked example.org "$HEX"
		[ "${how%% *}" = 3777 ] && rc=0 || rc=1
		is "$what a directory of his own in its place: refused, or he cannot" ended "$rc"

		for tool in openssl chmod; do
			clear_dir
			around $tool "[ -e $D/moved ] || { $as mv $D/\$work $D/moved; $as ln -s $T/victim $D/\$work; }" ""
			attacked example.org "$HEX"
			is "$what our directory is exchanged before $tool: a pair" ended 0
			is "... that is one" one_public_key
			is "... and nothing elsewhere" untouched ""
		done

		clear_dir
		around mv "to=\${*: -1}; case \$to in *.pem) $as ln -s $T/victim $D/\${to##*/} ;; esac" ""
		attacked example.org "$HEX"
		is "$what a link to a directory in the place of each file: a pair" ended 0
		is "... that is one" one_public_key
		is "... and nothing elsewhere" untouched ""

		clear_dir
		ln -s "$T/victim" "$D/example.org.crt.pem"
		attacked example.org "$HEX"
		is "$what a link that was there before: a pair" ended 0
		is "... that is one" one_public_key
		attacked -r example.org
		is "... is removed" ended 0
		is "... and nothing elsewhere" untouched ""

		# an mv that cannot but follow
		clear_dir
		old_mv
		attacked example.org "$HEX"
		is "$what mv knows neither -T nor -h: refused" ended 1 "^alpnd-pair: $D: others may write there"
		is "... and nothing is left" [ -z "$(ls -A "$D")" ]
	done
	chown root:root "$D"
fi
chmod 2750 "$D"
clear_dir
ln -s "$T/victim" "$D/example.org.key.pem"
old_mv
attacked example.org "$HEX"
is "mv knows neither, where others may not write: a pair" ended 0
is "... that is one" one_public_key
is "... and nothing elsewhere" untouched ""

# Two at once: the second does all of its work between two steps of the first.
second="PATH=${PATH@Q} $pair -d $D example.org $OTHER"
for when in key crt; do
	clear_dir
	around mv "case \${*: -1} in *.$when.pem) [ -e $T/once ] || { touch $T/once; $second; } ;; esac" ""
	rm -f "$T/once"
	attacked example.org "$HEX"
	is "another one before the $when is renamed: both end well" ended 0
	is "... there is one pair" one_public_key
done
clear_dir
around mv "" "case \${*: -1} in *.crt.pem) [ -e $T/once ] || { touch $T/once; $pair -d $D -r example.org; } ;; esac"
rm -f "$T/once"
attacked example.org "$HEX"
is "one that removes, at the end: the pair is there" one_public_key
clear_dir
around mv "case \${*: -1} in *.crt.pem) $second ;; esac" ""
attacked example.org "$HEX"
is "another one each time: it gives up" ended 1 "another program replaces the pair all the time"
is "... and leaves no key without its certificate" [ -z "$(ls -A "$D")" ]
around mv "" "case \${*: -1} in *.crt.pem) $second ;; esac"
attacked example.org "$HEX"
is "another one after it, each time: it gives up" ended 1 "another program replaces the pair all the time"
is "... and the pair of the other one stays" one_public_key

# and without the test's help: many rounds, none of different pairs
mixed=0
for _ in $(seq 12); do
	"$pair" -d "$D" example.org "$HEX" & a=$!
	"$pair" -d "$D" example.org "$OTHER" & b=$!
	wait $a && wait $b && one_public_key >"$T/out" 2>&1 || mixed=$((mixed + 1))
done
is "12 times two at once: one pair each time" [ $mixed = 0 ] || diag "$mixed not"
is "... and nothing is left of the making" [ "$(ls -A "$D")" = "$(printf '%s\n' example.org.crt.pem example.org.key.pem)" ]
finish
