#!/usr/bin/env python3
"""bench: what one connection costs, alpnd beside its peers, in one run.

main.py TMP OUT dynamic=PATH static=PATH [NAME=PATH...]
TMP: where the helpers are built, and work files go.  OUT: bench.md, bench.svg.
In the environment: ROUNDS; EACH, the seconds of one measurement; QUICK=1;
ONLY, a regular expression of servers.
"""
import os
import re
import signal
import sys
import time

import account
import callgrind
import directory
import goals
import load
import machine
import memory
import plot
import report
import servers

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

import pairs

QUICK = os.environ.get("QUICK", "") not in ("", "0")
ROUNDS = int(os.environ.get("ROUNDS") or (1 if QUICK else 5))
SECONDS = float(os.environ.get("EACH") or (0.1 if QUICK else 0.5))
COUNTS = (1, 10, 1000) if QUICK else (1, 1000, 100000)
WORKERS = (1, 8)
ONLY = re.compile(os.environ.get("ONLY", ""))


class Progress:
    """On a terminal: how far it is."""

    def __init__(self):
        self.start = time.monotonic()

    def say(self, text):
        if sys.stderr.isatty():
            print(f"\r\033[K{time.monotonic() - self.start:4.0f} s  {text}", end="",
                  file=sys.stderr, flush=True)

    def done(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)


class Running:
    """Servers that end with the block, whatever ends it."""

    def __init__(self):
        self.base, self.all = account.cgroup_base(), []

    def start(self, server, tmp):
        self.all.append(server)
        server.start(self.base, tmp)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.all:
            s.stop()
        if self.base:
            os.rmdir(self.base)


def wanted(tmp, certs, binaries):
    return [s for s in servers.all_servers(tmp, certs, binaries) if ONLY.search(s.label)]


def measure_load(rep, everyone, tmp, certs, progress):
    cells = [(s, w, n) for w in load.WORKLOADS for n in WORKERS for s in everyone if w.what_for(s)]
    samples = {}
    rep.limit, rep.rounds = load.Limit(tmp, certs), ROUNDS
    for s in everyone:
        progress.say(f"warming up: {s.label}")
        for w in load.WORKLOADS:
            load.warm(tmp, s, w)
    for i in range(ROUNDS):
        rep.limit.measure(SECONDS * 2)
        for s, w, n in cells:
            progress.say(f"round {i + 1} of {ROUNDS}: {w.title}, {n} at a time: {s.label}")
            samples.setdefault((s.label, w.key, n), []).append(
                load.measure(tmp, s, w.what_for(s), w.name, SECONDS, n))
    rep.rows = {k: load.Row(v) for k, v in samples.items()}


def measure_memory(rep, tmp, certs, binaries, progress):
    """Each server by itself: what it shares, it shares with no other."""
    for s in wanted(tmp, certs, binaries):
        if s.label in rep.memory:
            continue
        progress.say(f"memory: {s.label}")
        with Running() as running:
            running.start(s, tmp)
            load.client(tmp, s.port, "served", s.serves[0], 1, 10, 8, count=100)
            s.account.settle(s.at_rest)
            rep.memory[s.label] = memory.measure(s, s.serves[0])


def measure_pairs(rep, running, binary, tmp, certs, progress):
    pairs.make(tmp, "*.example.org", "rsa2048")
    dirs = {n: f"{tmp}/pairs.{n}" for n in COUNTS}
    for n, path in dirs.items():
        progress.say(f"making {n} pairs")
        directory.fill(path, [f"{tmp}/*.example.org.{kind}.pem" for kind in ("crt", "key")], n)
    everyone = [(n, s) for n, s in directory.servers(binary, dirs) if ONLY.search(s.label)]
    samples = {}
    for _, s in everyone:
        running.start(s, tmp)
    rounds = ROUNDS * 4     # short ones, for the difference is small
    for i in range(rounds + 1):     # the first is not counted
        for n, s in everyone:
            progress.say(f"round {i} of {rounds}: {n} pairs: {s.label}")
            sample = directory.measure(tmp, s, n, SECONDS / 2)
            if i > 0:
                samples.setdefault((s.label, n), []).append(sample)
    rep.pairs = {k: load.Row(v) for k, v in samples.items()}


def measure_instructions(rep, binaries, tmp, certs, progress):
    for name, binary in binaries.items():
        for kind in callgrind.KINDS:
            progress.say(f"callgrind: {name}, {kind}")
            rep.instructions[name, kind] = callgrind.instructions(binary, certs, kind,
                                                                  tmp + "/callgrind.log")


def draw(rep, path):
    panels = []
    for key, title in (("rsa", "CPU time of a validation, RSA-2048, in ms"),
                       ("refused", "CPU time of a refusal, in ms")):
        rows = [(report.LIMIT, rep.limit_of(key)[0] / 1000)]
        rows += [(label, rep.rows[label, key, 1].cpu / 1000) for label in rep.labels()
                 if (label, key, 1) in rep.rows]
        panels.append((title, sorted(rows, key=lambda r: r[1])))
    plot.plot(path, panels)


def main():
    tmp, out = sys.argv[1:3]
    binaries = dict(a.split("=", 1) for a in sys.argv[3:])
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda n, _: sys.exit(128 + n))
    certs = tmp + "/certs"
    os.mkdir(certs)
    for name, key in ((servers.RSA, "rsa2048"), (servers.P256, "p256")):
        pairs.make(certs, name, key)
    rep, progress = report.Report(load.WORKLOADS), Progress()
    rep.machine = machine.describe(binaries["dynamic"], binaries.get("LibreSSL"))
    loads = os.getloadavg()[0]
    measure_instructions(rep, binaries, tmp, certs, progress)
    measure_memory(rep, tmp, certs, binaries, progress)
    with Running() as running:
        rep.how = "by the cgroup's account" if running.base else "by /proc, in steps of 10 ms"
        everyone = wanted(tmp, certs, binaries)
        for s in everyone:
            running.start(s, tmp)
        measure_load(rep, everyone, tmp, certs, progress)
        measure_pairs(rep, running, binaries["static"], tmp, certs, progress)
    progress.done()
    rep.machine.append(f"load average {loads:.1f} before, {os.getloadavg()[0]:.1f} after")
    draw(rep, out + "/bench.svg")
    text = rep.markdown(goals.goals(rep))
    with open(out + "/bench.md", "w") as f:
        f.write(text)
    print(text, end="")
    bad = sum(r.failed for r in list(rep.rows.values()) + list(rep.pairs.values()))
    if bad:
        sys.exit(f"{bad} connections failed")


if __name__ == "__main__":
    main()
