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

# What alpnd-pair and the hooks say to a wrong argument, or where a program is
# missing: the message names it, and no byte of it reaches the terminal raw.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/lib.sh
pair=$TOP/alpnd-pair
D=$T/certs
mkdir "$D" && chmod 2750 "$D"
KA=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
HEX=$(printf %s $KA | sha256sum | cut -c-64)
B64=$(printf %s $KA | openssl dgst -sha256 -binary | base64 | tr -d = | tr +/ -_)
COLON=$(sed 's/../&:/g; s/:$//' <<<"$HEX")

# run PROGRAM ARG...: its output is in $T/out
run() { "$@" >"$T/out" 2>&1; }
empty() { [ -z "$(ls -A "$D")" ]; }
# says STATUS MESSAGE PROGRAM ARG...: exits with it, and says that first
says() {
	local rc
	run "${@:3}"; rc=$?
	[ "$rc" = "$1" ] && [ "$(head -1 "$T/out")" = "$2" ] ||
	    { echo "exit $rc"; cat -v "$T/out"; return 1; }
}

# programs that are missing
tools="chmod id ls mktemp mv od openssl rm rmdir sed tr uname"
mkdir "$T/few"
for tool in $tools; do
	ln -s "$(command -v "$tool")" "$T/few/$tool"
done
few() { env PATH="$T/few" "$pair" -d "$D" "$@"; }
for tool in $tools; do
	mv "$T/few/$tool" "$T/aside"
	for digest in $HEX "$B64" $KA; do
		is "no $tool, and ${#digest} characters" \
		    says 1 "alpnd-pair: $tool: not found in PATH; install it" few example.org "$digest"
	done
	mv "$T/aside" "$T/few/$tool"
done
is "nothing was written" empty
is "with all of them: a pair" says 0 "" few example.org $KA
rm "$T/few/openssl" "$T/few/od"
is "-r needs neither openssl nor od" says 0 "" few -r example.org
is "... and has removed the pair" empty

# the digest, in each way to write it
has_digest() { # in the certificate: critical, an OCTET STRING in one
	openssl x509 -in "$D/example.org.crt.pem" -outform DER | openssl asn1parse -inform DER |
	    grep -iq "HEX DUMP.:0420$HEX\$"
}
for digest in "$HEX" "${HEX^^}" "$COLON" "${COLON^^}" "$B64" "$B64=" $KA; do
	is "a digest: $digest" says 0 "" "$pair" -d "$D" example.org "$digest"
	is "... is in the certificate" has_digest
	is "... removed" says 0 "" "$pair" -d "$D" -r example.org
done
for digest in '' x "${HEX%?}" "${HEX}0" "$HEX:" ":$HEX" "${COLON%?}" "${COLON}0" "$COLON:" ":$COLON" \
    "${COLON/:/}" "${COLON/:/::}" "${COLON/:/0:}" "${COLON%?}g" "${HEX:0:2}:${HEX:2}" "${COLON//:/-}" \
    "${B64%?}" "${B64}A" "$B64==" "=$B64" "${B64%?}=" "${B64%?}B=" "a:b.$B64" "$COLON.$B64" "$HEX="; do
	is "no digest: $digest" says 64 "alpnd-pair: '$digest': neither a SHA-256 nor a key authorization; give one of" \
	    "$pair" -d "$D" example.org "$digest"
	is "... it lists what is" [ "$(grep -cE "64 hex.*with or without ':'|43 .*with or without '='|token\.thumbprint" "$T/out")" = 3 ]
done
is "nothing was written" empty
# a name that begins with "-" is a name
"$pair" -d "$D" example.org "$HEX"
before=$(cksum "$D"/*)
export ALPND_PAIR=$pair ALPND_DIR=$D
wrong() { # wrong NAME WHY COMMAND...: 64, and the pair is there
	says 64 "alpnd-pair: '$1': $2" "${@:3}" && [ "$before" = "$(cksum "$D"/*)" ]
}
label="a label is empty, or begins or ends with '-'"
for n in -r -x -h -V -d --; do
	is "$n is a name, after --" wrong $n "$label" "$pair" -d "$D" -- $n "$HEX"
	is "... for -r" wrong $n "$label" "$pair" -d "$D" -r -- $n
	is "... for generic-hook deploy" wrong $n "$label" examples/generic-hook deploy $n "$HEX"
	is "... and clean" wrong $n "$label" examples/generic-hook clean $n "$HEX"
	is "... for uacme-hook begin" wrong $n "$label" examples/uacme-hook begin tls-alpn-01 $n token "$HEX"
	is "... and done" wrong $n "$label" examples/uacme-hook 'done' tls-alpn-01 $n token "$HEX"
done
is "generic-hook deploy -r example.org removes nothing" \
    wrong -r "$label" examples/generic-hook deploy -r example.org
# flags that do not go together, or an empty variable of a script
flags() { # flags WHY ARGUMENT...: 64, and the pair is there
	says 64 "alpnd-pair: $1" "$pair" -d "$D" "${@:2}" && [ "$before" = "$(cksum "$D"/*)" ]
}
is "-c and -r" flags "-c or -r, not both" -c 127.0.0.1 -r example.org
is "-r and -c" flags "-c or -r, not both" -r -c 127.0.0.1
is "an empty -N" flags "-N wants a name" -c 127.0.0.1 -N ''
is "an empty -w" flags "'0': -w wants seconds, 1 to 3000" -c 127.0.0.1 -w ''
is "-w of more than 3000" flags "'3001': -w wants seconds, 1 to 3000" -c 127.0.0.1 -w 3001
is "--help is one too" wrong --help "$label" examples/generic-hook deploy --help "$HEX"
rm "$D"/*

# no byte of an argument, a file name or another program reaches a terminal raw
evil=$'\e]0;x\a\e[2J\x9b\xc2\x9b\r\x7f'
printable() { ! LC_ALL=C grep -q $'[^\t -~]' "$T/out" && [ -s "$T/out" ]; }
raw() { # raw STATUS PROGRAM ARG...
	local rc
	run "${@:2}"; rc=$?
	[ "$rc" = "$1" ] && printable || { echo "exit $rc"; cat -v "$T/out"; return 1; }
}
mkdir "$T/bin" "$T/$evil"
for tool in openssl mv; do
	printf '#!/bin/sh\necho "%s" >&2; exit 1\n' "$evil" >"$T/bin/$tool"
	chmod 755 "$T/bin/$tool"
done
is "not raw: a name" raw 64 "$pair" -d "$D" "$evil" "$HEX"
is "not raw: a digest" raw 64 "$pair" -d "$D" example.org "$evil"
is "not raw: a flag" raw 64 "$pair" $'-\e' example.org "$HEX"
is "not raw: a directory" raw 1 "$pair" -d "$D/$evil" example.org "$HEX"
is "not raw: a directory for -r" raw 1 "$pair" -d "$D/$evil" -r example.org
is "not raw: what openssl says" raw 1 env PATH="$T/bin:$PATH" "$pair" -d "$D" example.org "$HEX"
rm "$T/bin/openssl"
is "not raw: what mv says" raw 1 env PATH="$T/bin:$PATH" "$pair" -d "$D" example.org "$HEX"
is "not raw: uacme-hook" raw 1 examples/uacme-hook "$evil" "$evil" a b c
printf '#!/bin/sh\nprintf "%%s\n" "%s"; exit 1\n' "$evil" >"$T/bin/rsync"
chmod 755 "$T/bin/rsync"
is "not raw: dehydrated-hook-rsync" raw 1 env PATH="$T/bin:$PATH" \
    ALPND_HOSTS="root@$evil" ALPNCERTDIR="$D" examples/dehydrated-hook-rsync deploy_challenge a b c
is "a directory that a shell would read otherwise: no command is printed" \
    says 1 "alpnd-pair: $T/a'b: no such directory" "$pair" -d "$T/a'b" example.org "$HEX"
if [ "$(id -u)" = 0 ]; then
	is "not raw: the warning" raw 0 "$pair" -d "$T/$evil" example.org "$HEX"
fi
is "nothing was written" empty

# the version, which "make install" writes
for flag in -V --version; do
	is "$flag" says 0 "alpnd-pair unknown" "$pair" $flag
done
finish
