#!/usr/bin/env python3
"""
refused: what gets an alert, or nothing, and never a certificate.
"""
import os
import sys
from typing import NamedTuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
from rows import (DECODE_ERROR, KNOWN, MAIN_ONLY, MISSING_EXTENSION, NO_APPLICATION_PROTOCOL,
                  NO_PAIR, PROTOCOL_VERSION, UNRECOGNIZED_NAME, alert, refused, row, run)

BAD_NAMES = [
    b"../known.example.org",
    b"/etc/passwd",
    b"known.example.org\0",
    b"a\0b",
    b"a\nb",
    b"\x1b[2J",
    b"a/b",
    b"..",
    b".",
    b"a..b",
    b".a",
    b"192.0.2.1",
    b"192.0.2.1.",
    b"::1",
    b"[::1]",
    b"a" * 64 + b".org",
    b".".join([b"a" * 63] * 4),
    b"*.example.org",
    b"b\xc3\xbccher.org",
    b"a b",
    b"-a.org",
    b"%s.org",
    b"a" * 300,
    b"x" * 16000,
]
if MAIN_ONLY:
    BAD_NAMES = BAD_NAMES[:3] + BAD_NAMES[-2:]


def escaped(name):
    """As the log has it: %XX for everything that is not of host names."""
    text = "".join(chr(b) if chr(b).isalnum() and b < 128 or chr(b) in ".-_" else f"%{b:02X}"
                   for b in name[:256])
    return text + ("..." if len(name) > 256 else "")


def test_alpn():
    row("no ALPN extension",
        send=h.hello(protos=None),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", KNOWN, detail="no ALPN extension"))
    row("ALPN h2 and http/1.1 only",
        send=h.hello(protos=[b"h2", b"http/1.1"]),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", KNOWN))
    row("ALPN names that are like acme-tls/1",
        send=h.hello(protos=[b"acme-tls/1\0", b"acme-tls/10", b"ACME-TLS/1"]),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", KNOWN))


def test_names():
    row("no SNI",
        send=h.hello(name=None),
        wire=alert(MISSING_EXTENSION),
        log=refused("no-name"))
    for name in BAD_NAMES:
        row(f"SNI {name[:40]!r}",
            send=h.hello(name=name),
            wire=alert(UNRECOGNIZED_NAME),
            log=refused("bad-name", escaped(name)),
            all_stderrs=len(name) < 30)
    row("SNI without a pair",
        send=h.hello(name=b"Unknown.example.org."),
        wire=alert(UNRECOGNIZED_NAME),
        log=refused("unknown-name", "unknown.example.org", detail=NO_PAIR))
    # longer than a file name may be, with .crt.pem
    for n in (247, 248, 253):
        name = (b"a" * 49 + b".") * 4 + b"b" * (n - 200)
        row(f"SNI of {n} bytes without a pair",
            send=h.hello(name=name),
            wire=alert(UNRECOGNIZED_NAME),
            log=refused("unknown-name", name.decode(), detail=NO_PAIR),
            all_stderrs=False)


def test_versions():
    row("TLS 1.1",
        send=h.hello(version=0x0302, vers=None),
        wire=alert(PROTOCOL_VERSION, b"\x03\x02"),
        log=refused("version", KNOWN))
    row("TLS 1.0",
        send=h.hello(version=0x0301, vers=None),
        wire=alert(PROTOCOL_VERSION, b"\x03\x01"),
        log=refused("version", KNOWN))
    row("supported_versions without 1.2 and 1.3",
        send=h.hello(vers=(0x0302, 0x7f1c)),
        wire=alert(PROTOCOL_VERSION),
        log=refused("version", KNOWN))
    row("SSL 3, no extensions",
        send=h.record(h.message(None, 0x0300)),
        wire=alert(PROTOCOL_VERSION, b"\x03\x00"),
        log=refused("version"))


class Fault(NamedTuple):
    name: str
    send: bytes
    detail: str


BAD_HELLOS = [
    Fault(name="an extension twice",
          send=h.hello(more=[h.ext(21, b""), h.ext(21, b"")]),
          detail="extension given twice"),
    Fault(name="a byte after the SNI list",
          send=h.hello(name=None, more=[h.ext(0, b"\0\4\0\0\1a\0")]),
          detail="server_name: bad list"),
    Fault(name="two host names",
          send=h.hello(name=None, more=[h.ext(0, h.vec(2, b"\0\0\1a\0\0\1b"))]),
          detail="server_name: two host names"),
    Fault(name="an empty host name",
          send=h.hello(name=b""),
          detail="server_name: bad entry"),
    Fault(name="an empty ALPN name",
          send=h.hello(protos=[b""]),
          detail="ALPN: bad protocol name"),
    Fault(name="an empty ALPN list",
          send=h.hello(protos=[]),
          detail="ALPN: bad list"),
    Fault(name="a record of 0 bytes",
          send=b"\x16\x03\x01\0\0",
          detail="empty record"),
    Fault(name="a record of 16385 bytes",
          send=b"\x16\x03\x01\x40\x01",
          detail="record too long"),
    Fault(name="a byte after the ClientHello in its record",
          send=h.record(h.message([h.sni(b"a.org")]) + b"x"),
          detail="data after the ClientHello in its record"),
    Fault(name="a ServerHello",
          send=b"\x16\x03\x01\0\4\2\0\0\0",
          detail="first message is not a ClientHello"),
    Fault(name="a ClientHello of 131397 bytes",
          send=b"\x16\x03\x01\x40\0\1\2\x01\x45",
          detail="ClientHello too long"),
    Fault(name="an alert in the middle of a ClientHello",
          send=b"\x16\x03\x01\0\6" + h.hello()[5:11] + b"\x15\x03\x01\0\2\1\0",
          detail="another record within the ClientHello"),
]


def test_bad_hello():
    for fault in BAD_HELLOS:
        row(fault.name,
            send=fault.send,
            wire=alert(DECODE_ERROR),
            log=refused("bad-hello", detail=fault.detail))
    # its length says more than there is: cut, not malformed
    row("extensions that are cut short",
        send=h.record(h.message([h.sni(b"a.org")])[:-1]),
        log=refused("hung-up"),
        half_close=True)


NOT_TLS = {
    "HTTP GET": b"GET / HTTP/1.1\r\nHost: known.example.org\r\n\r\n",
    "HTTP POST": b"POST / HTTP/1.0\r\n\r\n",
    "SSH": b"SSH-2.0-x\r\n",
    "one byte": b"\0",
    "an alert record": b"\x15\x03\x01\0\2\1\0",
    "0xff": b"\xff" * 100,
    "SSL 2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600") + b"x" * 20,
    "64 KiB of zeros": b"\0" * 65536,
}


def test_not_tls():
    for name, send in NOT_TLS.items():
        row(name, send=send, log=refused("not-tls"))


V1, V2 = h.proxy_v1(), h.proxy_v2()     # of 192.0.2.7:4711

BAD_HEADERS = [
    Fault(name="v1, bad address",
          send=b"PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n" + h.hello(),
          detail="v1: bad source address"),
    Fault(name="v1, leading zero",
          send=b"PROXY TCP4 192.0.2.2 192.0.2.1 01 2\r\n" + h.hello(),
          detail="v1: bad source port"),
    Fault(name="v1, address of another family",
          send=b"PROXY TCP4 ::1 ::1 1 2\r\n" + h.hello(),
          detail="v1: bad source address"),
    Fault(name="v1, no CRLF in 107 bytes",
          send=b"PROXY UNKNOWN " + b"x" * 200,
          detail="v1: no CRLF in 107 bytes"),
    Fault(name="v1, LF only",
          send=V1.replace(b"\r", b"") + h.hello(),
          detail="v1: control byte before CRLF"),
    Fault(name="v2, version 3",
          send=b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c" + b"x" * 12,
          detail="v2: version is not 2"),
    Fault(name="v2, TLV too long",
          send=h.proxy_v2(tlvs=b"\1\0\x40abc") + h.hello(),
          detail="v2: TLV beyond the header"),
]


def test_proxy():
    for fault in BAD_HEADERS:
        row(f"PROXY {fault.name}", send=fault.send, log=refused("proxy", detail=fault.detail))
    for name, send in (("ClientHello", h.hello()), ("HTTP", b"GET / HTTP/1.0\r\n\r\n")):
        row(f"-p require, {name} without a PROXY header",
            send=send,
            log=refused("proxy", detail="no PROXY header, with -p require"),
            flags=("-p", "require"))
    for name, header in (("v1", V1), ("v2", V2)):
        row(f"-p off, PROXY {name}",
            send=header + h.hello(),
            log=refused("proxy", client="192.0.2.7:4711", detail="PROXY header with -p off"),
            flags=("-p", "off"))
    row("PROXY header twice",
        send=V1 + V1 + h.hello(),
        log=refused("proxy", client="192.0.2.7:4711", detail="second PROXY header"))


run(test_alpn, test_names, test_versions, test_bad_hello, test_not_tls, test_proxy)
