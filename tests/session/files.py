#!/usr/bin/env python3
"""
files: the operator's mistakes: pairs and directories that cannot be used.
"""
import errno
import os
import subprocess
import sys
from typing import Callable, NamedTuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import pairs
import tap
from oneshot import can_be_others
from rows import (ANY, DIR, INTERNAL_ERROR, KNOWN, NO_APPLICATION_PROTOCOL, TMP, alert, error,
                  get, put, refused, row, run, served)

NOBODY = 65534
ONE_MISSING = "remove the file that is there, and run the ACME client again"
AGAIN = "remove both files and run the ACME client again"
UNUSABLE = (f"{ANY}; the certificate and key are damaged, too weak, or do not match; "
            "remove both files and run the ACME client again")

ENCRYPTED = ("encrypted with a password, which alpnd does not have; remove both files and let "
             "the ACME client write a key without a password")


def crt():
    return get(KNOWN, "crt")


def key():
    return get(KNOWN, "key")


def put_directory(name):
    put(name, crt=crt())
    os.mkdir(f"{DIR}/{name}.key.pem")


def put_fifo(name):
    put(name, key=key())
    os.mkfifo(f"{DIR}/{name}.crt.pem")


def put_link(name):
    put(name, crt=crt())
    os.symlink(f"{DIR}/{KNOWN}.key.pem", f"{DIR}/{name}.key.pem")


def pair_on(curve):
    """A certificate and its key."""
    curve = curve.replace("brainpoolp", "brainpoolP")
    out = subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
                          f"ec_paramgen_curve:{curve}", "-keyout", "-", "-subj", "/CN=a"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    at = out.index(b"-----BEGIN CERTIFICATE")
    return out[at:], out[:at]


class BadPair(NamedTuple):
    name: str
    make: Callable
    detail: str


BAD_PAIRS = [
    BadPair(name="pkcs8.org",
            make=lambda n: put(n, crt=crt(), key=pairs.encrypted(key(), "pkcs8", "-topk8")),
            detail=f"pkcs8.org.key.pem: {ENCRYPTED}"),
    BadPair(name="rfc1421.org",
            make=lambda n: put(n, crt=crt(), key=pairs.encrypted(key(), "ec", "-aes256")),
            detail=f"rfc1421.org.key.pem: {ENCRYPTED}"),
    BadPair(name="rounds.org",
            make=lambda n: put(n, crt=crt(), key=pairs.many_rounds(key())),
            detail=f"rounds.org.key.pem: {ENCRYPTED}"),
    *[BadPair(name=f"{curve}.org",
              make=lambda n, c=curve: put(n, *pair_on(c)),
              detail=f"{curve}.org.crt.pem: the key is on a curve that CAs do not offer; "
                     "remove both files and let the ACME client make a key on P-256")
      for curve in ("secp224r1", "secp256k1", "brainpoolp256r1")],
    BadPair(name="large.org",
            make=lambda n: put(n, crt=crt(), key=pairs.pem("RSA PRIVATE KEY", bytes(6144))),
            detail="large.org.key.pem: larger than an RSA key of 8192 bits, the largest that CAs "
                   "accept; remove both files and let the ACME client make a key of type P-256"),
    BadPair(name="nokey.org",
            make=lambda n: put(n, crt=crt()),
            detail=f"nokey.org.key.pem: missing, while nokey.org.crt.pem is there; {ONE_MISSING}"),
    BadPair(name="nocrt.org",
            make=lambda n: put(n, key=key()),
            detail=f"nocrt.org.crt.pem: missing, while nocrt.org.key.pem is there; {ONE_MISSING}"),
    BadPair(name="empty.org",
            make=lambda n: put(n, crt=b"", key=key()),
            detail="empty.org.crt.pem: empty; remove both files and run the ACME client "
                   "again; was the disk full?"),
    BadPair(name="big.org",
            make=lambda n: put(n, crt=crt(), key=key() + b"\n" * 65536),
            detail="big.org.key.pem: larger than 64 KiB, so it is not a file of a pair; " + AGAIN),
    BadPair(name="nopem.org",
            make=lambda n: put(n, crt=crt(), key=b"hello\n"),
            detail=f"nopem.org.key.pem: no PEM in it; {AGAIN}"),
    BadPair(name="mismatch.org",
            make=lambda n: put(n, crt=crt(), key=get("fallback", "key")),
            detail=f"mismatch.org.crt.pem, .key.pem: {UNUSABLE}"),
    BadPair(name="broken.org",
            make=lambda n: put(n, key=key(), crt=b"-----BEGIN CERTIFICATE-----\nAAAA\n"
                                                 b"-----END CERTIFICATE-----\n"),
            detail=f"broken.org.crt.pem, .key.pem: {UNUSABLE}"),
    BadPair(name="swapped.org",
            make=lambda n: put(n, crt=key(), key=crt()),
            detail=f"swapped.org.crt.pem, .key.pem: {UNUSABLE}"),
    BadPair(name="dir.org",
            make=put_directory,
            detail=f"dir.org.key.pem: not a regular file; {AGAIN}"),
    BadPair(name="fifo.org",
            make=put_fifo,
            detail=f"fifo.org.crt.pem: not a regular file; {AGAIN}"),
    BadPair(name="link.org",
            make=put_link,
            detail="link.org.key.pem: a symbolic link; put the file itself there"),
]


def test_bad_pairs():
    for pair in BAD_PAIRS:
        pair.make(pair.name)
        row(f"pair of {pair.name}",
            send=h.hello(name=pair.name.encode()),
            wire=alert(INTERNAL_ERROR),
            log=error(pair.name, f"{DIR}/{pair.detail}"),
            status=1)


def test_bad_directory():
    gone = TMP + "/gone"
    row("no directory",
        send=h.hello(),
        wire=alert(INTERNAL_ERROR),
        log=error(KNOWN, f"{gone}: no such directory; correct -d, or make the directory: "
                         "FILES in alpnd(8) says how"),
        status=1,
        certdir=gone)
    row("a file in place of the directory",
        send=h.hello(),
        wire=alert(INTERNAL_ERROR),
        log=error(KNOWN, f"{DIR}/fallback.key.pem: Not a directory"),
        status=1,
        certdir=DIR + "/fallback.key.pem")
    loop = TMP + "/loop"
    os.symlink(loop, loop)
    row("a link to itself in place of the directory",
        send=h.hello(),
        wire=alert(INTERNAL_ERROR),
        log=error(KNOWN, f"{loop}: {os.strerror(errno.ELOOP)}"),
        status=1,
        certdir=loop)
    row("no directory, but a hello that is refused without it",
        send=h.hello(protos=None),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", KNOWN, detail="no ALPN extension"),
        certdir=gone)


def test_bad_fallback():
    put("mismatch.org", crt=crt(), key=get("fallback", "key"))
    row("-f names a pair whose key is of another",
        send=h.hello(name=b"unknown.example.org"),
        wire=alert(INTERNAL_ERROR),
        log=error("unknown.example.org", f"{DIR}/mismatch.org.crt.pem, .key.pem: {ANY}"),
        status=1,
        flags=("-f", "mismatch.org"),
        all_stderrs=False)


def test_unreadable():
    """Permissions hold for others than root only."""
    if not can_be_others():
        return tap.skip("unreadable files: needs root to become another user")
    denied = f"permission denied to uid {NOBODY}, gid {NOBODY}"
    put("secret.org", crt=crt(), key=key())
    os.chmod(f"{DIR}/secret.org.key.pem", 0o600)
    row("unreadable key",
        send=h.hello(name=b"secret.org"),
        wire=alert(INTERNAL_ERROR),
        log=error("secret.org",
                  f"{DIR}/secret.org.key.pem: {denied}; set the mode of the file to 0640, "
                  "the mode of the directory to 2750, and the group of both to the group of "
                  "alpnd"),
        status=1,
        user=NOBODY)
    closed = TMP + "/closed"
    os.mkdir(closed, 0o700)
    row("unreadable directory",
        send=h.hello(),
        wire=alert(INTERNAL_ERROR),
        log=error(KNOWN,
                  f"{closed}: {denied}; set its mode to 2750 and its group to that of alpnd, and "
                  "let alpnd search all directories above it; alpnd-check(8) names what is wrong"),
        status=1,
        user=NOBODY,
        certdir=closed)
    os.chmod(f"{DIR}/{KNOWN}.key.pem", 0o644)
    served("served as another user", sni=KNOWN, user=NOBODY)


run(test_bad_pairs, test_bad_directory, test_bad_fallback, test_unreadable)
