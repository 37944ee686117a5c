#!/usr/bin/env python3
"""
endings: how a connection ends: by the client, at the deadline, in the
handshake, after it.
"""
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import tap
from oneshot import Handshake
from rows import MAIN_ONLY, TLS12, TLS13, alert, check, row, run, start

def test_endings():
    good = h.hello()
    row("nothing, then EOF", b"", b"", "", half_close=True)
    row("nothing, then EOF, -v", b"", b"", "closed {peer} MS", half_close=True, flags=("-v",))
    row("PROXY v2 LOCAL, then EOF, -v", h.PROXY_V2_LOCAL, b"", "closed {peer} MS", half_close=True, flags=("-v",))
    for n in (1, 5, 6, 9, 100):
        row(f"{n} bytes of a hello, then EOF", good[:n], b"", "refused reason=hung-up {peer} MS", half_close=True)
    row("half a PROXY header, then EOF", b"PROXY TCP4 192", b"", "refused reason=hung-up {peer} MS", half_close=True)
    row("PROXY header, then EOF", h.proxy_v1(), b"", "refused reason=hung-up client=192.0.2.7:4711 {peer} MS",
        half_close=True)
    for what, data, log in (("nothing", b"", "closed"), ("a hello begun", good[:9], "refused reason=hung-up"),
                            ("PROXY v2 LOCAL", h.PROXY_V2_LOCAL, "closed")):
        c = start("-v")
        c.send(data)
        c.consumed()
        c.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.client.close()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith(log + " "), f"{what}, then RST", got)
    c = start()
    hs = Handshake("known.example.org")
    c.send(hs.out.read())
    tap.ok(c.client.recv(5)[:1] == b"\x16", "ServerHello comes")
    c.client.shutdown(socket.SHUT_WR)
    c.read_all()
    got = c.finish(b"")
    check("EOF amid the handshake", c, got, b"",
          'refused reason=hung-up name=known.example.org {peer} MS detail="during the handshake"', 0)


def test_deadline():
    good = h.hello()
    row("silence", b"", b"", "refused reason=timeout {peer} MS", flags=("-t", "1"), both=not MAIN_ONLY)
    row("half a hello, then silence", good[:50], b"", "refused reason=timeout {peer} MS", flags=("-t", "1"),
        both=False)
    row("half a PROXY header, then silence", b"PROXY ", b"", "refused reason=timeout {peer} MS",
        flags=("-t", "1"), both=False)
    c = start("-t", "1")
    hs = Handshake("known.example.org")
    c.send(hs.out.read())
    c.read_all()
    got = c.finish(b"")
    check("a hello, then silence", c, got, b"",
          'refused reason=timeout name=known.example.org {peer} MS detail="during the handshake"', 0)
    ms = int(re.search(r"ms=(\d+)", got.log)[1])
    tap.ok(1000 <= ms < 3000, "it ended at its deadline", ms)
    # one byte at a time, each at once: the deadline is of the whole, not of a read
    c = start("-t", "1")
    sent = 0
    try:
        while c.proc.poll() is None:
            c.client.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc"[sent:sent + 1] or b"\0")
            sent += 1
            c.consumed()
            if sent > 16000:        # the record is full: stay below it
                c.proc.wait(timeout=20)
    except (BrokenPipeError, ConnectionResetError):
        pass
    got = c.finish(b"")
    tap.ok(got.log.startswith("refused reason="), "dripping does not extend the deadline", got)


def test_rejected_by_client():
    c = start()
    hs = Handshake("known.example.org", verify=True)
    err, _ = hs.run(c)
    got = c.finish(b"")
    tap.ok(err is not None and got.status == 0 and
           re.fullmatch(r'refused reason=handshake name=known\.example\.org peer=\S+ ms=\d+ detail=".*alert.*"\n',
                        got.log), "client rejects the certificate", got)
    # no common cipher suite or group: libtls refuses, with its own alert
    row("only RSA key exchange", h.record(h.message([h.sni(b"known.example.org"), h.alpn(b"acme-tls/1"),
        h.ext(10, h.vec(2, b"\0\x17")), h.ext(13, h.vec(2, b"\4\1\4\3"))], ciphers=b"\0\x9c\0\x2f")), alert(40),
        'refused reason=handshake name=known.example.org {peer} MS detail="ANY"')
    row("only CBC", h.record(h.message([h.sni(b"known.example.org"), h.alpn(b"acme-tls/1"),
        h.ext(10, h.vec(2, b"\0\x17")), h.ext(13, h.vec(2, b"\4\1\4\3"))], ciphers=b"\xc0\x13\xc0\x09")), alert(40),
        'refused reason=handshake name=known.example.org {peer} MS detail="ANY"')


def test_close_notify_amid_handshake():
    """libtls calls that a success; nothing has been proved to that client."""
    notify = b"\x15\x03\x03\0\2\1\0"
    no_share = h.hello(name=b"known.example.org", more=[h.ext(51, b"\0\0")])
    for what, data in (("with the hello", h.hello(more=[h.ext(51, b"\0\0")]) + notify),
                       ("after a HelloRetryRequest", no_share + notify)):
        c = start()
        c.send(data)
        c.read_all()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith("refused reason="), f"close_notify {what}", got)
    for tls in (TLS12, TLS13):
        c = start()
        hs = Handshake("known.example.org", tls)
        c.send(hs.out.read())
        c.client.recv(65536)
        c.send(notify)
        c.client.shutdown(socket.SHUT_WR)
        c.read_all()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith("refused reason="),
               f"close_notify after the server's flight, {tls.name}", got)


def test_client_gone_after_handshake():
    """The CA hangs up first: never a failure."""
    good = 0
    n = 5 if MAIN_ONLY else 40
    for i in range(n):
        c = start()
        hs = Handshake("known.example.org", (TLS12, TLS13)[i % 2])
        err, _ = hs.run(c)
        if i % 4 < 2:
            c.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.client.close()
        got = c.finish(b"")
        good += err is None and got.status == 0 and got.log.startswith("served name=known.example.org ")
        if got.status != 0 or not got.log.startswith("served"):
            print("#", got)
    tap.same(good, n, f"{n} clients that hang up at once, half of them with RST, are all served")


run(test_endings, test_deadline, test_rejected_by_client, test_close_notify_amid_handshake,
    test_client_gone_after_handshake)
