#!/usr/bin/env python3
"""
refused: what gets an alert, or nothing, and never a certificate.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
from rows import MAIN_ONLY, alert, row, run

BAD_NAMES = [b"../known.example.org", b"/etc/passwd", b"known.example.org\0", b"a\0b", b"a\nb", b"\x1b[2J", b"a/b",
             b"..", b".", b"a..b", b".a", b"192.0.2.1", b"192.0.2.1.", b"::1", b"[::1]", b"a" * 64 + b".org",
             b".".join([b"a" * 63] * 4), b"*.example.org", b"b\xc3\xbccher.org", b"a b", b"-a.org", b"%s.org",
             b"a" * 300, b"x" * 16000]
if MAIN_ONLY:
    BAD_NAMES = BAD_NAMES[:3] + BAD_NAMES[-2:]


def escaped(name):
    """As the log has it: %XX for everything that is not of host names."""
    text = "".join(chr(b) if chr(b).isalnum() and b < 128 or chr(b) in ".-_" else f"%{b:02X}" for b in name[:256])
    return text + ("..." if len(name) > 256 else "")


def test_refused():
    row("no ALPN extension", h.hello(protos=None), alert(120),
        'refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"')
    row("ALPN h2 only", h.hello(protos=[b"h2", b"http/1.1"]), alert(120),
        "refused reason=alpn name=known.example.org {peer} MS")
    row("ALPN like acme-tls/1", h.hello(protos=[b"acme-tls/1\0", b"acme-tls/10", b"ACME-TLS/1"]), alert(120),
        "refused reason=alpn name=known.example.org {peer} MS")
    row("no SNI", h.hello(name=None), alert(109), "refused reason=no-name {peer} MS")
    for name in BAD_NAMES:
        row(f"SNI {name[:40]!r}", h.hello(name=name), alert(112),
            f"refused reason=bad-name name={escaped(name)} {{peer}} MS", both=len(name) < 30)
    row("SNI without a pair", h.hello(name=b"Unknown.example.org."), alert(112),
        "refused reason=unknown-name name=unknown.example.org {peer} MS")
    for n in (247, 248, 253):       # names that are longer than a file name may be, with .crt.pem
        name = (b"a" * 49 + b".") * 4 + b"b" * (n - 200)
        row(f"SNI of {n} bytes without a pair", h.hello(name=name), alert(112),
            f"refused reason=unknown-name name={name.decode()} {{peer}} MS", both=False)
    row("TLS 1.1", h.hello(version=0x0302, vers=None), alert(70, b"\x03\x02"),
        "refused reason=version name=known.example.org {peer} MS")
    row("TLS 1.0", h.hello(version=0x0301, vers=None), alert(70, b"\x03\x01"),
        "refused reason=version name=known.example.org {peer} MS")
    row("supported_versions without 1.2 and 1.3", h.hello(vers=(0x0302, 0x7f1c)), alert(70),
        "refused reason=version name=known.example.org {peer} MS")
    row("SSL 3, no extensions", h.record(h.message(None, 0x0300)), alert(70, b"\x03\x00"),
        "refused reason=version {peer} MS")


def test_bad_hello():
    good = h.hello()
    dup = [h.ext(21, b""), h.ext(21, b"")]
    for name, data, why in [
            ("extension twice", h.hello(more=dup), "extension given twice"),
            ("SNI list with a byte behind it", h.hello(name=None, more=[h.ext(0, b"\0\4\0\0\1a\0")]),
             "server_name: bad list"),
            ("two host names", h.hello(name=None, more=[h.ext(0, h.vec(2, b"\0\0\1a\0\0\1b"))]),
             "server_name: two host names"),
            ("empty host name", h.hello(name=b""), "server_name: bad entry"),
            ("empty ALPN name", h.hello(protos=[b""]), "ALPN: bad protocol name"),
            ("empty ALPN list", h.hello(protos=[]), "ALPN: bad list"),
            ("extensions cut short", h.record(h.message([h.sni(b"a.org")])[:-1] + b""), None),
            ("record of 0 bytes", b"\x16\x03\x01\0\0", "empty record"),
            ("record of 16385 bytes", b"\x16\x03\x01\x40\x01", "record too long"),
            ("data behind it in its record", h.record(h.message([h.sni(b"a.org")]) + b"x"),
             "data after the ClientHello in its record"),
            ("ServerHello first", b"\x16\x03\x01\0\4\2\0\0\0", "first message is not a ClientHello"),
            ("hello of 131397 bytes", b"\x16\x03\x01\x40\0\1\2\x01\x45", "ClientHello too long"),
            ("alert amid the hello", good[:3] + b"\0\6" + good[5:11] + b"\x15\x03\x01\0\2\1\0",
             "another record within the ClientHello")]:
        if why is None:     # its length says more than there is: cut, not malformed
            row(name, data, b"", "refused reason=hung-up {peer} MS", half_close=True)
            continue
        row(name, data, alert(50), f'refused reason=bad-hello {{peer}} MS detail="{why}"')


def test_not_tls():
    for name, data in [("HTTP", b"GET / HTTP/1.1\r\nHost: known.example.org\r\n\r\n"), ("SSH", b"SSH-2.0-x\r\n"),
                       ("one byte", b"\0"), ("an alert record", b"\x15\x03\x01\0\2\1\0"), ("0xff", b"\xff" * 100),
                       ("SSL 2", bytes.fromhex("802e0100020015000000100100800200800300800400800500800600") + b"x" * 20),
                       ("POST", b"POST / HTTP/1.0\r\n\r\n"), ("64 KiB of zeros", b"\0" * 65536)]:
        row(name, data, b"", "refused reason=not-tls {peer} MS")


def test_proxy_faults():
    good = h.hello()
    v1, v2 = h.proxy_v1(), h.proxy_v2()
    for name, data, flags, why in [
            ("v1, bad address", b"PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n" + good, (), "v1: bad source address"),
            ("v1, leading zero", b"PROXY TCP4 192.0.2.2 192.0.2.1 01 2\r\n" + good, (), "v1: bad source port"),
            ("v1, other family", b"PROXY TCP4 ::1 ::1 1 2\r\n" + good, (), "v1: bad source address"),
            ("v1, no CRLF in 107 bytes", b"PROXY UNKNOWN " + b"x" * 200, (), "v1: no CRLF in 107 bytes"),
            ("v1, LF only", v1.replace(b"\r", b"") + good, (), "v1: control byte before CRLF"),
            ("v2, version 3", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c" + b"x" * 12, (), "v2: version is not 2"),
            ("v2, TLV too long", h.proxy_v2(tlvs=b"\1\0\x40abc") + good, (), "v2: TLV beyond the header"),
            ("no header, -p require", good, ("-p", "require"), "no PROXY header, with -p require"),
            ("HTTP, -p require", b"GET / HTTP/1.0\r\n\r\n", ("-p", "require"), "no PROXY header, with -p require"),
            ("v1, -p off", v1 + good, ("-p", "off"), "PROXY header with -p off"),
            ("v2, -p off", v2 + good, ("-p", "off"), "PROXY header with -p off")]:
        log = f'refused reason=proxy {{peer}} MS detail="{why}"'
        if "-p off" in name:
            log = f'refused reason=proxy client=192.0.2.7:4711 {{peer}} MS detail="{why}"'
        row(f"PROXY {name}", data, b"", log, flags=flags)
    row("PROXY twice", v1 + v1 + good, b"",
        'refused reason=proxy client=192.0.2.7:4711 {peer} MS detail="second PROXY header"')


run(test_refused, test_bad_hello, test_not_tls, test_proxy_faults)
