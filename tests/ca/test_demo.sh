#!/bin/bash
# make demo, as README.md says.
. "$(dirname "$0")/../lib/lib.sh"
cd "$TOP" || exit 1
make -s demo >"$T/demo.log" 2>&1
is "make demo succeeds" [ $? = 0 ]
for want in "issuer=CN \?= \?Pebble Intermediate" \
    "DNS:demo.example.org, DNS:www.demo.example.org" \
    "^served name=demo.example.org peer=127.0.0.1:" \
    "^served name=www.demo.example.org peer=127.0.0.1:"; do
	is "it shows $want" grep -q "$want" "$T/demo.log"
done
is "it leaves no process" [ -z "$(pgrep -f "$TOP/alpnd -d")" ]
finish
