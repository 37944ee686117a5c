#!/usr/bin/env python3
"""
load: COUNT connections, 50 at a time, under each of systemd-socket-activate,
inetd and xinetd, a third of them good validations, a third refusals, a third
hostile.  Every good one is served; every process ends; no zombie, no descriptor
and no memory stays behind.

COUNT in the environment: 300 in make check, 2000 in make soak.
"""
import collections
import hashlib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

import hello
import pairs
import tap
from oneshot import context

TOP = os.path.dirname(os.path.dirname(HERE))
COUNT = int(os.environ.get("COUNT", "300"))
DEADLINE = 2
CONCURRENCY = 50
LIMIT = 120         # seconds until a test gives up: something hangs
TMP = tempfile.mkdtemp(prefix="alpnd-load.")
os.chmod(TMP, 0o755)
BINARY = TMP + "/alpnd"
shutil.copy(os.environ.get("ALPND", TOP + "/alpnd"), BINARY)
USER = pwd.getpwuid(os.getuid()).pw_name
GOOD = hello.hello()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def example(name, port):
    """An example of ours, with port, paths, user and flags substituted."""
    with open(f"{TOP}/examples/{name}") as f:
        text = f.read()
    text = text.replace("/usr/local/sbin/alpnd", BINARY).replace("_alpnd", USER)
    text = text.replace("-d /etc/dehydrated/alpn-certs", f"-t {DEADLINE} -d {TMP}")
    text = text.replace("10443", str(port))
    with open(f"{TMP}/{name}", "w") as f:
        f.write(text)
    return f"{TMP}/{name}"


def servers():
    port = free_port()
    yield "systemd-socket-activate", port, ["systemd-socket-activate", "--accept", "--inetd", "-l",
                                            f"127.0.0.1:{port}",
                                            BINARY, "-t", str(DEADLINE), "-d", TMP]
    port = free_port()
    yield "inetd", port, ["inetd", "-i", example("inetd.conf", port)]
    port = free_port()
    yield "xinetd", port, [TOP + "/build/xinetd/usr/sbin/xinetd", "-dontfork", "-stayalive", "-f",
                           example("xinetd.conf", port), "-pidfile", TMP + "/xinetd.pid",
                           "-filelog", TMP + "/xinetd.log"]


class Watch(threading.Thread):
    """Looks at the processes of the super-server, many times a second."""

    def __init__(self, parent):
        super().__init__(daemon=True)
        self.parent, self.peak, self.longest, self.seen, self.ended = parent, 0, 0.0, {}, False

    def children(self):
        out = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.parent:
                out.append((int(pid), fields[0]))
        return out

    def run(self):
        while not self.ended:
            now, running = time.monotonic(), [pid for pid, state in self.children() if state != "Z"]
            self.peak = max(self.peak, len(running))
            for pid in running:
                self.longest = max(self.longest, now - self.seen.setdefault(pid, now))
            for pid in set(self.seen) - set(running):       # a pid may be used again
                del self.seen[pid]
            time.sleep(0.02)

    def fds(self):
        return len(os.listdir(f"/proc/{self.parent}/fd"))

    def rss(self):
        with open(f"/proc/{self.parent}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def to_end(s):
    data = b""
    try:
        while b := s.recv(4096):
            data += b
    except OSError:
        pass
    return data


def good(port, rnd):
    c = context(alpn=("acme-tls/1",))
    with socket.create_connection(("127.0.0.1", port), LIMIT) as s:
        with c.wrap_socket(s, server_hostname="known.example.org") as t:
            der = t.getpeercert(True)
            ended = t.recv(1) == b""
    return hashlib.sha256(der).digest() == WANT and ended


def refused(port, rnd):
    data, alert = rnd.choice([(hello.hello(protos=None), 120), (hello.hello(name=None), 109),
                              (hello.hello(name=b"unknown.example.org"), 112),
                              (hello.hello(name=b"../x"), 112),
                              (hello.proxy_v2() + hello.hello(name=b"unknown.example.org"), 112)])
    with socket.create_connection(("127.0.0.1", port), LIMIT) as s:
        s.sendall(data)
        return to_end(s) == b"\x15\3\3\0\2\2" + bytes([alert])


def hostile(port, rnd):
    kind = rnd.choice(["silent", "drip", "cut", "garbage", "reset"])
    with socket.create_connection(("127.0.0.1", port), LIMIT) as s:
        try:
            if kind == "drip":
                s.settimeout(0.1)
                for b in GOOD[:-1]:
                    s.sendall(bytes([b]))
                    try:
                        if s.recv(1) == b"":
                            break
                    except TimeoutError:
                        pass
                s.settimeout(LIMIT)
            elif kind == "cut":
                s.sendall(GOOD[:rnd.randrange(1, len(GOOD))])
                s.shutdown(socket.SHUT_WR)
            elif kind == "garbage":
                s.sendall(rnd.randbytes(2000))
            elif kind == "reset":
                s.sendall(GOOD[:20])
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return True
            return len(to_end(s)) in (0, 7)
        except OSError:
            return True


def client(kind, port, seed):
    start = time.monotonic()
    try:
        right = kind(port, random.Random(seed))
    except OSError as e:
        return kind.__name__, f"{type(e).__name__}: {e}", 0
    return kind.__name__, right, time.monotonic() - start


def load(port):
    kinds = [(good, refused, hostile)[i % 3] for i in range(COUNT)]
    random.Random(1).shuffle(kinds)
    done = []
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for r in pool.map(lambda a: client(a[1], port, a[0]), enumerate(kinds)):
            done.append(r)
            if sys.stderr.isatty():
                print(f"\r{len(done)} of {COUNT}", end="", file=sys.stderr)
    return done


def up(port):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if subprocess.run(["ss", "-Hltn", f"sport = :{port}"], stdout=subprocess.PIPE).stdout:
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def settle(watch):
    """Wait until no process is left; those that are left have no end."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and watch.children():
        time.sleep(0.05)
    return watch.children()


def one(name, port, argv, table):
    with open(f"{TMP}/{name}.log", "w") as log:
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  start_new_session=True)
    try:
        up(port)
        watch = Watch(server.pid)
        for i in range(3 * CONCURRENCY):        # warm: what it allocates once, it has
            client(refused, port, i)
        settle(watch)
        fds, rss = watch.fds(), watch.rss()
        watch.start()
        start = time.monotonic()
        done = load(port)
        took = time.monotonic() - start
        left = settle(watch)
        watch.ended = True
        watch.join()
        right = collections.Counter(k for k, r, _ in done if r is True)
        wrong = [d for d in done if d[1] is not True]
        each = collections.Counter(k for k, _, _ in done)
        tap.same(right["good"], each["good"],
                 f"{name}: all {each['good']} good validations are served")
        tap.ok(not wrong, f"{name}: all others get their answer", wrong[:5])
        tap.ok(watch.longest < LIMIT, f"{name}: no process lives for {LIMIT} seconds",
               watch.longest)
        tap.same(left, [], f"{name}: no process and no zombie is left")
        tap.same(watch.fds(), fds, f"{name}: no descriptor is left")
        tap.ok(watch.rss() <= rss + 256, f"{name}: memory is flat",
               f"{rss} kB, then {watch.rss()} kB")
        table.append(f"{name:24} {right['good']:5} {right['refused']:8} {right['hostile']:8} "
                     f"{watch.longest:13.2f} s "
                     f"{watch.peak:6} {COUNT / took:8.0f}/s")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def main():
    global WANT
    WANT = hashlib.sha256(pairs.make(TMP, "known.example.org")).digest()
    os.chmod(TMP + "/known.example.org.key.pem", 0o644)
    table = []
    for name, port, argv in servers():
        one(name, port, argv, table)
    print(f"# {'super-server':24} {'good':>5} {'refused':>8} {'hostile':>8} {'longest-lived':>15} "
          f"{'peak':>6} {'rate':>10}")
    for line in table:
        print("# " + line)
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
