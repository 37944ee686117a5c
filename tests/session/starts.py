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
from oneshot import ALPND, LIMIT, Handshake, Syslog
from rows import (DIR, KNOWN, NO_APPLICATION_PROTOCOL, NO_PAIR, PRIVATE_LOG, SYSLOG, TMP,
                  UNRECOGNIZED_NAME, alert, refused, row, run, start, syslog_text)

JOURNAL = "/run/systemd/journal"
BAD_FLAGS = [
    ["-x"],
    ["-t", "0"],
    ["-t", "61"],
    ["-t", "1s"],
    ["-t", ""],
    ["-p", "maybe"],
    ["-f", "../x"],
    ["-d"],
    ["extra"],
    ["-m", "0"],
    ["-m", "1025"],
    ["-i", "-1"],
]


def no_session(c):
    """alpnd ends without a look at the connection: what does the client get?"""
    c.proc.wait(LIMIT)
    c.server.close()
    return c.finish()


def alpnd(*flags, by=(), **how):
    """An alpnd without a connection; its output is in pipes unless how says otherwise."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.run([*by, *ALPND, *flags], text=True, timeout=LIMIT, **how)


def test_bad_flags():
    for flags in BAD_FLAGS:
        got = no_session(start(*flags))
        tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd [-v]" in got.log,
               f"usage: {flags}", got)
        if PRIVATE_LOG:
            got = no_session(start(*flags, stderr="conn"))
            text = syslog_text()
            tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd" in text,
                   f"usage: {flags}: to syslog, not to the client", f"{got} {text}")
    for flags, why in ((["-x"], "there is no flag -x"), (["-v", "-t"], "-t wants an argument")):
        r = alpnd(*flags)
        tap.ok(r.returncode == 64 and r.stderr.startswith(f"alpnd: {why}\nusage: alpnd ["),
               f"usage: {flags}: the flag is named", r)
    r = alpnd("-x", stderr=subprocess.STDOUT)
    tap.ok(r.returncode == 64 and "usage: alpnd" in r.stdout, "usage with 2>&1 into a pipe", r)


def test_help():
    for flag in ("-h", "--help"):
        r = alpnd(flag)
        tap.ok(r.returncode == 0 and r.stdout.startswith("usage: alpnd [-v]") and not r.stderr,
               f"help: {flag}", r)


def test_version():
    library = "" if "STATIC" in os.environ else r", \S*libtls\S*"
    for flag in ("-V", "--version"):
        r = alpnd(flag)
        tap.ok(r.returncode == 0 and
               re.fullmatch(r"alpnd [0-9.]+, libtls \S+ \(API \d+\)" + library + "\n", r.stdout),
               f"{flag}: versions of alpnd and libtls", r)


def test_no_socket():
    """As alpnd.service that was started without alpnd.socket."""
    r = alpnd(env=dict(os.environ, NOTIFY_SOCKET="/nonexistent"))
    tap.ok(r.returncode == 69 and r.stderr.startswith("alpnd: systemd has passed no socket; start "
                                                      "alpnd.socket") and
           r.stderr.count("\n") == 1, "a service without a socket: exit 69, no usage", r)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    b.sendall(b"GET / HTTP/1.0\r\n\r\n")
    b.shutdown(socket.SHUT_WR)
    r = alpnd(stdin=a, stdout=a, env=dict(os.environ, NOTIFY_SOCKET="/nonexistent"))
    tap.ok(r.returncode == 0 and "refused reason=not-tls" in r.stderr,
           "a connection from an inetd of Type=notify: served", r)
    a, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for n, status, text in ((2, 1, "does not listen"), (17, 1, "more than 16 sockets")):
        r = passed(n, a)
        tap.ok(r.returncode == status and text in r.stderr and "usage" not in r.stderr,
               f"{n} sockets that do not listen: exit {status}, no usage", r)


def passed(n, s):
    """An alpnd to which n copies of the socket are passed as systemd does it."""
    copies = " ".join(f"{fd}<&{s.fileno()}" for fd in range(3, 3 + n))
    script = f'exec {copies}; LISTEN_FDS={n} LISTEN_PID=$$ exec "$@"'
    return alpnd(by=("bash", "-c", script, "-"), pass_fds=(s.fileno(),))


def test_no_connection():
    no_stdin = "standard input is not a connection"
    with open(__file__) as file:
        for name, stdin in (("/dev/null", subprocess.DEVNULL), ("a file", file)):
            r = alpnd(stdin=stdin)
            tap.ok(r.returncode == 64 and no_stdin in r.stderr and "alpnd.socket" in r.stderr,
                   f"standard input is {name}", r)
    main, term = os.openpty()
    r = alpnd(stdin=term, stdout=term, stderr=term)
    said = os.read(main, 4096)
    tap.ok(r.returncode == 64 and no_stdin.encode() in said, "on a terminal", said)

    a, b = socket.socketpair()
    with open(TMP + "/out", "w+") as out:
        r = alpnd(stdin=a, stdout=out, stderr=out)
        out.seek(0)
        said = out.read()
    tap.ok(r.returncode == 64 and "standard output is not a connection" in said,
           "standard output and error are a file", said)
    rfd, wfd = os.pipe()
    r = alpnd(stdin=wfd, stdout=rfd)
    tap.ok(r.returncode == 64 and "is the wrong end of a pipe" in r.stderr,
           "pipes the wrong way round", r)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    r = alpnd(stdin=a, stdout=a)
    tap.ok(r.returncode == 64 and "not a stream socket" in r.stderr,
           "standard input is a datagram socket", r)


def handshake_over(kind, rfd, wfd, to, back):
    """A handshake with an alpnd on rfd and wfd; the client writes to, reads back."""
    env = dict(os.environ, SOCAT_PEERADDR="192.0.2.77", SOCAT_PEERPORT="99")
    p = subprocess.Popen([*ALPND, "-d", DIR], stdin=rfd, stdout=wfd, stderr=subprocess.PIPE,
                         env=env, text=True)
    os.close(rfd)
    if wfd != rfd:
        os.close(wfd)
    hs = Handshake(KNOWN)
    while True:
        os.write(to, hs.out.read())
        if hs.step():
            break
        hs.inb.write(os.read(back, 65536))
    os.write(to, hs.out.read() or b"")
    while os.read(back, 65536):
        pass
    _, err = p.communicate(timeout=LIMIT)
    tap.ok(hs.error is None and p.returncode == 0 and
           err.startswith(f"served name={KNOWN} peer=192.0.2.77:99 tls="),
           f"fd 0 and 1 are {kind}", f"{hs.error} {err}")


def test_pipes():
    rfd, to = os.pipe()
    back, wfd = os.pipe()
    handshake_over("pipes", rfd, wfd, to, back)


def test_socket_pair():
    client, server = socket.socketpair()
    fd = server.detach()
    handshake_over("a socket pair", fd, fd, client.fileno(), client.fileno())


def journal_fields(data):
    return dict(s.split("=", 1) for s in data.decode().splitlines() if "=" in s)


def test_journal():
    """With the real libsystemd; the real journald is in ca/systemd.sh."""
    journal = Syslog(JOURNAL + "/socket")
    c = start(stderr="conn")
    got = c.exchange(h.proxy_v1() + h.hello(name=b"Unknown.example.org"))
    entries = journal.take()
    fields = journal_fields(entries[0]) if entries else {}
    want = {"PRIORITY": "6", "SYSLOG_IDENTIFIER": "alpnd", "ALPND_RESULT": "refused",
            "ALPND_REASON": "unknown-name", "ALPND_NAME": "unknown.example.org",
            "ALPND_CLIENT": "192.0.2.7:4711", "ALPND_PEER": c.peer, "ALPND_DETAIL": NO_PAIR}
    c.logs_to = "the journal"
    log = refused("unknown-name", "unknown.example.org", client="192.0.2.7:4711", detail=NO_PAIR)
    tap.ok(len(entries) == 1 and got.wire == alert(UNRECOGNIZED_NAME) and
           all(fields.get(k) == v for k, v in want.items()) and
           re.fullmatch(log.pattern(c), fields["MESSAGE"]) and fields["ALPND_MS"].isdigit(),
           "stderr is the connection, a journal runs: an entry with fields", f"{got} {fields}")
    tap.same(SYSLOG.take(), [], "stderr is the connection, a journal runs: nothing to syslog")

    got = start().exchange(h.hello(protos=None))
    tap.ok(got.log.startswith("refused reason=alpn ") and journal.take() == [],
           "stderr is a pipe, a journal runs: it is used", got)
    text, entries = stderr_is_journal_stream(), journal.take()
    tap.ok(text == "" and len(entries) == 1 and b"ALPND_REASON=alpn" in entries[0],
           "stderr is the journal's stream: an entry with fields", f"{text} {entries}")

    journal.sock.close()
    c = start(stderr="conn")        # its socket is there, and nobody behind it
    got = c.exchange(h.hello(protos=None))
    log = refused("alpn", KNOWN, detail="no ALPN extension")
    text = syslog_text()
    tap.ok(re.fullmatch(log.pattern(c), text),
           "the journal is dead: syslog, as alpnd, facility daemon", f"{got} {text}")
    shutil.rmtree(JOURNAL)
    text = stderr_is_journal_stream()
    tap.ok(text.startswith("<6>refused reason=alpn "),
           "stderr is the journal's stream, its socket is out of reach: stderr", text)


def stderr_is_journal_stream():
    """What comes on it."""
    stream, other = socket.socketpair()
    st = os.fstat(stream.fileno())
    env = dict(os.environ, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    p = subprocess.Popen([*ALPND, "-d", DIR], stdin=server, stdout=server, stderr=stream, env=env)
    client.sendall(h.hello(protos=None))
    p.wait(LIMIT)
    client.close()
    stream.close()
    return other.makefile().read()


def test_no_libsystemd():
    """Built without it, there is syslog only."""
    journal = Syslog(JOURNAL + "/socket")
    row("a journal runs, built without libsystemd",
        send=h.hello(protos=None),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", KNOWN, detail="no ALPN extension"))
    tap.same(journal.take(), [], "built without libsystemd: nothing to the journal")


tests = [test_bad_flags, test_help, test_version, test_no_socket, test_no_connection, test_pipes,
         test_socket_pair]
if PRIVATE_LOG:
    tests.append(test_no_libsystemd if "NO_SYSTEMD" in os.environ else test_journal)
run(*tests)
