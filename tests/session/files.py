#!/usr/bin/env python3
"""
files: the operator's mistakes: pairs and directories that cannot be used.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import tap
from oneshot import can_be_others
from rows import DIR, TMP, alert, get, put, row, run, served

def test_bad_pairs():
    crt, key = get("known.example.org", "crt"), get("known.example.org", "key")
    other = get("fallback", "key")
    anew = "remove that one and let the ACME client make both anew"
    both = "the certificate and key are damaged, too weak, or do not match; remove both files and run the ACME client again"
    put("nokey.org", crt)
    put("nocrt.org", None, key)
    put("empty.org", b"", key)
    put("big.org", crt, key + b"\n" * 65536)
    put("nopem.org", crt, b"hello\n")
    put("mismatch.org", crt, other)
    put("broken.org", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key)
    put("swapped.org", key, crt)
    put("dir.org", crt)
    os.mkdir(f"{DIR}/dir.org.key.pem")
    put("fifo.org", None, key)
    os.mkfifo(f"{DIR}/fifo.org.crt.pem")
    put("link.org", crt)
    os.symlink(f"{DIR}/known.example.org.key.pem", f"{DIR}/link.org.key.pem")
    for name, why in [
            ("nokey.org", f"{DIR}/nokey.org.key.pem: missing, while nokey.org.crt.pem is there; {anew}"),
            ("nocrt.org", f"{DIR}/nocrt.org.crt.pem: missing, while nocrt.org.key.pem is there; {anew}"),
            ("empty.org", f"{DIR}/empty.org.crt.pem: empty; was the disk full? remove both files and let the ACME client make them anew"),
            ("big.org", f"{DIR}/big.org.key.pem: larger than 64 KiB, which no such file is"),
            ("nopem.org", f"{DIR}/nopem.org.key.pem: no PEM in it"),
            ("mismatch.org", f"{DIR}/mismatch.org.crt.pem, .key.pem: ANY; {both}"),
            ("broken.org", f"{DIR}/broken.org.crt.pem, .key.pem: ANY; {both}"),
            ("swapped.org", f"{DIR}/swapped.org.crt.pem, .key.pem: ANY; {both}"),
            ("dir.org", f"{DIR}/dir.org.key.pem: not a regular file"),
            ("fifo.org", f"{DIR}/fifo.org.crt.pem: not a regular file"),
            ("link.org", f"{DIR}/link.org.key.pem: a symbolic link; put the file itself there")]:
        row(f"pair of {name}", h.hello(name=name.encode()), alert(80), f'error name={name} {{peer}} MS detail="{why}"', 1)
    gone = TMP + "/gone"
    row("no directory", h.hello(), alert(80),
        f'error name=known.example.org {{peer}} MS detail="{gone}: no such directory; '
        'alpnd-check(8) says how to make it, unless -d should name another"', 1, certdir=gone)
    row("a file for a directory", h.hello(), alert(80),
        f'error name=known.example.org {{peer}} MS detail="{DIR}/fallback.key.pem: Not a directory"', 1,
        certdir=DIR + "/fallback.key.pem")
    row("no directory, but it is not asked for", h.hello(protos=None), alert(120),
        'refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"', certdir=gone)


def test_bad_fallback():
    row("-f, whose key is of another", h.hello(name=b"unknown.example.org"), alert(80),
        f'error name=unknown.example.org {{peer}} MS detail="{DIR}/mismatch.org.crt.pem, .key.pem: ANY"', 1,
        flags=("-f", "mismatch.org"), both=False)


def test_unreadable():
    """Permissions hold for others than root only."""
    if not can_be_others():
        return tap.skip("unreadable files: needs root to become another user")
    nobody = 65534
    denied = f"permission denied to uid {nobody}, gid {nobody}; it must be 0640, its directory 2750, and both of the group alpnd runs in"
    put("secret.org", get("known.example.org", "crt"), get("known.example.org", "key"))
    os.chmod(f"{DIR}/secret.org.key.pem", 0o600)
    row("unreadable key", h.hello(name=b"secret.org"), alert(80),
        f'error name=secret.org {{peer}} MS detail="{DIR}/secret.org.key.pem: {denied}"', 1, user=nobody)
    closed = TMP + "/closed"
    os.mkdir(closed, 0o700)
    row("unreadable directory", h.hello(), alert(80),
        f'error name=known.example.org {{peer}} MS detail="{closed}: permission denied to uid {nobody}, gid {nobody}; it must be 2750 and of '
        'the group alpnd runs in, and all above it searchable; alpnd-check(8) names the one that is not"', 1, user=nobody,
        certdir=closed)
    os.chmod(f"{DIR}/known.example.org.key.pem", 0o644)
    served("served as another user", "known.example.org", "known.example.org", user=nobody)


run(test_bad_pairs, test_bad_fallback, test_unreadable)
