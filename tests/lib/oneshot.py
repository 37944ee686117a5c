"""oneshot: the real alpnd on a real TCP connection, as a super-server starts it."""
import fcntl
import os
import socket
import ssl
import struct
import subprocess
import termios
import time

# WRAP: what runs it, as valgrind or an emulator
ALPND = [*os.environ.get("WRAP", "").split(), os.path.abspath(os.environ.get("ALPND", "./alpnd"))]
SLOW = int(os.environ.get("SLOW", "1"))     # under valgrind: fewer and longer
LIMIT = 120 * SLOW                          # seconds until a test gives up: something hangs


def can_be_others():
    """Root of a user namespace of lib/isolate.sh has no other user to become."""
    with open("/proc/self/setgroups") as f:
        return os.geteuid() == 0 and f.read().strip() == "allow"


class Result:
    """What a client and an operator see of one connection."""

    def __init__(self, wire, log, status):
        self.wire, self.log, self.status = wire, log, status

    def __repr__(self):
        return f"wire {self.wire[:40].hex()!r} log {self.log!r} exit {self.status}"


class Syslog:
    """The other end of syslog(3), or of the journal: a datagram socket."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.sock.setblocking(False)

    def take(self):
        out = []
        while True:
            try:
                out.append(self.sock.recv(65536))
            except BlockingIOError:
                return out


class Conn:
    """One alpnd and its client.  stderr: 'pipe', 'conn' (as inetd does) or 'closed'."""

    def __init__(self, *flags, certdir=None, stderr="pipe", family=socket.AF_INET, env=None,
                 user=None, binary=None, pass_fds=()):
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        with socket.socket(family, socket.SOCK_STREAM) as lst:
            lst.bind((host, 0))
            lst.listen(1)
            self.client = socket.create_connection((host, lst.getsockname()[1]), LIMIT)
            self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # kept open to the end, as systemd keeps its copy
            self.server, _ = lst.accept()
        name = self.client.getsockname()
        host = f"[{name[0]}]" if family == socket.AF_INET6 else name[0]
        self.peer = f"{host}:{name[1]}"
        argv = (binary or ALPND) + (["-d", certdir] if certdir else []) + list(flags)
        self.errpath = None
        err = {"pipe": subprocess.PIPE, "conn": self.server, "closed": None}[stderr]

        def child():
            if stderr == "closed":
                os.close(2)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)

        need_child = stderr == "closed" or user is not None
        full = dict(os.environ)
        full.update(env or {})
        self.proc = subprocess.Popen(argv, stdin=self.server, stdout=self.server, stderr=err,
                                     env=full,
                                     pass_fds=pass_fds, preexec_fn=child if need_child else None)

    def consumed(self):
        """Wait until alpnd has read all that was sent: no sleeps, no guesses."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                return
            out = struct.unpack("i", fcntl.ioctl(self.client, termios.TIOCOUTQ, b"\0" * 4))[0]
            here = struct.unpack("i", fcntl.ioctl(self.server, termios.FIONREAD, b"\0" * 4))[0]
            if out == 0 and here == 0:
                return
        raise TimeoutError("alpnd does not read")

    def send(self, data, cuts=()):
        """Send; at every cut wait until alpnd has read what is before it."""
        last = 0
        for cut in list(cuts) + [len(data)]:
            try:
                self.client.sendall(data[last:cut])
            except (BrokenPipeError, ConnectionResetError):
                return      # it has decided already
            if cut != len(data):
                self.consumed()
            last = cut

    def read_all(self):
        """All bytes to the end; a reset is an end, too, and so is the end of alpnd: if it does
        not shut the connection down, our copy of it stays open."""
        out, end = b"", time.monotonic() + LIMIT
        self.client.settimeout(1)
        while True:
            gone = self.proc.poll() is not None     # asked first: all that it sent is there
            try:
                b = self.client.recv(65536)
            except ConnectionResetError:
                return out
            except TimeoutError:
                if gone:
                    return out
                if time.monotonic() > end:
                    raise
                continue
            if not b:
                return out
            out += b

    def finish(self, wire=None):
        """The end of it: wire bytes (read here unless given), log lines, exit status."""
        if wire is None:
            wire = self.read_all()
        _, err = self.proc.communicate(timeout=LIMIT)
        self.client.close()
        self.server.close()
        return Result(wire, (err or b"").decode("ascii"), self.proc.returncode)

    def exchange(self, data, cuts=(), half_close=False):
        self.send(data, cuts)
        if half_close:
            self.client.shutdown(socket.SHUT_WR)
        return self.finish()


def build_faults(path):
    """Compile session/faults.c into path, for LD_PRELOAD."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../session/faults.c")
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-D_GNU_SOURCE", "-fPIC", "-shared",
                    "-o", path, source, "-ldl"], check=True)


def context(tls=None, alpn=("acme-tls/1",), verify=False):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if alpn:
        c.set_alpn_protocols(list(alpn))
    if tls:
        c.minimum_version = c.maximum_version = tls
    return c


class Handshake:
    """A TLS client in memory, so that the test has every byte in hand."""

    def __init__(self, name, tls=None, alpn=("acme-tls/1",), verify=False):
        self.inb, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context(tls, alpn, verify).wrap_bio(self.inb, self.out, server_hostname=name)
        self.error = None
        self.step()

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as e:
            self.error = e
            return True

    def run(self, conn, prefix=b"", cuts=(), reframe=None):
        """Complete it over conn.  Returns (error, DER certificate)."""
        first = self.out.read()
        if reframe:
            first = reframe(first)
        conn.send(prefix + first, cuts)
        while True:
            ended = self.step()
            pending = self.out.read()
            if pending:
                conn.client.sendall(pending)
            if ended:
                break
            data = conn.client.recv(65536)
            if data:
                self.inb.write(data)
            else:
                self.inb.write_eof()
        if self.error:
            return self.error, None
        return None, self.tls.getpeercert(True)

    def ended_well(self, conn):
        """Did the server send close_notify, then FIN?"""
        self.inb.write(conn.read_all())
        self.inb.write_eof()
        try:
            return self.tls.read(1) == b""
        except ssl.SSLZeroReturnError:
            return True
        except ssl.SSLError:
            return False


def send_hello(c, name, header=b""):
    """The hello alone, on the socket c, after a header; for end_handshake."""
    inb, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    t = context().wrap_bio(inb, out, server_hostname=name)
    try:
        t.do_handshake()
    except ssl.SSLWantReadError:
        c.sendall(header + out.read())
    return c, t, inb, out


def begin_handshake(c, name):
    """Half a handshake on the socket c: the hello is sent, the answer has begun."""
    half = send_hello(c, name)
    half[2].write(c.recv(65536))
    return half


def end_handshake(c, t, inb, out):
    """The other half; returns the certificate, DER."""
    while True:
        try:
            t.do_handshake()
            break
        except ssl.SSLWantReadError:
            data = c.recv(65536)
            if not data:
                raise ConnectionError("closed amid the handshake")
            inb.write(data)
    c.sendall(out.read())
    return t.getpeercert(True)
