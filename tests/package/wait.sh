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

# tests/lib/packages.sh, and so make demo, waits for another apt, whichever lock that
# holds.  With lists and a status file of the test's own, and no packages to be
# had, so that nothing is installed.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/lib.sh
[ "$(id -u)" = 0 ] || skip_all "needs root, as apt does"
command -v apt-get >/dev/null || skip_all "not Debian"
mkdir -p "$T"/{dpkg,bin,lists/partial,cache/archives/partial}
: >"$T/dpkg/status"
cat >"$T/conf" <<C
Dir::State::Lists "$T/lists";
Dir::State::status "$T/dpkg/status";
Dir::Cache "$T/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "/dev/null";
C
# nothing is installed, so that there is something to install
printf '#!/bin/sh\nexit 1\n' >"$T/bin/dpkg-query"
# tells that, and as which process, it has begun
cat >"$T/bin/apt-get" <<P
#!/bin/sh
echo \$\$ "\$1" >>$T/started
exec $(command -v apt-get) "\$@"
P
# packages.sh sleeps before it tries again
printf '#!/bin/sh\necho asleep >>%s/started\nexec %s 0.1\n' "$T" "$(command -v sleep)" >"$T/bin/sleep"
chmod 755 "$T/bin"/*

hold() { # hold FILE: until its standard input ends
	mkfifo "$T/fifo"
	rm -f "$T/holder.log"	# that of the last one says "held" too
	bg holder python3 -c "
import fcntl, sys
f = open(sys.argv[1], 'w')
fcntl.lockf(f, fcntl.LOCK_EX)
print('held', flush=True)
open(sys.argv[2]).read()" "$1" "$T/fifo"
	exec 7<>"$T/fifo"
	wait_for grep -q held "$T/holder.log"
}
release() {
	stop "$BGPID"
	exec 7>&-
	rm "$T/fifo"
	wait "$PACKAGES"
}
start() { # start packages.sh
	rm -f "$T/started"
	APT_CONFIG=$T/conf PATH=$T/bin:$PATH setsid tests/lib/packages.sh gcc >"$T/out" 2>&1 &
	PACKAGES=$!
	PIDS+=("$PACKAGES")
}
ended() { # it got as far as apt could, which is not far here
	grep -q "Unable to locate package gcc" "$T/out" && ! grep -q "Could not get lock" "$T/out" ||
	    { cat "$T/out"; return 1; }
}

# apt-get update fails at once, and is tried again
hold "$T/lists/lock"
start
is "the lists are locked: it waits" wait_for grep -q asleep "$T/started" || diag "$(cat "$T/out")"
release
is "... and goes on when they are not" ended

# apt-get install waits by itself, asleep
asleep_or_gone() {
	pid=$(sed -n 's/ install$//p' "$T/started") && [ -n "$pid" ] &&
	    { ! kill -0 "$pid" || grep -q nanosleep "/proc/$pid/wchan"; }
}
hold "$T/dpkg/lock-frontend"
start
wait_for asleep_or_gone
is "dpkg is locked: it waits" kill -0 "$pid" || diag "$(cat "$T/out")"
release
is "... and goes on when it is not" ended

# dpkg-buildpackage wants it, whatever debian/control says
APT_CONFIG=$T/conf PATH=$T/bin:$PATH tests/lib/packages.sh deb >"$T/out" 2>&1
is "make deb installs build-essential" grep -q "^installing:.* build-essential " "$T/out"

# tests/run is in Python, which a new machine does not have
mkdir "$T/tools"
ln -s /usr/bin/* "$T/tools"
rm -f "$T"/tools/python*
for target in test check; do
	APT_CONFIG=$T/conf PATH=$T/bin:$T/tools make $target >"$T/out" 2>&1
	is "make $target installs python3" grep -q "^installing: python3$" "$T/out" || diag "$(cat "$T/out")"
done
finish
