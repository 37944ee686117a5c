"""hello: ClientHellos made by hand, byte by byte (RFC 8446 section 4.1.2)."""
import os
import struct


def vec(n, b):
    """A vector: its length in n bytes, then itself."""
    return len(b).to_bytes(n, "big") + b


def ext(kind, body):
    return struct.pack(">H", kind) + vec(2, body)


def sni(name):
    return ext(0, vec(2, b"\0" + vec(2, name)))


def alpn(*protos):
    return ext(16, vec(2, b"".join(vec(1, p) for p in protos)))


def versions(*vs):
    return ext(43, vec(1, b"".join(struct.pack(">H", v) for v in vs)))


def record(msg, size=16384):
    """The message in records of at most size bytes."""
    return b"".join(b"\x16\x03\x01" + vec(2, msg[i:i + size])
                    for i in range(0, len(msg), size))


def message(exts, version=0x0303, ciphers=b"\x13\x01\xc0\x2f\xc0\x2b"):
    body = (struct.pack(">H", version) + os.urandom(32) + vec(1, b"") +
            vec(2, ciphers) + vec(1, b"\0"))
    if exts is not None:
        body += vec(2, b"".join(exts))
    return b"\x01" + vec(3, body)


def hello(name=b"known.example.org", protos=(b"acme-tls/1",), vers=(0x0304, 0x0303),
          version=0x0303, more=(), size=16384):
    """A ClientHello in records; name or protos None: without the extension."""
    exts = []
    if name is not None:
        exts.append(sni(name))
    if protos is not None:
        exts.append(alpn(*protos))
    if vers is not None:
        exts.append(versions(*vers))
    exts += [ext(10, vec(2, b"\0\x1d\0\x17")), ext(13, vec(2, b"\x04\x03\x08\x04"))]
    exts += more
    return record(message(exts, version), size)


def proxy_v1(src="192.0.2.7", sport=4711, dst="192.0.2.1", dport=443):
    fam = "TCP6" if ":" in src else "TCP4"
    return f"PROXY {fam} {src} {dst} {sport} {dport}\r\n".encode()


def proxy_v2(src="192.0.2.7", sport=4711, dst="192.0.2.1", dport=443, tlvs=b"", cmd=1):
    import socket
    fam = socket.AF_INET6 if ":" in src else socket.AF_INET
    body = (socket.inet_pton(fam, src) + socket.inet_pton(fam, dst) +
            struct.pack(">HH", sport, dport) + tlvs)
    return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | cmd, 0x21 if ":" in src else 0x11]) +
            vec(2, body))


PROXY_V2_LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"
