#!/usr/bin/env python3
"""client.py WHAT ...: clients for the systemd tests, from 192.0.2.x to 192.0.2.10:10443."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hello
from oneshot import LIMIT, begin_handshake, context, end_handshake

NAME = "known.example.org"


def connect(source="192.0.2.7"):
    s = socket.socket()
    s.bind((source, 0))
    s.settimeout(LIMIT)
    s.connect(("192.0.2.10", 10443))
    return s


def good(source="192.0.2.7"):
    with connect(source) as s, context().wrap_socket(s, server_hostname=NAME) as t:
        return (NAME.encode() in t.getpeercert(True) and t.recv(1) == b"" and
                t.selected_alpn_protocol() == "acme-tls/1")


def answer(data, alert, source="192.0.2.7"):
    with connect(source) as s:
        s.sendall(data)
        return s.recv(100)[-1:] == bytes([alert])


def flood(n):
    """n connections as fast as they go, validations from elsewhere meanwhile."""
    os.system("ip addr add 192.0.2.100/32 dev lo 2>/dev/null")
    done, ended = [0], []

    def attack():
        for _ in range(n // 4):
            try:
                connect("192.0.2.100").close()
                done[0] += 1
            except OSError:
                pass

    threads = [threading.Thread(target=attack) for _ in range(4)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        try:
            ended.append(good())
        except OSError as e:
            ended.append(e)
    print(done[0], ended)
    return done[0] == n and any(e is True for e in ended)


def silent(n):
    """A validation while n silent connections of one address are open."""
    os.system("ip addr add 192.0.2.101/32 dev lo 2>/dev/null")
    held = []
    for _ in range(n):
        held.append(connect("192.0.2.101"))
        held[-1].send(b"\x16")      # past DeferAcceptSec=
    return good()


def under_way(n, go):
    """Begin; touch the file go; finish when the other side has written to it."""
    half = [begin_handshake(connect(), NAME) for _ in range(n)]
    open(go, "w").close()
    give_up = time.monotonic() + LIMIT
    while time.monotonic() < give_up and not os.path.getsize(go):
        time.sleep(0.02)
    return all(NAME.encode() in end_handshake(*h) for h in half)


def restart(go, n):
    """Validations without a pause while the service is restarted."""
    r = []
    for i in range(n):
        if i == 3:
            open(go, "w").close()
        r.append(good())
    return all(r)


what, args = sys.argv[1], sys.argv[2:]
if what == "good":
    r = all(good() for _ in range(int(args[0])))
elif what == "refused":
    r = all(answer(hello.hello(protos=None), 120) and
            answer(hello.hello(name=b"unknown.example.org"), 112)
            for _ in range(int(args[0])))
elif what == "error":
    r = answer(hello.hello(name=args[0].encode()), 80)
elif what == "flood":
    r = flood(int(args[0]))
elif what == "silent":
    r = silent(int(args[0]))
elif what == "under-way":
    r = under_way(int(args[0]), args[1])
else:
    r = restart(args[0], int(args[1]))
sys.exit(0 if r else 1)
