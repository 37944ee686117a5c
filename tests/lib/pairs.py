"""pairs: TLS-ALPN-01 certificates as dehydrated makes them (RFC 8737 section 3)."""
import os
import ssl
import subprocess

KEYS = {"rsa2048": ["rsa:2048"], "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]}
WEAK = {"rsa1024": ["rsa:1024"]}     # which alpnd-check finds


def make(certdir, name, key="p256", critical="critical,"):
    """Write the pair of a name; returns the certificate's DER."""
    crt, pem = (os.path.join(certdir, f"{name}.{k}.pem") for k in ("crt", "key"))
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "7", "-newkey",
                    *(KEYS | WEAK)[key], "-keyout", pem,
                    "-out", crt, "-subj", "/CN=" + name[:60], "-addext",
                    "subjectAltName=DNS:" + name,
                    "-addext", f"1.3.6.1.5.5.7.1.31={critical}DER:04:20:" + ":".join(["ab"] * 32)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(pem, 0o640)
    with open(crt) as f:
        return ssl.PEM_cert_to_DER_cert(f.read())
