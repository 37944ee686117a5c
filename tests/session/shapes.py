#!/usr/bin/env python3
"""
shapes: hellos as they come: cut, spread, padded, behind PROXY headers.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
from oneshot import Handshake
from rows import MAIN_ONLY, SESSION, TLS12, TLS13, alert, row, run, served

def reframe(size):
    return lambda rec: h.record(b"".join(split_records(rec)), size)


def split_records(data):
    while data:
        n = struct.unpack(">H", data[3:5])[0]
        yield data[5:5 + n]
        data = data[5 + n:]


def test_shapes():
    name = "known.example.org"
    for size in (1, 64) if MAIN_ONLY else (1, 2, 7, 64):
        for tls in (TLS12, TLS13):
            served(f"hello in records of {size} bytes, {tls.name}", name, name, tls, reframe=reframe(size))
    served("one byte per record, TCP too", name, name, reframe=reframe(1), cuts=range(1, 200))
    n = len(Handshake(name).out.read())
    step = {"main": 131, "quick": 131, "short": 41}.get(SESSION, 1)
    for cut in range(1, n, step):
        served(f"hello cut after {cut} of {n} bytes", name, name, cuts=[cut])
    v = [("v1", h.proxy_v1(), "192.0.2.7:4711"),
         ("v1, mapped", h.proxy_v1("::ffff:192.0.2.7", 1, "::1", 2), "192.0.2.7:1"),
         ("v2, mapped", h.proxy_v2("::ffff:192.0.2.7", 1, "::1", 2), "192.0.2.7:1"),
         ("v1, UNIX socket", b"PROXY TCP4 192.0.2.7 unix:/run/x.sock 4711 0\r\n", "192.0.2.7:4711"),
         ("v1 IPv6", h.proxy_v1("2001:db8::7", 1, "::1", 2), "[2001:db8::7]:1"),
         ("v2", h.proxy_v2(), "192.0.2.7:4711"), ("v2 IPv6", h.proxy_v2("2001:db8::7", 65535, "::1"),
                                                  "[2001:db8::7]:65535"),
         ("v2 with TLVs", h.proxy_v2(tlvs=b"\1\0\2h2\4\0\0"), "192.0.2.7:4711"),
         ("v2 of 64 KiB", h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0), "192.0.2.7:4711"),
         ("v1 UNKNOWN", b"PROXY UNKNOWN junk\r\n", None), ("v2 LOCAL", h.PROXY_V2_LOCAL, None)]
    for what, head, client in v:
        log = f"served name={name}" + (f" client={client}" if client else "") + " {peer}"
        served(f"PROXY {what} and hello in one segment", name, name, prefix=head, log=log)
        if MAIN_ONLY:
            continue
        served(f"PROXY {what}, -p require", name, name, prefix=head, log=log, flags=("-p", "require"))
        served(f"PROXY {what} byte by byte, then the hello", name, name, prefix=head, log=log,
               cuts=range(1, min(len(head), 120) + 1))
        if len(head) < 1000:
            served(f"PROXY {what} and hello byte by byte", name, name, prefix=head, log=log,
                   cuts=range(1, len(head) + n))


def test_big():
    """A real client with a long list of ALPN names, and the longest hello there can be."""
    many = tuple(f"x-{i:05d}-{'p' * 200}" for i in range(60)) + ("acme-tls/1",)
    served("hello of over 12 kB", "known.example.org", "known.example.org", alpn=many)
    many = tuple(f"x-{i:05d}-{'p' * 240}" for i in range(250)) + ("acme-tls/1",)
    served("hello of over 60 kB, in several records", "known.example.org", "known.example.org", alpn=many)
    served("hello of over 12 kB, one byte per record", "known.example.org", "known.example.org", alpn=many[-48:],
           reframe=reframe(1))
    row("hello padded to 12 kB, no such name", h.hello(name=b"no.example.org", more=[h.ext(21, b"\0" * 12000)]),
        alert(112), "refused reason=unknown-name name=no.example.org {peer} MS", both=False)
    exts = h.sni(b"no.example.org") + h.alpn(b"acme-tls/1")
    exts += h.ext(30, b"\0" * (65535 - 4 - len(exts)))
    most = b"\3\3" + b"r" * 32 + h.vec(1, b"s" * 32) + h.vec(2, b"\x13\x01" * 32767) + h.vec(1, b"\0" * 255)
    most = b"\1" + h.vec(3, most + h.vec(2, exts))
    assert len(most) == 4 + 131396      # every vector of it is full
    row("hello of 131396 bytes", h.record(most), alert(112),
        "refused reason=unknown-name name=no.example.org {peer} MS", both=False)
    # the longest input there can be, and then a record that promises more
    v2 = h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0)
    row("longest header and hello, its last record too long", v2 + h.record(most, 1)[:-6] + b"\x16\3\1\0\2x",
        alert(50), 'refused reason=bad-hello client=192.0.2.7:4711 {peer} MS '
        'detail="data after the ClientHello in its record"', both=False)
    row("hello of 131396 bytes, one a record", h.record(most, 1), alert(112),
        "refused reason=unknown-name name=no.example.org {peer} MS", both=False)


run(test_shapes, *(() if MAIN_ONLY else (test_big,)))
