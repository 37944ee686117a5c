#!/usr/bin/env python3
"""
server: busy mode, listening sockets from systemd-socket-activate and from inetd's "wait".
"""
import contextlib
import errno
import os
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + "/../lib"]

import hello
import pairs
import tap
from busy import (
    BINARY,
    LIMIT,
    PORT,
    SERVER,
    TMP,
    WANT,
    Notify,
    Server,
    children,
    connect,
    finish_handshake,
    listeners,
    read_end,
    set_up,
    speak,
    spoken,
    start_handshake,
    until,
    validate,
)
from oneshot import build_faults, can_be_others, context, send_hello


def test_basic():
    notify = Notify()
    s = Server("-i", "10", env=[f"NOTIFY_SOCKET={notify.path}"])
    tap.ok(validate(), "IPv4")
    tap.ok(validate(server="2001:db8::10"), "IPv6, the other socket")
    tap.ok(notify.has("READY=1"), "READY is told")
    tap.ok(
        s.wait_line(r"^served name=known.example.org peer=192\.0\.2\.7:\d+ tls="),
        "log line",
        s.lines(),
    )
    with connect() as c:
        c.sendall(hello.hello(name=b"unknown.example.org"))
        tap.same(c.recv(100), b"\x15\3\3\0\2\2\x70", "a refusal has its alert")
    until("status", lambda: notify.has(r"STATUS=2 served, 1 refused, 0 failed, 0 running"))
    tap.ok(True, "STATUS is told")
    WANT["new.example.org"] = pairs.make(TMP, "new.example.org")
    tap.ok(validate(name="new.example.org"), "a pair that was written now is served")
    for kind in ("crt", "key"):
        os.unlink(f"{TMP}/new.example.org.{kind}.pem")
    tap.ok(not validate(name="new.example.org"), "one that was removed now is not")
    with connect() as c:
        c.sendall(b"PROXY TCP4 192.0.2.200 192.0.2.1 4711 443\r\n" + hello.hello(protos=None))
        c.recv(100)
    tap.ok(
        s.wait_line(
            r"^refused reason=alpn name=\S+ client=192\.0\.2\.200:4711 " r"peer=192\.0\.2\.7:"
        ),
        "PROXY header",
    )
    tap.same(s.proc.wait(LIMIT), 0, "-i 10: it ends by itself, exit 0")
    tap.ok(
        not any(line.startswith(("error", "alpnd:")) for line in s.lines()),
        "no error in the log",
        s.lines(),
    )


def test_no_resumption():
    """A CA refuses a resumed validation (RFC 8737 does not foresee one)."""
    s = Server()
    for tls in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        c, session, reused = context(tls), None, []
        for _ in range(5):
            with connect() as sock, c.wrap_socket(
                sock, server_hostname="known.example.org", session=session
            ) as t:
                t.recv(1)
                reused.append(t.session_reused)
                session = t.session
        tap.same(reused, [False] * 5, f"no session of one child is taken by another, {tls.name}")
    s.stop()


def test_slots():
    """-m 8: silence gets no slot, eight slow clients get all; a source without one has its turn."""
    s = Server("-m", "8", "-t", "60")
    silent = [connect("192.0.2.100") for _ in range(20)]
    tap.ok(validate(), "20 silent connections: a validation from elsewhere succeeds", s.lines())
    until("no process", lambda: not children(s))
    tap.ok(True, "silent connections have no process")
    slow = [spoken("192.0.2.100") for _ in range(8)]
    until("eight running", lambda: len(children(s)) == 8)
    tap.ok(
        validate("192.0.2.120"),
        "all slots taken by slow clients: another source is served",
        s.lines(),
    )
    # which one depends on the children that have told by then that they have read all
    ended = select.select(slow, [], [], LIMIT)[0]
    tap.same([c.recv(1) for c in ended], [b""], "one slow client lost its process")
    tap.ok(s.wait_line(r"^refused reason=busy peer=192\.0\.2\.100:"), "the log says so", s.lines())
    for c in slow + silent:
        c.close()
    until("none running", lambda: not children(s))
    # clients that have sent a whole hello keep their process
    busy = [start_handshake("192.0.2.100") for _ in range(8)]
    late = send_hello(connect("192.0.2.121"), "known.example.org")
    tap.ok(
        all(finish_handshake(*b) for b in busy),
        "clients that have sent a hello are not ended for another source",
    )
    tap.ok(finish_handshake(*late), "the other source is served after them")
    tap.same(s.stop(), 0, "exit 0")


def test_room():
    """-t 60, room for a few clients: the source with the most waiting ones loses its newest."""
    limit = shutil.which("prlimit")
    s = Server("-t", "60", before=[limit, "--nofile=64:64"])
    tap.ok(validate(), "a limit of 64 open files: served")
    tap.ok(
        s.wait_line("leaves room for 30 waiting clients instead of 1024; raise it"),
        "a low limit is logged",
        s.lines(),
    )
    silent = [connect("192.0.2.100") for _ in range(40)]
    tap.ok(
        validate("192.0.2.120"),
        "room for 30, 40 silent connections of one source: another one is served",
        s.lines(),
    )
    ended = select.select(silent, [], [], 0)[0]
    tap.ok(
        10 <= len(ended) <= 11 and set(ended) <= set(silent[29:]),
        "the newest of the 40 were turned away",
        [silent.index(c) for c in ended],
    )
    for c in silent:
        c.close()
    s.stop()
    tap.ok(s.count("busy") in (10, 11), "the log has their number", s.lines())
    s = Server(before=[limit, "--nofile=32:32"])
    try:
        connect().close()
    except ConnectionResetError:
        pass  # it has ended already
    tap.same(s.proc.wait(LIMIT), 1, "no room at all: exit 1")
    tap.ok(
        s.wait_line(r"^alpnd: the limit of open files is too low .* raise it .* to 1058$"),
        "the log says why",
        s.lines(),
    )
    many = 'for fd in {5..60}; do eval "exec $fd</dev/null"; done; exec "$@"'
    s = Server(before=["bash", "-c", many, "-"])
    with contextlib.suppress(ConnectionResetError):
        connect().close()
    tap.same(s.proc.wait(LIMIT), 1, "56 files were passed besides the sockets: exit 1")
    tap.ok(s.wait_line("^alpnd: too many open files were passed"), "... and why", s.lines())


def burst(what, flags, sources, n=400):
    """n at once, all have spoken, 8 slots: they wait and are served, however slow that is."""
    s = Server("-m", "8", "-t", "60", *flags)
    header = b"PROXY UNKNOWN\r\n" if flags else b""
    clients = []
    for i in range(n):
        c = connect(sources[i % len(sources)])
        clients.append(send_hello(c, "known.example.org", header))
    good, errors = 0, []
    for client in clients:
        try:
            good += finish_handshake(*client)
        except OSError as e:
            errors.append(e)
    tap.same(good, n, f"{n} clients at once, 8 slots, {what}: all are served")
    s.stop()
    tap.ok(
        not any("busy" in line or "error" in line for line in s.lines()),
        f"{what}: none is refused",
        (errors[:5], [line for line in s.lines() if not line.startswith("served")][:20]),
    )


def test_bursts():
    burst("one source", [], ["192.0.2.100"])
    burst("a proxy", ["-p", "require"], ["192.0.2.100"])
    burst("100 sources", [], [f"192.0.2.{100 + i}" for i in range(100)])


def test_turns():
    """One slot, eight clients of a source, then one of another, elsewhere: sources take turns."""
    notify = Notify2()
    s = Server("-m", "1", "-p", "require", "-t", "60", env=[f"NOTIFY_SOCKET={notify.path}"])
    first = speak()
    until("running", lambda: children(s))
    older = [speak() for _ in range(7)]
    other = speak("2001:db8::10")
    until("all accepted", lambda: notify.has("1 running, 8 waiting"))
    tap.ok(finish_handshake(*first), "one slot: the first client of a source is served")
    tap.ok(finish_handshake(*older[0]), "the oldest client that waits is next")
    tap.ok(finish_handshake(*other), "then it is the turn of the other source")
    tap.ok(all(finish_handshake(*c) for c in older[1:]), "the others follow")
    s.stop()
    order = [re.search(r"peer=(\S+):", line)[1] for line in s.lines() if line.startswith("served")]
    tap.same(
        order, ["192.0.2.7"] * 2 + ["[2001:db8::10]"] + ["192.0.2.7"] * 6, "the log shows the turns"
    )


def test_reset():
    """A client that resets the connection while it waits for a slot still has its peer logged."""
    notify = Notify2()
    s = Server("-m", "1", "-v", "-t", "60", env=[f"NOTIFY_SOCKET={notify.path}"])
    first = speak()
    until("running", lambda: children(s))
    c = spoken("192.0.2.100")
    until("accepted", lambda: notify.has("1 running, 1 waiting"))
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
    finish_handshake(*first)
    tap.ok(
        s.wait_line(r"^(closed|refused reason=hung-up) .*peer=192\.0\.2\.100:"),
        "a reset connection that waited: the log has the peer",
        s.lines(),
    )
    # HAProxy's check with send-proxy-v2: a LOCAL header and the end
    with connect("192.0.2.101") as c:
        c.sendall(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")
    tap.ok(s.wait_line(r"^closed .*peer=192\.0\.2\.101:"), "a health check is closed", s.lines())
    until("told", lambda: notify.has(r"1 served, \d refused, 0 failed, 0 running, 0 waiting"))
    tap.same(
        sum(line.startswith("refused") for line in s.lines()),
        max(int(m) for said in notify.said for m in re.findall(r"served, (\d+) refused", said)),
        "STATUS does not count it as refused",
    )
    s.stop()


def test_ready():
    """What is held ready is never served once the files are others."""
    s = Server()
    name = "ready.example.org"
    served = []
    for i in range(12):
        WANT[name] = pairs.make(TMP, name, "rsa2048" if i == 5 else "p256")
        end = time.monotonic() + 0.3  # it is held 0.1 s after it was written
        good = validate(name=name) is not None
        while good and time.monotonic() < end:
            good = validate(name=name) is not None
        served.append(good)
    tap.same(
        served,
        [True] * 12,
        "a pair that is asked for all the time and rewritten: always the newest",
    )
    with open(f"{TMP}/{name}.key.pem", "w") as f:
        f.write("-----BEGIN PRIVATE KEY-----\n")
    with connect() as c:
        c.sendall(hello.hello(name=name.encode()))
        tap.same(c.recv(100), b"\x15\3\3\0\2\2\x50", "one that was damaged is not served any more")
    for kind in ("crt", "key"):
        os.unlink(f"{TMP}/{name}.{kind}.pem")
    with connect() as c:
        c.sendall(hello.hello(name=name.encode()))
        tap.same(c.recv(100), b"\x15\3\3\0\2\2\x70", "one that was removed is not known any more")
    s.stop()


def test_end(sig):
    """Both signals also reach the children: SIGTERM by systemd, SIGINT by Ctrl-C."""
    notify = Notify2()
    s = Server(env=[f"NOTIFY_SOCKET={notify.path}"])
    validate()
    under_way = [start_handshake(f"192.0.2.{100 + i}") for i in range(3)]
    for pid in [line.split()[0] for line in children(s)] + [s.proc.pid]:
        os.kill(int(pid), sig)
    until("STOPPING", lambda: notify.has("STOPPING=1"))
    tap.ok(s.proc.poll() is None, f"{sig.name}: it stays for the connections under way")
    tap.ok(all(finish_handshake(*u) for u in under_way), "... which are finished")
    tap.same(s.proc.wait(LIMIT), 0, "... then it ends, exit 0")
    tap.same(
        sum(line.startswith("served") for line in s.lines()),
        4,
        "... all served",
    )


class Notify2(Notify):
    def __init__(self):
        os.unlink(TMP + "/notify")
        super().__init__()


def test_watchdog():
    notify = Notify2()
    s = Server(env=[f"NOTIFY_SOCKET={notify.path}", "WATCHDOG_USEC=400000"])
    validate()
    until("two", lambda: notify.has("WATCHDOG=1") and notify.said.count("WATCHDOG=1") >= 2)
    tap.ok(True, "the watchdog is answered, and again")
    s.stop()
    notify = Notify2()
    s = Server(env=[f"NOTIFY_SOCKET={notify.path}", "WATCHDOG_USEC=3000000"])
    end = time.monotonic() + 4
    while time.monotonic() < end:  # something to tell every second
        validate()
    notify.has("x")
    tap.ok(notify.said.count("WATCHDOG=1") >= 2, "... under steady load, too", notify.said)
    s.stop()


def test_one_line_each():
    """Many connections, few slots: each has one line."""
    s = Server("-m", "2", "-p", "require")
    validate()
    for _ in range(150):
        with connect() as c:
            c.sendall(b"junk, and no PROXY header")
    until("none running", lambda: not children(s))
    s.stop()
    peers = [m[1] for m in (re.search(r"peer=(\S+)", line) for line in s.lines()) if m]
    tap.same(len(peers), len(set(peers)), "no connection has two lines")
    tap.ok(len(peers) >= 150, "each has one", len(peers))


def test_deadline():
    s = Server("-t", "1")
    validate()
    for what, client in (("silent", connect), ("slow", spoken)):
        with client("192.0.2.100") as c:
            tap.same(c.recv(1), b"", f"a {what} connection ends at its deadline")
            peer = f"192.0.2.100:{c.getsockname()[1]}"
        tap.ok(
            s.wait_line(f"^refused reason=timeout peer={peer} ms=[1-9][0-9]{{3,}}$"),
            f"{what}: the log line has the time",
            s.lines(),
        )
    s.stop()


def test_failed():
    """A connection whose process fails, or crashes, is counted and logged once."""
    notify = Notify2()
    s = Server("-t", "60", env=[f"NOTIFY_SOCKET={notify.path}"])
    name = "damaged.example.org"
    pairs.make(TMP, name)
    with open(f"{TMP}/{name}.key.pem", "w") as f:
        f.write("-----BEGIN PRIVATE KEY-----\n")
    tap.ok(validate(name=name) is None, "a damaged pair is not served")
    until("one failed", lambda: notify.has(r"0 served, 0 refused, 1 failed, 0 running"))
    tap.ok(True, "STATUS counts it as failed")
    with spoken("192.0.2.100") as c:
        until("one running", lambda: len(children(s)) == 1)
        os.kill(int(children(s)[0].split()[0]), signal.SIGKILL)
        tap.same(read_end(c), b"", "a process was killed: its connection ends")
    until("two failed", lambda: notify.has(r"0 served, 0 refused, 2 failed, 0 running"))
    tap.ok(True, "STATUS counts it as failed, too")
    tap.ok(
        s.wait_line(r'^error peer=192\.0\.2\.100:\d+ ms=\d+ detail="ended by signal 9: '),
        "the log names the signal",
        s.lines(),
    )
    s.stop()
    for kind in ("crt", "key"):
        os.unlink(f"{TMP}/{name}.{kind}.pem")


def test_heals():
    """What the server cannot mend ends it, with one line and exit 1; systemd starts it again."""
    cases = [("ppoll", "--nofile=0:0", [])]
    if can_be_others():
        cases.append(("fork", "--nproc=0:0", ["setpriv", "--reuid=65534", "--clear-groups"]))
    else:
        print("# fork: not tried, this user namespace has no other user, and root no such limit")
    for what, limit, before in cases:
        s = Server("-t", "60", before=before)
        tap.ok(validate(), f"{what}: served before")
        until("no process", lambda: not children(s))
        subprocess.run([*before, "prlimit", f"--pid={s.proc.pid}", limit], check=True)
        tap.ok(validate() is None, f"{what} fails: not served")
        tap.same(s.proc.wait(LIMIT), 1, f"{what} fails: exit 1")
        # before its ppoll(2), accept(2) may fail once, which only makes clients wait
        lines = [line for line in s.lines() if line.endswith("; the server ends")]
        tap.ok(
            len(lines) == 1
            and re.match(rf"^alpnd: ({what}|accept): .*; the server ends$", lines[0]),
            f"{what} fails: one line says so",
            s.lines(),
        )


def test_accept_fails():
    """accept(2) may fail because of one connection, or because a filter forbids it."""
    with open(BINARY, "rb") as f:
        if b"__asan_init" in f.read():
            print("# accept: not tried, ASan must be the first library")
            return
    shim = TMP + "/faults.so"
    build_faults(shim)
    for name in ("ENETDOWN", "EHOSTUNREACH", "EPROTO", "EOPNOTSUPP"):
        fault = f"FAULT=accept:1:{getattr(errno, name)}"
        s = Server("-t", "60", env=[f"LD_PRELOAD={shim}", fault])
        tap.ok(validate(), f"accept fails with {name}: served", s.lines())
        tap.same(s.stop(), 0, f"accept fails with {name}: exit 0")
    s = Server("-t", "60", env=[f"LD_PRELOAD={shim}", f"FAULT=accept:2:{errno.ENFILE}"])
    tap.ok(validate(), "no descriptor is left after the first client: it is served", s.lines())
    tap.ok(validate(), "... and the second, when the first has gone", s.lines())
    tap.same(s.stop(), 0, "... exit 0")
    s = Server("-t", "60", env=[f"LD_PRELOAD={shim}", f"FAULT=accept:2:{errno.ENFILE}"])
    silent = connect()
    tap.ok(validate(), "... and while the first says nothing", s.lines())
    silent.close()
    tap.same(s.stop(), 0, "... exit 0")
    line = "alpnd: accept: Too many open files in system; new connections wait"
    tap.ok(line in s.lines(), "... the log says so", s.lines())
    s = Server("-t", "60", env=[f"LD_PRELOAD={shim}", f"FAULT=fork:2:{errno.EAGAIN}"])
    with connect() as c:
        c.sendall(b"\x16")
        until("one running", lambda: children(s))
        tap.ok(validate(), "fork fails, and no child ends: served all the same", s.lines())
        line = "alpnd: fork: Resource temporarily unavailable; clients wait"
        tap.ok(line in s.lines(), "... the log says so", s.lines())
    s.stop()
    # the listening socket is always ready, as in a flood: ppoll(2) delivers no signal
    notify = Notify2()
    fault = f"FAULT=accept:0:{errno.ECONNABORTED}"
    s = Server("-i", "0", env=[f"LD_PRELOAD={shim}", fault, f"NOTIFY_SOCKET={notify.path}"])
    with connect():
        until("READY", lambda: notify.has("READY=1"))
        s.proc.send_signal(signal.SIGTERM)
        until("STOPPING", lambda: notify.has("STOPPING=1"))
        tap.same(s.proc.wait(LIMIT), 0, "a flood, and SIGTERM: exit 0")
    s = Server("-t", "60", env=[f"LD_PRELOAD={shim}", f"FAULT=accept:1:{errno.EPERM}"])
    tap.ok(validate() is None, "a filter forbids accept: not served")
    tap.same(s.proc.wait(LIMIT), 1, "a filter forbids accept: exit 1")
    line = "alpnd: accept: Operation not permitted; the server ends"
    tap.ok(line in s.lines(), "a filter forbids accept: one line says so", s.lines())


def test_inetd_wait():
    with open(TMP + "/inetd.conf", "w") as f:
        f.write(f"{SERVER}:{PORT} stream tcp4 wait.10000 root {BINARY} alpnd -d {TMP} -i 1\n")
    notify = Notify2()  # of Debian's inetd.service, which is of Type=notify
    p = subprocess.Popen(
        ["inetd", "-i", TMP + "/inetd.conf"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(os.environ, NOTIFY_SOCKET=notify.path, SYSTEMD_EXEC_PID="1"),
    )
    until("listening", listeners)
    tap.ok(validate(), "inetd, wait: served")
    pid = subprocess.run(
        ["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE, text=True
    ).stdout.split()
    tap.ok(validate(), "inetd, wait: served again")
    tap.ok(
        pid
        and not os.path.samestat(os.stat(f"/proc/{pid[0]}/fd/1"), os.stat(f"/proc/{pid[0]}/fd/3"))
        and os.readlink(f"/proc/{pid[0]}/fd/0") == "/dev/null",
        "... the listening socket has left fd 0, 1 and 2",
    )
    tap.same(
        subprocess.run(
            ["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE, text=True
        ).stdout.split(),
        pid,
        "... by the same server",
    )
    until(
        "idle exit",
        lambda: not subprocess.run(["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE).stdout,
    )
    tap.ok(not notify.has("STATUS|STOPPING"), "... alpnd does not notify in its name", notify.said)
    tap.ok(validate(), "... which inetd starts again after it has ended")
    os.killpg(p.pid, signal.SIGTERM)
    p.wait()
    for child in subprocess.run(
        ["pgrep", "-f", f"^alpnd -d {TMP}"], stdout=subprocess.PIPE, text=True
    ).stdout.split():
        with contextlib.suppress(ProcessLookupError):  # ends by itself after a second
            os.kill(int(child), signal.SIGTERM)
    until(
        "port free",
        lambda: not subprocess.run(
            ["ss", "-Hltn", f"sport = :{PORT}"], stdout=subprocess.PIPE
        ).stdout,
    )


def test_connection_passed():
    """Accept=yes without StandardInput=socket: the connection is fd 3."""
    p = subprocess.Popen(
        ["systemd-socket-activate", "--accept", "-l", f"{SERVER}:{PORT}", BINARY, "-d", TMP],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until("listening", listeners)
    tap.ok(validate(), "one connection passed as fd 3 is served")
    p.terminate()
    p.wait()


def main():
    set_up()
    test_basic()
    test_no_resumption()
    test_slots()
    test_room()
    test_bursts()
    test_turns()
    test_reset()
    test_ready()
    test_end(signal.SIGTERM)
    test_end(signal.SIGINT)
    test_watchdog()
    test_one_line_each()
    test_deadline()
    test_failed()
    test_heals()
    test_accept_fails()
    test_inetd_wait()
    test_connection_passed()
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
