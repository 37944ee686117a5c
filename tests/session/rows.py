"""
rows: what the session tests share.  A row is the real binary on a real TCP
connection: the bytes that it sends, its log line, its exit status.  A row is
run with fd 2 as a pipe, as the connection (as under inetd; the log then goes to
syslog), and closed.

SESSION=main leaves out what takes long, for valgrind and emulators; short
leaves out a part of that; quick also leaves out what logs to syslog.
Without lib/isolate.sh log, /dev/log is the machine's: the rows that log to
syslog are skipped.
"""
import os
import re
import shutil
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
SYSLOG = Syslog("/dev/log") if PRIVATE_LOG else None
if not PRIVATE_LOG:
    STDERRS = ("pipe",)
elif MAIN_ONLY:
    STDERRS = ("pipe", "conn")
else:
    STDERRS = ("pipe", "conn", "closed")

KNOWN = "known.example.org"
IP6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
ANY = "<any text>"  # in the detail of a log line
DER = {}            # pair -> its certificate
SECRETS = []        # lines of private keys: no message may have one

# LibreSSL differs: CAVEATS in alpnd(8)
LIBRESSL = os.environ.get("LIBTLS") == "LibreSSL"

# the alerts of RFC 8446, 6.2, RFC 6066 and RFC 7301
HANDSHAKE_FAILURE = 40
ILLEGAL_PARAMETER = 47
DECODE_ERROR = 50
PROTOCOL_VERSION = 70
INTERNAL_ERROR = 80
MISSING_EXTENSION = 109
UNRECOGNIZED_NAME = 112
NO_APPLICATION_PROTOCOL = 120


def alert(number, version=b"\x03\x03"):
    """The record of a fatal alert."""
    return b"\x15" + version + b"\0\2\2" + bytes([number])


class Log:
    """A log line that is expected; peer= and ms= are added."""

    LEVELS = {"served": 5, "refused": 6, "closed": 7, "error": 3}

    def __init__(self, result, reason=None, name=None, client=None, tls=None, detail=None):
        self.result = result
        self.before = [f"{k}={v}" for k, v in
                       (("reason", reason), ("name", name), ("client", client)) if v]
        self.after = [f"tls={tls}", f"cipher={ANY}"] if tls else []
        self.detail = detail

    def pattern(self, conn):
        """A pattern for the whole of what is logged, <level> before it in syslog."""
        words = [self.result, *self.before, f"peer={conn.peer}", *self.after, "ms=<number>"]
        if self.detail:
            words.append(f'detail="{self.detail}"')
        pattern = re.escape(" ".join(words)).replace(re.escape(ANY), ".*")
        pattern = pattern.replace("ms=<number>", r"ms=\d+")
        level = f"<{self.LEVELS[self.result]}>" if conn.logs_to == "syslog" else ""
        return level + pattern


def served_log(name=None, **fields):
    return Log("served", name=name, **fields)


NO_PAIR = f"no pair in {DIR}"


def refused(reason, name=None, **fields):
    return Log("refused", reason=reason, name=name, **fields)


def error(name, detail):
    return Log("error", name=name, detail=detail)


CLOSED = Log("closed")


def syslog_text():
    """What has come to syslog, a line each: <level>text."""
    out = []
    for d in SYSLOG.take():
        m = re.match(rb"<(\d+)>.*? alpnd\[\d+\]: (.*)$", d.rstrip(b"\0\n"), re.S)
        good = m and int(m[1]) >> 3 == 3        # facility daemon
        out.append(f"<{int(m[1]) & 7}>{m[2].decode()}" if good else repr(d))
    return "\n".join(out)


def start(*flags, stderr="pipe", certdir=DIR, **kw):
    """An alpnd, with its connection."""
    if SYSLOG:
        SYSLOG.take()
    c = Conn(*flags, certdir=certdir, stderr=stderr, **kw)
    c.logs_to = "stderr" if stderr == "pipe" else "syslog"
    return c


def logged(conn, got):
    return got.log.rstrip("\n") if conn.logs_to == "stderr" else syslog_text()


def check(name, conn, got, wire, log, status=0):
    """Does the connection end as its row says?  log None: nothing is logged."""
    pattern = log.pattern(conn) if log else ""
    text = logged(conn, got) if log else got.log.rstrip("\n")
    leaked = any(secret in text for secret in SECRETS)
    good = (got.wire == wire and got.status == status and
            re.fullmatch(pattern, text, re.S) and not leaked)
    tap.ok(good, name, f"{got!r}\nlog    {text!r}\nwanted {pattern!r}\n"
           f"wire   {wire.hex()} exit {status}")


def row(name, send, wire=b"", log=None, status=0, flags=(), half_close=False, all_stderrs=True,
        **how):
    """One row: these bytes are sent, those are received."""
    for stderr in STDERRS if all_stderrs and not MAIN_ONLY else ("pipe",):
        c = start(*flags, stderr=stderr, **how)
        got = c.exchange(send, half_close=half_close)
        check(f"{name}; stderr is {stderr}", c, got, wire, log, status)


def served(name, sni, pair=None, tls=None, alpn=("acme-tls/1",), flags=(), stderr="pipe",
           before=b"", cuts=(), reframe=None, log=None, **how):
    """
    A whole handshake: the certificate of pair (sni), close_notify and FIN at
    once, one line, exit 0.  before: a PROXY header; cuts, reframe: how the
    ClientHello is spread over segments and records; log: a dict of its fields.
    """
    c = start(*flags, stderr=stderr, **how)
    hs = Handshake(sni, tls, alpn)
    err, der = hs.run(c, before, cuts, reframe)
    ended = err is None and hs.ended_well(c)
    version, cipher = (hs.tls.version(), hs.tls.cipher()[0]) if err is None else ("", "")
    selected = hs.tls.selected_alpn_protocol() if err is None else None
    got = c.finish(b"")
    text = logged(c, got)
    fields = {"name": sni and sni.lower().rstrip("."), **(log or {})}
    pattern = served_log(tls=version, **fields).pattern(c)
    right = der == DER[pair or sni]
    good = (err is None and right and ended and selected == "acme-tls/1" and
            (cipher.startswith("ECDHE-") or version == "TLSv1.3") and
            got.status == 0 and re.fullmatch(pattern, text))
    tap.ok(good, name, f"error {err} right certificate {right} ended {ended} ALPN {selected} "
           f"{cipher}\n{got!r}\nlog {text!r}\nwanted {pattern!r}")


def make_pairs():
    for key in [*pairs.KEYS, *pairs.ED25519]:
        DER[f"{key}.example.org"] = pairs.make(DIR, f"{key}.example.org", key)
    for name in (KNOWN, "_under_score.example.org", "xn--mgbh0fb.example.org",
                 "1.0.0.127.in-addr.arpa", IP6, "fallback"):
        DER[name] = pairs.make(DIR, name)
    for name in os.listdir(DIR):
        if name.endswith(".key.pem"):
            lines = get(name.removesuffix(".key.pem"), "key").decode().splitlines()
            SECRETS.extend(s[:24] for s in lines if len(s) > 24 and "---" not in s)


def put(name, crt=None, key=None):
    """Write the files of a pair."""
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
