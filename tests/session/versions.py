#!/usr/bin/env python3
"""
versions: what a client gets whose ClientHello offers TLS 1.2 only, or a
legacy_version that does not exist, as the ServerHello says.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import tap
from oneshot import Handshake
from rows import KNOWN, TLS12, TLS13, run, served, start

SENTINEL = b"DOWNGRD\x01"       # RFC 8446 section 4.1.3, TLS 1.2
SUPPORTED_VERSIONS = 43


class ServerHello:
    """The first message of the server (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3)."""

    def __init__(self, data):
        if data[:1] != b"\x16" or data[5:6] != b"\x02":
            raise ValueError(f"no ServerHello: {data[:40].hex()}")
        body = data[9:]
        self.version = int.from_bytes(body[:2], "big")
        self.random = body[2:34]
        at = 35 + body[34] + 2 + 1      # session id, cipher suite, compression
        end = at + 2 + int.from_bytes(body[at:at + 2], "big")
        at += 2
        self.extensions = []
        while at < end:
            self.extensions.append(int.from_bytes(body[at:at + 2], "big"))
            at += 4 + int.from_bytes(body[at + 2:at + 4], "big")

    def __repr__(self):
        return f"version {self.version:#x} random {self.random.hex()} {self.extensions}"


def answer(data):
    """The ServerHello to these bytes."""
    c = start()
    c.send(data)
    got = b""
    while len(got) < 5 or len(got) < 5 + int.from_bytes(got[3:5], "big"):
        more = c.client.recv(65536)
        if not more:
            break
        got += more
    c.client.close()
    log = c.finish(b"").log
    try:
        return ServerHello(got)
    except ValueError as e:
        return f"{e}; log {log}"


def is_tls12(what, data):
    """TLS 1.2, by a server that can do 1.3 and says so."""
    s = answer(data)
    good = isinstance(s, ServerHello) and s.version == 0x0303 and s.random.endswith(SENTINEL) and \
        SUPPORTED_VERSIONS not in s.extensions
    tap.ok(good, what, s)


def test_sentinel():
    is_tls12("TLS 1.2 only, by hand: TLS 1.2 with the sentinel", h.hello(vers=None))
    is_tls12("TLS 1.2 only, by supported_versions", h.hello(vers=(0x0303,)))
    is_tls12("TLS 1.2 and 1.1 by supported_versions", h.hello(vers=(0x0302, 0x0303)))
    is_tls12("TLS 1.2 only, by OpenSSL", Handshake(KNOWN, TLS12).out.read())
    s = answer(Handshake(KNOWN, TLS13).out.read())
    tap.ok(isinstance(s, ServerHello) and SENTINEL not in s.random and
           SUPPORTED_VERSIONS in s.extensions, "TLS 1.3: without the sentinel", s)
    served("TLS 1.2 with the sentinel: the handshake is complete", KNOWN, KNOWN, tls=TLS12)


def test_unknown_versions():
    """RFC 5246 appendix E.1, RFC 8446 section 4.2.1: the highest version that both know."""
    for version in (0x0304, 0x0305, 0x037f, 0x03ff):
        is_tls12(f"legacy_version {version:#06x} without supported_versions: TLS 1.2",
                 h.hello(version=version, vers=None))
    is_tls12("legacy_version 0x0304, supported_versions with TLS 1.2 only",
             h.hello(version=0x0304, vers=(0x0303,)))


run(test_sentinel, test_unknown_versions)
