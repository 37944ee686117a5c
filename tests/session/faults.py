#!/usr/bin/env python3
"""
faults: every call that can fail is made to fail, one at a time, in a served
and in a refused connection.  Whatever fails: no signal, no hang, a documented
exit status and line, nothing on the wire but a handshake, an alert or silence,
and the private key gone from memory at the end.
"""
import collections
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello
import pairs
import tap
from oneshot import Conn, Handshake, build_faults

TMP = tempfile.mkdtemp(prefix="alpnd-faults.")
SHIM = os.path.abspath(os.environ.get("FAULTS", "build/faults.so"))
LINE = re.compile(r"(alpnd: cannot arm timers: [^\n]*\n)?((served|error)|refused "
                  r"reason=[a-z-]+|closed)( [a-z]+=(\S+|\"[^\"]*\"))*\n")
STEP = int(os.environ.get("STEP", "41"))
UNIT = open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         "../../units/alpnd@.service")).read()
# what libcrypto frees is overwritten if glibc is asked to, as the unit does
TUNABLES = re.search(r"^Environment=(GLIBC_TUNABLES)=(\S+)$", UNIT, re.M)
USAGE = re.compile(r"alpnd: .*", re.S)
# If an early allocation fails, libcrypto waits for its own pthread_once(3), and only
# alpnd's hard end ends that: OpenSSL's issues 19334 and 32894.
VERSION = subprocess.run(["openssl", "version"], stdout=subprocess.PIPE, text=True).stdout
HANGS = [int(n) for n in re.search(r"(\d+)\.(\d+)", VERSION).groups()] >= [3, 5]
NOFAULT = ("none", 0, 0)
ERRNOS = {"malloc": [errno.ENOMEM], "calloc": [errno.ENOMEM], "realloc": [errno.ENOMEM],
          "read": [errno.ECONNRESET, errno.EINTR, errno.EAGAIN, errno.EIO],
          "write": [errno.EPIPE, errno.ECONNRESET, errno.EINTR, errno.EAGAIN],
          "writev": [errno.EPIPE, errno.EIO],
          "open": [errno.EMFILE, errno.EACCES], "openat": [errno.EMFILE, errno.EACCES, errno.EIO],
          "fstat": [errno.EIO], "getpeername": [errno.ENOTCONN], "getsockopt": [errno.ENOTSOCK],
          "poll": [errno.EINTR, errno.ENOMEM], "shutdown": [errno.ENOTCONN, errno.ENOTSOCK],
          "sigaction": [errno.EINVAL], "timer_create": [errno.EAGAIN, errno.EPERM],
          "timer_settime": [errno.EPERM]}


def secrets(name):
    """The key as it lies in memory: scalar in both byte orders, DER and PEM text of it."""
    pem = f"{TMP}/{name}.key.pem"
    text = subprocess.run(["openssl", "pkey", "-in", pem, "-noout", "-text"],
                          stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    raw = bytes.fromhex(re.sub(r"[^0-9a-f]", "",
                               re.search(r"priv:\n(.*?)pub:", text, re.S)[1]))[-32:]
    with open(pem) as f:
        line = f.read().splitlines()[1]
    return ",".join(b.hex() for b in (raw, raw[::-1], line[8:56].encode()))


def end_with(c):
    """The client sees the end of the process, though the test has its connection, too."""
    c.proc.wait()
    try:
        c.server.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def run(fault, kind, secret, wiping=True):
    """One connection with one fault.  Returns (calls, hit, found, result) or None for a crash."""
    rfd, wfd = os.pipe()
    os.set_inheritable(wfd, True)
    env = {TUNABLES[1]: TUNABLES[2]} if wiping else {}
    env |= {"LD_PRELOAD": SHIM, "FAULT": "%s:%d:%d" % fault, "FAULT_FD": str(wfd),
            "FAULT_SECRETS": secret}
    c = Conn("-v", "-t", "3", certdir=TMP, env=env, pass_fds=(wfd,))
    os.close(wfd)
    threading.Thread(target=end_with, args=(c,)).start()
    wire = b""
    if kind == "served":
        hs = Handshake("known.example.org")
        try:
            err, _ = hs.run(c)
            wire = b"handshake" if err is None else b""
        except OSError:
            pass
    else:
        c.send(hello.hello(name=b"unknown.example.org"))
    if not wire:
        c.proc.wait(20)
        c.server.close()        # a shutdown that failed: the end of the process ends it
        if kind != "served":
            wire = c.read_all()
    got = c.finish(wire)
    with os.fdopen(rfd) as f:
        words = f.read().split()
    return [int(w) for w in words] if len(words) == 3 else None, got


def is_stuck(got):
    return ' detail="stuck while ' in got.log


def judge(fault, kind, report, got, log_may_be_lost):
    """What is wrong with the answer, or None."""
    if got.status not in (0, 1, 64):
        return f"exit status {got.status}"
    if report is None:
        return "no report at exit"
    if is_stuck(got):
        if not HANGS or not fault[0].endswith("alloc"):
            return "it hung until the hard end"
    elif report[2]:
        return f"secret {report[2]} left in memory"
    if got.log == "" and not log_may_be_lost:
        return "no log line"
    if got.log and not LINE.fullmatch(got.log) and not (got.status == 64 and
                                                        USAGE.fullmatch(got.log)):
        return f"log line {got.log!r}"
    missing = fault[:2] == ("sigaction", 1) or (fault[0].startswith("timer_") and
                                                fault[1] in (1, 2))
    if missing != got.log.startswith("alpnd: cannot arm timers: "):
        return "a hard end that is missing is to be logged, and no other"
    if got.status == 1 and not got.log.startswith("error ") and not log_may_be_lost:
        return "exit 1 without an error in the log"
    if kind == "refused" and not re.fullmatch(rb"|\x15\x03\x03\x00\x02\x02[\x50\x70]", got.wire,
                                              re.S):
        return f"wire {got.wire.hex()}"
    return None


def steps(calls):
    """Every call; of thousands of allocations every one at first, then every STEP-th."""
    return list(range(1, min(calls, 100) + 1)) + list(range(101, calls + 1, STEP))


def main():
    build_faults(SHIM)
    pairs.make(TMP, "known.example.org")
    secret = secrets("known.example.org")
    # the search is good: what is certainly in memory is found
    report, got = run(NOFAULT, "served", "known.example.org".encode().hex())
    tap.ok(report and report[2] == 1, "a name that lies in memory is found there", report)
    report, got = run(NOFAULT, "served", secret)
    tap.ok(report and report[2] == 0 and got.log.startswith("served "),
           "the key is not, after a good handshake",
           f"{report} {got}")
    text = secret.split(",")[2]
    report, got = run(NOFAULT, "served", text, wiping=False)
    tap.ok(report and report[2] == 0 and got.log.startswith("served "),
           "without the unit's help its text is not",
           f"{report} {got}")
    report, got = run(("malloc", 3, errno.ENOMEM), "served", secret)
    tap.ok(is_stuck(got) or not HANGS, "what hangs in OpenSSL 3.5 ends, and says so", got)
    print(f"# {VERSION.strip()}: malloc 3: {got.log.strip()}")
    table = {}
    for kind in ("served", "refused"):
        for func, errnos in ERRNOS.items():
            results, wrong, n = collections.Counter(), [], 0
            calls = run((func, 0, 0), kind, secret)[0][0]
            for e in errnos:
                for i in steps(calls):
                    fault = (func, i, e)
                    report, got = run(fault, kind, secret)
                    n += 1
                    why = judge(fault, kind, report, got, func == "writev")
                    if why:
                        wrong.append(f"{fault}: {why}: {got}")
                    results["stuck" if is_stuck(got) else
                            " ".join(got.log.split()[:1] + re.findall(r"reason=\S+", got.log)) or
                            "(no line)"] += 1
            table[kind, func] = (calls, n, results)
            tap.ok(not wrong, f"{kind}: {n} faults in {calls} calls of {func}",
                   "\n".join(wrong[:10]))
    for (kind, func), (calls, n, results) in table.items():
        print(f"# {kind:8} {func:12} {calls:5} calls {n:5} faults: " +
              ", ".join(f"{k} {v}" for k, v in results.most_common()))
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
