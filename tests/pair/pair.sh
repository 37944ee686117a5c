#!/bin/bash
# alpnd-pair and the hooks: what openssl says of the pairs, what is left in the
# directory whatever happens, and that alpnd serves them.  Run in lib/isolate.sh net.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/lib.sh
pair=$TOP/alpnd-pair
D=$T/certs GROUP=$(id -g)
DROP=()
if chown nobody:nogroup "$T" 2>/dev/null; then
	chown root:root "$T"
	# not root: the group of the directory must be enough for alpnd
	GROUP=65534 DROP=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
mkdir "$D" "$T/bin" && chgrp "$GROUP" "$D" && chmod 2750 "$D"

# The key authorization of the example in RFC 8555, 8.3; digests of it by
# other tools than those that alpnd-pair has.
KA=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
HEX=$(printf %s $KA | sha256sum | cut -c-64)
B64=$(printf %s $KA | python3 -c 'if 1:
	import sys, hashlib, base64
	d = hashlib.sha256(sys.stdin.buffer.read()).digest()
	print(base64.urlsafe_b64encode(d).decode().rstrip("="))')

run() { "$pair" -d "$D" "$@" >"$T/out" 2>&1; }
empty() { [ -z "$(ls -A "$D")" ]; }
clear_dir() { find "$D" -mindepth 1 -delete; }
has() { [ "$(ls -A "$D")" = "$(printf '%s\n' "$1.crt.pem" "$1.key.pem")" ]; }
# status N ARG...: alpnd-pair exits with it, and says so in a line iff not 0
status() {
	local want=$1 rc
	shift
	run "$@"; rc=$?
	[ "$rc" = "$want" ] || { echo "exit $rc"; cat "$T/out"; return 1; }
	if [ "$rc" = 0 ]; then [ ! -s "$T/out" ]; else grep -q '^alpnd-pair: ' "$T/out"; fi
}
not() { ! "$@"; }
x509() { openssl x509 -in "$D/$1.crt.pem" -noout "${@:2}"; }
# All of subjectAltName, which RFC 8737 wants to be one name
san() { [ "$(x509 "$1" -ext subjectAltName | tail -n +2 | tr -d ' ')" = "$2" ]; }
# OID, critical, and an OCTET STRING in the OCTET STRING
acme_identifier() {
	openssl x509 -in "$D/$1.crt.pem" -outform DER |
	    openssl asn1parse -inform DER | grep -A2 -E '1\.3\.6\.1\.5\.5\.7\.1\.31|acmeIdentifier' |
	    sed 's/.*prim: *//; s/ //g' | tr '\n' ' ' |
	    grep -iqE "^OBJECT:[^ ]* BOOLEAN:255 OCTETSTRING\[HEXDUMP\]:0420$HEX \$"
}
one_public_key() {
	[ "$(openssl pkey -in "$D/$1.key.pem" -pubout)" = "$(x509 "$1" -pubkey)" ]
}

# the certificate
is "a pair from a digest in hexadecimal" status 0 example.org "$HEX"
is "two files and no others" has example.org
is "mode and group" [ "$(stat -c %a:%g "$D"/* | sort -u)" = "640:$GROUP" ]
is "acmeIdentifier is critical and the digest" acme_identifier example.org
is "subjectAltName is the name alone" san example.org DNS:example.org
is "key and certificate belong together" one_public_key example.org
is "P-256" grep -q 'NIST CURVE: P-256' <(x509 example.org -text)
is "version 3" grep -q 'Version: 3' <(x509 example.org -text)
is "self-signed" openssl verify -ignore_critical -check_ss_sig \
    -CAfile "$D/example.org.crt.pem" "$D/example.org.crt.pem"
is "valid now" x509 example.org -checkend 86400
is "no CA" [ -z "$(x509 example.org -ext basicConstraints 2>/dev/null)" ]
before=$(x509 example.org -fingerprint)
is "a pair from a digest in base64url, over the old one" status 0 example.org "$B64"
is "another" [ "$before" != "$(x509 example.org -fingerprint)" ]
is "the same digest" acme_identifier example.org
is "a pair from a key authorization" status 0 example.org $KA
is "the same digest" acme_identifier example.org
is "a pair from HEXADECIMAL" status 0 example.org "${HEX^^}"
is "the same digest" acme_identifier example.org
is "still two files" has example.org
is "-r" status 0 -r EXAMPLE.org.
is "removes them" empty
is "-r of nothing" status 0 -r example.org

# names
l63=$(printf 'a%.0s' {1..63})
long=$l63.$l63.$l63.${l63:0:55}
loopback6=1.$(printf '0.%.0s' {1..31})ip6.arpa
doc6=8.b.7.0.0.0.0.0.f.0.0.0.0.0.0.0.0.0.0.0.2.4.0.0.8.b.d.0.1.0.0.2.ip6.arpa
while read -r name file san; do
	clear_dir
	is "$name" status 0 "$name" "$HEX"
	is "... is named $file" has "$file"
	is "... has $san" san "$file" "$san"
	is "... and the digest" acme_identifier "$file"
	is "... and is removed" status 0 -r "$name"
	is "... all of it" empty
done <<E
EXAMPLE.Org example.org DNS:example.org
example.org. example.org DNS:example.org
xn--bcher-kva.example xn--bcher-kva.example DNS:xn--bcher-kva.example
_a.b-c.example _a.b-c.example DNS:_a.b-c.example
localhost localhost DNS:localhost
$l63.example.org $l63.example.org DNS:$l63.example.org
$long $long DNS:$long
127.0.0.1 1.0.0.127.in-addr.arpa IPAddress:127.0.0.1
1.0.0.127.in-addr.arpa 1.0.0.127.in-addr.arpa IPAddress:127.0.0.1
255.2.0.192.IN-ADDR.ARPA. 255.2.0.192.in-addr.arpa IPAddress:192.0.2.255
::1 $loopback6 IPAddress:0:0:0:0:0:0:0:1
$loopback6 $loopback6 IPAddress:0:0:0:0:0:0:0:1
$loopback6. $loopback6 IPAddress:0:0:0:0:0:0:0:1
2001:DB8:42::f:0:7b8 $doc6 IPAddress:2001:DB8:42:0:0:F:0:7B8
2001:0db8:0042:0000:0000:000f:0000:07b8 $doc6 IPAddress:2001:DB8:42:0:0:F:0:7B8
$doc6 $doc6 IPAddress:2001:DB8:42:0:0:F:0:7B8
1:2:3:4:5:6:7:: 0.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa IPAddress:1:2:3:4:5:6:7:0
E

# the directory holds a pair that no refusal may touch
run example.org "$HEX"
kept() { has example.org && [ "$before" = "$(x509 example.org -fingerprint)" ]; }
before=$(x509 example.org -fingerprint)
# shellcheck disable=SC2016 # a name like any other
bad_names=('' . .. / a/b ../example.org /etc/passwd '*.example.org' '*' 'a b' $'a\n' $'a\nb'
    $'example.org\n' a..b .a a.. -a a- a.-b 'a;b' '$(id)' 'a,DNS:b' 'a\b' "ä.example" 1 1.2.3
    256.0.0.1 1.2.3.4.5 01.2.3.4 0x7f.0.0.1 127.1 example.123 "a$l63" "a$long"
    127.in-addr.arpa 1.2.3.256.in-addr.arpa 01.0.0.127.in-addr.arpa
    a.1.0.0.127.in-addr.arpa .in-addr.arpa .ip6.arpa 1.ip6.arpa
    "0.$loopback6" "g${loopback6#1}" "10${loopback6#1.0.}" "1${loopback6#1.}"
    : ::: 1:2 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4::5:6:7:8 :1:2:3:4:5:6:7
    1:2:3:4:5:6:7: 12345::1 ::g ::1%lo ::ffff:127.0.0.1 '[::1]' 127.0.0.1:443 example.org:443)
for name in "${bad_names[@]}"; do
	is "refused: $(printf %q "${name:0:70}")" status 64 -- "$name" "$HEX"
	is "... and by -r" status 64 -r -- "$name"
done
for digest in '' x "${HEX%?}" "${HEX}0" "${HEX%?}g" "${B64%?}" "${B64}A" "$B64==" "${B64%?}B" \
    "${B64%?}+" ".$KA" "$KA." "${KA%?}" ".${KA#*.}" "${KA%.*}." "$KA.$B64" "a b.${KA#*.}" \
    "4$(printf 'a%.0s' {1..5})" $'\n'"$HEX" "$HEX"$'\n' "$HEX,DER:00"; do
	is "refused: digest $(printf %q "$digest")" status 64 example.org "$digest"
done
is "usage: nothing" status 64
is "usage: no digest" status 64 example.org
is "usage: -r and a digest" status 64 -r example.org "$HEX"
is "usage: too much" status 64 example.org "$HEX" "$HEX"
is "usage: unknown flag" status 64 -x example.org "$HEX"
is "usage: no directory" status 64 -d '' example.org "$HEX"
for flag in -h --help; do
	is "help: $flag" [ "$("$pair" $flag 2>&1 | head -1)" = \
	    "usage: alpnd-pair [-d directory] name digest|key-authorization" ]
	is "... is no error" "$pair" $flag
done
run -x example.org "$HEX"
is "the flag is named" [ "$(head -1 "$T/out")" = "alpnd-pair: there is no flag -x" ]
run -d
is "... with no argument" [ "$(head -1 "$T/out")" = "alpnd-pair: -d wants an argument" ]
is "a file for a directory" [ "$("$pair" -d "$T/out" example.org "$HEX" 2>&1)" = \
    "alpnd-pair: $T/out: not a directory" ]
is "nothing to remove from" [ "$("$pair" -d "$T/gone" -r example.org 2>&1)" = \
    "alpnd-pair: $T/gone: no such directory" ]
if [ "$(id -u)" = 0 ]; then
	mkdir "$T/plain"
	is "a directory that gives its group to nobody: a warning" \
	    [ "$("$pair" -d "$T/plain" example.org "$HEX" 2>&1)" = "alpnd-pair: $T/plain: not set-group-ID; if alpnd cannot read the pair, give the directory the group _alpnd and the mode 2750" ]
	is "... and no failure, nor if nobody hears it" "$pair" -d "$T/plain" example.org "$HEX" 2>&-
	is "... and a pair" [ "$(ls "$T/plain")" = "$(printf '%s\n' example.org.crt.pem example.org.key.pem)" ]
fi
run $'a\e[31m\nb' "$HEX"
is "an argument is not shown raw" [ "$(cat "$T/out")" = \
    "alpnd-pair: 'a?[31m?b': a name has letters, digits, '-', '_' and '.' only" ]
is "all this has left the pair as it was" kept

# errors
is "no directory" status 1 -d "$T/none" example.org "$HEX"
is "... says which and what to do" grep -q "^alpnd-pair: $T/none: no such directory; install -d .*$T/none" "$T/out"
is "... nor by -r" status 1 -d "$T/none" -r example.org
is "a file for a directory" status 1 -d "$T/out" example.org "$HEX"

program() { # program NAME: from here, instead of the system's
	cat >"$T/bin/$1" && chmod 755 "$T/bin/$1"
}
with() { PATH=$T/bin:$PATH "$@"; }
program openssl <<<'#!/bin/sh
echo "no entropy today" >&2; exit 1'
is "openssl fails" with status 1 example.org "$HEX"
is "... says why" grep -q 'no entropy today' "$T/out"
is "... leaves the old pair and nothing else" kept
is "openssl fails, for a key authorization" with status 1 example.org $KA
is "... leaves the old pair and nothing else" kept

real=$(command -v openssl)
program openssl <<E
#!/bin/sh
$real "\$@"; rc=\$?
case \$1 in req) touch $T/made; while [ ! -e $T/go ]; do sleep 0.05; done ;; esac
exit \$rc
E
for signal in HUP INT TERM; do
	rm -f "$T/made" "$T/go"
	# python3: a background job of a shell ignores SIGINT, one of nohup(1) SIGHUP
	with bg signalled python3 -c "
import os, signal, sys
for s in signal.SIGHUP, signal.SIGINT: signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])" "$pair" -d "$D" example.org "$HEX"
	wait_for [ -e "$T/made" ]
	# shellcheck disable=SC2012 # only counted
	is "$signal while files are there" [ "$(find "$D" -type f | wc -l)" = 4 ]
	kill -$signal "$BGPID"
	touch "$T/go"
	wait "$BGPID"
	is "... ends it by that" [ $? = $((128 + $(kill -l $signal))) ]
	is "... leaves the old pair and nothing else" kept
done
rm "$T/bin/openssl"

program mv <<E
#!/bin/sh
for to; do from=\$last last=\$to; done
case \$to in ../*) stat -c '%a %F' "\$from"; realpath "\$to" ;; esac >>$T/moves
case \$to in *\$FAIL) echo "mv: not today" >&2; exit 1 ;; esac
exec $(command -v mv) "\$@"
E
clear_dir
is "with mv watched" with env FAIL=none "$pair" -d "$D" example.org "$HEX"
is "the key comes before the certificate, both ready" [ "$(cat "$T/moves")" = "640 regular file
$D/example.org.key.pem
640 regular file
$D/example.org.crt.pem" ]
before=$(x509 example.org -fingerprint)
FAIL=.key.pem is "the key cannot be renamed" with status 1 example.org "$HEX"
is "... leaves the old pair and nothing else" kept
FAIL=.crt.pem is "the certificate cannot be renamed" with status 1 example.org "$HEX"
is "... leaves no key without its certificate" empty
rm "$T/bin/mv"

mkdir "$D/example.org.crt.pem"
is "a directory in the place" status 1 example.org "$HEX"
is "... says which" grep -qF "$D/example.org.crt.pem: a directory; remove it" "$T/out"
is "... is not moved into" [ -z "$(ls -A "$D/example.org.crt.pem")" ]
rmdir "$D/example.org.crt.pem"
touch "$T/else"
ln -s "$T/else" "$D/example.org.key.pem"
is "a link in the place" status 0 example.org "$HEX"
is "... is replaced" [ -f "$D/example.org.key.pem" -a ! -L "$D/example.org.key.pem" ]
is "... and not written through" [ ! -s "$T/else" ]
clear_dir

# a disk with room for: nothing, one file, two files
mkdir "$T/small"
full() { # full PAGES: exit status, and what is there then
	# shellcheck disable=SC2016 # that shell expands it
	unshare -m sh -c 'mount -t tmpfs -o size=64k,nr_inodes=16 none "$1" || exit 99
		dd if=/dev/zero of="$1/fill" bs=4096 count=$((16 - $2)) 2>/dev/null
		"$3" -d "$1" example.org "$4"; rc=$?
		rm "$1/fill"; echo "$rc $(ls -A "$1" | wc -l)"' - "$T/small" "$1" "$pair" "$HEX" 2>"$T/out"
}
for pages in 0 1; do
	is "a full disk, $pages pages left" [ "$(full $pages)" = "1 0" ] || diag "$(full $pages; cat "$T/out")"
done
is "a disk with 2 pages left" [ "$(full 2)" = "0 2" ]

# the hooks
export ALPND_PAIR=$pair ALPND_DIR=$D
hook=examples/uacme-hook
is "uacme-hook declines http-01" [ "$($hook begin http-01 example.org token $KA; echo $?)" = 1 ]
is "uacme-hook declines dns-01" [ "$($hook begin dns-01 example.org token "$B64"; echo $?)" = 1 ]
is "... and has written nothing" empty
for method in "done" failed; do
	is "uacme-hook begin" $hook begin tls-alpn-01 example.org token "$B64"
	is "... has written the pair" acme_identifier example.org
	is "uacme-hook $method" $hook $method tls-alpn-01 example.org token "$B64"
	is "... has removed it" empty
done
is "uacme-hook: another method" [ "$($hook x tls-alpn-01 a b c 2>&1; echo $?)" != 0 ]
is "uacme-hook: usage" [ "$($hook begin 2>/dev/null; echo $?)" = 64 ]
hook=examples/generic-hook
is "generic-hook deploy" $hook deploy example.org $KA
is "... has written the pair" acme_identifier example.org
is "generic-hook clean" $hook clean example.org $KA
is "... has removed it" empty
is "generic-hook: bad name" [ "$($hook deploy ../a $KA 2>/dev/null; echo $?)" = 64 ]
is "generic-hook: usage" [ "$($hook deploy example.org 2>/dev/null; echo $?)" = 64 ]

# served
install -m 755 "${BUILD:-build/gcc}"/alpnd "$T/alpnd"
bg alpnd "${DROP[@]}" systemd-socket-activate --accept --inetd \
    -l 127.0.0.1:10443 "$T/alpnd" -d "$D"
wait_listen 10443 || exit 1
served() { # served SERVERNAME: ALPN, and this certificate
	timeout 20 openssl s_client -connect 127.0.0.1:10443 -alpn acme-tls/1 \
	    -servername "$1" </dev/null >"$T/client" 2>/dev/null
	grep -q '^ALPN protocol: acme-tls/1' "$T/client" &&
	    [ "$(openssl x509 -in "$T/client" -outform DER | sha256sum)" = \
	    "$(openssl x509 -in "$D/$1.crt.pem" -outform DER | sha256sum)" ]
}
for name in example.org "$long" 1.0.0.127.in-addr.arpa "$loopback6"; do
	run "$name" $KA
	is "alpnd serves ${name:0:70}" served "$name"
	run -r "$name"
	is "... no longer after -r" not served "$name"
done
finish
