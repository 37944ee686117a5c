"""der: certificates byte by byte (X.690, RFC 5280 section 4.1), also those that no tool makes."""
import base64
import os
import subprocess
import tempfile

SHA256_ECDSA = "1.2.840.10045.4.3.2"
SHA256_RSA = "1.2.840.113549.1.1.11"
SAN = "2.5.29.17"
ACME = "1.3.6.1.5.5.7.1.31"
DIGEST = bytes([0xab] * 32)


def tlv(tag, *parts):
    """Tag, length, value."""
    body = b"".join(parts)
    n = len(body)
    size = (n.bit_length() + 7) // 8
    length = bytes([n]) if n < 128 else bytes([0x80 | size]) + n.to_bytes(size, "big")
    return bytes([tag]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    first, second, *rest = (int(x) for x in text.split("."))
    out = b""
    for n in (40 * first + second, *rest):
        part = bytes([n & 0x7f])
        while n := n >> 7:
            part = bytes([0x80 | n & 0x7f]) + part
        out += part
    return tlv(6, out)


def null():
    return b"\5\0"


def bits(data, unused=0):
    return tlv(3, bytes([unused]), data)


def octets(data):
    return tlv(4, data)


def name(cn):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, cn.encode()))))


def time(text):
    return tlv(0x17 if len(text) == 13 else 0x18, text.encode())


def extension(number, value, critical=False):
    return seq(oid(number), b"\1\1\xff" if critical else b"", octets(value))


def dns(*names):
    """The value of a subjectAltName."""
    return seq(*(tlv(0x82, n.encode()) for n in names))


def san(*names):
    return extension(SAN, dns(*names))


def acme(digest=DIGEST):
    return extension(ACME, octets(digest), critical=True)


class Key:
    """A private key; kind: arguments of openssl genpkey."""

    def __init__(self, *kind):
        self.pem = subprocess.run(["openssl", "genpkey", *kind], check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL).stdout
        self.spki = self.public("DER")

    def public(self, form):
        return subprocess.run(["openssl", "pkey", "-pubout", "-outform", form], input=self.pem,
                              check=True, stdout=subprocess.PIPE).stdout

    def sign(self, data, *options):
        """options: of openssl dgst, or "-rawin" for pkeyutl where there is no digest."""
        with tempfile.TemporaryDirectory() as d:
            for f, text in (("key", self.pem), ("data", data)):
                with open(f"{d}/{f}", "wb") as out:
                    out.write(text)
            command = (["pkeyutl", "-sign", "-rawin", "-inkey", f"{d}/key", "-in", f"{d}/data"]
                       if options == ("-rawin",) else
                       ["dgst", *(options or ["-sha256"]), "-sign", f"{d}/key", f"{d}/data"])
            return subprocess.run(["openssl", *command], check=True, stdout=subprocess.PIPE).stdout


def certificate(key, *extensions, version=2, serial=integer(1), algorithm=None, inner=None,
                issuer=None, subject=None, validity=None, spki=None, before=b"", after=b"",
                digest=(), signature=None, end=b""):
    """
    The DER of a certificate that key has signed.  Each part is DER; before and after stand
    around the extensions in the tbsCertificate, end behind the whole.
    """
    algorithm = algorithm or seq(oid(SHA256_ECDSA))
    tbs = seq(tlv(0xa0, integer(version)) if version else b"", serial, inner or algorithm,
              issuer if issuer is not None else name("validation"),
              validity or seq(time("250101000000Z"), time("490101000000Z")),
              subject if subject is not None else name("validation"), spki or key.spki, before,
              tlv(0xa3, seq(*extensions)) if extensions else b"", after)
    made = signature if signature is not None else key.sign(tbs, *digest)
    return seq(tbs, algorithm, bits(made)) + end


def pem(data, label="CERTIFICATE"):
    text = base64.encodebytes(data).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def write_pair(directory, host, cert, key):
    """cert: DER, or PEM as text."""
    text = cert if isinstance(cert, str) else pem(cert)
    for kind, data in ("crt", text.encode()), ("key", key if isinstance(key, bytes) else key.pem):
        path = os.path.join(directory, f"{host}.{kind}.pem")
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o640)
