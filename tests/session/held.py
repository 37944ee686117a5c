#!/usr/bin/env python3
"""
held.py: what hardend.sh needs beside the shell.

  pairs DIRECTORY           known.example.org, and rounds.example.org with a key of many rounds
  fill PATH...              fill FIFOs, or the queues of datagram sockets that others have bound
  bind PATH...              bind datagram sockets and fill their queues
  read PATH FILE            bind a datagram socket; its datagrams go to FILE, a line each
  ask HOST PORT NAME RESULT connect and send a ClientHello for NAME, or "-" for one that is refused;
                            wait for the file RESULT, "STATUS;TIME" in /proc/uptime's time; print
                            the seconds from connect to TIME, and STATUS
  ask ... PID               the same, until the server PID has no child
The first three print "ready" and stay until they are killed.
"""
import os
import signal
import socket
import stat
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

LIMIT = 120  # seconds until it counts as held for ever


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def make_pairs(directory):
    import pairs

    pairs.make(directory, "known.example.org")
    pairs.make(directory, "rounds.example.org")
    path = directory + "/rounds.example.org.key.pem"
    with open(path, "rb") as f:
        key = pairs.many_rounds(f.read())
    with open(path, "wb") as f:
        f.write(key)


def until_full(write):
    try:
        while True:
            write()
    except BlockingIOError:
        pass


def stay():
    print("ready", flush=True)
    signal.pause()


def fill_one(path):
    """What is to stay open for it."""
    if stat.S_ISFIFO(os.stat(path).st_mode):
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        until_full(lambda: os.write(fd, b"x" * 4096))
        until_full(lambda: os.write(fd, b"x"))
        return fd
    senders = []  # each has a buffer of its own, which may be full before the queue is
    while True:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.connect(path)
        s.setblocking(False)
        try:
            s.send(b"MESSAGE=x\n")
        except BlockingIOError:
            return senders
        senders.append(s)
        until_full(lambda s=s: s.send(b"MESSAGE=x\n"))


def fill(*paths):
    kept = [fill_one(path) for path in paths]
    stay()
    return kept


def datagram_socket(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        os.unlink(path)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    os.chmod(path, 0o666)
    return s


def bind(*paths):
    kept = [(datagram_socket(path), fill_one(path)) for path in paths]
    stay()
    return kept


def read(path, file):
    s = datagram_socket(path)
    print("ready", flush=True)
    while True:
        text = s.recv(65536).rstrip(b"\0\n")
        with open(file, "ab") as f:
            f.write(text + b"\n")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()


def ended(what):
    """(status, time) when it has ended; a child of a server: status "-"."""
    if what.isdigit():
        return None if children(what) else ("-", now())
    try:
        with open(what) as f:
            status, when = f.read().strip().split(";")
            return status, float(when)
    except FileNotFoundError:
        return None


def until_closed(s):
    """Until the process has closed the connection; it may log after that."""
    try:
        while s.recv(65536):
            pass
    except (TimeoutError, ConnectionResetError):
        pass


def ask(host, port, name, what):
    import hello
    from oneshot import Handshake

    s = socket.create_connection((host, int(port)), LIMIT)
    start = now()
    s.sendall(hello.hello(protos=None) if name == "-" else Handshake(name).out.read())
    if what.isdigit():
        until_closed(s)
    while (end := ended(what)) is None:
        if now() - start > LIMIT:
            print(f"- still there after {LIMIT} s")
            return
        time.sleep(0.01)
    print(f"{end[1] - start:.1f} {end[0]}")


commands = {"pairs": make_pairs, "fill": fill, "bind": bind, "read": read, "ask": ask}
commands[sys.argv[1]](*sys.argv[2:])
