#!/usr/bin/env python3
"""
server: busy hosts, listening sockets from systemd-socket-activate and from
inetd's "wait".  Run in lib/netns.sh: the server is 192.0.2.10 and
2001:db8::10, clients are 192.0.2.100 and up.
"""
import hashlib
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/lib")

import hello
import pairs
import tap
from oneshot import ALPND, begin_handshake, context, end_handshake, send_hello

TMP = tempfile.mkdtemp(prefix="alpnd-server.")
BINARY = os.path.abspath(ALPND[0])
PORT = 10443
SERVER = "192.0.2.10"
LIMIT = 20


def until(what, cond, limit=LIMIT):
    end = time.monotonic() + limit
    while not cond():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


class Notify:
    """The service manager's end of sd_notify(3)."""

    def __init__(self):
        self.path = TMP + "/notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.sock.setblocking(False)
        self.said = []

    def has(self, pattern):
        try:
            while True:
                self.said.append(self.sock.recv(4096).decode())
        except BlockingIOError:
            pass
        return any(re.search(pattern, s) for s in self.said)


class Server:
    def __init__(self, *flags, env=()):
        self.log = tempfile.TemporaryFile("w+")
        env = [f"-E{e}" for e in env]
        self.proc = subprocess.Popen(["systemd-socket-activate", "-l", f"{SERVER}:{PORT}", "-l", f"[2001:db8::10]:{PORT}",
                                      *env, BINARY, "-d", TMP, *flags], stdin=subprocess.DEVNULL, stderr=self.log)
        until("listening", lambda: b"2001" in subprocess.run(["ss", "-Hltn", f"sport = :{PORT}"],
                                                             stdout=subprocess.PIPE).stdout)

    def lines(self):
        self.log.seek(0)
        return [line for line in self.log.read().splitlines() if re.match("served|refused|closed|error|alpnd:", line)]

    def wait_line(self, pattern):
        try:
            until(pattern, lambda: any(re.search(pattern, line) for line in self.lines()))
            return True
        except TimeoutError:
            return False

    def stop(self):
        if self.proc.poll() is None:
            self.proc.terminate()
        return self.proc.wait(LIMIT + 60)


def connect(source=None, server=SERVER):
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET)
    if source:
        s.bind((source, 0))
    s.settimeout(LIMIT)
    s.connect((server, PORT))
    return s


def validate(source=None, server=SERVER, name="known.example.org", session=None, tls=None):
    """A good validation; seconds it took, or None."""
    start = time.monotonic()
    try:
        with connect(source, server) as s:
            c = context(tls)
            with c.wrap_socket(s, server_hostname=name) as t:
                good = t.selected_alpn_protocol() == "acme-tls/1" and t.getpeercert(True) == WANT[name]
                good = good and t.recv(1) == b""
        return time.monotonic() - start if good else None
    except OSError:
        return None


def test_basic():
    notify = Notify()
    s = Server("-i", "2", env=[f"NOTIFY_SOCKET={notify.path}"])
    tap.ok(validate(), "IPv4")
    tap.ok(validate(server="2001:db8::10"), "IPv6, the other socket")
    tap.ok(notify.has("READY=1"), "READY is told")
    tap.ok(s.wait_line(r"^served name=known.example.org peer=192\.0\.2\.7:\d+ tls="), "log line", s.lines())
    with connect() as c:
        c.sendall(hello.hello(name=b"unknown.example.org"))
        tap.same(c.recv(100), b"\x15\3\3\0\2\2\x70", "a refusal has its alert")
    until("status", lambda: notify.has(r"STATUS=2 served, 1 refused, 0 running"))
    tap.ok(True, "STATUS is told")
    WANT["new.example.org"] = pairs.make(TMP, "new.example.org")
    tap.ok(validate(name="new.example.org"), "a pair that was written now is served")
    for kind in ("crt", "key"):
        os.unlink(f"{TMP}/new.example.org.{kind}.pem")
    tap.ok(not validate(name="new.example.org"), "one that was removed now is not")
    with connect() as c:
        c.sendall(b"PROXY TCP4 192.0.2.200 192.0.2.1 4711 443\r\n" + hello.hello(protos=None))
        c.recv(100)
    tap.ok(s.wait_line(r"^refused reason=alpn name=\S+ client=192\.0\.2\.200:4711 peer=192\.0\.2\.7:"), "PROXY header")
    start = time.monotonic()
    tap.same(s.proc.wait(LIMIT), 0, "it ends by itself, exit 0")
    tap.ok(1 < time.monotonic() - start < 6, "... after -i seconds without a connection", time.monotonic() - start)
    tap.ok(not any(line.startswith(("error", "alpnd:")) for line in s.lines()), "no error in the log", s.lines())


def test_no_resumption():
    """A CA refuses a resumed validation (RFC 8737 does not foresee one)."""
    s = Server()
    for tls in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        c, session, reused = context(tls), None, []
        for _ in range(5):
            with connect() as sock, c.wrap_socket(sock, server_hostname="known.example.org", session=session) as t:
                t.recv(1)
                reused.append(t.session_reused)
                session = t.session
        tap.same(reused, [False] * 5, f"no session of one child is taken by another, {tls.name}")
    s.stop()


def test_places():
    """-m 8: a share is 2.  Then who takes all places."""
    s = Server("-m", "8")
    tap.ok(validate(), "up")
    # two of one source; the third makes the first go once that had time to speak, and is closed before
    own = [connect("192.0.2.100") for _ in range(2)]
    oldest = own[0]

    def makes_room():
        own.append(connect("192.0.2.100"))
        return oldest in select.select([oldest, own[-1]], [], [], LIMIT)[0]
    until("room", makes_room)
    tap.same(oldest.recv(1), b"", "a source over its share: its oldest silent connection makes room")
    tap.ok(s.wait_line(r"^refused reason=busy peer=192\.0\.2\.100:"), "... and the log says so", s.lines())
    ages = [int(m[1]) for m in (re.search(r"reason=busy peer=192\.0\.2\.100:\d+ ms=(\d+)", line) for line in s.lines()) if m]
    tap.ok(all(a == 0 or a >= 100 for a in ages), "... not before it has had 0.1 s to speak", ages)
    for c in own[2:-1]:
        c.close()
    own = [own[1], own[-1]]
    # six more sources: all eight places are taken by silence
    more = [connect(f"192.0.2.{101 + i}") for i in range(6)]
    until("eight running", lambda: len(children(s)) == 8)
    took = validate("192.0.2.120")
    tap.ok(took is not None and took < 1, "all places taken by silence: a validation from elsewhere succeeds", took)
    tap.same(own[0].recv(1), b"", "... the oldest of all made room")
    for c in own + more:
        c.close()
    # a source whose connections have all sent a hello keeps them
    until("none running", lambda: not children(s))
    busy = [start_handshake("192.0.2.100") for _ in range(2)]
    with connect("192.0.2.100") as third:
        try:
            tap.same(third.recv(1), b"", "a source with all its places at work: the next one is closed")
        except ConnectionResetError:
            tap.ok(True, "a source with all its places at work: the next one is closed")
    took = validate("192.0.2.121")
    tap.ok(took is not None and took < 1, "... others are served", took)
    tap.ok(all(finish_handshake(*b) for b in busy), "... and its own go on to the end")
    tap.same(s.stop(), 0, "exit 0")


def speak(server=SERVER):
    """PROXY header and ClientHello are sent, no answer was read: for finish_handshake."""
    return send_hello(connect(server=server), "known.example.org", b"PROXY UNKNOWN\r\n")


def test_burst():
    """100 at once, who have all spoken: nobody makes room for another because his process had no time to read."""
    s = Server("-m", "8", "-p", "require")
    tap.ok(validate() is None, "no PROXY header: refused")
    clients = [speak() for _ in range(100)]
    good = 0
    for client in clients:
        try:
            good += finish_handshake(*client)
        except OSError:
            pass
    tap.same(good, 100, "100 clients at once, 8 places: they wait, all are served")
    s.stop()
    tap.ok(not any("busy" in line for line in s.lines()), "... and none made room", s.lines())


def test_listeners():
    """Two listeners, one place, clients of one who never end: the other has its turn."""
    s = Server("-m", "1", "-p", "require", "-t", "1")
    stalled = [speak() for _ in range(8)]
    start = time.monotonic()
    tap.ok(finish_handshake(*speak("2001:db8::10")), "a busy listener does not keep another from its turn")
    tap.ok(time.monotonic() - start < 4, "... which comes after the first, or the second", time.monotonic() - start)
    for c in stalled:
        c[0].close()
    s.stop()


def test_ready():
    """What is held ready is never served once the files are others."""
    s = Server()
    name = "ready.example.org"
    served = []
    for i in range(12):
        WANT[name] = pairs.make(TMP, name, "rsa2048" if i == 5 else "p256")
        end = time.monotonic() + 0.3        # it is held 0.1 s after it was written
        good = validate(name=name) is not None
        while good and time.monotonic() < end:
            good = validate(name=name) is not None
        served.append(good)
    tap.same(served, [True] * 12, "a pair that is asked for all the time and rewritten: always the newest")
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


def test_silent_flood():
    """200 silent connections from one address; a validation from another in under a second."""
    s = Server()
    validate()
    silent = [connect("192.0.2.100") for _ in range(200)]
    took = [validate(f"192.0.2.{110 + i}") for i in range(5)]
    tap.ok(all(t is not None and t < 1 for t in took), "during 200 silent connections of another, each in under a second",
           took)
    tap.ok(len(children(s)) <= 16 + 5, "they have their share and no more", len(children(s)))
    print("# validations took " + " ".join(f"{t * 1000:.0f} ms" for t in took if t))
    for c in silent:
        c.close()
    s.stop()


def children(s):
    out = subprocess.run(["ps", "--ppid", str(s.proc.pid), "-o", "pid=,stat="], stdout=subprocess.PIPE, text=True).stdout
    return [line for line in out.splitlines() if "Z" not in line]


def start_handshake(source):
    """It has a place that nobody may take."""
    return begin_handshake(connect(source), "known.example.org")


def finish_handshake(c, *half):
    good = end_handshake(c, *half) == WANT["known.example.org"]
    c.close()
    return good


def test_term():
    notify = Notify2()
    s = Server(env=[f"NOTIFY_SOCKET={notify.path}"])
    validate()
    under_way = [start_handshake(f"192.0.2.{100 + i}") for i in range(3)]
    s.proc.send_signal(signal.SIGTERM)
    until("STOPPING", lambda: notify.has("STOPPING=1"))
    tap.ok(s.proc.poll() is None, "SIGTERM: it stays for the connections under way")
    tap.ok(all(finish_handshake(*u) for u in under_way), "... which are finished")
    tap.same(s.proc.wait(LIMIT), 0, "... then it ends, exit 0")
    tap.same(sum(line.startswith("served") for line in s.lines()), 4, "... all served", )


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
    while time.monotonic() < end:       # something to tell every second
        validate()
    notify.has("x")
    tap.ok(notify.said.count("WATCHDOG=1") >= 2, "... under steady load, too", notify.said)
    s.stop()


def test_one_line_each():
    """Many connections, few places: each has one line and is counted once."""
    s = Server("-m", "2", "-p", "require")
    validate()
    for _ in range(150):
        with connect() as c:
            c.sendall(b"junk, and no PROXY header")
    until("none running", lambda: not children(s))
    s.stop()
    peers = [m[1] for m in (re.search(r"peer=(\S+)", line) for line in s.lines()) if m]
    tap.same(len(peers), len(s.lines()), "every line has its peer")
    twice = len(peers) - len(set(peers))
    tap.ok(twice <= 2, "one line for each connection", f"{twice} of {len(peers)} twice")


def test_deadline():
    s = Server("-t", "1")
    validate()
    start = time.monotonic()
    with connect() as c:
        tap.same(c.recv(1), b"", "a silent connection ends")
    tap.ok(0.9 < time.monotonic() - start < 2.5, "... at its deadline", time.monotonic() - start)
    tap.ok(s.wait_line("^refused reason=timeout peer="), "... and is logged")
    s.stop()


def test_inetd_wait():
    with open(TMP + "/inetd.conf", "w") as f:
        f.write(f"{SERVER}:{PORT} stream tcp4 wait.10000 root {BINARY} alpnd -d {TMP} -i 1\n")
    p = subprocess.Popen(["inetd", "-i", TMP + "/inetd.conf"], stdin=subprocess.DEVNULL, start_new_session=True)
    until("listening", lambda: subprocess.run(["ss", "-Hltn", f"sport = :{PORT}"], stdout=subprocess.PIPE).stdout)
    tap.ok(validate(), "inetd, wait: served")
    pid = subprocess.run(["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    tap.ok(validate(), "inetd, wait: served again")
    tap.ok(pid and not os.path.samestat(os.stat(f"/proc/{pid[0]}/fd/1"), os.stat(f"/proc/{pid[0]}/fd/3")) and
           os.readlink(f"/proc/{pid[0]}/fd/0") == "/dev/null", "... the listening socket has left fd 0, 1 and 2")
    tap.same(subprocess.run(["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE, text=True).stdout.split(), pid,
             "... by the same server")
    until("idle exit", lambda: not subprocess.run(["pgrep", "-P", str(p.pid)], stdout=subprocess.PIPE).stdout)
    tap.ok(validate(), "... which inetd starts again after it has ended")
    os.killpg(p.pid, signal.SIGTERM)
    p.wait()
    for child in subprocess.run(["pgrep", "-f", f"^alpnd -d {TMP}"], stdout=subprocess.PIPE, text=True).stdout.split():
        os.kill(int(child), signal.SIGTERM)
    until("port free", lambda: not subprocess.run(["ss", "-Hltn", f"sport = :{PORT}"], stdout=subprocess.PIPE).stdout)


def test_connection_passed():
    """Accept=yes without StandardInput=socket: the connection is fd 3."""
    p = subprocess.Popen(["systemd-socket-activate", "--accept", "-l", f"{SERVER}:{PORT}", BINARY, "-d", TMP],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until("listening", lambda: subprocess.run(["ss", "-Hltn", f"sport = :{PORT}"], stdout=subprocess.PIPE).stdout)
    tap.ok(validate(), "one connection passed as fd 3 is served")
    p.terminate()
    p.wait()


def main():
    global WANT
    for i in range(30):
        subprocess.run(["ip", "addr", "add", f"192.0.2.{100 + i}/32", "dev", "lo"], check=True)
    WANT = {"known.example.org": pairs.make(TMP, "known.example.org")}
    test_basic()
    test_no_resumption()
    test_places()
    test_burst()
    test_listeners()
    test_ready()
    test_silent_flood()
    test_term()
    test_watchdog()
    test_one_line_each()
    test_deadline()
    test_inetd_wait()
    test_connection_passed()
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
