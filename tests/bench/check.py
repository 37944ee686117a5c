#!/usr/bin/env python3
"""check: that the bench measures what it says, and that all of it runs.  No
figure is judged, but for being there."""
import os
import re
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE + "/../lib")

import account
import load
import pairs
import servers
import tap

ALPN = ["-alpn", "acme-tls/1"]
HELPERS = {"spawn": ["-static"], "nothing": ["-static"], "limit": ["-lcrypto"],
           "client": ["-pthread", "-lssl", "-lcrypto"]}
STRICT = ("-O2 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes "
          "-Wmissing-prototypes -Wvla "
          "-Werror").split()
BURN = "import time\nwhile time.process_time() < 0.5: pass"


def burn(base, how):
    """Half a second of CPU in grandchildren: does the account have it?"""
    a = account.Account(base, "burn")
    p = subprocess.Popen(["sh", "-c",
                          f"'{sys.executable}' -c '{BURN}' & '{sys.executable}' -c '{BURN}'; wait; "
                          "read x"],
                         stdin=subprocess.PIPE, start_new_session=True, preexec_fn=a.enter)
    a.session = p.pid
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    a.settle(1, 60)
    got = a.cpu() / 1e6
    p.communicate(b"\n")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    want = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tap.ok(want >= 1 and abs(got - want) < 0.05 * want + 0.03,
           f"{how}: CPU is what getrusage(2) says", f"{got}, {want}")
    a.remove()


def failing(base, tmp, argv, why):
    """A server that does not serve: every connection has failed."""
    s = servers.OneShot(why, 23000, argv)
    try:
        s.start(base, tmp)
        for what in ("served", "refused"):
            r = load.measure(tmp, s, what, servers.RSA, 5, 2, names=1, count=10)
            tap.ok(r.failed >= r.count == 10, f"{why}: {what}: all have failed",
                   f"{r.failed} of {r.count}")
        if "cat" not in argv[0]:    # whose end has many ways
            tap.same(s.failed(), 20 if "false" in argv[0] else 0, f"{why}: exit statuses")
    finally:
        s.stop()


def wrong(base, tmp):
    """A handshake that is complete, but no validation."""
    pairs.make(tmp, servers.RSA, "p256")
    pair = ["-cert", f"{tmp}/{servers.RSA}.crt.pem", "-key", f"{tmp}/{servers.RSA}.key.pem"]
    for why, flags, name, want in (("no ALPN", [], servers.RSA, 10),
                                   ("another name", ALPN, "example.org", 10),
                                   ("all is right", ALPN, servers.RSA, 0)):
        s = servers.Server(why, 23000,
                           ["/usr/bin/openssl", "s_server", "-quiet", "-accept", "127.0.0.1:23000",
                            *pair, *flags])
        try:
            s.start(base, tmp)
            tap.same(load.measure(tmp, s, "served", name, 20, 1, count=10).failed, want,
                     f"{why}: {want} of 10 have failed")
        finally:
            s.stop()


def tables(text):
    """{heading: [[cell, ...], ...]} of a Markdown text, heads of tables included."""
    out, heading = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| "):
            out.setdefault(heading, []).append([c.strip() for c in line.strip("|").split("|")])
    return out


ALPND = [f"alpnd {mode}, {kind}" for mode in ("one-shot", "busy mode")
         for kind in ("dynamic", "static")]
BOTH = ALPND + ["lighttpd -1", "lighttpd daemon", "dehydrated's example (Python)",
                "openssl s_server"]
WANT = {
    "Served, RSA-2048": BOTH * 2 + ALPND + ["the machine's limit"],
    "Served, P-256": (BOTH + ["ualpn daemon"]) * 2 + ALPND + ["the machine's limit"],
    "Refused: a ClientHello without ALPN": BOTH * 2 + ALPND + ["the machine's limit"],
    "Not TLS": BOTH * 2 + ALPND + ["the machine's limit"],
    "Memory": BOTH + ["ualpn daemon"],
    "Pairs in the directory": [f"alpnd {mode}, static" for mode in ("one-shot", "busy mode")] * 3,
    "Instructions": [f"alpnd one-shot, {kind}" for kind in ("dynamic", "static")],
}
HEADS = ("1 at a time", "8 at a time", "CPU, divided by that of", "kB", "pairs in the directory",
         "million instructions", "goal")


def has_cgroup():
    base = account.cgroup_base()
    if base is not None:
        os.rmdir(base)
    return base is not None


def sane(heading, row, exact):
    """Every figure is above 0, but for what may be 0: CPU, if it comes in steps of 10 ms."""
    for cell in row[1:]:
        if cell == "-":
            continue
        if re.fullmatch(r"0 of [1-9]\d*", cell):
            continue
        if re.fullmatch(r"[\d.]+-[\d.]+", cell):       # least and most
            if float(cell.split("-")[0]) > float(cell.split("-")[1]):
                return False
            continue
        if not re.fullmatch(r"\d+(\.\d+)?", cell):
            return False
        if exact and float(cell) == 0 and heading != "Memory" and "." in cell and \
                row[0].startswith("alpnd"):
            return False
    return True


def whole(out):
    """The bench as the user runs it."""
    env = dict(os.environ, QUICK="1", BENCH_OUT=out)
    env.pop("PRIVATE_NET", None)    # it wants a network of its own
    p = subprocess.run(["make", "-s", "bench"], cwd=TOP, env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True,
                       timeout=600)
    tap.same(p.returncode, 0, "make bench QUICK=1")
    if p.returncode != 0:
        tap.ok(False, "no table", p.stdout[-2000:] + p.stderr[-4000:])
        return
    with open(out + "/bench.md") as f:
        tap.ok(p.stdout.endswith(f.read()), "what is printed is in bench.md")
    got, exact = tables(p.stdout), has_cgroup()
    for heading, want in WANT.items():
        rows = [r for r in got.get(heading, []) if r[0] not in HEADS]
        tap.same(sorted(r[0] for r in rows), sorted(want), f"{heading}: every row")
        tap.same([r for r in rows if not sane(heading, r, exact)], [], f"{heading}: every figure")
    verdicts = [r[3] for r in got.get("Goals", []) if r[0] != "goal"]
    tap.ok(len(verdicts) == 19 and set(verdicts) <= {"met", "not met"},
           "every goal has its verdict", verdicts)
    with open(out + "/bench.svg") as f:
        svg = f.read()
    tap.same([label for label in BOTH if label.replace("'", "&#39;") not in svg and
              label not in svg], [], "all are in the plot")


def main():
    with tempfile.TemporaryDirectory(prefix="alpnd-bench.") as tmp:
        for cc in ("clang", "gcc"):
            for name, flags in HELPERS.items():
                subprocess.run([cc, *STRICT, "-o", f"{tmp}/{name}", f"{HERE}/{name}.c", *flags],
                               check=True)
        base = account.cgroup_base()
        if base:
            burn(base, "cgroup")
        else:
            tap.skip("no cgroup to be had")
        burn(None, "/proc")
        failing(base, tmp, ["/bin/false"], "a server that fails")
        failing(base, tmp, ["/bin/true"], "a server that does nothing")
        failing(base, tmp, ["/bin/cat"], "a server that sends back")
        wrong(base, tmp)
        if base:
            os.rmdir(base)
        whole(tmp)
    tap.done()


if __name__ == "__main__":
    main()
