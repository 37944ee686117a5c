"""
peers: what may answer for a name: alpnd behind several super-servers, web
servers, HAProxy, openssl s_server, bytes that no program sends on purpose, and
a name server.  All of them listen on SERVER and SERVER6.
"""
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading

from waiting import LIMIT, LOGS, until

TMP = tempfile.mkdtemp(prefix="alpnd-check.")
ALPND = os.path.abspath(os.environ["ALPND"])
SERVER, SERVER6 = "192.0.2.10", "2001:db8::10"
WEB = (TMP + "/web.crt", TMP + "/web.key")  # a web server's certificate and key
RUNNING = []


def run(*argv, **kw):
    return subprocess.run(
        argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw
    ).stdout.decode()


def free_port():
    with socket.socket(socket.AF_INET6) as s:  # for both families
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", 0))
        return s.getsockname()[1]


def listeners(port):
    return len(run("ss", "-Hltn", f"sport = :{port}").splitlines())


class Server:
    """A program that listens on port, on so many addresses; its output is kept."""

    def __init__(self, port, *argv, addresses=1):
        self.port, want = port, listeners(port) + addresses
        self.log = tempfile.TemporaryFile("w+")
        self.proc = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        RUNNING.append(self.proc)
        LOGS.append((argv[0], self.log))
        until(
            f"{argv[0]} on port {port}",
            lambda: listeners(port) >= want or self.proc.poll() is not None,
        )
        if self.proc.poll() is not None:
            raise RuntimeError(self.text())

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.proc.terminate()
        self.proc.wait(LIMIT)


def alpnd(certdir, *flags, port=None, listen=(SERVER, f"[{SERVER6}]")):
    port = port or free_port()
    return Server(
        port,
        "systemd-socket-activate",
        *(f"-l{a}:{port}" for a in listen),
        ALPND,
        "-d",
        certdir,
        *flags,
        addresses=len(listen),
    )


def alpnd_tcpserver(certdir):
    port = free_port()
    return Server(port, "tcpserver", "-HRl0", SERVER, str(port), ALPND, "-d", certdir)


def nginx(cert, key, host=SERVER, port=None):
    """An ordinary web server, on port with TLS, on the next one without."""
    port, plain = port or free_port(), free_port()
    d = tempfile.mkdtemp(dir=TMP)
    with open(d + "/nginx.conf", "w") as f:
        f.write(
            f"""daemon off; master_process off; user root; pid {d}/pid; error_log {d}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {d}/1; proxy_temp_path {d}/2; fastcgi_temp_path {d}/3;
    uwsgi_temp_path {d}/4; scgi_temp_path {d}/5;
    server {{ listen {host}:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key}; }}
    server {{ listen {host}:{plain}; }}
}}
"""
        )
    s = Server(port, "nginx", "-c", d + "/nginx.conf", "-p", d)
    s.plain = plain
    return s


def lighttpd(cert, acme):
    port, d = free_port(), tempfile.mkdtemp(dir=TMP)
    with open(d + "/conf", "w") as f:
        f.write(
            f"""server.modules = ( "mod_openssl" )
server.document-root = "{d}"
server.bind = "{SERVER}"
server.port = {port}
ssl.engine = "enable"
ssl.pemfile = "{cert}"
"""
            + (f'ssl.acme-tls-1 = "{acme}"\n' if acme else "")
        )
    return Server(port, "lighttpd", "-D", "-f", d + "/conf")


def haproxy_with(mode, listen):
    """HAProxy in that mode, with the lines of its section listen, of which the first is bind."""
    port, d = free_port(), tempfile.mkdtemp(dir=TMP)
    with open(d + "/conf", "w") as f:
        f.write(
            f"""global
    nbthread 1
defaults
    mode {mode}
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    retries 0
listen tls
    bind {SERVER}:{port} {listen}
"""
        )
    return Server(port, "haproxy", "-db", "-f", d + "/conf")


def haproxy(*backends):
    servers = (f"\n    server s{i} {SERVER}:{b}" for i, b in enumerate(backends))
    return haproxy_with("tcp", "\n    balance roundrobin" + "".join(servers))


def haproxy_tls(pem):
    """A proxy in front that ends TLS, and has acme-tls/1 in its list."""
    return haproxy_with("http", f"ssl crt {pem} alpn acme-tls/1,http/1.1")


def s_server(*flags, pair=None):
    port, (cert, key) = free_port(), pair or WEB
    return Server(
        port,
        "openssl",
        "s_server",
        "-accept",
        f"{SERVER}:{port}",
        "-cert",
        cert,
        "-key",
        key,
        *flags,
    )


class Peer:
    """Sends what no program sends on purpose in answer to the ClientHello, then ends or waits."""

    def __init__(self, answer=b"", then="close"):
        self.answer, self.then, self.held = answer, then, []
        self.sock = socket.create_server((SERVER, 0), backlog=64)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            c, _ = self.sock.accept()
            self.hello = c.recv(65536)
            c.sendall(self.answer)
            if self.then == "reset":
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if self.then == "hold":
                self.held.append(c)
            elif self.then == "endless":
                threading.Thread(target=self.go_on, args=(c,), daemon=True).start()
            else:
                c.close()

    def go_on(self, c):
        try:
            while True:
                c.sendall(self.answer)
        except OSError:
            c.close()


def children(pid):
    """Those of a process that are alpnd-check."""
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        pids = f.read().split()
    return [int(p) for p in pids if open(f"/proc/{p}/comm").read() == "alpnd-check\n"]


class Resolver:
    """
    A name server with one answer for all: 3 is NXDOMAIN, 2 SERVFAIL, None
    silence; "kill" kills the process that asks.
    """

    def __init__(self):
        self.rcode = 3
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            q, peer = self.sock.recvfrom(4096)
            if self.rcode == "kill":
                for pid in (g for c in children(os.getpid()) for g in children(c)):
                    os.kill(pid, signal.SIGKILL)
            elif self.rcode is not None:
                self.sock.sendto(
                    q[:2] + bytes([0x81, 0x80 | self.rcode]) + q[4:6] + b"\0" * 6 + q[12:], peer
                )
