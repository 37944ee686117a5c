#!/usr/bin/env python3
"""
shapes: ClientHellos as they come: cut, spread, padded, behind PROXY headers.
"""
import os
import struct
import sys
from typing import NamedTuple, Optional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
from oneshot import Handshake
from rows import (DECODE_ERROR, KNOWN, MAIN_ONLY, NO_PAIR, SESSION, TLS12, TLS13, UNRECOGNIZED_NAME,
                  alert, refused, row, run, served)

# of the places where a hello is cut, every so many-th
STEP = {"main": 131, "quick": 131, "short": 41}.get(SESSION, 1)
LENGTH = len(Handshake(KNOWN).out.read())


class Header(NamedTuple):
    name: str
    data: bytes
    client: Optional[str]       # as the log has it


HEADERS = [
    Header(name="v1",
           data=h.proxy_v1(),
           client="192.0.2.7:4711"),
    Header(name="v1, IPv4-mapped address",
           data=h.proxy_v1("::ffff:192.0.2.7", 1, "::1", 2),
           client="192.0.2.7:1"),
    Header(name="v2, IPv4-mapped address",
           data=h.proxy_v2("::ffff:192.0.2.7", 1, "::1", 2),
           client="192.0.2.7:1"),
    Header(name="v1, to a UNIX socket",
           data=b"PROXY TCP4 192.0.2.7 unix:/run/x.sock 4711 0\r\n",
           client="192.0.2.7:4711"),
    Header(name="v1 IPv6",
           data=h.proxy_v1("2001:db8::7", 1, "::1", 2),
           client="[2001:db8::7]:1"),
    Header(name="v2",
           data=h.proxy_v2(),
           client="192.0.2.7:4711"),
    Header(name="v2 IPv6",
           data=h.proxy_v2("2001:db8::7", 65535, "::1"),
           client="[2001:db8::7]:65535"),
    Header(name="v2 with TLVs",
           data=h.proxy_v2(tlvs=b"\1\0\2h2\4\0\0"),
           client="192.0.2.7:4711"),
    Header(name="v2 of 64 KiB",
           data=h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0),
           client="192.0.2.7:4711"),
    Header(name="v1 UNKNOWN",
           data=b"PROXY UNKNOWN junk\r\n",
           client=None),
    Header(name="v2 LOCAL",
           data=h.PROXY_V2_LOCAL,
           client=None),
]


def contents(records):
    """What records have in them, one after the other."""
    while records:
        n = struct.unpack(">H", records[3:5])[0]
        yield records[5:5 + n]
        records = records[5 + n:]


def reframe(size):
    """A function that puts a hello into records of size bytes."""
    return lambda records: h.record(b"".join(contents(records)), size)


def test_records():
    for size in (1, 64) if MAIN_ONLY else (1, 2, 7, 64):
        for tls in (TLS12, TLS13):
            served(f"hello in records of {size} bytes, {tls.name}",
                   sni=KNOWN, tls=tls, reframe=reframe(size))
    served("hello in records of 1 byte, in segments of 1 byte",
           sni=KNOWN, reframe=reframe(1), cuts=range(1, 200))


def test_segments():
    for cut in range(1, LENGTH, STEP):
        served(f"hello cut after {cut} of {LENGTH} bytes", sni=KNOWN, cuts=[cut])


def test_proxy():
    for header in HEADERS:
        what = f"PROXY {header.name}"
        how = {"sni": KNOWN, "before": header.data, "log": {"client": header.client}}
        served(f"{what} and hello in one segment", **how)
        if MAIN_ONLY:
            continue
        served(f"{what}, -p require", flags=("-p", "require"), **how)
        n = len(header.data)
        served(f"{what} byte by byte, then the hello", cuts=range(1, min(n, 120) + 1), **how)
        if n < 1000:
            served(f"{what} and hello byte by byte", cuts=range(1, n + LENGTH), **how)


def test_long_alpn():
    """A real client with a long list of ALPN names."""
    kb12 = (*(f"x-{i:05d}-{'p' * 200}" for i in range(60)), "acme-tls/1")
    kb60 = (*(f"x-{i:05d}-{'p' * 240}" for i in range(250)), "acme-tls/1")
    served("hello of over 12 kB", sni=KNOWN, alpn=kb12)
    served("hello of over 60 kB, in several records", sni=KNOWN, alpn=kb60)
    served("hello of over 12 kB, in records of 1 byte",
           sni=KNOWN, alpn=kb60[-48:], reframe=reframe(1))


def longest_hello(name):
    """The longest ClientHello there can be: every vector in it is full."""
    exts = h.sni(name) + h.alpn(b"acme-tls/1")
    exts += h.ext(30, b"\0" * (65535 - 4 - len(exts)))
    body = b"\3\3" + b"r" * 32 + h.vec(1, b"s" * 32)
    body += h.vec(2, b"\x13\x01" * 32767) + h.vec(1, b"\0" * 255) + h.vec(2, exts)
    hello = b"\1" + h.vec(3, body)
    assert len(hello) == 4 + 131396
    return hello


def test_longest():
    unknown = {"wire": alert(UNRECOGNIZED_NAME),
               "log": refused("unknown-name", "no.example.org", detail=NO_PAIR),
               "all_stderrs": False}
    longest = longest_hello(b"no.example.org")
    row("hello padded to 12 kB, SNI without a pair",
        send=h.hello(name=b"no.example.org", more=[h.ext(21, b"\0" * 12000)]), **unknown)
    row("hello of 131396 bytes", send=h.record(longest), **unknown)
    row("hello of 131396 bytes, in records of 1 byte", send=h.record(longest, 1), **unknown)
    # the longest input there can be, and then a record that promises more
    header = h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0)
    row("longest header and hello, its last record too long",
        send=header + h.record(longest, 1)[:-6] + b"\x16\3\1\0\2x",
        wire=alert(DECODE_ERROR),
        log=refused("bad-hello", client="192.0.2.7:4711",
                    detail="data after the ClientHello in its record"),
        all_stderrs=False)


run(test_records, *(() if MAIN_ONLY else (test_long_alpn, test_longest)), test_segments,
    test_proxy)
