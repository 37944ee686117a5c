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
tools="chmod id mv od openssl rm sed tr uname"
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
	is "no digest: $digest" says 64 "alpnd-pair: '$digest': no SHA-256; give one of" \
	    "$pair" -d "$D" example.org "$digest"
	is "... it lists what is" [ "$(grep -cE "64 hex.*with or without ':'|43 .*with or without '='|token\.thumbprint" "$T/out")" = 3 ]
done
is "nothing was written" empty
finish
