"""pairs: TLS-ALPN-01 certificates as dehydrated makes them (RFC 8737 section 3)."""
import base64
import os
import ssl
import subprocess

KEYS = {"rsa2048": ["rsa:2048"], "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]}
WEAK = {"rsa1024": ["rsa:1024"]}     # which alpnd-check finds
ED25519 = {"ed25519": ["ed25519"]}   # which LibreSSL's libtls cannot load


def make(certdir, name, key="p256", critical="critical,"):
    """Write the pair of a name; returns the certificate's DER."""
    crt, pem = (os.path.join(certdir, f"{name}.{k}.pem") for k in ("crt", "key"))
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "7", "-newkey",
                    *(KEYS | WEAK | ED25519)[key], "-keyout", pem,
                    "-out", crt, "-subj", "/CN=" + name[:60], "-addext",
                    "subjectAltName=DNS:" + name,
                    "-addext", f"1.3.6.1.5.5.7.1.31={critical}DER:04:20:" + ":".join(["ab"] * 32)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(pem, 0o640)
    with open(crt) as f:
        return ssl.PEM_cert_to_DER_cert(f.read())


def encrypted(key, *command):
    """A key with a password, by a command of openssl."""
    return subprocess.run(["openssl", *command, "-passout", "pass:secret"], input=key,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def many_rounds(key):
    """
    PKCS #8 whose PBKDF2 (RFC 8018 A.2) has 2^31 - 1 rounds, in place of the 2048 that openssl
    writes: libcrypto needs 16 seconds, also without the password.
    """
    lines = encrypted(key, "pkcs8", "-topk8", "-v2", "aes-256-cbc").decode().split("\n")
    der = bytearray(base64.b64decode("".join(x for x in lines if "---" not in x)))
    at = der.index(b"\x02\x02\x08\x00")
    der[at:at + 4] = b"\x02\x04\x7f\xff\xff\xff"
    for i in [i for i in range(at) if der[i] == 0x30]:      # the SEQUENCEs around it
        head = 2 if der[i + 1] < 0x80 else 2 + (der[i + 1] & 0x7f)
        first = i + 1 if head == 2 else i + 2
        size = int.from_bytes(der[first:i + head], "big")
        if i + head <= at < i + head + size:
            der[first:i + head] = (size + 2).to_bytes(i + head - first, "big")
    return pem("ENCRYPTED PRIVATE KEY", bytes(der))


def pem(label, der):
    text = base64.b64encode(der).decode()
    body = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()
