#!/usr/bin/env python3
"""
served: connections that get a certificate: the pair of the name, or the
fallback.
"""
import os
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import pairs
import tap
import hello as h
from oneshot import ALPND
from rows import DER, DIR, IP6, MAIN_ONLY, STDERRS, TLS12, TLS13, alert, row, run, served, start

def test_served():
    for key in pairs.KEYS:
        for tls in (TLS12, TLS13):
            for stderr in STDERRS:
                served(f"served, {key} {tls.name}; stderr is {stderr}", f"{key}.example.org", key, tls,
                       stderr=stderr)
    served("served over IPv6", "known.example.org", "known.example.org", family=socket.AF_INET6)
    for protos in (("h2", "acme-tls/1", "http/1.1"), ("http/1.1", "h2", "acme-tls/1")):
        served(f"served, ALPN {protos}", "known.example.org", "known.example.org", alpn=protos)
    for sni in ("KNOWN.Example.ORG", "xn--mgbh0fb.example.org", "1.0.0.127.in-addr.arpa", IP6, IP6.upper(),
                "_under_score.example.org"):
        served(f"served, SNI {sni}", sni, sni.lower())


def s_client(sni, *flags):
    """openssl s_client, which sends any SNI as it is given."""
    c = start()
    port = c.client.getpeername()[1]
    c.client.close()
    c.proc.communicate()
    c.server.close()
    with socket.socket() as lst:
        lst.bind(("127.0.0.1", 0))
        lst.listen(1)
        port = lst.getsockname()[1]
        p = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", sni, "-alpn",
                              "acme-tls/1", "-showcerts", *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
        conn, _ = lst.accept()
        with conn:
            r = subprocess.run([*ALPND, "-d", DIR], stdin=conn, stdout=conn, stderr=subprocess.PIPE, text=True)
        out, _ = p.communicate()
    return out, r


def test_odd_names_by_openssl():
    for sni in ("known.example.org.", "KNOWN.example.org.", "1.0.0.127.in-addr.arpa.", "_under_score.example.org."):
        for tls in ("-tls1_2", "-tls1_3"):
            out, r = s_client(sni, tls)
            name = sni.lower().rstrip(".")
            pem = re.search(r"-----BEGIN.*?END CERTIFICATE-----\n", out, re.S)
            good = (pem and ssl.PEM_cert_to_DER_cert(pem[0]) == DER[name] and r.returncode == 0 and
                    r.stderr.startswith(f"served name={name} peer=127.0.0.1:"))
            tap.ok(good, f"served, SNI {sni} of openssl s_client {tls}", out[:300] + r.stderr)


def test_fallback():
    flags = ("-f", "fallback")
    served("-f, unknown name", "unknown.example.org", "fallback", flags=flags,
           log="served reason=fallback name=unknown.example.org {peer}")
    served("-f, no SNI", None, "fallback", flags=flags, log="served reason=fallback {peer}")
    served("-f, no SNI, TLS 1.2", None, "fallback", TLS12, flags=flags, log="served reason=fallback {peer}")
    served("-f, known name", "known.example.org", "known.example.org", flags=flags)
    row("-f, bad name", h.hello(name=b"../x"), alert(112), "refused reason=bad-name name=..%2Fx {peer} MS",
        flags=flags)
    row("-f, no ALPN", h.hello(name=None, protos=None), alert(120),
        'refused reason=alpn {peer} MS detail="no ALPN extension"', flags=flags)
    row("-f, which does not exist", h.hello(name=b"unknown.example.org"), alert(80),
        f'error name=unknown.example.org {{peer}} MS detail="{DIR}/nope.crt.pem: no such pair, though -f names it"',
        1, flags=("-f", "nope"))


run(test_served, test_fallback, *(() if MAIN_ONLY else (test_odd_names_by_openssl,)))
