"""busy: a server in busy mode, and its clients.  Run in lib/isolate.sh net: the server is
192.0.2.10 and 2001:db8::10, clients are 192.0.2.100 and up."""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lib")

import pairs
from oneshot import ALPND, begin_handshake, context, end_handshake, send_hello
from waiting import LIMIT, LOGS, until

TMP = tempfile.mkdtemp(prefix="alpnd-server.")
os.chmod(TMP, 0o755)  # for a server that is not root
BINARY = ALPND[-1]
PORT = 10443
SERVER = "192.0.2.10"
WANT = {}  # certificates, DER, by name


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


def listeners():
    command = ["ss", "-Hltn", f"sport = :{PORT}"]
    return subprocess.run(command, stdout=subprocess.PIPE).stdout


class Server:
    def __init__(self, *flags, env=(), before=()):
        self.log = tempfile.TemporaryFile("w+")
        LOGS.append(("alpnd " + " ".join(flags), self.log))
        # systemd-socket-activate leaves little of the environment
        if "ASAN_OPTIONS" in os.environ:
            env = [*env, "ASAN_OPTIONS=" + os.environ["ASAN_OPTIONS"]]
        env = [f"-E{e}" for e in env]
        # a loader that the last server killed may not have ended yet
        until("the port is free", lambda: not listeners())
        self.proc = subprocess.Popen(
            [
                "systemd-socket-activate",
                "-l",
                f"{SERVER}:{PORT}",
                "-l",
                f"[2001:db8::10]:{PORT}",
                *env,
                *before,
                BINARY,
                "-d",
                TMP,
                *flags,
            ],
            stdin=subprocess.DEVNULL,
            stderr=self.log,
        )
        until("listening", lambda: b"2001" in listeners())

    def lines(self):
        self.log.seek(0)
        return [
            line
            for line in self.log.read().splitlines()
            if re.match("served|refused|closed|error|alpnd:", line)
        ]

    def count(self, reason):
        """Connections in the lines of a reason."""
        return sum(
            int((re.search(r"count=(\d+)", line) or [0, 1])[1])
            for line in self.lines()
            if reason in line
        )

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
                good = (
                    t.selected_alpn_protocol() == "acme-tls/1"
                    and t.getpeercert(True) == WANT[name]
                    and t.recv(1) == b""
                )
        return time.monotonic() - start if good else None
    except OSError:
        return None


def spoken(source):
    """A connection that has sent one byte: it gets a process, which waits for the rest."""
    c = connect(source)
    c.send(b"\x16")
    return c


def read_end(c):
    """What comes; b"" also for a reset: a killed process may not have read all that was sent."""
    try:
        return c.recv(1)
    except ConnectionResetError:
        return b""


def speak(server=SERVER):
    """PROXY header and ClientHello are sent, no answer was read: for finish_handshake."""
    return send_hello(connect(server=server), "known.example.org", b"PROXY UNKNOWN\r\n")


def children(s):
    out = subprocess.run(
        ["ps", "--ppid", str(s.proc.pid), "-o", "pid=,stat="], stdout=subprocess.PIPE, text=True
    ).stdout
    return [line for line in out.splitlines() if "Z" not in line]


def start_handshake(source):
    """It has a place that nobody may take."""
    return begin_handshake(connect(source), "known.example.org")


def finish_handshake(c, *half):
    good = end_handshake(c, *half) == WANT["known.example.org"]
    c.close()
    return good


def set_up():
    """Addresses for 100 clients, and a pair."""
    for i in range(100):
        subprocess.run(["ip", "addr", "add", f"192.0.2.{100 + i}/32", "dev", "lo"], check=True)
    WANT["known.example.org"] = pairs.make(TMP, "known.example.org")
