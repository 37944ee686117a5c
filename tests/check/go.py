#!/usr/bin/env python3
# Copyright (c) 2026 The alpnd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
"""
go: alpnd-check and a CA written in Go say the same of a pair.  Each pair is
served by alpnd to boulder.go in a real handshake; the table of both verdicts is
in the output.
"""
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

import der
import tap

CHECK = os.path.abspath(os.environ.get("ALPND_CHECK", "./alpnd-check"))
ALPND = os.path.abspath(os.environ.get("ALPND", "./alpnd"))
LIBRESSL = os.environ.get("LIBTLS") == "LibreSSL"
# what neither alpnd-check nor alpnd can read with LibreSSL, though a CA can
NOT_LIBRESSL = {
    "a date without seconds": "certificate-malformed",
    "a date with a zone": "certificate-malformed",
    "Ed25519": "key-unloadable",
}
# nor with OpenSSL 3.5, in alpnd's handshake: a CA then sees none
VERSION = subprocess.run(["openssl", "version"], stdout=subprocess.PIPE, text=True).stdout
STRICT = [int(n) for n in re.search(r"(\d+)\.(\d+)", VERSION).groups()] >= [3, 5]
NOT_OPENSSL_35 = ("a date without seconds",)
TMP = tempfile.mkdtemp(prefix="alpnd-go.")
DIR = TMP + "/alpn-certs"
CASES = []  # (what, is good), in the order of their names

RSA_OID, PSS_OID, EC_OID = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"
SHA = {256: "2.16.840.1.101.3.4.2.1", 384: "2.16.840.1.101.3.4.2.2", 512: "2.16.840.1.101.3.4.2.3"}
EC = der.Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = der.Key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def ec(curve, *more):
    return der.Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve, *more)


def rsa(bits, *more):
    return der.Key(
        "-algorithm",
        "RSA",
        "-pkeyopt",
        f"rsa_keygen_bits:{bits}",
        *(x for m in more for x in ("-pkeyopt", m)),
    )


def host():
    return f"n{len(CASES)}.example.org"


def case(what, good, cert, key=EC):
    der.write_pair(DIR, host(), cert, key)
    CASES.append((what, good))


def simple(what, good, *extensions, key=EC, **kw):
    """A certificate that is right but for what the arguments say."""
    if key is RSA and "algorithm" not in kw:
        kw["algorithm"] = der.seq(der.oid(der.SHA256_RSA), der.null())
    case(what, good, der.certificate(key, der.san(host()), der.acme(), *extensions, **kw), key)


def replaced(what, good, san=None, acme=None):
    case(
        what,
        good,
        der.certificate(EC, *(x for x in (san or der.san(host()), acme or der.acme()) if x)),
    )


def pss(hash_bits, salt, mask_bits=None, null=True, trailer=b""):
    def algorithm(bits):
        return der.seq(der.oid(SHA[bits]), der.null() if null else b"")

    return der.seq(
        der.oid(PSS_OID),
        der.seq(
            der.tlv(0xA0, algorithm(hash_bits)),
            der.tlv(
                0xA1, der.seq(der.oid("1.2.840.113549.1.1.8"), algorithm(mask_bits or hash_bits))
            ),
            der.tlv(0xA2, der.integer(salt)),
            trailer,
        ),
    )


def pss_options(hash_bits, salt, mask_bits=None):
    return (
        f"-sha{hash_bits}",
        "-sigopt",
        "rsa_padding_mode:pss",
        "-sigopt",
        f"rsa_pss_saltlen:{salt}",
        "-sigopt",
        f"rsa_mgf1_md:sha{mask_bits or hash_bits}",
    )


def keys():
    simple("P-256", True)
    simple("RSA of 2048 bits", True, key=RSA)
    for curve, good in (
        ("P-384", True),
        ("P-521", True),
        ("secp224r1", False),
        ("secp256k1", False),
        ("brainpoolP256r1", False),
    ):
        simple("a key on " + curve, good, key=ec(curve))
    simple("a curve by its parameters", False, key=ec("P-256", "-pkeyopt", "ec_param_enc:explicit"))
    point = EC.spki[-65:]
    curve = der.seq(der.oid(EC_OID), der.oid("1.2.840.10045.3.1.7"))
    simple(
        "a compressed point",
        False,
        spki=der.seq(curve, der.bits(bytes([2 + point[64] % 2]) + point[1:33])),
    )
    simple(
        "a hybrid point",
        False,
        spki=der.seq(curve, der.bits(bytes([6 + point[64] % 2]) + point[1:])),
    )
    for bits, good in ((1024, False), (3072, True), (4096, True)):
        key = rsa(bits)
        simple(
            f"RSA of {bits} bits",
            good,
            key=key,
            algorithm=der.seq(der.oid(der.SHA256_RSA), der.null()),
        )
    algorithm = der.seq(der.oid(der.SHA256_RSA), der.null())
    simple("RSA of 9216 bits", False, key=rsa(9216, "rsa_keygen_primes:4"), algorithm=algorithm)
    simple("RSA with exponent 3", True, key=rsa(2048, "rsa_keygen_pubexp:3"), algorithm=algorithm)
    simple(
        "RSA with an exponent of 33 bits",
        False,
        key=rsa(2048, "rsa_keygen_pubexp:4294967297"),
        algorithm=algorithm,
    )
    key = rsa(2048, "rsa_keygen_pubexp:131")
    at = key.spki.index(b"\x02\x82\x01\x01")
    modulus = key.spki[at : at + 4 + 257]
    for exponent, good in ((131, True), (-125, False)):  # -125 has the same byte, 0x83
        public = der.bits(der.seq(modulus, der.integer(exponent)))
        spki = der.seq(der.seq(der.oid(RSA_OID), der.null()), public)
        simple(f"RSA with exponent {exponent}", good, key=key, spki=spki, algorithm=algorithm)
    body = RSA.spki[RSA.spki.index(b"\x03\x82") :]
    simple("RSA without NULL", False, key=RSA, spki=der.seq(der.seq(der.oid(RSA_OID)), body))
    key = der.Key("-algorithm", "ED25519")
    simple("Ed25519", True, key=key, algorithm=der.seq(der.oid("1.3.101.112")), digest=["-rawin"])
    key = der.Key("-algorithm", "ED448")
    simple("Ed448", False, key=key, algorithm=der.seq(der.oid("1.3.101.113")), digest=["-rawin"])
    key = der.Key("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    simple(
        "a key of RSA-PSS type", False, key=key, algorithm=pss(256, 32), digest=pss_options(256, 32)
    )


def signatures():
    for bits, number in (384, 12), (512, 13):
        simple(
            f"RSA and SHA-{bits}",
            True,
            key=RSA,
            digest=[f"-sha{bits}"],
            algorithm=der.seq(der.oid(f"1.2.840.113549.1.1.{number}"), der.null()),
        )
        simple(
            f"ECDSA and SHA-{bits}",
            True,
            digest=[f"-sha{bits}"],
            algorithm=der.seq(der.oid(f"1.2.840.10045.4.3.{number - 9}")),
        )
    for hashed, number, good in (
        ("sha1", 5, True),
        ("sha224", 14, False),
        ("md5", 4, False),
        ("md4", 3, False),
        ("sha512-256", 16, False),
    ):
        simple(
            f"RSA and {hashed}",
            good,
            key=RSA,
            digest=["-" + hashed] if hashed != "md4" else ["-md5"],
            algorithm=der.seq(der.oid(f"1.2.840.113549.1.1.{number}"), der.null()),
        )
    simple(
        "RSA and SHA-1 by another OID",
        True,
        key=RSA,
        digest=["-sha1"],
        algorithm=der.seq(der.oid("1.3.14.3.2.29"), der.null()),
    )
    for hashed, number, good in ("sha1", "1", True), ("sha224", "3.1", False):
        simple(
            f"ECDSA and {hashed}",
            good,
            digest=["-" + hashed],
            algorithm=der.seq(der.oid("1.2.840.10045.4." + number)),
        )
    simple(
        "ECDSA and SHA3-256",
        False,
        digest=["-sha3-256"],
        algorithm=der.seq(der.oid("2.16.840.1.101.3.4.3.10")),
    )
    simple(
        "ECDSA and SHA-256 with NULL",
        True,
        algorithm=der.seq(der.oid(der.SHA256_ECDSA), der.null()),
    )
    simple(
        "RSA and SHA-256 without NULL", True, key=RSA, algorithm=der.seq(der.oid(der.SHA256_RSA))
    )
    key = der.Key("-algorithm", "ED25519")
    simple(
        "Ed25519 with NULL",
        False,
        key=key,
        algorithm=der.seq(der.oid("1.3.101.112"), der.null()),
        digest=["-rawin"],
    )
    for bits, salt, mask, good in (
        (256, 32, 256, True),
        (384, 48, 384, True),
        (512, 64, 512, True),
        (256, 20, 256, False),
        (256, 222, 256, False),
        (256, 32, 384, False),
    ):
        simple(
            f"RSA-PSS, SHA-{bits}, a salt of {salt}, MGF1 of SHA-{mask}",
            good,
            key=RSA,
            algorithm=pss(bits, salt, mask),
            digest=pss_options(bits, salt, mask),
        )
    simple(
        "RSA-PSS without NULLs",
        True,
        key=RSA,
        algorithm=pss(256, 32, null=False),
        digest=pss_options(256, 32),
    )
    simple("a signature of nothing", False, signature=EC.sign(b"nothing"))
    simple("a signature that is empty", False, signature=b"")
    simple("another algorithm inside", False, inner=der.seq(der.oid("1.2.840.10045.4.3.3")))
    simple("an algorithm that nobody knows", False, algorithm=der.seq(der.oid("1.2.3.4")))


def fields():
    for version, good in ((0, False), (1, False), (3, False)):
        simple(f"version {version + 1}", good, version=version)
    for what, good, serial in (
        ("zero", True, der.integer(0)),
        ("negative", False, der.integer(-1)),
        ("of 20 bytes", True, der.integer(2**158)),
        ("of 21 bytes", True, der.integer(2**163)),
        ("of 200 bytes", True, der.integer(2**1599)),
        ("with a leading zero", False, der.tlv(2, b"\0\1")),
        ("empty", False, der.tlv(2)),
    ):
        simple("a serial number " + what, good, serial=serial)

    def called(tag, text):
        return der.seq(der.tlv(0x31, der.seq(der.oid("2.5.4.3"), der.tlv(tag, text))))

    for what, good, name in (
        ("empty", True, der.seq()),
        ("PrintableString", True, called(0x13, b"a b*&")),
        ("PrintableString with '@'", False, called(0x13, b"a@b")),
        ("UTF8String", True, called(0x0C, "b\u00fc\U0001f600".encode())),
        ("UTF8String that is Latin-1", False, called(0x0C, b"b\xfc")),
        ("UTF8String with a surrogate", False, called(0x0C, b"\xed\xa0\x80")),
        ("IA5String", True, called(0x16, b"a@b")),
        ("IA5String of 8 bits", False, called(0x16, b"\xfc")),
        ("T61String", True, called(0x14, b"\xfc")),
        ("BMPString", True, called(0x1E, b"\0a")),
        ("BMPString of 3 bytes", False, called(0x1E, b"\0ab")),
        ("NumericString", True, called(0x12, b"1 2")),
        ("NumericString with a letter", False, called(0x12, b"a")),
        ("VisibleString", False, called(0x1A, b"a")),
        ("UniversalString", False, called(0x1C, b"\0\0\0a")),
        ("of 15,000 bytes", True, called(0x0C, b"a" * 15000)),
    ):
        simple("a name: " + what, good, issuer=name, subject=name)
    simple("another issuer", False, issuer=der.name("another"))
    simple("the issuer in capitals", False, issuer=der.name("VALIDATION"))
    simple("the issuer as another type", False, issuer=called(0x13, b"validation"))
    end = der.time("490101000000Z")
    for what, good, begin in (
        ("of 2050", True, der.time("20500101000000Z")),
        ("a GeneralizedTime before 2050", True, der.time("20250101000000Z")),
        ("without seconds", True, der.tlv(0x17, b"2501010000Z")),
        ("with a zone", True, der.tlv(0x17, b"250101000000+0100")),
        ("with the zone +0000", False, der.tlv(0x17, b"250101000000+0000")),
        ("with a fraction", False, der.tlv(0x18, b"20250101000000.5Z")),
        ("of February 30", False, der.time("250230000000Z")),
        ("of February 29, 2024", True, der.time("240229000000Z")),
        ("of February 29, 2025", False, der.time("250229000000Z")),
        ("of month 13", False, der.time("251301000000Z")),
        ("of hour 24", False, der.time("250101240000Z")),
        ("of second 60", False, der.time("250101000060Z")),
        ("of letters", False, der.tlv(0x17, b"yesterday")),
        ("empty", False, der.tlv(0x17)),
        ("without a zone", False, der.tlv(0x17, b"250101000000")),
        ("of no type for times", False, der.tlv(0x0C, b"250101000000Z")),
    ):
        simple("a date " + what, good, validity=der.seq(begin, end))
    simple("expired", True, validity=der.seq(der.time("200101000000Z"), der.time("200108000000Z")))
    simple("a unique identifier", True, before=der.tlv(0x81, b"\0\1"))
    simple("bytes behind it", False, end=b"\0\0")


def extensions():
    for what, good, number, value, critical in (
        ("unknown", True, "1.2.3.4", b"x", False),
        ("unknown and critical", True, "1.2.3.4", b"x", True),
        ("of a long OID", False, "1.2.99999999999", b"x", False),
        ("of an OID of 31 bits", True, "1.2.2147483647", b"x", False),
        ("keyUsage", True, "2.5.29.15", b"\3\2\7\x80", True),
        ("keyUsage, malformed", False, "2.5.29.15", b"\3\2\7\xff", True),
        ("basicConstraints", True, "2.5.29.19", der.seq(b"\1\1\xff"), True),
        ("basicConstraints, malformed", False, "2.5.29.19", b"\5\0", True),
        ("basicConstraints with TRUE of 1", False, "2.5.29.19", der.seq(b"\1\1\1"), True),
        ("extKeyUsage", True, "2.5.29.37", der.seq(der.oid("1.3.6.1.5.5.7.3.1")), False),
        ("extKeyUsage, malformed", False, "2.5.29.37", der.seq(der.null()), False),
        ("subjectKeyIdentifier", True, "2.5.29.14", der.octets(b"x"), False),
        ("subjectKeyIdentifier, critical", False, "2.5.29.14", der.octets(b"x"), True),
        ("subjectKeyIdentifier, malformed", False, "2.5.29.14", b"\3\1\0", False),
        ("authorityKeyIdentifier", True, "2.5.29.35", der.seq(der.tlv(0x80, b"x")), False),
        ("authorityKeyIdentifier, malformed", False, "2.5.29.35", b"\4\1\0", False),
        ("certificatePolicies", True, "2.5.29.32", der.seq(der.seq(der.oid("2.5.29.32.0"))), False),
        ("certificatePolicies, malformed", False, "2.5.29.32", der.seq(der.null()), False),
        ("cRLDistributionPoints, malformed", False, "2.5.29.31", b"\4\0", False),
        ("nameConstraints, malformed", False, "2.5.29.30", b"\4\0", False),
        (
            "authorityInfoAccess",
            True,
            "1.3.6.1.5.5.7.1.1",
            der.seq(der.seq(der.oid("1.3.6.1.5.5.7.48.1"), der.tlv(0x86, b"http://a"))),
            False,
        ),
        ("authorityInfoAccess, malformed", False, "1.3.6.1.5.5.7.1.1", der.seq(der.null()), False),
    ):
        simple("an extension: " + what, good, der.extension(number, value, critical))
    twice = der.extension("1.2.3.4", b"x")
    simple("one extension twice", False, twice, twice)
    simple("critical with FALSE", True, der.seq(der.oid("1.2.3.4"), b"\1\1\0", der.octets(b"x")))
    simple(
        "critical with TRUE of 1", False, der.seq(der.oid("1.2.3.4"), b"\1\1\1", der.octets(b"x"))
    )
    for what, good, value in (
        (
            "a length too long",
            False,
            lambda n: b"\x30\x81" + bytes([len(n) + 2]) + der.tlv(0x82, n),
        ),
        ("bytes behind it", False, lambda n: der.seq(der.tlv(0x82, n)) + b"\0"),
        ("of no bytes", False, lambda n: b""),
        ("of no names", False, lambda n: der.seq()),
        ("8 bits", False, lambda n: der.seq(der.tlv(0x82, b"\xfc" + n))),
        ("a NUL behind", False, lambda n: der.seq(der.tlv(0x82, n + b"\0"))),
        ("twice the name", False, lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x82, n))),
        ("and an address", False, lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x87, b"\1\2\3\4"))),
        (
            "and 5 bytes of address",
            False,
            lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x87, b"12345")),
        ),
        ("and a mail address", False, lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x81, b"a@b"))),
        (
            "and an object identifier",
            False,
            lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x88, b"\x2a")),
        ),
        (
            "and an unknown kind of name",
            False,
            lambda n: der.seq(der.tlv(0x82, n), der.tlv(0x89, b"x")),
        ),
    ):
        replaced(
            "subjectAltName: " + what, good, san=der.extension(der.SAN, value(host().encode()))
        )
    replaced(
        "subjectAltName: critical", True, san=der.extension(der.SAN, der.dns(host()), critical=True)
    )
    replaced("subjectAltName: capitals", False, san=der.san(host().upper()))
    replaced("subjectAltName: another name", False, san=der.san("www.example.org"))
    for what, good, value in (
        ("of 31 bytes", False, der.octets(b"x" * 31)),
        ("of 33 bytes", False, der.octets(b"x" * 33)),
        ("a long length", False, b"\4\x81\x20" + b"x" * 32),
        ("bytes behind it", False, der.octets(b"x" * 32) + b"\0"),
        ("a UTF8String", False, der.tlv(0x0C, b"x" * 32)),
    ):
        replaced(
            "acmeIdentifier: " + what, good, acme=der.extension(der.ACME, value, critical=True)
        )
    replaced(
        "acmeIdentifier: not critical", False, acme=der.extension(der.ACME, der.octets(der.DIGEST))
    )


def shared():
    """Pairs from reports of users, as they came."""
    for name in "v1-lua-resty-acme-48", "rsapss":
        for kind in "crt", "key":
            shutil.copy(f"{HERE}/cases/{name}.{kind}.pem", f"{DIR}/{name}.example.{kind}.pem")
            os.chmod(f"{DIR}/{name}.example.{kind}.pem", 0o640)


def ask_go(names):
    """What boulder.go says of each."""
    env = {**os.environ, "GOCACHE": TMP + "/cache", "GOFLAGS": "-mod=mod", "GO111MODULE": "off"}
    subprocess.run(
        ["go", "build", "-o", TMP + "/boulder", HERE + "/boulder.go"], check=True, env=env
    )
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = subprocess.Popen(
        [ALPND, "-i", "0", "-d", DIR],
        stdin=listener,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    listener.close()
    try:
        return subprocess.run(
            [TMP + "/boulder", f"127.0.0.1:{port}", *names],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=600,
        ).stdout.splitlines()
    finally:
        server.terminate()
        server.wait()


def ask_check():
    out = subprocess.run(
        [
            CHECK,
            "-j",
            "-d",
            DIR,
            "-u",
            "root" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name,
        ],
        stdout=subprocess.PIPE,
        timeout=600,
    ).stdout
    rows = {}
    for line in out.splitlines():
        r = json.loads(line)
        codes = [f["code"] for f in r["findings"] if f["severity"] == "error"]
        rows[r["name"]] = codes[0] if codes else "ok"
    return rows


def main():
    os.mkdir(DIR, 0o750)
    for group in keys, signatures, fields, extensions:
        group()
    shared()
    names = [f"n{i}.example.org" for i in range(len(CASES))] + [
        "v1-lua-resty-acme-48.example",
        "rsapss.example",
    ]
    whats = CASES + [
        ("a report: X.509 version 1", False),
        ("a report: a key of RSA-PSS type", False),
    ]
    check, go = ask_check(), ask_go(names)
    tap.ok(len(whats) >= 40 and len(go) == len(whats), f"{len(whats)} certificates", go)
    print(f"# {'certificate':55} {'alpnd-check':22} Go")
    for (what, _), name, said in zip(whats, names, go):
        print(f"# {what[:55]:55} {check.get(name, '-'):22} {said}")
    for (what, good), name, said in zip(whats, names, go):
        mine = check.get(name)
        agree = (mine == "ok") == (said == "ok")
        if LIBRESSL and what in NOT_LIBRESSL:
            agree = mine == NOT_LIBRESSL[what]
        tap.ok(
            agree,
            f"{what}: the two agree",
            f"alpnd-check: {mine}\nGo: {said}",
        )
        if STRICT and not LIBRESSL and what in NOT_OPENSSL_35:
            good = False
        tap.ok((said == "ok") == good, "... as expected", f"Go: {said}")
    shutil.rmtree(TMP)
    tap.done()


main()
