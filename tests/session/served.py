#!/usr/bin/env python3
"""
served: connections that get a certificate: that of the name, or the fallback.
"""
import os
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import hello as h
import pairs
import tap
from oneshot import ALPND
from rows import (ANY, DER, DIR, ILLEGAL_PARAMETER, INTERNAL_ERROR, IP6, KNOWN, LIBRESSL, MAIN_ONLY,
                  NO_APPLICATION_PROTOCOL, STDERRS, TLS12, TLS13, UNRECOGNIZED_NAME, alert, error,
                  refused, row, run, served)


def test_keys():
    for key in pairs.KEYS:
        for tls in (TLS12, TLS13):
            for stderr in STDERRS:
                served(f"served, {key} {tls.name}; stderr is {stderr}",
                       sni=f"{key}.example.org", tls=tls, stderr=stderr)


def test_ed25519():
    name = "ed25519.example.org"
    if LIBRESSL:
        row("LibreSSL cannot load Ed25519 keys", send=h.hello(name=name.encode()), status=1,
            wire=alert(INTERNAL_ERROR), log=error(name, f"{DIR}/{name}.crt.pem, .key.pem: {ANY}"))
        return
    for tls in (TLS12, TLS13):
        served(f"served, Ed25519 {tls.name}", sni=name, tls=tls)


def test_clients():
    served("served over IPv6", sni=KNOWN, family=socket.AF_INET6)
    for protocols in (("h2", "acme-tls/1", "http/1.1"), ("http/1.1", "h2", "acme-tls/1")):
        served(f"served, ALPN {protocols}", sni=KNOWN, alpn=protocols)
    for sni in ("KNOWN.Example.ORG", "xn--mgbh0fb.example.org", "1.0.0.127.in-addr.arpa",
                IP6, IP6.upper()):
        served(f"served, SNI {sni}", sni=sni, pair=sni.lower())
    sni = "_under_score.example.org"
    if LIBRESSL:
        row("LibreSSL refuses an underscore", send=h.hello(name=sni.encode()),
            wire=alert(ILLEGAL_PARAMETER), log=refused("handshake", sni, detail=ANY))
    else:
        served(f"served, SNI {sni}", sni=sni)


def s_client(sni, *flags):
    """openssl s_client, which sends any SNI as it is given; its output, and alpnd's result."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", sni,
             "-alpn", "acme-tls/1", "-showcerts", *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        conn, _ = listener.accept()
        with conn:
            result = subprocess.run([*ALPND, "-d", DIR], stdin=conn, stdout=conn,
                                    stderr=subprocess.PIPE, text=True)
        out, _ = client.communicate()
    return out, result


def test_names_of_openssl():
    for sni in ("known.example.org.", "KNOWN.example.org.", "1.0.0.127.in-addr.arpa.",
                "_under_score.example.org."):
        for tls in ("-tls1_2", "-tls1_3"):
            out, result = s_client(sni, tls)
            name = sni.lower().rstrip(".")
            pem = re.search(r"-----BEGIN.*?END CERTIFICATE-----\n", out, re.S)
            if LIBRESSL:
                what, good = "refused reason=handshake", pem is None
            else:
                what, good = "served", pem and ssl.PEM_cert_to_DER_cert(pem[0]) == DER[name]
            good = (good and result.returncode == 0 and
                    result.stderr.startswith(f"{what} name={name} peer=127.0.0.1:"))
            tap.ok(good, f"{what}, SNI {sni} of openssl s_client {tls}",
                   out[:300] + result.stderr)


def test_fallback():
    flags = ("-f", "fallback")
    served("-f, SNI without a pair: the fallback",
           sni="unknown.example.org", pair="fallback", flags=flags,
           log={"reason": "fallback", "name": "unknown.example.org"})
    served("-f, no SNI: the fallback",
           sni=None, pair="fallback", flags=flags, log={"reason": "fallback"})
    served("-f, no SNI, TLS 1.2: the fallback",
           sni=None, pair="fallback", tls=TLS12, flags=flags, log={"reason": "fallback"})
    served("-f, SNI with a pair: that pair", sni=KNOWN, flags=flags)
    row("-f, bad name: refused all the same",
        send=h.hello(name=b"../x"),
        wire=alert(UNRECOGNIZED_NAME),
        log=refused("bad-name", "..%2Fx"),
        flags=flags)
    row("-f, no ALPN: refused all the same",
        send=h.hello(name=None, protos=None),
        wire=alert(NO_APPLICATION_PROTOCOL),
        log=refused("alpn", detail="no ALPN extension"),
        flags=flags)
    row("-f names a pair that is not there",
        send=h.hello(name=b"unknown.example.org"),
        wire=alert(INTERNAL_ERROR),
        log=error("unknown.example.org",
                  f"{DIR}/nope.crt.pem: no such pair, though -f names it; make the pair, "
                  "or correct -f"),
        status=1,
        flags=("-f", "nope"))


run(test_keys, test_ed25519, test_clients, test_fallback,
    *(() if MAIN_ONLY else (test_names_of_openssl,)))
