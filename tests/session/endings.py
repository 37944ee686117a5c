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
from oneshot import LIMIT, SLOW, Handshake
from rows import (ANY, CLOSED, HANDSHAKE_FAILURE, KNOWN, MAIN_ONLY, TLS12, TLS13, alert, check,
                  refused, row, run, start)

CLOSE_NOTIFY = b"\x15\x03\x03\0\2\1\0"
IN_HANDSHAKE = "during the handshake"


def reset(client):
    """Close with RST instead of FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_eof():
    row("nothing, then EOF", send=b"", half_close=True)
    row("nothing, then EOF, -v", send=b"", log=CLOSED, half_close=True, flags=("-v",))
    row("PROXY v2 LOCAL, then EOF, -v",
        send=h.PROXY_V2_LOCAL, log=CLOSED, half_close=True, flags=("-v",))
    for n in (1, 5, 6, 9, 100):
        row(f"{n} bytes of a hello, then EOF",
            send=h.hello()[:n], log=refused("hung-up"), half_close=True)
    row("half a PROXY header, then EOF",
        send=b"PROXY TCP4 192", log=refused("hung-up"), half_close=True)
    row("PROXY header, then EOF",
        send=h.proxy_v1(), log=refused("hung-up", client="192.0.2.7:4711"), half_close=True)

    c = start()
    c.send(Handshake(KNOWN).out.read())
    tap.ok(c.client.recv(5)[:1] == b"\x16", "EOF in the handshake: ServerHello comes")
    c.client.shutdown(socket.SHUT_WR)
    c.read_all()
    check("EOF in the handshake: hung-up", c, c.finish(b""),
          wire=b"",
          log=refused("hung-up", KNOWN, detail=IN_HANDSHAKE))


def test_reset():
    for what, send, log in (("nothing", b"", "closed"),
                            ("9 bytes of a hello", h.hello()[:9], "refused reason=hung-up"),
                            ("PROXY v2 LOCAL", h.PROXY_V2_LOCAL, "closed")):
        c = start("-v")
        c.send(send)
        c.consumed()
        reset(c.client)
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith(log + " "), f"{what}, then RST", got)


def test_deadline():
    for name, send in (("silence", b""),
                       ("half a hello, then silence", h.hello()[:50]),
                       ("half a PROXY header, then silence", b"PROXY ")):
        row(name, send=send, log=refused("timeout"), flags=("-t", f"{SLOW}"),
            all_stderrs=not send)

    c = start("-t", f"{SLOW}")
    c.send(Handshake(KNOWN).out.read())
    c.read_all()
    got = c.finish(b"")
    check("a hello, then silence", c, got,
          wire=b"",
          log=refused("timeout", KNOWN, detail=IN_HANDSHAKE))
    ms = int(re.search(r"ms=(\d+)", got.log)[1])
    tap.ok(ms >= SLOW * 1000, "a hello, then silence: it ends not before its deadline", ms)


def test_dripping():
    """One byte at a time, each read at once: the deadline is of the whole, not of a read."""
    c = start("-t", f"{SLOW}")
    sent = 0
    try:
        while c.proc.poll() is None:
            c.client.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc"[sent:sent + 1] or b"\0")
            sent += 1
            c.consumed()
            if sent > 16000:        # the record is full: stay below it
                c.proc.wait(LIMIT)
    except (BrokenPipeError, ConnectionResetError):
        pass
    got = c.finish(b"")
    tap.ok(got.log.startswith("refused reason="), "dripping does not extend the deadline", got)


def test_rejected_by_client():
    c = start()
    err, _ = Handshake(KNOWN, verify=True).run(c)
    got = c.finish(b"")
    log = refused("handshake", KNOWN, detail=f"{ANY}alert{ANY}")
    tap.ok(err is not None and got.status == 0 and
           re.fullmatch(log.pattern(c), got.log.rstrip("\n")),
           "the client rejects the certificate", got)


def test_no_common_cipher():
    """libtls refuses, with its own alert."""
    for name, ciphers in (("only RSA key exchange", b"\0\x9c\0\x2f"),
                          ("only CBC", b"\xc0\x13\xc0\x09")):
        exts = [h.sni(KNOWN.encode()), h.alpn(b"acme-tls/1"),
                h.ext(10, h.vec(2, b"\0\x17")), h.ext(13, h.vec(2, b"\4\1\4\3"))]
        row(name,
            send=h.record(h.message(exts, ciphers=ciphers)),
            wire=alert(HANDSHAKE_FAILURE),
            log=refused("handshake", KNOWN, detail=ANY))


def test_close_notify_in_handshake():
    """libtls calls that a success; nothing has been proved to that client."""
    no_share = h.hello(more=[h.ext(51, b"\0\0")])      # it gets a HelloRetryRequest
    c = start()
    c.send(no_share + CLOSE_NOTIFY)
    c.read_all()
    got = c.finish(b"")
    tap.ok(got.status == 0 and got.log.startswith("refused reason="),
           "close_notify with the hello", got)
    c = start()
    c.send(no_share)
    tap.ok(c.client.recv(65536)[:1] == b"\x16", "a HelloRetryRequest comes")
    c.send(CLOSE_NOTIFY)
    c.client.shutdown(socket.SHUT_WR)
    c.read_all()
    got = c.finish(b"")
    tap.ok(got.status == 0 and got.log.startswith("refused reason="),
           "close_notify after a HelloRetryRequest", got)
    for tls in (TLS12, TLS13):
        c = start()
        c.send(Handshake(KNOWN, tls).out.read())
        c.client.recv(65536)
        c.send(CLOSE_NOTIFY)
        c.client.shutdown(socket.SHUT_WR)
        c.read_all()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith("refused reason="),
               f"close_notify after the server's flight, {tls.name}", got)


def test_client_gone_after_handshake():
    """A CA hangs up first: that is never a failure."""
    bad = []
    n = 5 if MAIN_ONLY else 40
    for i in range(n):
        c = start()
        err, _ = Handshake(KNOWN, (TLS12, TLS13)[i % 2]).run(c)
        if i % 4 < 2:
            reset(c.client)
        else:
            c.client.close()
        got = c.finish(b"")
        if err or got.status != 0 or not got.log.startswith(f"served name={KNOWN} "):
            bad.append(got)
    tap.same(bad, [], f"{n} clients that hang up at once, half of them with RST: all are served")


run(test_eof, test_reset, test_deadline, test_dripping, test_rejected_by_client,
    test_no_common_cipher, test_close_notify_in_handshake, test_client_gone_after_handshake)
