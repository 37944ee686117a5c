#!/usr/bin/env python3
"""
connect: alpnd-check -c against everything that may answer for a name.
Run by lib/isolate.sh net,mount; what answers is in peers.py.
"""
import collections
import hashlib
import json
import os
import re
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE + "/../lib")

import der
import hello
import jsonrows
import pairs
import tap
from peers import (
    LIMIT,
    RUNNING,
    SERVER,
    SERVER6,
    TMP,
    WEB,
    Peer,
    Resolver,
    Server,
    alpnd,
    alpnd_tcpserver,
    free_port,
    haproxy,
    haproxy_tls,
    lighttpd,
    nginx,
    run,
    s_server,
)

CHECK = os.path.abspath(os.environ["ALPND_CHECK"])
LIBRESSL = os.environ.get("LIBTLS") == "LibreSSL"
if "mount" not in os.environ.get("ISOLATED", ""):
    sys.exit("connect.py: run it in lib/isolate.sh net,mount")
GOOD = "good.example.org"
CAUSES = collections.defaultdict(set)  # code -> what was wrong
DIGEST = hashlib.sha256(b"key authorization").hexdigest()
DIGEST2 = hashlib.sha256(b"another").hexdigest()


# --- asking ----------------------------------------------------------------------------------


class Asked:
    """One run of alpnd-check -c."""

    def __init__(self, target, *flags, names=(GOOD,), wrap=()):
        p = subprocess.run(
            [*wrap, CHECK, "-j", "-c", target, *flags, *names],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=LIMIT,
        )
        self.status, self.err = p.returncode, p.stderr.decode()
        self.rows = jsonrows.parse(p.stdout.decode("ascii"))
        # what is said of this machine, whose addresses all of them are
        self.notes = [self.take_notes(r) for r in self.rows]
        self.codes = [[f["code"] for f in r["findings"]] for r in self.rows]

    @staticmethod
    def take_notes(row):
        """The codes of the notes of a row, which then has them no more."""
        notes = [f["code"] for f in row["findings"] if f["severity"] == "note"]
        row["findings"] = [f for f in row["findings"] if f["severity"] != "note"]
        for code in notes:
            CAUSES[code].add(f"a note: {code}")
        return notes

    def __repr__(self):
        return f"exit {self.status}\n{json.dumps(self.rows, indent=1)}\n{self.err}"

    def texts(self, row=0):
        return [f["message"] + " -> " + f["remedy"] for f in self.rows[row]["findings"]]


def ask(port, *flags, host=SERVER, **kw):
    return Asked(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", *flags, **kw)


def where(a):
    return [a.rows[0][k] for k in ("name", "address", "port")]


def text(target, *args):
    """One run as text: the rows, without what is found."""
    p = subprocess.run([CHECK, "-c", target, *args], stdout=subprocess.PIPE, text=True)
    return [line for line in p.stdout.splitlines() if not line.startswith("    ")]


def good(what, a, says=r"^TLSv1\.3, \d+ ms, digest [0-9a-f]{64}$", rows=1):
    """So many rows, all of them good; says is a pattern for what they tell."""
    tap.ok(
        a.status == 0
        and len(a.rows) == rows
        and all(
            r["result"] == "ok"
            and r["findings"] == []
            and re.search(says, "{tls}, {ms} ms, digest {digest}".format(**r))
            for r in a.rows
        )
        and a.err == "",
        "good: " + what,
        a,
    )


def bad(what, a, code, says=(), row=0, cause=None):
    """
    The first finding of the row has this code, its text these words; no other
    cause (what, unless given) has the code.
    """
    CAUSES[code].add(cause or what)
    r = a.rows[row] if len(a.rows) > row else {"result": None, "findings": []}
    first = r["findings"][0] if r["findings"] else {"code": None, "message": "", "remedy": ""}
    text = first["message"] + " -> " + first["remedy"]
    tap.ok(
        a.status == 1
        and r["result"] == "error"
        and first["code"] == code
        and first["severity"] == "error"
        and first["remedy"]
        and all(w in text for w in says)
        and a.err == "",
        f"{what}: {code}",
        f"want: {code} {says}\n{a}",
    )


def warned(what, a, code, says=""):
    """The only finding is a warning, with this code and this text."""
    CAUSES[code].add(what)
    f = a.rows[0]["findings"]
    tap.ok(
        a.status == 0
        and a.rows[0]["result"] == "warning"
        and [x["code"] for x in f] == [code]
        and says in f[0]["message"] + " -> " + f[0]["remedy"],
        f"{what}: {code}, a warning",
        a,
    )


# --- the tests -------------------------------------------------------------------------------


def make_pair(certdir, name, digest=DIGEST):
    run(TOP + "/alpnd-pair", "-d", certdir, name, digest)


def directory(*names, digest=DIGEST):
    d = tempfile.mkdtemp(dir=TMP)
    for n in names:
        make_pair(d, n, digest)
    return d


def test_alpnd():
    s = alpnd(DIR, listen=(SERVER, f"[{SERVER6}]", "127.0.0.1", "[::1]"))
    a = ask(s.port)
    good("alpnd, IPv4", a)
    tap.same(where(a), [GOOD, SERVER, s.port], "the row is of the name and the address")
    tap.same(a.rows[0]["digest"], DIGEST, "the row has the digest")
    a = ask(s.port, "-d", DIR, host=SERVER6)
    good("alpnd, IPv6, with -d", a, says=f"digest {DIGEST}$")
    tap.same(where(a), [GOOD, SERVER6, s.port], "... of IPv6")
    lines = text(f"[{SERVER6}]:{s.port}", "-n", "6", "-d", DIR, GOOD)
    tap.ok(
        len(lines) == 1
        and re.fullmatch(
            rf"ok      {GOOD} \[{SERVER6}\]:{s.port}: TLSv1\.3, 6 of 6, \d+ to \d+ ms, "
            rf"digest {DIGEST}, as on disk",
            lines[0],
        ),
        "as text, six of them; an IPv6 address is in brackets",
        lines,
    )
    good("the address 127.0.0.1", ask(s.port, host="127.0.0.1", names=["127.0.0.1"]))
    good(
        "the same by its reverse name",
        ask(s.port, host="127.0.0.1", names=["1.0.0.127.in-addr.arpa"]),
    )
    a = ask(s.port, "-d", DIR, host="::1", names=["::1"])
    good("the address ::1", a)
    tap.same(where(a), ["::1", "::1", s.port], "the row is of the address, not of its reverse name")
    a = ask(s.port, names=[GOOD, "127.0.0.1"])
    good("two names, two rows", a, rows=2)
    good("-n 6", ask(s.port, "-n", "6"))
    good("without a name: the host's own", Asked(f"{GOOD}:{s.port}", names=()))
    good("... an address", Asked(f"127.0.0.1:{s.port}", names=()))
    a = Asked(f"both.example.org:{s.port}", names=[GOOD])
    good("a host with IPv6 and IPv4", a, rows=2)
    tap.ok("2001" in a.rows[0]["address"] and "192.0" in a.rows[1]["address"], "IPv6 is first", a)
    good("-4", Asked(f"both.example.org:{s.port}", "-4"))
    good("-6", Asked(f"both.example.org:{s.port}", "-6"))
    a = Asked(f"far.example.org:{s.port}", names=[GOOD])
    tap.ok(
        a.codes == [["no-route"], []] and a.status == 1,
        "no IPv6 here, IPv4 good: no word of differing",
        a,
    )
    a = ask(s.port, names=["none.example.org"])
    bad(
        "no pair",
        a,
        code="unknown-name",
        says=[f'"{SERVER}: remote error: tls: unrecognized name"', "--alpn"],
    )
    bad(
        "no pair",
        ask(s.port, "-d", DIR, names=["none.example.org"]),
        code="unknown-name",
        says=[f"and {DIR} has none"],
    )
    tap.same(ask(s.port).notes, [["here"]], "a note: this machine's own address")
    tap.same(ask(s.port, host="127.0.0.1").notes, [["here"]], "... and of loopback")
    a = Asked(f"both.example.org:{s.port}", names=[GOOD])
    tap.same(a.notes, [["here", "hosts-file"]] * 2, "a note: /etc/hosts has the host")
    a = Asked(f"twice.example.org:{s.port}", "-4", names=[GOOD])
    tap.same(a.notes, [["here", "hosts-file"]], "an address that is there twice is asked once")
    p = subprocess.run([CHECK, "-c", f"{SERVER}:{s.port}", GOOD], stdout=subprocess.PIPE, text=True)
    tap.ok(
        re.match(
            rf"ok      {GOOD} [^\n]*\n    note: {SERVER} is an address of this machine, so this "
            r"does not show what a CA sees.*\n"
            rf"    -> run alpnd-check -c {SERVER} {GOOD} on another machine\n$",
            p.stdout,
        )
        and p.returncode == 0,
        "... as text",
        p,
    )
    p = subprocess.run(
        [CHECK, "-c", f"{SERVER}:{s.port}", "none.example.org"], stdout=subprocess.PIPE
    )
    lines = p.stdout.decode().splitlines()
    tap.ok(
        p.returncode == 1
        and len(lines) == 4
        and "unrecognized name" in lines[1]
        and lines[2].startswith("    -> do nothing if no order")
        and "--alpn" in lines[3],
        "as text: the row, the words, what to do, the likeliest first",
        lines,
    )
    s.stop()
    log = [line for line in s.text().splitlines() if line.startswith("served")]
    tap.ok(
        len(log) == 1 + 1 + 6 + 2 + 1 + 2 + 6 + 2 + 5 + 6 and "hung" not in s.text(),
        "all that is good was served",
        s.text(),
    )


def test_proxy():
    s = alpnd(DIR)
    for version in ("v1", "v2"):
        good(f"alpnd, -x {version}", ask(s.port, "-x", version))
        good(f"alpnd over IPv6, -x {version}", ask(s.port, "-x", version, host=SERVER6))
    s.stop()
    log = s.text()
    tap.same(
        len(re.findall(r"^served .* client=(192\.0\.2\.7:\d+) peer=\1 ", log, re.M)),
        2,
        "client= in the log is the peer",
    )
    tap.same(
        len(re.findall(r"^served .* client=(\[2001:db8::[17]0?\]:\d+) peer=\1 ", log, re.M)),
        2,
        "... and of IPv6",
    )
    s = alpnd(DIR, "-p", "require")
    bad("-p require, and no header", ask(s.port), code="closed", says=["-p require", "-x v2"])
    bad(
        "-p require, and no header",
        ask(s.port, "-n", "6", host=SERVER6),
        code="closed",
        says=["6 of 6: "],
    )
    good("-p require, -x v2", ask(s.port, "-x", "v2"))
    good("-n 64, from a proxy", ask(s.port, "-n", "64", "-x", "v2"))
    s.stop()
    s = alpnd(DIR, "-p", "off")
    for version in ("v1", "v2"):
        bad(
            "-p off, and a header",
            ask(s.port, "-x", version),
            code="closed-after-proxy",
            says=["-p off", "without -x"],
        )
    good("-p off", ask(s.port))
    s.stop()


def test_front():
    """What a look at a backend, or from this machine, does not show."""
    far = "198.51.100.77"  # as if of another machine
    run("ip", "route", "add", "local", far, "dev", "lo")
    s = alpnd(DIR, listen=(far,))
    tap.same(ask(s.port, host=far).notes, [[]], "no note on another machine's address")
    a = ask(s.port, "-x", "v2", host=far)
    good("a backend, with -x", a)
    tap.same(a.notes, [["proxy-header"]], "... with a note")
    s.stop()
    s = alpnd(DIR, "-p", "require", port=443, listen=(far,))
    a = ask(443, "-x", "v2", host=far)
    warned("port 443 wants a PROXY header", a, code="front-proxy-header", says="no CA does")
    s.stop()
    run("ip", "route", "del", "local", far, "dev", "lo")
    with open(TMP + "/front.pem", "w") as f:
        for part in issued():
            with open(part) as one:
                f.write(one.read())
    s = haproxy_tls(TMP + "/front.pem")
    a = ask(s.port)
    bad(
        "a proxy in front that ends TLS and negotiates acme-tls/1",
        a,
        code="fallback",
        cause="the fallback of the Python responder",
    )
    remedies = a.rows[0]["findings"][0]["remedy"].split("\n")
    tap.ok(
        "make the front proxy pass acme-tls/1 to alpnd without ending TLS" in remedies[0],
        "... is told first that it ends TLS",
        a,
    )
    others = a.rows[0]["findings"][1:]
    tap.ok(others and not any(f["remedy"] for f in others), "... and of no pair to be renewed", a)
    s.stop()
    remedies = ask(free_port()).rows[0]["findings"][0]["remedy"].split("\n")
    tap.ok(
        len(remedies) == 3 and "10443" in remedies[1] and "address" in remedies[2],
        "refused: the port and the address may be wrong",
        remedies,
    )


def test_other_pairs():
    """The wrong directory, an old pair, a broken one: what -d is for."""
    empty = directory()
    s = alpnd(empty)
    bad(
        "the wrong directory",
        ask(s.port, "-d", DIR),
        code="wrong-directory",
        says=["unrecognized name", DIR, "another directory"],
    )
    s.stop()
    old = directory(GOOD, digest=DIGEST2)
    s = alpnd(old)
    a = ask(s.port, "-d", DIR)
    bad(
        "an old pair",
        a,
        code="other-certificate",
        says=[
            f"extension value {DIGEST2} but expected {DIGEST}",
            f"{DIR}/{GOOD}.crt.pem",
            "an old alpnd",
            "behind the front proxy",
        ],
    )
    warned("a pair that -d has not", ask(s.port, "-d", empty), code="not-on-disk", says=empty)
    warned(
        "a directory that is not there",
        ask(s.port, "-d", TMP + "/nowhere"),
        code="not-compared",
        says=TMP + "/nowhere",
    )
    a = ask(s.port, "-d", TMP + "/nowhere", names=["none.example.org"])
    tap.same(a.codes, [["unknown-name", "not-compared"]], "... and no pair: not said to be there")
    again = directory(GOOD, digest=DIGEST2)
    warned("the same digest anew", ask(s.port, "-d", again), code="same-digest", says=again)
    s.stop()

    d = directory(
        GOOD, "mixed.example.org", "bare.example.org", "late.example.org", "www.example.org"
    )
    os.unlink(f"{d}/{GOOD}.key.pem")
    shutil.copy(f"{DIR}/{GOOD}.key.pem", f"{d}/mixed.example.org.key.pem")
    pairs.make(d, "bare.example.org", critical="")
    pairs.make(d, "Small.example.org")
    for kind in "crt", "key":
        os.rename(f"{d}/Small.example.org.{kind}.pem", f"{d}/small.example.org.{kind}.pem")
    expire(d, "late.example.org")
    s = alpnd(d, "-f", "www.example.org")
    bad(
        "a broken pair",
        ask(s.port),
        code="server-error",
        says=["remote error: tls: internal error", "journalctl"],
    )
    bad("a broken pair", ask(s.port, names=["mixed.example.org"]), code="server-error")
    a = ask(s.port, names=["bare.example.org"])
    bad(
        "a pair made wrong",
        a,
        code="bad-certificate",
        says=[
            "Incorrect validation certificate for tls-alpn-01 challenge. Requested "
            f"bare.example.org from {SERVER}:{s.port}. Received certificate with "
            "acmeValidationV1 extension that is not Critical."
        ],
    )
    tap.ok("acme-not-critical" in a.codes[0], "... and how", a)
    tap.ok("acme-missing" not in a.codes[0], "... and no more")
    bad(
        "a pair made wrong",
        ask(s.port, names=["small.example.org"]),
        code="bad-certificate",
        says=["SAN extension does not match expected bytes"],
    )
    a = ask(s.port, "-d", d, names=["bare.example.org"])
    tap.ok(
        not {"other-certificate", "same-digest"} & set(a.codes[0]),
        "a pair made wrong is not compared",
        a,
    )
    a = ask(s.port, names=["else.example.org"])
    bad(
        "the pair of alpnd's -f",
        a,
        code="other-name",
        says=["identifier does not match expected identifier", "-f"],
    )
    tap.ok(
        "san-differs" in a.codes[0] and any("www.example.org" in t for t in a.texts()),
        "... and whose it is",
        a,
    )
    tap.same(
        [f["remedy"] for f in a.rows[0]["findings"] if f["code"] == "san-differs"],
        [""],
        "... with one remedy",
    )
    warned("an expired pair", ask(s.port, "-d", d, names=["late.example.org"]), code="expired")
    s.stop()


def issued():
    """A certificate that WEB has signed, as a CA would."""
    crt, key = TMP + "/issued.crt", TMP + "/issued.key"
    run(
        "openssl",
        "req",
        "-new",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-subj",
        "/CN=www.example.com",
        "-keyout",
        key,
        "-out",
        TMP + "/csr",
    )
    run(
        "openssl",
        "x509",
        "-req",
        "-in",
        TMP + "/csr",
        "-CA",
        WEB[0],
        "-CAkey",
        WEB[1],
        "-CAcreateserial",
        "-out",
        crt,
    )
    return crt, key


def expire(certdir, name):
    """Sign the certificate of the pair again, for days that are over."""
    crt, key = (f"{certdir}/{name}.{kind}.pem" for kind in ("crt", "key"))
    tmp = tempfile.mkdtemp(dir=TMP)
    conf = f"""\
[ca]
default_ca = c
[c]
database = {tmp}/index
serial = {tmp}/serial
new_certs_dir = {tmp}
default_md = sha256
policy = p
x509_extensions = e
[p]
CN = supplied
[e]
subjectAltName = DNS:{name}
1.3.6.1.5.5.7.1.31 = critical,DER:0420{DIGEST}
"""
    for file, text in (("index", ""), ("serial", "01\n"), ("conf", conf)):
        with open(f"{tmp}/{file}", "w") as out:
            out.write(text)
    run("openssl", "req", "-new", "-key", key, "-subj", "/CN=tls-alpn-01", "-out", tmp + "/csr")
    run(
        "openssl",
        "ca",
        "-batch",
        "-selfsign",
        "-config",
        tmp + "/conf",
        "-in",
        tmp + "/csr",
        "-keyfile",
        key,
        "-notext",
        "-startdate",
        "20200101000000Z",
        "-enddate",
        "20200108000000Z",
        "-out",
        crt,
    )


def test_others():
    """What else answers to acme-tls/1, or is asked to."""
    s = alpnd_tcpserver(DIR)
    good("alpnd under tcpserver", ask(s.port))
    s.stop()
    port = free_port()
    s = Server(port, sys.executable, TOP + "/tests/lib/responder.py", DIR, *WEB, str(port))
    good("the Python responder", ask(port, "-n", "6", "-d", DIR))
    a = ask(port, names=["none.example.org"])
    bad(
        "the fallback of the Python responder",
        a,
        code="fallback",
        says=[
            "Incorrect validation certificate for tls-alpn-01 challenge",
            "1.3.6.1.5.5.7.1.31 is not present",
        ],
    )
    tap.ok(
        "acme-missing" in a.codes[0] and any("snakeoil" in t for t in a.texts()),
        "... whose certificate is named",
        a,
    )
    s.stop()
    port = free_port()
    s = Server(port, sys.executable, TOP + "/tests/lib/responder.py", DIR, *issued(), str(port))
    a = ask(port, names=["none.example.org"])
    bad(
        "the fallback of the Python responder",
        a,
        code="fallback",
        says=["Received certificate which is not self-signed."],
    )
    s.stop()

    s = lighttpd(TMP + "/web.both", DIR)
    good("lighttpd with ssl.acme-tls-1", ask(s.port))
    a = ask(s.port, names=["none.example.org"])
    bad(
        "a server without acme-tls/1",
        a,
        code="no-acme-tls",
        says=["lighttpd", "no pair for this name"],
    )
    s.stop()
    s = lighttpd(TMP + "/web.both", None)
    a = ask(s.port)
    bad("a server without acme-tls/1", a, code="no-acme-tls")
    s.stop()

    s = nginx(*WEB)
    a = ask(s.port, "-n", "6")
    bad(
        "a server without acme-tls/1",
        a,
        code="no-acme-tls",
        says=["no application protocol", "ssl_preread", "req.ssl_alpn"],
    )
    bad(
        "HTTP without TLS",
        ask(s.plain),
        code="plain-http",
        says=[f'"{SERVER}: Server only speaks HTTP, not TLS"'],
    )
    bad("HTTP without TLS", ask(s.port, "-x", "v1"), code="plain-http", says=["try without -x"])
    s.stop()
    port = free_port()
    s = Server(port, sys.executable, "-m", "http.server", "--bind", SERVER, str(port))
    bad("HTTP without TLS", ask(port), code="plain-http")
    s.stop()

    s = s_server("-quiet")
    a = ask(s.port)
    bad(
        "a web server that ignores ALPN",
        a,
        code="web-server",
        says=[
            'Cannot negotiate ALPN protocol "acme-tls/1" for tls-alpn-01 challenge',
            "snakeoil.example",
        ],
    )
    s.stop()
    s = s_server("-quiet", "-alpn", "acme-tls/1", "-tls1_2", "-cipher", "AES128-SHA256")
    bad(
        "nothing in common",
        ask(s.port),
        code="handshake-failure",
        says=["remote error: tls: handshake failure"],
    )
    s.stop()
    s = s_server("-quiet", "-alpn", "acme-tls/1", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    bad(
        "TLS 1.1",
        ask(s.port),
        code="old-tls",
        says=["remote error: tls: protocol version not supported"],
    )
    s.stop()


def test_handshakes():
    """All that a CA's own TLS can do."""
    pair = [f"{DIR}/{GOOD}.{k}.pem" for k in ("crt", "key")]
    for what, said, flags in (
        ("TLS 1.2", "TLSv1.2", ("-tls1_2",)),
        ("CBC", "TLSv1.2", ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")),
        ("HelloRetryRequest", "TLSv1.3", ("-tls1_3", "-groups", "P-384")),
        ("P-521", "TLSv1.3", ("-groups", "P-521")),
    ):
        s = s_server("-quiet", "-alpn", "acme-tls/1", *flags, pair=pair)
        good(what, ask(s.port, "-d", DIR), says=rf"^{said}, \d+ ms, digest \w+$")
        s.stop()
    d = directory()
    pairs.make(d, GOOD, key="rsa1024")
    s = s_server(
        "-quiet",
        "-alpn",
        "acme-tls/1",
        "-cipher",
        "ALL:@SECLEVEL=0",
        pair=[f"{d}/{GOOD}.{k}.pem" for k in ("crt", "key")],
    )
    a = ask(s.port)
    tap.ok(
        a.status == 1 and a.codes == [["rsa-small"]],
        "a key that is too small is judged, not refused by libssl",
        a,
    )
    s.stop()


def test_extensions():
    """A fallback certificate is one, however many other things are wrong with it."""
    d, key = directory(), der.Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    nine = [der.extension("1.2.3.4", b"\5\0")] * 9
    der.write_pair(d, GOOD, der.certificate(key, *nine, der.san(GOOD)), key)
    s = s_server(
        "-quiet", "-alpn", "acme-tls/1", pair=[f"{d}/{GOOD}.{k}.pem" for k in ("crt", "key")]
    )
    a = ask(s.port)
    bad(
        "a certificate with one extension nine times, and without acmeIdentifier",
        a,
        code="fallback",
        cause="the fallback of the Python responder",
    )
    tap.same(a.codes, [["fallback", "extension-twice", "acme-missing"]], "... and nothing is lost")
    s.stop()


def cpu_of_many(extensions):
    """Seconds of CPU for 32 certificates with so many extensions."""
    key = der.Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    more = [der.extension(f"1.2.{i + 128}", b"") for i in range(extensions)]
    with open(TMP + "/large.pem", "w") as f:
        f.write(der.pem(der.certificate(key, der.san(GOOD), der.acme(), *more)) + key.pem.decode())
    s = haproxy_tls(TMP + "/large.pem")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    a = ask(s.port, "-n", "32", "-t", "60")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    s.stop()
    tap.ok(a.status == 0, f"32 certificates with {extensions} extensions", a)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_large():
    """Ten times the extensions take ten times the work, not a hundred times."""
    few, many = cpu_of_many(700), cpu_of_many(7000)
    tap.ok(
        many < 15 * few, "no loop in a loop over the extensions", f"{few:.3f} s and {many:.3f} s"
    )


def test_hello():
    """What is asked, byte by byte, and that the end is one."""
    p = Peer()
    for name, sni in (
        (GOOD, GOOD),
        ("Good.Example.Org.", GOOD),
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("2001:db8::7", "7." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"),
    ):
        ask(p.port, names=[name])
        tap.ok(
            hello.sni(sni.encode()) in p.hello and hello.alpn(b"acme-tls/1") in p.hello,
            f"{name}: SNI {sni}, ALPN alone",
            p.hello,
        )
        tap.ok(b"\0\x2b\0\5\4\3\4\3\3" in p.hello, "TLS 1.3 and 1.2, no other", p.hello)
    listener, ended = socket.create_server((SERVER, 0)), []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*(f"{DIR}/{GOOD}.{k}.pem" for k in ("crt", "key")))
    context.set_alpn_protocols(["acme-tls/1"])

    def serve():
        c, _ = listener.accept()
        with context.wrap_socket(c, server_side=True, suppress_ragged_eofs=False) as t:
            ended.append(t.recv(1))

    t = threading.Thread(target=serve)
    t.start()
    good("Python's ssl", ask(listener.getsockname()[1]))
    t.join()
    tap.same(ended, [b""], "close_notify at the end")


def test_terminal():
    """Who waits is told so; what is left on the screen are the rows."""
    silent = socket.create_server((SERVER, 0))
    here, there = os.openpty()
    p = subprocess.run(
        [CHECK, "-c", f"{SERVER}:{silent.getsockname()[1]}", "-t", "4", GOOD],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=there,
    )
    os.close(there)
    shown = ""
    try:
        while True:  # to EIO, which is the end of a terminal
            shown += os.read(here, 4096).decode()
    except OSError:
        os.close(here)
    tap.ok(
        re.search(r"\r1 without an answer, [12] s left", shown)
        and shown.endswith("\r" + " " * 40 + "\r"),
        "progress, wiped out",
        repr(shown),
    )
    tap.ok(
        b"\r" not in p.stdout and p.stdout.startswith(b"error "),
        "no progress among the rows",
        p.stdout,
    )


def record(kind, body, version=b"\3\3"):
    return bytes([kind]) + version + struct.pack(">H", len(body)) + body


def test_peers():
    """Byte by byte."""
    hello11 = record(22, b"\2\0\0\x26\3\2" + b"r" * 32 + b"\0\0\x2f\0", b"\3\2")
    half = record(22, b"\2\0\0\x26\3\3" + b"r" * 32 + b"\0\xc0\x2f\0")[:30]
    bad(
        "SSH",
        ask(Peer(b"SSH-2.0-OpenSSH_9.2\r\n").port),
        code="not-tls",
        says=["Error getting validation data", "SSH-2.0-OpenSSH_9.2"],
    )
    bad("SSH", ask(Peer(b"\033[2J\0\xff", "hold").port, "-t", "1"), code="not-tls", says=[".[2J.."])
    bad("TLS 1.1", ask(Peer(hello11).port), code="old-tls", says=["Error getting validation data"])
    bad(
        "closed amid the handshake",
        ask(Peer(half).port),
        code="hung-up",
        says=["Error getting validation data"],
    )
    bad(
        "closed amid the handshake",
        ask(Peer(half, "reset").port),
        code="hung-up",
        says=["Connection reset by peer"],
    )
    bad("closed amid the handshake", ask(Peer(record(21, b"\1\0")).port), code="hung-up")
    bad(
        "no answer at the end of the handshake",
        ask(Peer(half, "hold").port, "-t", "1"),
        code="stalled",
        says=["Timeout after connect"],
    )
    bad(
        "-p require, and no header",
        ask(Peer(b"", "reset").port),
        code="closed",
        says=[f'"{SERVER}: Connection reset by peer"'],
    )
    bad(
        "-p require, and no header",
        ask(Peer(b"").port),
        code="closed",
        says=[f'"{SERVER}: Error getting validation data"'],
    )
    bad(
        "illegal_parameter",
        ask(Peer(record(21, b"\2\x2f")).port),
        code="illegal-parameter",
        says=["underscore", "LibreSSL"],
    )
    bad(
        "another alert",
        ask(Peer(record(21, b"\2\x31")).port),
        code="alert",
        says=["remote error: tls: access denied"],
    )
    bad(
        "another alert",
        ask(Peer(record(21, b"\2\x63")).port),
        code="alert",
        says=["remote error: tls: alert(99)"],
    )
    bad(
        "another alert",
        ask(Peer(record(21, b"\2\x32")).port, "-x", "v1"),
        code="alert",
        says=["error decoding message", "without -x"],
    )
    bad("no pair", ask(Peer(record(21, b"\2\x70"), "reset").port), code="unknown-name")
    bad(
        "closed amid the handshake", ask(Peer(record(21, b"\1\x70") + half).port), code="hung-up"
    )  # that was a warning
    # HelloRequest, HelloRequest, ...; LibreSSL takes none of them
    a = ask(Peer(record(22, b"\0" * 16384), "endless").port, "-t", "2", "-n", "4")
    end = "alert unexpected message" if LIBRESSL else "the answer is over 512 KiB"
    bad("nonsense in TLS", a, code="tls-failed", says=[end])
    bad(
        "nonsense in TLS",
        ask(Peer(record(22, b"\x77" * 50)).port),
        code="tls-failed",
        says=["the handshake failed: "],
    )


def test_unreachable():
    bad("a closed port", ask(free_port()), code="refused", says=[f'"{SERVER}: Connection refused"'])
    bad(
        "a closed port",
        ask(free_port(), host=SERVER6),
        code="refused",
        says=[f'"{SERVER6}: Connection refused"'],
    )
    # nobody there, and nobody says so
    run("ip", "route", "add", "198.51.100.0/25", "dev", "lo")
    run("ip", "route", "add", "unreachable", "198.51.100.128/25")
    bad(
        "a route to nowhere",
        ask(443, host="198.51.100.200"),
        code="connect-failed",
        says=["No route to host"],
    )
    bad(
        "no route",
        ask(443, host="203.0.113.1"),
        code="no-route",
        says=["Network unreachable", "with -4"],
    )
    bad("no route", ask(443, host="2001:db8:1::1"), code="no-route")
    bad(
        "no route",
        ask(443, host="::1", wrap=["unshare", "-n"]),
        code="no-route",
        says=["Cannot assign requested address"],
    )
    silent = socket.create_server((SERVER, 0), backlog=64)
    # With the default of 10 seconds, at once; one by one only the first lines would differ
    results = {}

    def wait_for(key, *args, **kw):
        results[key] = ask(*args, **kw)

    threads = [
        threading.Thread(target=wait_for, args=a, kwargs=k)
        for a, k in (
            (("silent", silent.getsockname()[1]), {}),
            (("hole", 443), {"host": "198.51.100.7"}),
            (("many", silent.getsockname()[1], "-n", "6", "-x", "v2"), {}),
        )
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    bad(
        "silence",
        results["silent"],
        code="silent",
        says=["Timeout after connect (your server may be slow or overloaded)"],
    )
    bad(
        "a black hole",
        results["hole"],
        code="connect-timeout",
        says=['"198.51.100.7: Timeout during connect (likely firewall problem)"'],
    )
    bad("silence", results["many"], code="silent", says=["6 of 6: ", "try without -x"])
    bad("silence", ask(silent.getsockname()[1], "-t", "2"), code="silent")
    a = ask(free_port(), "-n", "64", wrap=["prlimit", "-n20"])
    tap.ok("refused" in a.codes[0], "few descriptors: those that were opened are judged", a)
    a = ask(silent.getsockname()[1], "-n", "64", "-t", "1", wrap=["prlimit", "-n20"])
    said = [
        t
        for t in a.texts()
        if "64: this machine could not finish the test: Too many open files" in t
        and "smaller -n" in t
    ]
    tap.ok(
        a.codes == [["silent", "local-error"]] and len(said) == 1 and a.status == 1,
        "too many connections",
        a,
    )
    CAUSES["local-error"].add("too many connections")


def test_names(resolver):
    a = Asked("none.example.net:443")
    bad(
        "no such host",
        a,
        code="no-address",
        says=["DNS problem: NXDOMAIN looking up A for none.example.net"],
    )
    resolver.rcode = 2
    bad(
        "a resolver that fails",
        Asked("none.example.net"),
        code="dns-failed",
        says=["SERVFAIL looking up A for none.example.net"],
    )
    resolver.rcode = 0
    bad(
        "no such host",
        Asked("none.example.net", "-6"),
        code="no-address",
        says=["no valid AAAA records found for none.example.net"],
    )
    resolver.rcode = "kill"
    a = Asked("none.example.net")
    tap.ok(
        a.codes == [["local-error"]]
        and "this machine could not look up none.example.net: " in a.texts()[0],
        "a resolver's code that crashes is no timeout",
        a,
    )
    resolver.rcode = None
    a = Asked("none.example.net", "-t", "2")
    bad("a resolver that is silent", a, code="dns-timeout")


def test_several():
    """A front proxy of two; IPv6 and IPv4 that differ."""
    here, there, none = alpnd(DIR), alpnd(directory(GOOD, digest=DIGEST2)), alpnd(directory())
    s = haproxy(here.port, none.port)
    a = ask(s.port, "-n", "6")
    bad(
        "a host behind the front proxy without the pair",
        a,
        code="not-all",
        says=["only 3 of 6 connections were good"],
    )
    tap.ok(
        a.codes[0] == ["not-all", "unknown-name"] and a.texts()[1].startswith("3 of 6: "),
        "... with the first failure",
        a,
    )
    s.stop()
    s = haproxy(here.port, there.port)
    a = ask(s.port, "-n", "6")
    bad(
        "hosts with different pairs",
        a,
        code="digests-differ",
        says=["are different: the CA accepts one"],
    )
    a = ask(s.port, "-n", "6", "-d", DIR)
    tap.ok(
        a.status == 1 and a.codes[0][0] == "not-all" and "other-certificate" in a.codes[0],
        "... and with -d, which",
        a,
    )
    s.stop()
    s = haproxy(free_port())
    bad(
        "-p require, and no header",
        ask(s.port),
        code="closed",
        says=["reason=proxy", "check that the proxy's backend for acme-tls/1 is the port"],
    )
    s.stop()
    for x in (there, none):
        x.stop()

    port = here.port  # of both families; now of IPv4 only
    here.stop()
    v4, v6 = alpnd(DIR, port=port, listen=(SERVER,)), nginx(*WEB, host=f"[{SERVER6}]", port=port)
    a = Asked(f"both.example.org:{port}")
    bad("a server without acme-tls/1", a, code="no-acme-tls", row=0)
    tap.ok(
        a.rows[1]["result"] == "ok"
        and a.codes[0][-1] == "addresses-differ"
        and f"{SERVER}:{port}" in a.texts()[-1],
        "IPv6 differs from IPv4, and the row says so",
        a,
    )
    CAUSES["addresses-differ"].add("IPv6 and IPv4 differ")
    good("... which -4 leaves out", Asked(f"both.example.org:{port}", "-4"))
    v6.stop()
    v6 = alpnd(directory(GOOD, digest=DIGEST2), port=port, listen=(f"[{SERVER6}]",))
    a = Asked(f"both.example.org:{port}")
    bad("hosts with different pairs", a, code="digests-differ", says=["at all addresses"], row=1)
    v4.stop()
    v6.stop()
    a = Asked(f"both.example.org:{port}")
    tap.same(a.codes, [["refused"], ["refused"]], "no address answers: no more than that")
    p = subprocess.run(
        [CHECK, "-c", f"both.example.org:{port}", GOOD], stdout=subprocess.PIPE, text=True
    )
    lines = p.stdout.splitlines()
    six, four = f"[{SERVER6}]:{port}", f"{SERVER}:{port}"
    tap.ok(
        p.returncode == 1
        and lines[0] == f"error   {GOOD} {six}"
        and lines[1] == f'    "{SERVER6}: Connection refused": nothing listens on this port of '
        f"this address; also at {four}"
        and [line for line in lines if "note: /etc/hosts" in line and line.endswith(four)]
        and len(lines) == len(set(lines))
        and lines[-1] == f"error   {GOOD} {four}: as above",
        "as text, what is wrong at both is said once",
        p,
    )


def test_words():
    """Every code of the catalogue has been seen, is a word of its own, and is in the manual."""
    catalogue = run(os.path.dirname(CHECK) + "/tests/unit/findings")
    codes = {line.split()[1] for line in catalogue.splitlines() if line.startswith("connect ")}
    tap.ok(len(codes) > 30, "codes are found in the catalogue", sorted(codes))
    tap.same(sorted(codes - set(CAUSES)), [], "each has been provoked")
    for code, causes in sorted(CAUSES.items()):
        tap.ok(len(causes) == 1, f"{code} has one cause", causes)
    tap.same(len(set.union(*CAUSES.values())), len(CAUSES), "each cause has a code of its own")
    with open(TOP + "/man/alpnd-check.8") as f:
        manual = f.read()
    section = manual[manual.index('.\\" connect begin') : manual.index('.\\" connect end')]
    lists = re.findall(r"^\.It Cm ([a-z0-9 ,-]+)$", section, re.M)
    listed = {c for codes in lists for c in codes.split(" , ")}
    tap.same(sorted(listed), sorted(codes), "the manual has them, and no other")


def prepare():
    global DIR
    hosts = (
        f"{SERVER} both.example.org\n{SERVER6} both.example.org\n"
        f"{SERVER} far.example.org\n2001:db8:1::1 far.example.org\n"
        f"{SERVER} {GOOD}\n{SERVER} twice.example.org\n{SERVER} twice\ttwice.example.org # twice\n"
    )
    for name, text in (("hosts", hosts), ("resolv.conf", "nameserver 127.0.0.1\n")):
        with open(f"{TMP}/{name}", "w") as f:
            f.write(text)
        run("mount", "--bind", f"{TMP}/{name}", os.path.realpath("/etc/" + name))
    DIR = directory(GOOD, "127.0.0.1", "::1")
    run(
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-days",
        "30",
        "-subj",
        "/CN=snakeoil.example",
        "-addext",
        "subjectAltName=DNS:snakeoil.example",
        "-out",
        WEB[0],
        "-keyout",
        WEB[1],
    )
    with open(TMP + "/web.both", "w") as f:
        for w in WEB:
            with open(w) as part:
                f.write(part.read())


try:
    os.chmod(TMP, 0o755)
    prepare()
    RESOLVER = Resolver()
    test_alpnd()
    test_proxy()
    test_front()
    test_other_pairs()
    test_others()
    test_handshakes()
    test_extensions()
    test_large()
    test_hello()
    test_terminal()
    test_peers()
    test_unreachable()
    test_names(RESOLVER)
    test_several()
    test_words()
finally:
    for p in RUNNING:
        if p.poll() is None:
            p.kill()
            p.wait()
    shutil.rmtree(TMP, ignore_errors=True)
tap.done()
