#!/bin/sh
# Built without libsystemd: everything but the journal, which is syslog then.
cd "$(dirname "$0")/.." && ALPND=build/nosystemd/alpnd WIRE=main NO_SYSTEMD=1 exec tests/lib/private.sh python3 tests/wire.py
