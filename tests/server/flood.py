#!/usr/bin/env python3
"""
flood: 1, 8 and 64 sources flood a server in busy mode with silent, dripping and valid connections,
as fast as the machine makes them.  Every good client of a source of its own is served.

flood.py                the test
flood.py BINARY...      a table of latencies, for each binary; used by "make bench-flood"

In the environment: FLOOD_CLIENTS, good clients for each flood (20).
"""
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + "/../lib"]

import busy
import tap
from busy import LIMIT, PORT, SERVER, TMP, Server, until, validate

CLIENTS = int(os.environ.get("FLOOD_CLIENTS", "20"))
SECONDS = 120       # a flood ends with its good clients, or then
FIRST = "192.0.2.110"
SOURCES = (1, 8, 64)


def build():
    bench = HERE + "/../bench/"
    for name, more in (("flood", []), ("client", ["-pthread", "-lssl", "-lcrypto"])):
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", f"{TMP}/{name}", f"{bench}{name}.c",
                        *more],
                       check=True)


class Flood:
    """One flood; with the block it ends."""

    def __init__(self, kind, sources):
        each = {1: 500, 8: 500, 64: 100}[sources]
        if kind == "valid":
            self.command = [f"{TMP}/client", SERVER, str(PORT), "served", "known.example.org", "1",
                            str(SECONDS), "1000000", str(min(64, max(8, sources)))]
        else:
            self.command = [f"{TMP}/flood", SERVER, str(PORT), kind, FIRST, str(sources), str(each),
                            str(SECONDS)]
        self.env = dict(os.environ, FROM=FIRST, SOURCES=str(sources))

    def __enter__(self):
        self.process = subprocess.Popen(self.command, env=self.env, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        if "flood" in self.command[0]:
            self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def good_clients():
    """Seconds that each took, None for one that was not served."""
    return [validate("192.0.2.100") for _ in range(CLIENTS)]


def measure(kind, sources):
    """Seconds, and the log, with or without (kind None) a flood."""
    s = Server("-m", "64", "-t", "10")
    until("up", validate)
    if kind is None:
        took = good_clients()
    else:
        with Flood(kind, sources):
            took = good_clients()
    s.proc.kill()
    s.proc.wait(LIMIT)
    return took, s.lines()


def summary(took):
    ms = sorted(t * 1000 for t in took if t is not None)
    if not ms:
        return f"0 of {len(took)} served"
    p99 = ms[min(len(ms) - 1, int(len(ms) * 0.99))]
    return f"{len(ms)} of {len(took)} served, p50 {statistics.median(ms):.0f} ms, p99 {p99:.0f} ms"


def cells():
    return [(kind, n) for kind in ("silent", "drip", "valid") for n in SOURCES]


def test():
    for kind, sources in cells():
        took, lines = measure(kind, sources)
        what = f"{sources} sources, {kind} connections: all good clients of another are served"
        tap.ok(all(t is not None for t in took), what, "\n".join([summary(took), *lines[-20:]]))
        print(f"# {summary(took)}; {len(lines)} log lines")
        if kind == "silent":

            busy_lines = sum("reason=busy" in line for line in lines)
            tap.ok(busy_lines <= SECONDS, f"{sources} sources, {kind}: refusals are summed",
                   lines[:20])


def table(binaries):
    print("| flood | sources | " + " | ".join(binaries) + " |")
    print("|---|---:|" + "---|" * len(binaries))
    for kind, sources in [(None, 0), *cells()]:
        row = []
        for binary in binaries:
            busy.BINARY = os.path.abspath(binary)
            row.append(summary(measure(kind, sources)[0]))
        print(f"| {kind or 'none'} | {sources} | " + " | ".join(row) + " |", flush=True)


try:
    busy.set_up()
    build()
    if sys.argv[1:]:
        table(sys.argv[1:])
    else:
        test()
        tap.done()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
