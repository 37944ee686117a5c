"""
rows: what the session tests share.  A row is the real binary on a real TCP
connection: bytes on the wire, log line and exit status, with fd 2 being the
connection (as under inetd; the log then goes to syslog) and not.

SESSION=main leaves out what takes long (for valgrind and emulators), short a
part of that; quick also what logs to syslog.  Without lib/isolate.sh log, syslog is the machine's: what logs
there is left out, and said to be.
"""
import os
import re
import shutil
import socket
import ssl
import tempfile

import pairs
import tap
from oneshot import Conn, Handshake, Syslog

TMP = tempfile.mkdtemp(prefix="alpnd-session.")
DIR = os.path.join(TMP, "alpn-certs")
os.chmod(TMP, 0o755)
os.mkdir(DIR, 0o755)
SESSION = os.environ.get("SESSION", "")
MAIN_ONLY = SESSION in ("main", "quick")
PRIVATE_LOG = "log" in os.environ.get("ISOLATED", "").split()
STDERRS = ("pipe", "conn") if MAIN_ONLY else ("pipe", "conn", "closed")
if not PRIVATE_LOG:
    STDERRS = ("pipe",)
SYSLOG = Syslog("/dev/log") if PRIVATE_LOG else None
IP6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
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
    if SYSLOG:
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


def put(name, crt=None, key=None):
    for kind, data in (("crt", crt), ("key", key)):
        if data is not None:
            with open(f"{DIR}/{name}.{kind}.pem", "wb") as f:
                f.write(data)


def get(name, kind):
    with open(f"{DIR}/{name}.{kind}.pem", "rb") as f:
        return f.read()


def run(*tests):
    """Each test, in turn, with the pairs that all of them have."""
    try:
        make_pairs()
        if not PRIVATE_LOG and SESSION != "quick":
            tap.skip("fd 2 is the connection or closed: syslog is not the test's own")
        for test in tests:
            test()
    finally:
        shutil.rmtree(TMP, ignore_errors=True)
    tap.done()
