#!/usr/bin/env python3
"""
starts: what starts alpnd and what it is given: flags, descriptors, a journal.
"""
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import tap
from oneshot import ALPND, Handshake, Syslog
from rows import DIR, PRIVATE_LOG, SYSLOG, TMP, alert, line, row, run, start, syslog_text

def no_session(c):
    """It ends without a look at the connection: what would a client have got?"""
    c.proc.wait(30)
    c.server.close()
    return c.finish()


def test_usage():
    for flags in (["-x"], ["--version"], ["-t", "0"], ["-t", "61"], ["-t", "1s"], ["-t", ""], ["-p", "maybe"],
                  ["-f", "../x"], ["-d"], ["extra"], ["-m", "0"], ["-m", "1025"], ["-i", "-1"]):
        c = start(*flags)
        got = no_session(c)
        tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd [-v]" in got.log, f"usage: {flags}", got)
        if not PRIVATE_LOG:
            continue
        c = start(*flags, stderr="conn")
        got = no_session(c)
        text = syslog_text()
        tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd" in text, f"usage: {flags}, not to the client",
               f"{got} {text}")
    for flags, why in ((["-x"], "there is no flag -x"), (["-v", "-t"], "-t wants an argument")):
        r = subprocess.run([*ALPND, *flags], capture_output=True, text=True)
        tap.ok(r.returncode == 64 and r.stderr.startswith(f"alpnd: {why}\nusage: alpnd ["), f"the flag is named: {flags}", r)
    for flag in "-h", "--help":
        r = subprocess.run([*ALPND, flag], capture_output=True, text=True)
        tap.ok(r.returncode == 0 and r.stdout.startswith("usage: alpnd [-v]") and not r.stderr, f"help: {flag}", r)
    for name, kw in (("/dev/null", {"stdin": subprocess.DEVNULL}), ("a file", {"stdin": open(__file__)})):
        r = subprocess.run(ALPND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
        tap.ok(r.returncode == 64 and "standard input is not a connection" in r.stderr and "alpnd.socket" in r.stderr,
               f"standard input is {name}", r)
    r = subprocess.run([*ALPND, "-x"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    tap.ok(r.returncode == 64 and "usage: alpnd" in r.stdout, "usage with 2>&1 into a pipe", r)
    a, b = socket.socketpair()
    with open(TMP + "/out", "w+") as out:
        r = subprocess.run(ALPND, stdin=a, stdout=out, stderr=out)
        out.seek(0)
        tap.ok(r.returncode == 64 and "standard output is not a connection" in out.read(),
               "standard output and error are a file", r)
    rfd, wfd = os.pipe()
    r = subprocess.run(ALPND, stdin=wfd, stdout=rfd, stderr=subprocess.PIPE, text=True)
    tap.ok(r.returncode == 64 and "is the wrong end of a pipe" in r.stderr, "pipes the wrong way round", r)
    main, term = os.openpty()
    r = subprocess.run(ALPND, stdin=term, stdout=term, stderr=term)
    tap.ok(r.returncode == 64 and b"standard input is not a connection" in os.read(main, 4096), "on a terminal", r)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    r = subprocess.run(ALPND, stdin=a, stdout=a, stderr=subprocess.PIPE, text=True)
    tap.ok(r.returncode == 64 and "not a stream socket" in r.stderr, "standard input is a datagram socket", r)
    r = subprocess.run([*ALPND, "-V"], stdout=subprocess.PIPE, text=True)
    library = "" if "STATIC" in os.environ else r", \S*libtls\S*"
    tap.ok(r.returncode == 0 and re.fullmatch(r"alpnd [0-9.]+, libtls \S+ \(API \d+\)" + library + "\n", r.stdout),
           "-V", r)


def test_pipes():
    for kind in ("pipes", "socket pair"):
        if kind == "pipes":
            rfd, to = os.pipe()
            back, wfd = os.pipe()
            out = wfd
        else:
            x, y = socket.socketpair()
            rfd, to, back, out = x.fileno(), y.fileno(), y.fileno(), x.fileno()
        env = dict(os.environ, SOCAT_PEERADDR="192.0.2.77", SOCAT_PEERPORT="99")
        p = subprocess.Popen([*ALPND, "-d", DIR], stdin=rfd, stdout=out, stderr=subprocess.PIPE, env=env, text=True)
        if kind == "pipes":
            os.close(rfd)
            os.close(wfd)
        hs = Handshake("known.example.org")
        while True:
            os.write(to, hs.out.read())
            if hs.step():
                break
            hs.inb.write(os.read(back, 65536))
        os.write(to, hs.out.read() or b"")
        if kind == "pipes":
            end = b"x"
            while end:
                end = os.read(back, 65536)
        _, err = p.communicate(timeout=30)
        tap.ok(hs.error is None and p.returncode == 0 and
               err.startswith("served name=known.example.org peer=192.0.2.77:99 tls="), f"fd 0 and 1 are {kind}",
               f"{hs.error} {err}")


def journal_fields(data):
    return dict(l.split("=", 1) for l in data.decode().splitlines() if "=" in l)


def test_journal():
    """With the real libsystemd; the real journald is in the systemd tests."""
    journal = Syslog("/run/systemd/journal/socket")
    if "NO_SYSTEMD" in os.environ:
        row("stderr is the connection, a journal runs, built without libsystemd: syslog", h.hello(protos=None),
            alert(120), 'refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"')
        return tap.same(journal.take(), [], "... and nothing to the journal")
    c = start(stderr="conn")
    got = c.exchange(h.proxy_v1() + h.hello(name=b"Unknown.example.org"))
    entries = journal.take()
    f = journal_fields(entries[0]) if entries else {}
    want = {"PRIORITY": "6", "SYSLOG_IDENTIFIER": "alpnd", "ALPND_RESULT": "refused",
            "ALPND_REASON": "unknown-name", "ALPND_NAME": "unknown.example.org", "ALPND_CLIENT": "192.0.2.7:4711",
            "ALPND_PEER": c.peer}
    tap.ok(len(entries) == 1 and got.wire == alert(112) and all(f.get(k) == v for k, v in want.items()) and
           re.fullmatch(line("refused reason=unknown-name name=unknown.example.org client=192.0.2.7:4711 {peer} MS",
                             c), f["MESSAGE"]) and f["ALPND_MS"].isdigit(),
           "stderr is the connection, a journal runs: entry with fields", f"{got} {f}")
    tap.same(SYSLOG.take(), [], "... and nothing to syslog")
    c = start()
    got = c.exchange(h.hello(protos=None))
    tap.ok(got.log.startswith("refused reason=alpn ") and journal.take() == [],
           "stderr is a file or a pipe: it is used, journal or not", got)
    a, b = socket.socketpair()
    st = os.fstat(a.fileno())
    c = start()
    c.server.close()
    with socket.socket() as lst:        # by hand: stderr is the journal's stream
        lst.bind(("127.0.0.1", 0))
        lst.listen(1)
        cl = socket.create_connection(lst.getsockname())
        sv, _ = lst.accept()
        env = dict(os.environ, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
        p = subprocess.Popen([*ALPND, "-d", DIR], stdin=sv, stdout=sv, stderr=a, env=env)
        cl.sendall(h.hello(protos=None))
        p.wait(30)
        entries = journal.take()
        tap.ok(len(entries) == 1 and b"ALPND_REASON=alpn" in entries[0], "stderr is the journal's stream: fields",
               entries)
        cl.close()
    journal.sock.close()
    SYSLOG.take()
    c.client.close()
    c.proc.wait(30)
    c = start(stderr="conn")        # its socket is there, and nobody behind it
    got = c.exchange(h.hello(protos=None))
    tap.ok(re.fullmatch(line('<6>refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"', c),
                        syslog_text()), "the journal is dead: syslog, as alpnd, facility daemon", got)
    shutil.rmtree("/run/systemd/journal")


run(test_usage, test_pipes, *((test_journal,) if PRIVATE_LOG else ()))
