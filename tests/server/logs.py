#!/usr/bin/env python3
"""
logs: a server in busy mode whose log nobody reads.  Good clients are served throughout, SIGTERM
works, and the status has the number of the lines that were dropped.  Run in lib/isolate.sh net,log.
"""
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + "/../lib"]

import tap
from busy import (BINARY, LIMIT, PORT, SERVER, TMP, Notify, children, connect, set_up, spoken,
                  until, validate)


class Waiting:
    """The server with its listening socket as fd 0 and fd 3, as systemd can pass it."""

    def __init__(self, notify, stderr):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((SERVER, PORT))
        listener.listen(128)
        passed = 'exec 3<&0; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        self.proc = subprocess.Popen(["sh", "-c", passed, "-", BINARY, "-d", TMP, "-m", "4",
                                      "-t", "60"], stdin=listener, stdout=listener,
                                     stderr=listener if stderr is None else stderr,
                                     env={"NOTIFY_SOCKET": notify.path})
        listener.close()

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        return self.proc.wait(LIMIT)


def full_pipe():
    """Both ends of a pipe that takes not one byte more."""
    r, w = os.pipe()
    flags = fcntl.fcntl(w, fcntl.F_GETFL)
    fcntl.fcntl(w, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        while True:
            os.write(w, b"x" * 4096)
    except BlockingIOError:
        pass
    fcntl.fcntl(w, fcntl.F_SETFL, flags)
    return r, w


def full_socket():
    """Both ends of a stream socket, as the journal's, that takes no more."""
    r, w = socket.socketpair()
    w.setblocking(False)
    try:
        while True:
            w.send(b"x" * 4096)
    except BlockingIOError:
        pass
    w.setblocking(True)
    return r.detach(), w.detach()


def unread_syslog():
    """/dev/log whose queue is full."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as c:
        c.setblocking(False)
        c.connect("/dev/log")
        try:
            while True:
                c.send(b"<30>x")
        except BlockingIOError:
            pass
    return log


def test(what, stderr):
    notify = Notify()
    s = Waiting(notify, stderr)
    try:
        until("READY", lambda: notify.has("READY=1"))
        # every one of them leaves a line, and so does the server for whom it evicts
        slow = [spoken("192.0.2.100") for _ in range(4)]
        until("four running", lambda: len(children(s)) == 4)
        served = [validate("192.0.2.101") is not None for _ in range(6)]
        tap.same(served, [True] * 6, f"{what}: good clients are served")
        tap.same(slow[0].recv(1), b"",
                 f"{what}: a slow client loses its process for another source")
        until("status", lambda: notify.has(r"STATUS=.* [1-9]\d* log lines dropped"))
        tap.ok(True, f"{what}: the status has the number of dropped lines")
        tap.ok(validate("192.0.2.102"), f"{what}: still served after that")
        for c in slow:
            c.close()
        tap.same(s.stop(), 0, f"{what}: SIGTERM ends the server, exit 0")
    finally:
        if s.proc.poll() is None:
            tap.ok(False, f"{what}: the server has ended", notify.said[-3:])
            s.proc.kill()
            s.proc.wait()
        os.unlink(notify.path)


def main():
    set_up()
    for what, make in (("a full pipe", full_pipe), ("a full socket", full_socket)):
        r, w = make()
        test(what, w)
        os.close(r)
        os.close(w)
    log = unread_syslog()
    test("/dev/log that nobody reads", None)
    log.close()
    try:
        connect().close()
        closed = False
    except ConnectionRefusedError:
        closed = True
    tap.ok(closed, "the port is closed at the end")
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
