#!/usr/bin/env python3
"""
interop: a good handshake by every TLS client there is here, TLS 1.2 and 1.3
each: the certificate compared, acme-tls/1 negotiated, the end seen.
"""
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

import pairs
import tap
from oneshot import ALPND

SRC = HERE + "/"
TMP = tempfile.mkdtemp(prefix="alpnd-interop.")
NAME = "known.example.org"
VERSIONS = ("1.2", "1.3")
# These refuse to parse any certificate with a critical extension that they do
# not know, as acmeIdentifier must be (RFC 8737 3): theirs is not critical.
NO_CRITICAL = ("Mbed TLS", "wolfSSL")
LIBRESSL = os.environ.get("LIBTLS") == "LibreSSL"
# LibreSSL asks it for a share of the group that it prefers, and refuses what it then sends
NOT_LIBRESSL = [("wolfSSL", "1.3")]


def output(*argv):
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return next((line for line in r.stdout.splitlines() if re.search(r"\d\.\d", line)), "?")


def pkg(name):
    return subprocess.run(["pkg-config", "--cflags", "--libs", name], stdout=subprocess.PIPE,
                          text=True,
                          check=True).stdout.split()


def compiled(name, *flags):
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-w", "-o", f"{TMP}/{name}",
                    f"{SRC}{name}.c", *flags],
                   check=True)
    return [f"{TMP}/{name}"]


def clients():
    """Name, version, command to which PORT NAME VERSION is added, versions of TLS it has."""
    python = output("python3", "-V") + " " + ssl.OPENSSL_VERSION
    yield "Python", python, ["python3", SRC + "client.py"], VERSIONS
    yield "OpenSSL", output("openssl", "version"), ["s_client"], VERSIONS
    yield "GnuTLS", output("gnutls-cli", "--version"), ["gnutls"], VERSIONS
    yield "NSS", output("pkg-config", "--modversion", "nss"), compiled("nss", *pkg("nss")), VERSIONS
    subprocess.run(["go", "build", "-o", TMP + "/go", SRC + "client.go"], check=True,
                   env=dict(os.environ, GOCACHE=TMP + "/gocache", GOFLAGS="-mod=mod",
                            GO111MODULE="off"))
    yield "Go", output("go", "version"), [TMP + "/go"], VERSIONS
    yield "Java", output("java", "-version"), ["java", SRC + "Client.java"], VERSIONS
    yield "Node", output("node", "--version"), ["node", SRC + "client.js"], VERSIONS

    mbedtls = output("dpkg-query", "-W", "-f", "${Version}", "libmbedtls-dev")
    yield "Mbed TLS", mbedtls, compiled("mbedtls", "-lmbedtls", "-lmbedx509", "-lmbedcrypto"), \
        ("1.2",) if mbedtls.startswith("2.") else VERSIONS
    yield "wolfSSL", output("pkg-config", "--modversion", "wolfssl"), \
        compiled("wolfssl", "-lwolfssl"), VERSIONS


def command(argv, port, version):
    if argv == ["s_client"]:
        return ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME,
                "-alpn", "acme-tls/1",
                "-tls" + version.replace(".", "_")]
    if argv == ["gnutls"]:
        return ["gnutls-cli", "--alpn", "acme-tls/1", "--insecure", "--sni-hostname", NAME,
                "--print-cert",
                "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "-p", str(port), "127.0.0.1"]
    return argv + [str(port), NAME, version]


def facts(out):
    """Was acme-tls/1 negotiated; the certificate's hash; the version."""
    pem = re.search(r"-----BEGIN CERT.*?-----END CERTIFICATE-----", out, re.S)
    der = re.search(r"der:([0-9a-f]+)", out)
    if pem:
        sha = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[0] + "\n")).hexdigest()
    elif der:
        sha = hashlib.sha256(bytes.fromhex(der[1])).hexdigest()
    else:
        sha = (re.findall(r"\b[0-9a-f]{64}\b", out) or [""])[0]
    return "acme-tls/1" in out, sha, re.search(r"TLS ?v?1\.([23])|\b30([34])\b", out)


def one(argv, version):
    with socket.socket() as lst:
        lst.bind(("127.0.0.1", 0))
        lst.listen(1)
        lst.settimeout(60)
        p = subprocess.Popen(command(argv, lst.getsockname()[1], version), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        conn, _ = lst.accept()
    with conn:
        r = subprocess.run([*ALPND, "-d", TMP], stdin=conn, stdout=conn, stderr=subprocess.PIPE,
                           text=True)
    out, _ = p.communicate(timeout=60)
    return out, r


def curl():
    """curl cannot offer acme-tls/1: it has to hear why it is refused."""
    out, r = one(["sh", "-c", f"exec curl -sSk --resolve {NAME}:$0:127.0.0.1 https://{NAME}:$0/"],
                 "")
    tap.ok("alert" in out and "no application protocol" in out and r.returncode == 0 and
           r.stderr.startswith(f"refused reason=alpn name={NAME} "),
           "curl is refused, and told why", out + r.stderr)


def main():
    want = hashlib.sha256(pairs.make(TMP, NAME, "rsa2048")).hexdigest()
    table = []
    for client, about, argv, has in clients():
        row = []
        if client in NO_CRITICAL:
            want = hashlib.sha256(pairs.make(TMP, NAME, "rsa2048", critical="")).hexdigest()
        for version in VERSIONS:
            if version not in has:
                row.append("not in it")
                continue
            out, r = one(argv, version)
            if LIBRESSL and (client, version) in NOT_LIBRESSL:
                tap.ok(r.returncode == 0 and
                       r.stderr.startswith(f"refused reason=handshake name={NAME} "),
                       f"{client}, TLS {version}: refused by LibreSSL", out[-600:] + r.stderr)
                row.append("refused")
                continue
            alpn, sha, seen = facts(out)
            good = (alpn and sha == want and seen and r.returncode == 0 and
                    r.stderr.startswith(f"served name={NAME} ") and
                    f"tls=TLSv{version} " in r.stderr)
            tap.ok(good, f"{client}, TLS {version}",
                   f"ALPN {alpn} certificate {sha == want} {seen}\n{out[-600:]}{r.stderr}")
            row.append("ok" if good else "FAILED")
        table.append((client, about, *row))
    curl()
    print(f"# {'client':10} {'version':60} {'TLS 1.2':10} TLS 1.3")
    for client, about, *row in table:
        print(f"# {client:10} {about[:60]:60} {row[0]:10} {row[1]}")
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
