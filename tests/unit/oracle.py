#!/usr/bin/env python3
"""An oracle for the three parsers: the PROXY header, the ClientHello and the host name.

Written from the specifications (HAProxy's proxy-protocol.txt, RFC 8446, 5246, 6066, 7301, 1123)
by someone who had not seen the C, so that a misreading of the one is not a misreading of the other
as well.

    oracle.py [DRIVER [COUNT [SEED]]]

makes COUNT inputs (100000), gives them to DRIVER (unit/verdict.c) and compares the answers; the
result is TAP. DRIVER reads cases from stdin, each a kind (p, h or n), 4 bytes of length, big
endian, and the bytes, and prints one line per case: what proxy(), hello() or name() below return.
"""
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter


class Bad(Exception):
    """The bytes are malformed."""


class Reader:
    """Numbers and length-prefixed vectors (RFC 8446 3.3, 3.4) from the front of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def more(self):
        return self.at < len(self.data)

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Bad
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def vector(self, width):
        return self.take(self.number(width))

    def end(self):
        if self.more():
            raise Bad


# --- the PROXY header, proxy-protocol.txt ----------------------------------------------------

V1_START = b"PROXY "
V1_UNKNOWN = b"PROXY UNKNOWN"
V1_MAX = 107                                       # 2.1: the longest line, CRLF included
# a CR without LF, or a byte that no line of TCP4 or TCP6 has
V1_FAULT = re.compile(rb"\r[^\n]|[^\r\x20-\x7e]")
V1_PORT = re.compile(rb"0|[1-9][0-9]{0,4}")
IPV4_MAPPED = bytes(10) + b"\xff\xff"
V2_START = b"\r\n\r\n\0\r\nQUIT\n"
# 2.2: bytes of addresses for UNSPEC, INET, INET6, UNIX
V2_ADDRESSES = (0, 12, 36, 216)


def proxy(b):
    for start, parse in ((V1_START, proxy_v1), (V2_START, proxy_v2)):
        if b.startswith(start):
            return parse(b)
        if start.startswith(b):
            return "more"
    return "none"


def proxy_done(used, version, local=0, client="-"):
    return f"done used={used} version={version} local={local} client={client}"


def address(family, packed, port):
    if packed[:12] == IPV4_MAPPED and len(packed) == 16:
        # RFC 4291 2.5.5.2: the log has the IPv4 address
        family, packed = socket.AF_INET, packed[12:]
    text = socket.inet_ntop(family, packed)
    return f"[{text}]:{port}" if family == socket.AF_INET6 else f"{text}:{port}"


def proxy_v1(b):
    line = b[:V1_MAX]
    end = line.find(b"\r\n")
    if not line.startswith(V1_UNKNOWN):
        fault = V1_FAULT.search(line)
        if fault and (end < 0 or fault.start() < end):
            return "bad"
    if end < 0:
        return "bad" if len(line) == V1_MAX else "more"
    try:
        return proxy_done(end + 2, 1, client=v1_client(line[:end]))
    except Bad:
        return "bad"


def v1_client(line):
    """The client that a whole line of version 1 names, without its CRLF."""
    if line == V1_UNKNOWN or line.startswith(V1_UNKNOWN + b" "):
        return "-"
    fields = line.split(b" ")
    if len(fields) != 6 or fields[1] not in (b"TCP4", b"TCP6"):
        raise Bad
    family = socket.AF_INET if fields[1] == b"TCP4" else socket.AF_INET6
    source = v1_address(family, fields[2])
    # the destination is not judged, but it must be there
    if not fields[3]:
        raise Bad
    port, _ = [v1_port(field) for field in fields[4:]]
    return address(family, source, port)


def v1_address(family, text):
    try:
        return socket.inet_pton(family, text.decode("latin-1"))
    except (OSError, ValueError):
        raise Bad from None


def v1_port(text):
    if not V1_PORT.fullmatch(text) or int(text) > 65535:
        raise Bad
    return int(text)


def proxy_v2(b):
    try:
        return proxy_v2_fields(b)
    except Bad:
        return "bad"


def proxy_v2_fields(b):
    """Byte for byte: what is wrong is found as soon as the byte that makes it wrong is there."""
    if len(b) < 13:
        return "more"
    version, command = b[12] >> 4, b[12] & 15
    if version != 2 or command > 1:
        raise Bad
    local = command == 0
    if len(b) < 14:
        return "more"
    family, transport = b[13] >> 4, b[13] & 15
    if not local and (family > 3 or transport > 2):
        raise Bad
    if len(b) < 16:
        return "more"
    used = 16 + int.from_bytes(b[14:16], "big")
    if not local and used - 16 < V2_ADDRESSES[family]:
        raise Bad
    if len(b) < used:
        return "more"
    if local or family == 0:                       # 2.2: the receiver must skip what follows
        return proxy_done(used, 2, int(local))
    return proxy_done(used, 2, client=v2_client(family, transport, Reader(b[16:used])))


def v2_client(family, transport, body):
    packed = body.take(V2_ADDRESSES[family])
    while body.more():                             # 2.2.1: type, length, value, to the very end
        body.take(1)
        body.vector(2)
    if family == 3 or transport != 1:
        return "-"
    size = 4 if family == 1 else 16
    port = int.from_bytes(packed[2 * size:2 * size + 2], "big")
    return address(socket.AF_INET if family == 1 else socket.AF_INET6, packed[:size], port)


# --- the ClientHello, RFC 8446 4.1.2, 5.1 ----------------------------------------------------

RECORD_MAX = 16384                                 # RFC 8446 5.1
HELLO_MAX = 131396                                 # every vector of a ClientHello at its longest
SERVER_NAME, GROUPS, SIGALGS, ALPN, PSK, VERSIONS, KEY_SHARE = 0, 10, 13, 16, 41, 43, 51
ACME = b"acme-tls/1"                               # RFC 8737 4


def hello(b):
    verdict, body, used = hello_records(b)
    if verdict != "done":
        return verdict
    try:
        tls, sni, alpn = hello_body(body)
    except Bad:
        return "bad"
    host = "-" if sni is None else kept(sni)
    return (f"done used={used} tls={tls:d} sni={host} alpn={alpn is not None:d} "
            f"acme={ACME in (alpn or ()):d}")


def kept(sni):
    """alpnd keeps 256 bytes of it: no host name is so long."""
    return sni.hex() if len(sni) <= 256 else f"{sni[:256].hex()}...{len(sni)}"


def hello_records(b):
    """Verdict, body of the ClientHello, bytes of its records: the first fault decides."""
    at, message = 0, b""
    while at < len(b):
        head = b[at:at + 5]
        if head[0] != 22 or head[1:2] not in (b"", b"\3"):
            return "bad" if at else "none", None, 0
        if len(head) < 5:
            break
        length = int.from_bytes(head[3:], "big")
        if not 1 <= length <= RECORD_MAX:          # 5.1: no empty fragments of handshake messages
            return "bad", None, 0
        at += 5 + length
        message += b[at - length:at]
        need = hello_needs(message)
        # with what is still to come of this record
        promised = len(message) + max(0, at - len(b))
        if need is None or len(message) >= 4 and promised > need:
            # 5.1: nothing but the ClientHello before the key change
            return "bad", None, 0
        if len(message) == need and at <= len(b):
            return "done", message[4:], at
    return "more", None, 0


def hello_needs(message):
    """Length of the message (5: not known yet), None if it is not a ClientHello. RFC 8446 4."""
    if message[:1] not in (b"", b"\1"):
        return None
    if len(message) < 4:
        return 5
    size = int.from_bytes(message[1:4], "big")
    return 4 + size if size <= HELLO_MAX else None


def hello_body(body):
    r = Reader(body)
    version = r.number(2)
    r.take(32)
    session, suites, compression = r.vector(1), r.vector(2), r.vector(1)
    if version >> 8 != 3 or len(session) > 32:
        raise Bad
    if not suites or len(suites) % 2 or 0 not in compression:
        raise Bad
    extensions = hello_extensions(r)
    found = {kind: parse(Reader(extensions[kind]))
             for kind, parse in EXTENSIONS.items() if kind in extensions}
    if VERSIONS in found:                          # 4.2.1: then legacy_version does not count
        tls = any(offer in (0x0303, 0x0304) for offer in found[VERSIONS])
    else:
        tls = version >= 0x0303
    return tls, found.get(SERVER_NAME), found.get(ALPN)


def hello_extensions(r):
    """The extensions by their types, in order. None at all is well-formed too, RFC 5246 7.4.1.4."""
    if not r.more():
        return {}
    block, found = Reader(r.vector(2)), {}
    r.end()
    while block.more():
        kind = block.number(2)
        # 4.2: no two of a type; 4.2.11: pre_shared_key is the last
        if kind in found or PSK in found:
            raise Bad
        found[kind] = block.vector(2)
    return found


def whole_list(r, width):
    """A list, not empty, that is all there is in an extension."""
    items = r.vector(width)
    r.end()
    if not items:
        raise Bad
    return Reader(items)


def filled(r, width):
    """A vector of at least one byte."""
    data = r.vector(width)
    if not data:
        raise Bad
    return data


def server_name(r):                                # RFC 6066 3
    entries, host = whole_list(r, 2), None
    while entries.more():
        kind, text = entries.number(1), filled(entries, 2)
        if kind == 0 and host is not None:
            raise Bad
        host = text if kind == 0 else host
    return host


def protocol_names(r):                             # RFC 7301 3.1
    entries, names = whole_list(r, 2), []
    while entries.more():
        names.append(filled(entries, 1))
    return names


def pairs(width):
    """RFC 8446 4.2.1, 4.2.3, 4.2.7: a list of numbers of two bytes."""
    def parse(r):
        items, numbers = whole_list(r, width), []
        while items.more():
            numbers.append(items.number(2))
        return numbers
    return parse


def key_share(r):                                  # RFC 8446 4.2.8
    shares = Reader(r.vector(2))
    r.end()
    while shares.more():
        shares.number(2)
        filled(shares, 2)


EXTENSIONS = {SERVER_NAME: server_name, ALPN: protocol_names, VERSIONS: pairs(1), GROUPS: pairs(2),
              SIGALGS: pairs(2), KEY_SHARE: key_share}


# --- the host name, RFC 1123 2.1, RFC 1035 2.3.1, 2.3.4, with the underscore -----------------

LABEL = rb"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(LABEL + rb"(?:\." + LABEL + rb")*")


def name(b):
    b = b.lower().removesuffix(b".")
    if len(b) > 253 or not NAME.fullmatch(b) or re.fullmatch(rb"[0-9]+", b.rsplit(b".")[-1]):
        return "bad"
    return "ok " + b.decode("ascii")


ORACLES = {"p": proxy, "h": hello, "n": name}


# --- the vectors -----------------------------------------------------------------------------

def rows(file):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors", file)
    with open(path, encoding="ascii") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    return [(fields[0], bytes.fromhex(fields[1]), *fields[2:]) for fields in lines
            if not fields[0].startswith("#")]


def proxy_row_wrong(title, b, verdict, host, port, _, opts):
    """What the oracle says if it contradicts a row of proxy.tsv, else None."""
    answer, opts = proxy(b), opts.split(",")
    if "either" in opts:
        return None
    if title == "varnish-o00005-1":                # a wrong CRC32C, which is not looked at
        verdict, host, port = "accept", "217.70.181.33", "60822"
    if verdict == "reject":
        good = proxy_row_refused(b, answer, opts)
    else:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        client = "-" if verdict == "local" else address(family, socket.inet_pton(family, host),
                                                        port)
        good = answer.startswith(f"done used={len(b)} ") and answer.endswith(f" client={client}")
        good = good and all(proxy(b[:cut]) == "more" for cut in range(min(len(b), 300)))
    return None if good else answer


def proxy_row_refused(b, answer, opts):
    if "lenient" in opts:
        return answer == "bad"
    if "eof" in opts:                              # a cut header, some of them wrong before the cut
        return answer in ("bad", "more")
    if answer.startswith("done"):                  # a good header, but no TLS behind it
        return hello(b[int(re.search(r"used=(\d+)", answer)[1]):]) == "none"
    return answer in ("bad", "none", "more")


# rows that are wrong before what the table gives as the reason
WRONG_BEFORE = {
    "openssl-fuzz:28379c5e7d1d": "type of a later record, in its truncated header",
    "openssl-fuzz:72e689e60cdc": "type of a later record, in its truncated header",
    "s2n-fuzz:0469f72cf0f4": "data after the ClientHello, in its truncated record",
    "boringssl-fuzz:0af4dcca8de9": "an empty name of type 1 before the host_name with the NUL",
}


def hello_row_wrong(title, b, sni, alpn, verdict, __, tags):
    """What the oracle says if it contradicts a row of clienthello.tsv, else None."""
    answer, (tags, _, reason) = hello(b), tags.partition(";")
    if verdict == "malformed":
        if title in WRONG_BEFORE:
            good = answer == "bad"
        elif reason.startswith("truncated"):
            good = answer == "more"
        elif "in host_name" in reason or "longer than 255" in reason:
            text = re.search(r"sni=([0-9a-f]+)", answer)
            good = bool(text) and name(bytes.fromhex(text[1])) == "bad"
        else:
            good = answer in ("bad", "none")
    else:
        good = answer == hello_row_done(b, sni, alpn, tags.split(","))
        good = good and all(hello(b[:cut]) == "more" for cut in hello_row_cuts(len(b)))
    return None if good else answer


def hello_row_done(b, sni, alpn, tags):
    raw = re.sub(rb"%(..)", lambda m: bytes.fromhex(m[1].decode()), sni.encode())
    host = "-" if sni == "-" else kept(raw)
    tls = b[10] >= 3 if "noext" in tags else "pre-tls12" not in tags
    return (f"done used={len(b)} tls={tls:d} sni={host} alpn={alpn != '-':d} "
            f"acme={'acme-tls/1' in alpn.split(','):d}")


def hello_row_cuts(length):
    return [*range(0, min(length, 64)), *range(64, length, max(1, length // 16)), length - 1]


def check_vectors(tap, file, wrong):
    table = rows(file)
    notes = [f"{row[0]}: {answer}" for row in table if (answer := wrong(*row))]
    tap.test(not notes, f"the oracle agrees with {len(table)} rows of {file}", notes)


# --- inputs ----------------------------------------------------------------------------------

ODD_BYTES = (b"\x00\x01\x02\x03\x09\x0a\x0d\x14\x15\x16\x17\x20\x21\x2d\x2e\x30\x3a\x40\x5f\x7e\x7f"
             b"\x80\xff")
CONTROLS = b"\r\r\r\n\n\0\t\x1f\x7f\x80\xff"
ODD_PORTS = (b"65536", b"00", b"01", b"+1", b"-1", b"", b"99999", b"100000", b"4294967376",
             b"18446744073709551696",
             b"1a", b"0x50", b"8 0", b"080", b"6553 ", b"\xb2")
ODD_V4 = (b"256.1.1.1", b"1.2.3", b"1.2.3.4.5", b"01.2.3.4", b"1.2.3.04", b"0x1.2.3.4", b"1.2.3.",
          b".1.2.3", b"",
          b"1..2.3", b"1.2.3.4.", b"16909060", b"1.2.3.1000", b"::1", b"::ffff:1.2.3.4",
          b"00.0.0.0", b"1.2.3.-4")
ODD_V6 = (b"1::2::3", b":::", b":", b"", b"1:2:3:4:5:6:7", b"1:2:3:4:5:6:7:8:9", b"12345::", b"::g",
          b"fe80::1%eth0",
          b"fe80::1%1", b"[::1]", b"1.2.3.4", b"::1.2.3", b"::1.2.3.256", b"::01.2.3.4",
          b"1:2:3:4:5:6:7:1.2.3.4",
          b":1::", b"1:", b"::1:", b"1:2:3:4:5:6:7::8", b"::1/64", b"1:2:3:4::5:6:7:8", b"::00001",
          b"1.2.3.4::")
GOOD_V6 = (b"::", b"::1", b"1::", b"1:2:3:4:5:6:7::", b"::2:3:4:5:6:7:8", b"1:2:3:4:5:6:7:8",
           b"::1.2.3.4", b"0001::0F",
           b"1:2:3:4:5:6:1.2.3.4", b"0:0:0:0:0:0:0:0", b"64:ff9b::192.0.2.33", b"::ffff:0:0",
           b"::1:0:0:1",
           b"::ffff:9.8.7.6")
ODD_NAMES = (b"", b".", b"..", b"-", b"_", b"a.", b"a..", b".a", b"a..b", b"127.0.0.1", b"1.2.3.4.",
             b"[::1]", b"::1",
             b"../x", b"a/b", b"a b", b"a\0b", b"a\nb", b"*.example.org", b"xn--mgbh0fb.example",
             b"a.-b", b"a.b-",
             b"1.0.0.127.in-addr.arpa", b"0x7f.1", b"a.0x1", b"-a.b", b"a-.b", b"a.1", b"1a.2b",
             b"1", b"_acme.x_y",
             b"a.1.", b"\xc3\x89.fr", b"\xe1.org", b"a@b", b"a`b", b"a[b", b"a{b", b"A-Z.a-z.0-9z",
             b"a,b", b"a:1",
             b"999.999a", b"--", b"a.--.b", b"a--b", b"a;b", b"a^b", b"a.\xb2", b"1.\xd9\xa1")
PROTOCOLS = (ACME, ACME, ACME, b"h2", b"http/1.1", b"acme-tls/", b"acme-tls/10", b"ACME-TLS/1",
             b"acme-tls/2",
             b"\nacme-tls/1", b"acme-tls/1\0", b"http/1.0", b"spdy/3.1", b"\x8a\x8a", b"h3")
NOT_TLS = (b"GET / HTTP/1.0\r\n\r\n", b"\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10",
           b"\x15\x03\x01\0\x02\x02\x28", b"\0\0",
           b"SSH-2.0-x\r\n", b"\x16\x02\0\0\x04\x01", b"\x16\xfe\xfd\0\0", b"\x17\x03\x03\0\x01\0",
           b"\x16\x04",
           b"\x14\x03\x03\0\x01\x01", b"PROXY TCP4 ", V2_START)
PLAIN_TYPES = (1, 5, 11, 15, 17, 18, 20, 21, 22, 23, 27, 28, 34, 35, 42, 44, 45, 47, 49, 50, 57,
               13172, 17513, 17613,
               0xfe0d, 0xff01, 0xff02, 0x0a0a, 0x8a8a, 0xfafa, 0xffff)
ODD_KINDS = (b"TCP", b"UDP4", b"tcp4", b"TCP5", b"", b"UNKNOW", b"TCP44")


class Inputs:
    """An endless, repeatable supply of cases. slip() is where a builder goes wrong."""

    def __init__(self, seed):
        self.r, self.rate = random.Random(seed), 0
        self.donors = {"p": [row[1] for row in rows("proxy.tsv")],
                       "h": [row[1] for row in rows("clienthello.tsv")]}
        self.donors["n"] = [b for row in rows("clienthello.tsv") if (b := row[2].encode()) != b"-"]

    def case(self):
        kind = self.r.choices("phn", (35, 45, 20))[0]
        self.rate = self.r.choices((0, 0.01, 0.03, 0.1), (50, 15, 25, 10))[0]
        builder = {"p": self.proxy, "h": self.hello, "n": self.name}[kind]
        what = self.r.random()
        b = builder() if what < 0.80 else self.donor(kind) if what < 0.97 else self.noise()
        if self.chance(0.2):
            b = self.mutate(kind, b)
        if self.chance(0.2):
            b = self.cut(b)
        if self.chance(0.15):
            b += self.r.choice((b"\n", b"\x16\x03\x01", b"PROXY ", b"\0", self.noise(),
                                self.donor("h")))
        return kind, b

    # chances

    def chance(self, probability):
        return self.r.random() < probability

    def slip(self):
        return self.rate > 0 and self.r.random() < self.rate

    def size(self, most):
        """A small number more often than a large one."""
        return min(most, int(self.r.expovariate(3 / most)))

    def some(self, low, high):
        return self.r.randbytes(self.r.randint(low, high))

    def text(self, alphabet, length):
        return bytes(self.r.choices(alphabet, k=length))

    def vector(self, width, data):
        length = len(data) + (self.r.choice((-1, 1, -1, 1, -2, 2, 256)) if self.slip() else 0)
        return min(max(length, 0), 256 ** width - 1).to_bytes(width, "big") + data

    def donor(self, kind):
        b = self.r.choice(self.donors[kind])
        return b if len(b) < 2500 or self.chance(0.02) else b[:self.r.randint(0, 2500)]

    def noise(self):
        return self.r.choice((b"", self.some(0, 40), self.text(ODD_BYTES, self.size(40)),
                              self.r.choice(NOT_TLS)))

    # faults of any kind

    def cut(self, b):
        places = (self.r.randint(0, len(b)), self.r.randint(0, 20), len(b) - self.r.randint(1, 6))
        return b[:max(0, self.r.choice(places))]

    def mutate(self, kind, b):
        for _ in range(self.r.choice((1, 1, 1, 2, 4))):
            b = self.r.choice((self.flip, self.nudge, self.put, self.insert, self.delete,
                               self.repeat))(bytearray(b))
        return self.splice(bytes(b), self.donor(kind)) if self.chance(0.1) else bytes(b)

    def place(self, b):
        """Somewhere in b, the front (where the headers are) more often than not."""
        return self.r.randrange(min(len(b), self.r.choice((16, 64, 200, len(b))))) if b else 0

    def flip(self, b):
        if b:
            b[self.place(b)] ^= 1 << self.r.randrange(8)
        return b

    def nudge(self, b):
        if b:
            at = self.place(b)
            b[at] = (b[at] + self.r.choice((-1, 1))) % 256
        return b

    def put(self, b):
        if b:
            b[self.place(b)] = self.r.choice(ODD_BYTES)
        return b

    def insert(self, b):
        at = self.place(b)
        return b[:at] + self.text(ODD_BYTES, self.r.randint(1, 3)) + b[at:]

    def delete(self, b):
        at = self.place(b)
        return b[:at] + b[at + self.r.randint(1, 3):]

    def repeat(self, b):
        at = self.place(b)
        return b[:at + self.r.randint(1, 8)] + b[at:]

    def splice(self, a, b):
        return a[:self.r.randint(0, len(a))] + b[self.r.randint(0, len(b)):]

    # PROXY headers

    def proxy(self):
        return self.r.choices((self.v1_tcp, self.v1_unknown, self.v2), (40, 15, 45))[0]()

    def v1_tcp(self):
        six = self.chance(0.5)
        kind = self.r.choice(ODD_KINDS) if self.slip() else b"TCP6" if six else b"TCP4"
        six ^= self.slip()
        fields = [b"PROXY", kind, self.ip(six), self.destination(six), self.port(), self.port()]
        if self.slip():
            self.r.choice((fields.pop, lambda: fields.append(self.port())))()
        line = b"".join(field + self.space() for field in fields[:-1]) + fields[-1]
        if self.slip():
            line += b" " * self.r.choice((1, max(1, 104 - len(line)), max(1, 105 - len(line)),
                                          max(1, 106 - len(line))))
        line += self.line_end()
        # a byte that is bad at once, nothing or little behind it
        if self.chance(0.08):
            at = self.r.randint(6, len(line))
            line = line[:at] + self.text(CONTROLS, 1) + line[at:at + self.r.choice((0, 1, 2, 200))]
        return line

    def space(self):
        return self.r.choice((b"  ", b"\t", b"", b"\n", b" \0")) if self.slip() else b" "

    def line_end(self):
        return self.r.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b" \r\n",
                              b"\0\r\n")) if self.slip() else b"\r\n"

    def port(self):
        if self.slip():
            return self.r.choice(ODD_PORTS)
        return b"%d" % self.r.choice((0, 1, 80, 443, 9999, 10000, 65535, self.r.randint(0, 65535)))

    def destination(self, six):
        other = (self.ip(not six), b"unix:/run/x.sock", b"unix:", b"-", b"")
        return self.r.choice(other) if self.chance(0.2) else self.ip(six)

    def ip(self, six):
        if self.slip():
            return self.r.choice(ODD_V6 if six else ODD_V4)
        if not six:
            return b".".join(b"%d" % self.r.choice((0, 9, 10, 99, 100, 255, n))
                             for n in self.r.randbytes(4))
        return self.r.choice((self.r.choice(GOOD_V6), self.ip6()))

    def ip6(self):
        groups = [self.r.choice((0, 0, n, n * 257)) for n in self.r.randbytes(8)]
        form = self.r.choice(("{:x}", "{:04x}", "{:X}", "{:02x}"))
        text = ":".join(form.format(group) for group in groups)
        packed = b"".join(group.to_bytes(2, "big") for group in groups)
        return self.r.choice((text, socket.inet_ntop(socket.AF_INET6, packed))).encode()

    def v1_unknown(self):
        line = V1_UNKNOWN + (self.r.choice((b"X", b"\t", b"\n", b"\r", b"-", b"\0 ")) if self.slip()
                             else b"")
        if self.chance(0.8):
            room = self.r.choice((0, 5, 30, *range(89, 94))) + self.r.randint(0, 2)
            tail = self.text(b" 0123456789:.abc", room)
            for _ in range(self.r.choice((0, 0, 1, 5))):
                tail = bytes(self.put(bytearray(tail)))
            line += b" " + tail
        return line + self.line_end()

    def v2(self):
        command = self.r.randrange(256) if self.slip() else self.r.choice((0x21, 0x21, 0x21, 0x20))
        family = self.r.choice((0x11, 0x11, 0x21, 0x21, 0x31, 0x12, 0x22, 0x10, 0x32, 0, 1, 2,
                                self.r.randrange(64)))
        family = self.r.randrange(256) if self.slip() else family
        size = V2_ADDRESSES[family >> 4] if family < 64 else 12
        size = self.r.choice((0, 1, size + 1, max(0, size - 1))) if self.slip() else size
        junk = command == 0x20 or family < 16
        body = self.some(0,
                         60) if junk and self.chance(0.7) else self.r.randbytes(size) + self.tlvs()
        return V2_START + bytes((command, family)) + self.vector(2, body)

    def tlvs(self):
        few = self.r.choice((0, 0, 1, 1, 2, 5))
        out = b"".join(self.r.randbytes(1) + self.vector(2, self.r.randbytes(self.size(60)))
                       for _ in range(few))
        if self.chance(0.001):
            out += b"\4" + self.vector(2, bytes(self.r.choice((4000, 60000, 65300))))
        return out + (self.some(1, 3) if self.slip() else b"")

    # ClientHellos

    def hello(self):
        what = self.r.random()
        if what < 0.02:
            return self.r.choice(NOT_TLS) + self.some(0, 20)
        if what < 0.06:
            return self.limits()
        body = self.big_body() if what < 0.061 else self.body()
        kind = self.r.choice(b"\0\2\x0b\xff") if self.slip() else 1
        message = bytes((kind,)) + self.vector(3, body)
        return self.records(message + (self.some(1, 5) if self.slip() else b""))

    def limits(self):
        """Length fields at their limits, most of what they promise missing."""
        size = self.r.choice((HELLO_MAX - 1, HELLO_MAX, HELLO_MAX + 1, 0, 1, 0xffffff, 0x020000,
                              0x020145))
        record = self.r.choice((0, 1, 3, 4, 5, 6, RECORD_MAX - 1, RECORD_MAX, RECORD_MAX + 1,
                                0x4100, 0xffff))
        message = self.r.choice((b"\1", b"\1", b"\1", b"\2")) + size.to_bytes(3, "big")
        message += self.some(0, 3)
        message = message[:self.r.randint(0, len(message))]
        return b"\x16\3\1" + record.to_bytes(2, "big") + message

    def body(self):
        version = self.r.choices((0x0303, 0x0301, 0x0302, 0x0300, 0x0304, 0x03ff),
                                 (80, 6, 6, 3, 3, 2))[0]
        version = self.r.choice((0x0200, 0x0002, 0x0403, 0xfefd,
                                 0x1303)) if self.slip() else version
        session = self.r.randbytes(self.r.choice((33, 33, 34, 255) if self.slip()
                                                 else (0, 32, 32, 1, 31)))
        suites = b"" if self.slip() else self.r.randbytes(2 * self.r.randint(1, 20) + self.slip())
        compression = self.r.choice((b"", b"\1", b"\1\2") if self.slip()
                                    else (b"\0", b"\0", b"\1\0", b"\0\1"))
        out = version.to_bytes(2, "big") + self.r.randbytes(32 - self.slip())
        out += self.vector(1, session)
        out += self.vector(2, suites) + self.vector(1, compression)
        if self.chance(0.95):
            out += self.vector(2, self.extensions())
        return out + (self.some(1, 3) if self.slip() else b"")

    def big_body(self):
        """Every vector at its longest, or nearly so: HELLO_MAX comes out if all of them are."""
        space = 65535 - self.r.choice((0, 0, 0, 1))
        known = self.extension(ALPN, self.alpn()) + self.extension(SERVER_NAME, self.sni())
        padding = self.extension(21, bytes(max(0, space - len(known) - 4)))
        out = b"\3\3" + self.r.randbytes(32) + self.vector(1, self.r.randbytes(32))
        out += self.vector(2, self.r.randbytes(65534 - self.r.choice((0, 0, 2))))
        out += self.vector(1, bytes(255))
        return out + self.vector(2, (known + padding)[:65535])

    def extension(self, kind, data):
        return kind.to_bytes(2, "big") + self.vector(2, data)

    def extensions(self):
        known = {SERVER_NAME: self.sni, ALPN: self.alpn, VERSIONS: self.versions,
                 GROUPS: self.numbers, SIGALGS: self.numbers, KEY_SHARE: self.shares}
        kinds = [kind for kind in known if self.chance(0.7)]
        kinds += self.r.sample(PLAIN_TYPES, self.r.randint(0, 6))
        self.r.shuffle(kinds)
        if self.chance(0.1):
            kinds.append(PSK)
        if kinds and self.slip():                  # twice the same, or pre_shared_key anywhere
            kinds.insert(self.r.randint(0, len(kinds)), self.r.choice((PSK, self.r.choice(kinds))))
        return b"".join(self.extension(kind, known.get(kind, self.plain)()) for kind in kinds)

    def plain(self):
        return self.r.choice((b"", b"\0", self.some(1, 12), bytes(self.size(400))))

    def sni(self):
        entries = [(0, self.host())]
        if self.chance(0.05):
            entries.insert(self.r.randint(0, 1), (self.r.randint(1, 255), self.some(1, 9)))
        if self.chance(0.02):
            entries = [(kind or 7, text) for kind, text in entries]
        if self.slip() or self.chance(0.01):
            entries = self.r.choice(([], entries * 2, entries + [(0, b"x")], [(0, b"")],
                                     entries + [(3, b"")]))
        whole = self.vector(2,
                            b"".join(bytes((kind,)) + self.vector(2, text)
                                     for kind, text in entries))
        return whole + (b"\0" if self.slip() else b"")

    def host(self):
        if self.chance(0.8):
            return self.text(b"abcxyz019-_", self.r.randint(1, 20)) + b".example"
        return self.r.choice((self.some(1, 9), b"a" * self.r.randint(250, 300), b"a\0b", b"../x\n",
                              b"EXAMPLE.org.",
                              b"-"))

    def alpn(self):
        names = self.r.choices(PROTOCOLS, k=self.r.choice((1, 1, 2, 3)))
        if self.slip():
            names.insert(self.r.randint(0, len(names)), b"")
        names = [] if self.slip() else names
        whole = self.vector(2, b"".join(self.vector(1, protocol) for protocol in names))
        return whole + (b"\0" if self.slip() else b"")

    def versions(self):
        known = (0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x3a3a, 0x7f1c, 0x0403)
        offers = self.r.choices(known, k=self.r.choice((1, 2, 3, 4)))
        return self.listed(1, b"".join(offer.to_bytes(2, "big") for offer in offers))

    def numbers(self):
        return self.listed(2, self.r.randbytes(2 * self.r.randint(1, 12)))

    def listed(self, width, items):
        items = b"" if self.slip() else items
        whole = self.vector(width, items + (b"\3" if self.slip() else b""))
        return whole + (b"\0" if self.slip() else b"")

    def shares(self):
        out = b""
        for _ in range(self.r.choice((0, 1, 1, 2, 3))):
            key = b"" if self.slip() else self.some(1216,
                                                    1217) if self.chance(0.02) else self.some(1, 40)
            out += self.r.randbytes(2) + self.vector(2, key)
        return self.vector(2, out) + (b"\0" if self.slip() else b"")

    def records(self, message):
        out = b""
        for piece in self.pieces(message):
            kind = self.r.choice(b"\0\x14\x15\x17\x18\x1a") if self.slip() else 22
            major = self.r.choice(b"\0\2\4\xfe") if self.slip() else 3
            out += bytes((kind, major, self.r.choice(b"\1\1\3\0\4\xff"))) + self.vector(2, piece)
        return out

    def pieces(self, message):
        """The fragments that go into records of their own, RFC 8446 5.1."""
        how = self.r.choices(("whole", "few", "head", "tiny"), (60, 20, 15, 5))[0]
        cuts = []
        if how == "few":
            cuts = [self.r.randint(1, len(message)) for _ in range(self.r.randint(1, 5))]
        elif how == "head":
            cuts = [self.r.randint(1, 6) for _ in range(self.r.randint(1, 4))]
        elif how == "tiny" and len(message) < 600:
            cuts = [cut for cut in range(1, len(message)) if self.chance(0.5)]
        most = 16384 if self.chance(0.9) else self.r.randint(16380, 16384)
        cuts = sorted({0, *cuts, *range(0, len(message), most), len(message)})
        pieces = [message[low:high] for low, high in zip(cuts, cuts[1:])]
        if self.slip():
            pieces.insert(self.r.randint(0, len(pieces)), b"")
        return pieces

    # host names

    def name(self):
        if self.chance(0.25):
            return self.r.choice(ODD_NAMES)
        out = b".".join(self.label() for _ in range(self.r.choice((1, 2, 3, 3, 4, 10))))
        if self.chance(0.15):                      # around the limit of 253
            out = self.long_name(self.r.choice((251, 252, 253, 254, 255, 256, 300)))
        if self.chance(0.1):
            out += b"." + self.text(b"0123456789", self.r.choice((1, 3, 63)))
        if self.chance(0.2):
            out += b"." + b"." * self.slip()
        if self.chance(0.001):
            out *= 1000
        return bytes(self.put(bytearray(out))) if self.slip() else out

    def label(self):
        length = self.r.choice((0, 1, 2, 64) if self.slip() else (1, 2, 3, 7, 12, 62, 63))
        inside = self.text(b"abcxyz019ABYZ__--", length)
        if self.slip():
            return inside
        return inside.replace(b"-", b"q") if length < 3 else b"x" + inside[1:-1] + b"9"

    def long_name(self, length):
        out = b""
        while len(out) < length:
            out += self.text(b"abz09_AZ", self.r.choice((1, 5, 30, 62, 63))) + b"."
        return out[:length - 1] + b"a"


# --- the comparison --------------------------------------------------------------------------

KINDS = {"p": "proxy", "h": "hello", "n": "name"}
VERDICTS = {"p": ("done", "more", "bad", "none"), "h": ("done", "more", "bad", "none"),
            "n": ("ok", "bad")}
# per cent of the inputs that each verdict gets at least
SHARE = {"p": 2, "h": 2, "n": 10}
CHUNK, ENOUGH, NOTES = 5000, 1000, 10


class Tap:
    def __init__(self):
        self.count, self.failed = 0, False

    def note(self, text):
        print("# " + text, flush=True)

    def test(self, good, text, notes=()):
        self.count, self.failed = self.count + 1, self.failed or not good
        print("ok" if good else "not ok", self.count, "-", text, flush=True)
        for line in notes[:NOTES]:
            self.note(line)


def shown(kind, b):
    tail = f"... ({len(b)} bytes)" if len(b) > 4000 else ""
    return f"{KINDS[kind]} {b[:4000].hex() or '(empty)'}{tail}"


def ask(driver, cases, limit=60):
    """The driver's lines, and what was wrong with the run itself (None if nothing)."""
    blob = b"".join(kind.encode() + len(b).to_bytes(4, "big") + b for kind, b in cases)
    with subprocess.Popen([driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            out = process.communicate(blob, timeout=limit)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return [], f"no end after {limit} s"
    lines = out.decode("ascii", "replace").split("\n")[:-1]
    if process.returncode or len(lines) != len(cases):
        return lines, f"exit {process.returncode}, {len(lines)} answers to {len(cases)} inputs"
    return lines, None


def culprit(driver, cases):
    """The one input on which the driver comes to grief, found by halves."""
    while len(cases) > 1:
        half = cases[:len(cases) // 2]
        cases = half if ask(driver, half, 10)[1] else cases[len(half):]
    return f"{shown(*cases[0])}: {ask(driver, cases, 10)[1] or 'but not when it is alone'}"


def compare(driver, count, inputs):
    """Verdicts and disagreements by kind, and what is wrong with the driver itself."""
    verdicts, wrong = {kind: Counter() for kind in KINDS}, {kind: [] for kind in KINDS}
    while count > 0:
        cases = [inputs.case() for _ in range(min(count, CHUNK))]
        count -= len(cases)
        lines, trouble = ask(driver, cases)
        if trouble:
            return verdicts, wrong, [trouble, culprit(driver, cases)]
        for (kind, b), line in zip(cases, lines):
            want = ORACLES[kind](b)
            verdicts[kind][want.split(" ")[0]] += 1
            if want != line:
                wrong[kind].append(f"{shown(kind, b)}: oracle {want}, driver {line}")
    return verdicts, wrong, []


def report(tap, verdicts, wrong):
    for kind, seen in verdicts.items():
        total = sum(seen.values())
        summary = ", ".join(f"{seen[verdict]} {verdict}" for verdict in VERDICTS[kind])
        result = f"{len(wrong[kind])} disagreements" if wrong[kind] else "no disagreement"
        tap.test(not wrong[kind], f"{KINDS[kind]}: {total} inputs, {summary}: {result}",
                 wrong[kind])
    for kind, seen in verdicts.items():
        total = sum(seen.values())
        text = f"{KINDS[kind]}: each verdict in at least {SHARE[kind]} % of the inputs"
        if total < ENOUGH:
            tap.test(True, text + " # SKIP too few inputs")
        else:
            tap.test(all(seen[verdict] * 100 >= total * SHARE[kind] for verdict in VERDICTS[kind]),
                     text)


def main(arguments):
    if len(arguments) > 3:
        print("usage: oracle.py [DRIVER [COUNT [SEED]]]", file=sys.stderr)
        return 64
    built = os.environ.get("BUILD", "build/gcc") + "/tests/unit/verdict"
    driver = os.path.abspath(arguments[0] if arguments else built)
    if not os.access(driver, os.X_OK):
        print(f"Bail out! no program {driver}")
        return 1
    count = int(arguments[1]) if len(arguments) > 1 else 100000
    seed = int(arguments[2]) if len(arguments) > 2 else time.time_ns() // 1000000
    tap = Tap()
    tap.note(f"again: oracle.py {driver} {count} {seed}")
    check_vectors(tap, "proxy.tsv", proxy_row_wrong)
    check_vectors(tap, "clienthello.tsv", hello_row_wrong)
    verdicts, wrong, trouble = compare(driver, count, Inputs(seed))
    tap.test(not trouble, "the driver answered every input", trouble)
    report(tap, verdicts, wrong)
    print(f"1..{tap.count}")
    return int(tap.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
