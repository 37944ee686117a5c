#!/usr/bin/env python3
"""
wire: every row of the contract, by the real binary on real TCP connections:
bytes on the wire, log line and exit status, with fd 2 being the connection (as
under inetd; the log then goes to syslog) and not.

Run by the tests/*.t wrappers inside lib/private.sh.  WIRE=main leaves out what
takes long (for valgrind).
"""
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import hello as h
import pairs
import tap
from oneshot import ALPND, Conn, Handshake, Syslog

TMP = tempfile.mkdtemp(prefix="alpnd-wire.")
DIR = os.path.join(TMP, "alpn-certs")
os.chmod(TMP, 0o755)
os.mkdir(DIR, 0o755)
MAIN_ONLY = os.environ.get("WIRE") == "main"
STDERRS = ("pipe", "conn") if MAIN_ONLY else ("pipe", "conn", "closed")
SYSLOG = Syslog("/dev/log")
IP6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
DER = {}
SECRETS = []        # no message may have a line of a key in it


def alert(n, version=b"\x03\x03"):
    return b"\x15" + version + b"\0\2\2" + bytes([n])


def line(text, conn):
    """The log line as a pattern: {peer} filled in, ms any number."""
    text = re.escape(text).replace(r"\{peer\}", re.escape(f"peer={conn.peer}"))
    return text.replace("MS", r"ms=\d+").replace("ANY", ".*")


def syslog_text():
    out = []
    for d in SYSLOG.take():
        m = re.match(rb"<(\d+)>.*? alpnd\[\d+\]: (.*)$", d.rstrip(b"\0\n"), re.S)
        good = m and int(m[1]) >> 3 == 3        # facility daemon
        out.append(f"<{int(m[1]) & 7}>{m[2].decode()}" if good else repr(d))
    return "\n".join(out)


LEVEL = {"served": 5, "refused": 6, "closed": 7, "error": 3, "alpnd:": 3}


def check(name, conn, got, wire, log, status):
    """Compare one connection with its row."""
    pattern = line(log, conn) if log else ""
    if log and conn.logs_to == "syslog":
        pattern = f"<{LEVEL[log.split()[0]]}>" + pattern
        text = syslog_text()
    else:
        text = got.log.rstrip("\n")
    leaked = any(secret in text for secret in SECRETS)
    good = (got.wire == wire and got.status == status and re.fullmatch(pattern, text, re.S) and not leaked)
    tap.ok(good, name, f"{got!r}\nlog    {text!r}\nwanted {pattern!r}\nwire   {wire.hex()} exit {status}")


def start(*flags, stderr="pipe", certdir=DIR, **kw):
    SYSLOG.take()
    c = Conn(*flags, certdir=certdir, stderr=stderr, **kw)
    c.logs_to = "stderr" if stderr == "pipe" else "syslog"
    return c


def row(name, data, wire, log, status=0, flags=(), cuts=(), half_close=False, both=True, **kw):
    """One row, with fd 2 being a pipe, the connection, and closed."""
    for stderr in STDERRS if both and not MAIN_ONLY else ("pipe",):
        c = start(*flags, stderr=stderr, **kw)
        got = c.exchange(data, cuts, half_close)
        check(f"{name}; stderr is {stderr}", c, got, wire, log, status)


def served(name, sni, want, tls=None, alpn=("acme-tls/1",), flags=(), stderr="pipe", prefix=b"", cuts=(),
           reframe=None, log=None, family=socket.AF_INET, **kw):
    """A whole handshake: the right certificate, close_notify and FIN at once, one line, exit 0."""
    c = start(*flags, stderr=stderr, family=family, **kw)
    hs = Handshake(sni, tls, alpn)
    err, der = hs.run(c, prefix, cuts, reframe)
    ended = err is None and hs.ended_well(c)
    version, cipher = (hs.tls.version(), hs.tls.cipher()[0]) if err is None else ("", "")
    selected = hs.tls.selected_alpn_protocol() if err is None else None
    got = c.finish(b"")
    text = got.log.rstrip("\n") if stderr == "pipe" else syslog_text()
    log = log or "served" + (f" name={sni.lower().rstrip('.')}" if sni else "") + " {peer}"
    pattern = line(f"{log} tls={version} cipher=ANY MS", c)
    if stderr != "pipe":
        pattern = "<5>" + pattern
    good = (err is None and der == DER[want] and ended and selected == "acme-tls/1" and
            (cipher.startswith("ECDHE-") or version == "TLSv1.3") and
            got.status == 0 and re.fullmatch(pattern, text))
    tap.ok(good, name, f"error {err} right certificate {der == DER[want]} ended {ended} ALPN {selected} "
           f"{cipher}\n{got!r}\nlog {text!r}\nwanted {pattern!r}")


# --- what is served

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def make_pairs():
    for key in pairs.KEYS:
        DER[key] = pairs.make(DIR, f"{key}.example.org", key)
    for name in ("known.example.org", "_under_score.example.org", "xn--mgbh0fb.example.org",
                 "1.0.0.127.in-addr.arpa", IP6, "fallback"):
        DER[name] = pairs.make(DIR, name)
    for name in os.listdir(DIR):
        if name.endswith(".key.pem"):
            with open(f"{DIR}/{name}") as f:
                SECRETS.extend(line[:24] for line in f.read().splitlines() if len(line) > 24 and "---" not in line)


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


# --- what is refused

BAD_NAMES = [b"../known.example.org", b"/etc/passwd", b"known.example.org\0", b"a\0b", b"a\nb", b"\x1b[2J", b"a/b",
             b"..", b".", b"a..b", b".a", b"192.0.2.1", b"192.0.2.1.", b"::1", b"[::1]", b"a" * 64 + b".org",
             b".".join([b"a" * 63] * 4), b"*.example.org", b"b\xc3\xbccher.org", b"a b", b"-a.org", b"%s.org",
             b"a" * 300, b"x" * 16000]
if MAIN_ONLY:
    BAD_NAMES = BAD_NAMES[:3] + BAD_NAMES[-2:]


def escaped(name):
    """As the log has it: %XX for everything that is not of host names."""
    text = "".join(chr(b) if chr(b).isalnum() and b < 128 or chr(b) in ".-_" else f"%{b:02X}" for b in name[:256])
    return text + ("..." if len(name) > 256 else "")


def test_refused():
    row("no ALPN extension", h.hello(protos=None), alert(120),
        'refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"')
    row("ALPN h2 only", h.hello(protos=[b"h2", b"http/1.1"]), alert(120),
        "refused reason=alpn name=known.example.org {peer} MS")
    row("ALPN like acme-tls/1", h.hello(protos=[b"acme-tls/1\0", b"acme-tls/10", b"ACME-TLS/1"]), alert(120),
        "refused reason=alpn name=known.example.org {peer} MS")
    row("no SNI", h.hello(name=None), alert(109), "refused reason=no-name {peer} MS")
    for name in BAD_NAMES:
        row(f"SNI {name[:40]!r}", h.hello(name=name), alert(112),
            f"refused reason=bad-name name={escaped(name)} {{peer}} MS", both=len(name) < 30)
    row("SNI without a pair", h.hello(name=b"Unknown.example.org."), alert(112),
        "refused reason=unknown-name name=unknown.example.org {peer} MS")
    for n in (247, 248, 253):       # names that are longer than a file name may be, with .crt.pem
        name = (b"a" * 49 + b".") * 4 + b"b" * (n - 200)
        row(f"SNI of {n} bytes without a pair", h.hello(name=name), alert(112),
            f"refused reason=unknown-name name={name.decode()} {{peer}} MS", both=False)
    row("TLS 1.1", h.hello(version=0x0302, vers=None), alert(70, b"\x03\x02"),
        "refused reason=version name=known.example.org {peer} MS")
    row("TLS 1.0", h.hello(version=0x0301, vers=None), alert(70, b"\x03\x01"),
        "refused reason=version name=known.example.org {peer} MS")
    row("supported_versions without 1.2 and 1.3", h.hello(vers=(0x0302, 0x7f1c)), alert(70),
        "refused reason=version name=known.example.org {peer} MS")
    row("SSL 3, no extensions", h.record(h.message(None, 0x0300)), alert(70, b"\x03\x00"),
        "refused reason=version {peer} MS")


def test_bad_hello():
    good = h.hello()
    dup = [h.ext(21, b""), h.ext(21, b"")]
    for name, data, why in [
            ("extension twice", h.hello(more=dup), "extension given twice"),
            ("SNI list with a byte behind it", h.hello(name=None, more=[h.ext(0, b"\0\4\0\0\1a\0")]),
             "server_name: bad list"),
            ("two host names", h.hello(name=None, more=[h.ext(0, h.vec(2, b"\0\0\1a\0\0\1b"))]),
             "server_name: two host names"),
            ("empty host name", h.hello(name=b""), "server_name: bad entry"),
            ("empty ALPN name", h.hello(protos=[b""]), "ALPN: bad protocol name"),
            ("empty ALPN list", h.hello(protos=[]), "ALPN: bad list"),
            ("extensions cut short", h.record(h.message([h.sni(b"a.org")])[:-1] + b""), None),
            ("record of 0 bytes", b"\x16\x03\x01\0\0", "empty record"),
            ("record of 16385 bytes", b"\x16\x03\x01\x40\x01", "record too long"),
            ("data behind it in its record", h.record(h.message([h.sni(b"a.org")]) + b"x"),
             "data after the ClientHello in its record"),
            ("ServerHello first", b"\x16\x03\x01\0\4\2\0\0\0", "first message is not a ClientHello"),
            ("hello of 131397 bytes", b"\x16\x03\x01\x40\0\1\2\x01\x45", "ClientHello too long"),
            ("alert amid the hello", good[:3] + b"\0\6" + good[5:11] + b"\x15\x03\x01\0\2\1\0",
             "another record within the ClientHello")]:
        if why is None:     # its length says more than there is: cut, not malformed
            row(name, data, b"", "refused reason=hung-up {peer} MS", half_close=True)
            continue
        row(name, data, alert(50), f'refused reason=bad-hello {{peer}} MS detail="{why}"')


def test_not_tls():
    for name, data in [("HTTP", b"GET / HTTP/1.1\r\nHost: known.example.org\r\n\r\n"), ("SSH", b"SSH-2.0-x\r\n"),
                       ("one byte", b"\0"), ("an alert record", b"\x15\x03\x01\0\2\1\0"), ("0xff", b"\xff" * 100),
                       ("SSL 2", bytes.fromhex("802e0100020015000000100100800200800300800400800500800600") + b"x" * 20),
                       ("POST", b"POST / HTTP/1.0\r\n\r\n"), ("64 KiB of zeros", b"\0" * 65536)]:
        row(name, data, b"", "refused reason=not-tls {peer} MS")


def test_proxy_faults():
    good = h.hello()
    v1, v2 = h.proxy_v1(), h.proxy_v2()
    for name, data, flags, why in [
            ("v1, bad address", b"PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n" + good, (), "v1: bad source address"),
            ("v1, leading zero", b"PROXY TCP4 192.0.2.2 192.0.2.1 01 2\r\n" + good, (), "v1: bad source port"),
            ("v1, other family", b"PROXY TCP4 ::1 ::1 1 2\r\n" + good, (), "v1: bad source address"),
            ("v1, no CRLF in 107 bytes", b"PROXY UNKNOWN " + b"x" * 200, (), "v1: no CRLF in 107 bytes"),
            ("v1, LF only", v1.replace(b"\r", b"") + good, (), "v1: control byte before CRLF"),
            ("v2, version 3", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c" + b"x" * 12, (), "v2: version is not 2"),
            ("v2, TLV too long", h.proxy_v2(tlvs=b"\1\0\x40abc") + good, (), "v2: TLV beyond the header"),
            ("no header, -p require", good, ("-p", "require"), "no PROXY header, with -p require"),
            ("HTTP, -p require", b"GET / HTTP/1.0\r\n\r\n", ("-p", "require"), "no PROXY header, with -p require"),
            ("v1, -p off", v1 + good, ("-p", "off"), "PROXY header with -p off"),
            ("v2, -p off", v2 + good, ("-p", "off"), "PROXY header with -p off")]:
        log = f'refused reason=proxy {{peer}} MS detail="{why}"'
        if "-p off" in name:
            log = f'refused reason=proxy client=192.0.2.7:4711 {{peer}} MS detail="{why}"'
        row(f"PROXY {name}", data, b"", log, flags=flags)
    row("PROXY twice", v1 + v1 + good, b"",
        'refused reason=proxy client=192.0.2.7:4711 {peer} MS detail="second PROXY header"')


def test_endings():
    good = h.hello()
    row("nothing, then EOF", b"", b"", "", half_close=True)
    row("nothing, then EOF, -v", b"", b"", "closed {peer} MS", half_close=True, flags=("-v",))
    row("PROXY v2 LOCAL, then EOF, -v", h.PROXY_V2_LOCAL, b"", "closed {peer} MS", half_close=True, flags=("-v",))
    for n in (1, 5, 6, 9, 100):
        row(f"{n} bytes of a hello, then EOF", good[:n], b"", "refused reason=hung-up {peer} MS", half_close=True)
    row("half a PROXY header, then EOF", b"PROXY TCP4 192", b"", "refused reason=hung-up {peer} MS", half_close=True)
    row("PROXY header, then EOF", h.proxy_v1(), b"", "refused reason=hung-up client=192.0.2.7:4711 {peer} MS",
        half_close=True)
    for what, data, log in (("nothing", b"", "closed"), ("a hello begun", good[:9], "refused reason=hung-up"),
                            ("PROXY v2 LOCAL", h.PROXY_V2_LOCAL, "closed")):
        c = start("-v")
        c.send(data)
        c.consumed()
        c.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.client.close()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith(log + " "), f"{what}, then RST", got)
    c = start()
    hs = Handshake("known.example.org")
    c.send(hs.out.read())
    tap.ok(c.client.recv(5)[:1] == b"\x16", "ServerHello comes")
    c.client.shutdown(socket.SHUT_WR)
    c.read_all()
    got = c.finish(b"")
    check("EOF amid the handshake", c, got, b"",
          'refused reason=hung-up name=known.example.org {peer} MS detail="during the handshake"', 0)


def test_deadline():
    good = h.hello()
    row("silence", b"", b"", "refused reason=timeout {peer} MS", flags=("-t", "1"), both=not MAIN_ONLY)
    row("half a hello, then silence", good[:50], b"", "refused reason=timeout {peer} MS", flags=("-t", "1"),
        both=False)
    row("half a PROXY header, then silence", b"PROXY ", b"", "refused reason=timeout {peer} MS",
        flags=("-t", "1"), both=False)
    c = start("-t", "1")
    hs = Handshake("known.example.org")
    c.send(hs.out.read())
    c.read_all()
    got = c.finish(b"")
    check("a hello, then silence", c, got, b"",
          'refused reason=timeout name=known.example.org {peer} MS detail="during the handshake"', 0)
    ms = int(re.search(r"ms=(\d+)", got.log)[1])
    tap.ok(1000 <= ms < 3000, "it ended at its deadline", ms)
    # one byte at a time, each at once: the deadline is of the whole, not of a read
    c = start("-t", "1")
    sent = 0
    try:
        while c.proc.poll() is None:
            c.client.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc"[sent:sent + 1] or b"\0")
            sent += 1
            c.consumed()
            if sent > 16000:        # the record is full: stay below it
                c.proc.wait(timeout=20)
    except (BrokenPipeError, ConnectionResetError):
        pass
    got = c.finish(b"")
    tap.ok(got.log.startswith("refused reason="), "dripping does not extend the deadline", got)


def test_rejected_by_client():
    c = start()
    hs = Handshake("known.example.org", verify=True)
    err, _ = hs.run(c)
    got = c.finish(b"")
    tap.ok(err is not None and got.status == 0 and
           re.fullmatch(r'refused reason=handshake name=known\.example\.org peer=\S+ ms=\d+ detail=".*alert.*"\n',
                        got.log), "client rejects the certificate", got)
    # no common cipher suite or group: libtls refuses, with its own alert
    row("only RSA key exchange", h.record(h.message([h.sni(b"known.example.org"), h.alpn(b"acme-tls/1"),
        h.ext(10, h.vec(2, b"\0\x17")), h.ext(13, h.vec(2, b"\4\1\4\3"))], ciphers=b"\0\x9c\0\x2f")), alert(40),
        'refused reason=handshake name=known.example.org {peer} MS detail="ANY"')
    row("only CBC", h.record(h.message([h.sni(b"known.example.org"), h.alpn(b"acme-tls/1"),
        h.ext(10, h.vec(2, b"\0\x17")), h.ext(13, h.vec(2, b"\4\1\4\3"))], ciphers=b"\xc0\x13\xc0\x09")), alert(40),
        'refused reason=handshake name=known.example.org {peer} MS detail="ANY"')


def test_close_notify_amid_handshake():
    """libtls calls that a success; nothing has been proved to that client."""
    notify = b"\x15\x03\x03\0\2\1\0"
    no_share = h.hello(name=b"known.example.org", more=[h.ext(51, b"\0\0")])
    for what, data in (("with the hello", h.hello(more=[h.ext(51, b"\0\0")]) + notify),
                       ("after a HelloRetryRequest", no_share + notify)):
        c = start()
        c.send(data)
        c.read_all()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith("refused reason="), f"close_notify {what}", got)
    for tls in (TLS12, TLS13):
        c = start()
        hs = Handshake("known.example.org", tls)
        c.send(hs.out.read())
        c.client.recv(65536)
        c.send(notify)
        c.client.shutdown(socket.SHUT_WR)
        c.read_all()
        got = c.finish(b"")
        tap.ok(got.status == 0 and got.log.startswith("refused reason="),
               f"close_notify after the server's flight, {tls.name}", got)


def test_client_gone_after_handshake():
    """The CA hangs up first: never a failure."""
    good = 0
    n = 5 if MAIN_ONLY else 40
    for i in range(n):
        c = start()
        hs = Handshake("known.example.org", (TLS12, TLS13)[i % 2])
        err, _ = hs.run(c)
        if i % 4 < 2:
            c.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.client.close()
        got = c.finish(b"")
        good += err is None and got.status == 0 and got.log.startswith("served name=known.example.org ")
        if got.status != 0 or not got.log.startswith("served"):
            print("#", got)
    tap.same(good, n, f"{n} clients that hang up at once, half of them with RST, are all served")


# --- the fallback

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


# --- the operator's mistakes

def put(name, crt=None, key=None):
    for kind, data in (("crt", crt), ("key", key)):
        if data is not None:
            with open(f"{DIR}/{name}.{kind}.pem", "wb") as f:
                f.write(data)


def get(name, kind):
    with open(f"{DIR}/{name}.{kind}.pem", "rb") as f:
        return f.read()


def test_bad_fallback():
    row("-f, whose key is of another", h.hello(name=b"unknown.example.org"), alert(80),
        f'error name=unknown.example.org {{peer}} MS detail="{DIR}/mismatch.org.crt.pem, .key.pem: ANY"', 1,
        flags=("-f", "mismatch.org"), both=False)


def test_bad_pairs():
    crt, key = get("known.example.org", "crt"), get("known.example.org", "key")
    other = get("fallback", "key")
    anew = "remove that one and let the ACME client make both anew"
    both = "damaged, weak, or not of one another; remove both and let the ACME client make them anew"
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


def test_unreadable():
    """Permissions hold for others than root only."""
    if os.geteuid() != 0:
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


def no_session(c):
    """It ends without a look at the connection: what would a client have got?"""
    c.proc.wait(30)
    c.server.close()
    return c.finish()


def test_usage():
    for flags in (["-x"], ["--version"], ["-t", "0"], ["-t", "61"], ["-t", "1s"], ["-t", ""], ["-p", "maybe"],
                  ["-f", "../x"], ["-d"], ["extra"], ["-m", "0"], ["-m", "1025"], ["-i", "-1"]):
        c = start(*flags)
        got = no_session(c)
        tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd [-v]" in got.log, f"usage: {flags}", got)
        c = start(*flags, stderr="conn")
        got = no_session(c)
        text = syslog_text()
        tap.ok(got.status == 64 and got.wire == b"" and "usage: alpnd" in text, f"usage: {flags}, not to the client",
               f"{got} {text}")
    for flags, why in ((["-x"], "there is no flag -x"), (["-v", "-t"], "-t wants an argument")):
        r = subprocess.run([*ALPND, *flags], capture_output=True, text=True)
        tap.ok(r.returncode == 64 and r.stderr.startswith(f"alpnd: {why}\nusage: alpnd ["), f"the flag is named: {flags}", r)
    for flag in "-h", "--help":
        r = subprocess.run([*ALPND, flag], capture_output=True, text=True)
        tap.ok(r.returncode == 0 and r.stdout.startswith("usage: alpnd [-v]") and not r.stderr, f"help: {flag}", r)
    for name, kw in (("/dev/null", {"stdin": subprocess.DEVNULL}), ("a file", {"stdin": open(__file__)})):
        r = subprocess.run(ALPND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
        tap.ok(r.returncode == 64 and "standard input is not a connection" in r.stderr and "alpnd.socket" in r.stderr,
               f"standard input is {name}", r)
    r = subprocess.run([*ALPND, "-x"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    tap.ok(r.returncode == 64 and "usage: alpnd" in r.stdout, "usage with 2>&1 into a pipe", r)
    a, b = socket.socketpair()
    with open(TMP + "/out", "w+") as out:
        r = subprocess.run(ALPND, stdin=a, stdout=out, stderr=out)
        out.seek(0)
        tap.ok(r.returncode == 64 and "standard output is not a connection" in out.read(),
               "standard output and error are a file", r)
    rfd, wfd = os.pipe()
    r = subprocess.run(ALPND, stdin=wfd, stdout=rfd, stderr=subprocess.PIPE, text=True)
    tap.ok(r.returncode == 64 and "is the wrong end of a pipe" in r.stderr, "pipes the wrong way round", r)
    main, term = os.openpty()
    r = subprocess.run(ALPND, stdin=term, stdout=term, stderr=term)
    tap.ok(r.returncode == 64 and b"standard input is not a connection" in os.read(main, 4096), "on a terminal", r)
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    r = subprocess.run(ALPND, stdin=a, stdout=a, stderr=subprocess.PIPE, text=True)
    tap.ok(r.returncode == 64 and "not a stream socket" in r.stderr, "standard input is a datagram socket", r)
    r = subprocess.run([*ALPND, "-V"], stdout=subprocess.PIPE, text=True)
    library = "" if "PORT_STATIC" in os.environ else r", \S*libtls\S*"
    tap.ok(r.returncode == 0 and re.fullmatch(r"alpnd [0-9.]+, libtls \S+ \(API \d+\)" + library + "\n", r.stdout),
           "-V", r)


# --- what starts it: pipes, socket pairs, the journal

def test_pipes():
    for kind in ("pipes", "socket pair"):
        if kind == "pipes":
            rfd, to = os.pipe()
            back, wfd = os.pipe()
            out = wfd
        else:
            x, y = socket.socketpair()
            rfd, to, back, out = x.fileno(), y.fileno(), y.fileno(), x.fileno()
        env = dict(os.environ, SOCAT_PEERADDR="192.0.2.77", SOCAT_PEERPORT="99")
        p = subprocess.Popen([*ALPND, "-d", DIR], stdin=rfd, stdout=out, stderr=subprocess.PIPE, env=env, text=True)
        if kind == "pipes":
            os.close(rfd)
            os.close(wfd)
        hs = Handshake("known.example.org")
        while True:
            os.write(to, hs.out.read())
            if hs.step():
                break
            hs.inb.write(os.read(back, 65536))
        os.write(to, hs.out.read() or b"")
        if kind == "pipes":
            end = b"x"
            while end:
                end = os.read(back, 65536)
        _, err = p.communicate(timeout=30)
        tap.ok(hs.error is None and p.returncode == 0 and
               err.startswith("served name=known.example.org peer=192.0.2.77:99 tls="), f"fd 0 and 1 are {kind}",
               f"{hs.error} {err}")


def journal_fields(data):
    return dict(l.split("=", 1) for l in data.decode().splitlines() if "=" in l)


def test_journal():
    """With the real libsystemd; the real journald is in the systemd tests."""
    journal = Syslog("/run/systemd/journal/socket")
    if "NO_SYSTEMD" in os.environ:
        row("stderr is the connection, a journal runs, built without libsystemd: syslog", h.hello(protos=None),
            alert(120), 'refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"')
        return tap.same(journal.take(), [], "... and nothing to the journal")
    c = start(stderr="conn")
    got = c.exchange(h.proxy_v1() + h.hello(name=b"Unknown.example.org"))
    entries = journal.take()
    f = journal_fields(entries[0]) if entries else {}
    want = {"PRIORITY": "6", "SYSLOG_IDENTIFIER": "alpnd", "ALPND_RESULT": "refused",
            "ALPND_REASON": "unknown-name", "ALPND_NAME": "unknown.example.org", "ALPND_CLIENT": "192.0.2.7:4711",
            "ALPND_PEER": c.peer}
    tap.ok(len(entries) == 1 and got.wire == alert(112) and all(f.get(k) == v for k, v in want.items()) and
           re.fullmatch(line("refused reason=unknown-name name=unknown.example.org client=192.0.2.7:4711 {peer} MS",
                             c), f["MESSAGE"]) and f["ALPND_MS"].isdigit(),
           "stderr is the connection, a journal runs: entry with fields", f"{got} {f}")
    tap.same(SYSLOG.take(), [], "... and nothing to syslog")
    c = start()
    got = c.exchange(h.hello(protos=None))
    tap.ok(got.log.startswith("refused reason=alpn ") and journal.take() == [],
           "stderr is a file or a pipe: it is used, journal or not", got)
    a, b = socket.socketpair()
    st = os.fstat(a.fileno())
    c = start()
    c.server.close()
    with socket.socket() as lst:        # by hand: stderr is the journal's stream
        lst.bind(("127.0.0.1", 0))
        lst.listen(1)
        cl = socket.create_connection(lst.getsockname())
        sv, _ = lst.accept()
        env = dict(os.environ, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
        p = subprocess.Popen([*ALPND, "-d", DIR], stdin=sv, stdout=sv, stderr=a, env=env)
        cl.sendall(h.hello(protos=None))
        p.wait(30)
        entries = journal.take()
        tap.ok(len(entries) == 1 and b"ALPND_REASON=alpn" in entries[0], "stderr is the journal's stream: fields",
               entries)
        cl.close()
    journal.sock.close()
    SYSLOG.take()
    c.client.close()
    c.proc.wait(30)
    c = start(stderr="conn")        # its socket is there, and nobody behind it
    got = c.exchange(h.hello(protos=None))
    tap.ok(re.fullmatch(line('<6>refused reason=alpn name=known.example.org {peer} MS detail="no ALPN extension"', c),
                        syslog_text()), "the journal is dead: syslog, as alpnd, facility daemon", got)
    shutil.rmtree("/run/systemd/journal")


# --- hellos as they come: cut, spread, padded, behind PROXY headers

def reframe(size):
    return lambda rec: h.record(b"".join(split_records(rec)), size)


def split_records(data):
    while data:
        n = struct.unpack(">H", data[3:5])[0]
        yield data[5:5 + n]
        data = data[5 + n:]


def test_shapes():
    name = "known.example.org"
    for size in (1, 64) if MAIN_ONLY else (1, 2, 7, 64):
        for tls in (TLS12, TLS13):
            served(f"hello in records of {size} bytes, {tls.name}", name, name, tls, reframe=reframe(size))
    served("one byte per record, TCP too", name, name, reframe=reframe(1), cuts=range(1, 200))
    n = len(Handshake(name).out.read())
    step = {"main": 131, "short": 41}.get(os.environ.get("WIRE"), 1)
    for cut in range(1, n, step):
        served(f"hello cut after {cut} of {n} bytes", name, name, cuts=[cut])
    v = [("v1", h.proxy_v1(), "192.0.2.7:4711"),
         ("v1, mapped", h.proxy_v1("::ffff:192.0.2.7", 1, "::1", 2), "192.0.2.7:1"),
         ("v2, mapped", h.proxy_v2("::ffff:192.0.2.7", 1, "::1", 2), "192.0.2.7:1"),
         ("v1, UNIX socket", b"PROXY TCP4 192.0.2.7 unix:/run/x.sock 4711 0\r\n", "192.0.2.7:4711"),
         ("v1 IPv6", h.proxy_v1("2001:db8::7", 1, "::1", 2), "[2001:db8::7]:1"),
         ("v2", h.proxy_v2(), "192.0.2.7:4711"), ("v2 IPv6", h.proxy_v2("2001:db8::7", 65535, "::1"),
                                                  "[2001:db8::7]:65535"),
         ("v2 with TLVs", h.proxy_v2(tlvs=b"\1\0\2h2\4\0\0"), "192.0.2.7:4711"),
         ("v2 of 64 KiB", h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0), "192.0.2.7:4711"),
         ("v1 UNKNOWN", b"PROXY UNKNOWN junk\r\n", None), ("v2 LOCAL", h.PROXY_V2_LOCAL, None)]
    for what, head, client in v:
        log = f"served name={name}" + (f" client={client}" if client else "") + " {peer}"
        served(f"PROXY {what} and hello in one segment", name, name, prefix=head, log=log)
        if MAIN_ONLY:
            continue
        served(f"PROXY {what}, -p require", name, name, prefix=head, log=log, flags=("-p", "require"))
        served(f"PROXY {what} byte by byte, then the hello", name, name, prefix=head, log=log,
               cuts=range(1, min(len(head), 120) + 1))
        if len(head) < 1000:
            served(f"PROXY {what} and hello byte by byte", name, name, prefix=head, log=log,
                   cuts=range(1, len(head) + n))


def test_big():
    """A real client with a long list of ALPN names, and the longest hello there can be."""
    many = tuple(f"x-{i:05d}-{'p' * 200}" for i in range(60)) + ("acme-tls/1",)
    served("hello of over 12 kB", "known.example.org", "known.example.org", alpn=many)
    many = tuple(f"x-{i:05d}-{'p' * 240}" for i in range(250)) + ("acme-tls/1",)
    served("hello of over 60 kB, in several records", "known.example.org", "known.example.org", alpn=many)
    served("hello of over 12 kB, one byte per record", "known.example.org", "known.example.org", alpn=many[-48:],
           reframe=reframe(1))
    row("hello padded to 12 kB, no such name", h.hello(name=b"no.example.org", more=[h.ext(21, b"\0" * 12000)]),
        alert(112), "refused reason=unknown-name name=no.example.org {peer} MS", both=False)
    exts = h.sni(b"no.example.org") + h.alpn(b"acme-tls/1")
    exts += h.ext(30, b"\0" * (65535 - 4 - len(exts)))
    most = b"\3\3" + b"r" * 32 + h.vec(1, b"s" * 32) + h.vec(2, b"\x13\x01" * 32767) + h.vec(1, b"\0" * 255)
    most = b"\1" + h.vec(3, most + h.vec(2, exts))
    assert len(most) == 4 + 131396      # every vector of it is full
    row("hello of 131396 bytes", h.record(most), alert(112),
        "refused reason=unknown-name name=no.example.org {peer} MS", both=False)
    # the longest input there can be, and then a record that promises more
    v2 = h.proxy_v2(tlvs=b"\4\xff\xf0" + b"x" * 0xfff0)
    row("longest header and hello, its last record too long", v2 + h.record(most, 1)[:-6] + b"\x16\3\1\0\2x",
        alert(50), 'refused reason=bad-hello client=192.0.2.7:4711 {peer} MS '
        'detail="data after the ClientHello in its record"', both=False)
    row("hello of 131396 bytes, one a record", h.record(most, 1), alert(112),
        "refused reason=unknown-name name=no.example.org {peer} MS", both=False)


def main():
    make_pairs()
    test_served()
    test_refused()
    test_bad_hello()
    test_not_tls()
    test_proxy_faults()
    test_endings()
    test_deadline()
    test_rejected_by_client()
    test_close_notify_amid_handshake()
    test_client_gone_after_handshake()
    test_fallback()
    test_bad_pairs()
    test_bad_fallback()
    test_unreadable()
    test_usage()
    test_pipes()
    test_journal()
    if not MAIN_ONLY:
        test_odd_names_by_openssl()
        test_big()
    test_shapes()
    tap.done()


try:
    main()
finally:
    shutil.rmtree(TMP, ignore_errors=True)
