#!/usr/bin/env python3
"""
pair: alpnd-check without -c.  Each fault is made on purpose, and the row
has to say which it is, in which file, and what mends it; where that is a
command it is run, and the next row has to be good.
"""
import errno
import json
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE + "/../lib")

import jsonrows
import tap
from oneshot import build_faults

CHECK = os.path.abspath(os.environ.get("ALPND_CHECK", "./alpnd-check"))
PAIR = TOP + "/alpnd-pair"
ALPND = os.path.abspath(os.environ.get("ALPND", "./alpnd"))
LIBRESSL = os.environ.get("LIBTLS") == "LibreSSL"
MANUAL = TOP + "/man/alpnd-check.8"
WRAP = os.environ.get("WRAP", "").split()
ROOT = os.geteuid() == 0
USER = "nobody" if ROOT else subprocess.check_output(["id", "-un"], text=True).strip()
GROUP = subprocess.check_output(["id", "-gn", USER], text=True).strip()
TMP = tempfile.mkdtemp(prefix="alpnd-check.")
DIR = TMP + "/alpn-certs"
DIGEST = "ab" * 32
ACME = "1.3.6.1.5.5.7.1.31 = critical,DER:04:20:" + ":".join(["ab"] * 32)
SEEN = set()  # codes
ONLY = "only files were looked at; alpnd-check -c connects as a CA does\n"
COMMAND = r"(chmod|chgrp|install|mv|rm) "


def run(*args, cmd=(), wrap=WRAP, **kw):
    kw = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.DEVNULL,
        "timeout": 300,
        **kw,
    }
    p = subprocess.run([*cmd, *wrap, CHECK, *args], **kw)
    # of a sanitizer, or valgrind's exit status
    if (
        p.returncode not in (0, 1, 64)
        or p.returncode != 64
        and p.stderr
        and kw["stdout"] == subprocess.PIPE
    ):
        tap.ok(False, f"it says nothing on stderr: {args}", p)
    if "-j" in args and kw["stdout"] == subprocess.PIPE:
        jsonrows.parse(p.stdout.decode("ascii"))
    SEEN.update(re.findall(r'"code":"([a-z0-9-]+)"', (p.stdout or b"").decode("latin1")))
    return p


def sh(command, **kw):
    return subprocess.run(
        ["sh", "-ec", command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kw,
    )


def openssl(*args, config=""):
    subprocess.run(
        ["openssl", *args],
        input=config,
        check=True,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def path(name, kind="crt"):
    return f"{DIR}/{name}.{kind}.pem"


def clear():
    sh(f"rm -rf '{DIR}'; mkdir '{DIR}'; chgrp {GROUP} '{DIR}'; chmod 2750 '{DIR}'")


def make(name, *extensions, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), options=()):
    """Write a pair; the extensions are those of a good one if none are given."""
    lines = extensions or (f"subjectAltName = DNS:{name}", ACME)
    openssl(
        "req",
        "-x509",
        "-nodes",
        "-days",
        "7",
        "-newkey",
        *key,
        "-keyout",
        path(name, "key"),
        "-out",
        path(name),
        "-config",
        "/dev/stdin",
        *options,
        config="[req]\nprompt = no\ndistinguished_name = dn\n"
        "x509_extensions = ext\n[dn]\nCN = validation\n[ext]\n" + "\n".join(lines) + "\n",
    )
    good_modes(name)


def good_modes(name):
    for kind in "crt", "key":
        os.chmod(path(name, kind), 0o640)


def rows(*args, **kw):
    out = run("-j", "-d", DIR, "-u", USER, *args, **kw)
    return [json.loads(line) for line in out.stdout.splitlines()]


def row(name, **kw):
    return next((r for r in rows(**kw) if r["name"] == name), None)


def shown(name):
    return "".join(
        c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in os.fsencode(name).decode("latin1")
    )


def text_of(name):
    """The lines of one row."""
    out, mine = [], False
    for line in run("-d", DIR, "-u", USER, wrap=()).stdout.decode().splitlines():
        if not line.startswith("    "):
            mine = re.sub(r": \d+ [a-z]+ old$", "", line[8:]) == shown(name)
        if mine:
            out.append(line)
    return out


def expect(what, name, *, code, says, remedy, file=None, severity="error", mends=True, others=()):
    """
    The row of name has this finding: what is wrong in full, and the remedy as
    a pattern; and it is in the text too.  If it is a command it must mend it.
    """
    file = file or path(name)
    r = row(name) or {"findings": [], "result": None}
    f = next(
        (f for f in r["findings"] if f["code"] == code),
        {"message": "", "remedy": "", "severity": ""},
    )
    tap.same(f["message"], f"{file}: {says}", what)
    tap.ok(
        re.fullmatch(remedy, f["remedy"]), "... has its remedy", f"{f['remedy']}\nwant: {remedy}"
    )
    tap.same((f["severity"], r["result"]), (severity, severity), f"... is {severity}")
    tap.same(
        [f["code"] for f in r["findings"] if f["code"] not in others],
        [code],
        "... and nothing else",
    )
    lines = text_of(name)
    tap.ok(
        lines
        and re.fullmatch(
            re.escape(f"{severity:<8}{shown(name)}") + r"(: \d+ (second|day)s? old)?", lines[0]
        )
        and f"    {f['message']}" in lines
        and f"    -> {f['remedy']}" in lines,
        "... the same as text",
        "\n".join(lines),
    )
    if mends and re.match(COMMAND, f["remedy"]) and ";" not in f["remedy"]:
        sh(f["remedy"])
        left = rows()
        tap.ok(left and all(r["result"] == "ok" for r in left), "... the command mends it", left)


def q(s):
    return re.escape(s)


ANEW = q("renew the pair with the ACME client")
REMOVE = q("remove both files of the pair, and run the ACME client again")
WEB = ANEW + q("; move it elsewhere, if it is a web server's certificate")


def test_good():
    make("good.example.org")
    for args in (), ("good.example.org",), ("GOOD.example.org.",):
        p = run("-d", DIR, "-u", USER, *args)
        tap.same(
            (re.sub(r": \d+ seconds? old", "", p.stdout.decode()), p.stderr, p.returncode),
            (f"ok      good.example.org\n1 {'name' if args else 'pair'}: 1 good\n{ONLY}", b"", 0),
            f"a good pair {args}",
        )
    make("rsa.example.org", key=["rsa:2048"])
    make("_x.example.org", "subjectAltName = DNS:_x.example.org", ACME)
    for address in "127.0.0.1", "2001:db8::1", "::1":
        subprocess.run([PAIR, "-d", DIR, address, DIGEST], check=True)
        tap.same(
            [r["result"] for r in rows(address)], ["ok"], f"the pair of {address} by its address"
        )
    tap.same({r["result"] for r in rows()}, {"ok"}, "all of them are good")
    tap.same(len(rows()), 6, "... six")
    for dots in DIR + "/", DIR + "//", DIR + "/.", f"{TMP}/../{os.path.basename(TMP)}/alpn-certs":
        tap.same(run("-d", dots, "-u", USER).returncode, 0, f"the directory as {dots}")
    p = run("-d", "alpn-certs", "-u", USER, cwd=TMP)
    tap.same(p.returncode, 0, "a relative directory")


def test_ed25519():
    """Which LibreSSL's libtls cannot load, so alpnd cannot answer with it."""
    n = "ed25519.example.org"
    make(n, key=["ed25519"])
    if not LIBRESSL:
        tap.same(row(n)["result"], "ok", "an Ed25519 key is good")
        return
    expect(
        "an Ed25519 key, with LibreSSL",
        n,
        file=path(n, "key"),
        code="key-unloadable",
        says="the libtls that alpnd is built with has no Ed25519: failed to load certificate",
        remedy=ANEW + ", with a key of P-256",
    )


def test_dehydrated():
    """What dehydrated's own function writes."""
    with open("/usr/bin/dehydrated") as f:
        function = re.search(
            r"^generate_alpn_certificate\(\) \{\n.*?^\}\n", f.read(), re.M | re.S
        ).group()
    # from 0.7.1 on the kind of identifier stands before the validation
    kind = "dns" if "identifier_type" in function else ""
    script = f"""set -e; umask 077; ALPNCERTDIR='{DIR}' OPENSSL_CNF=/etc/ssl/openssl.cnf
_mktemp() {{ mktemp "{TMP}/XXXXXX"; }}; _exiterr() {{ exit 1; }}
_openssl() {{ openssl "$@" 2>/dev/null; }}
{function}
generate_alpn_certificate "$1" {kind} "{':'.join(['ab'] * 32)}" """

    def dehydrated(name):
        return subprocess.run(
            ["bash", "-c", script, "-", name], stdout=subprocess.DEVNULL
        ).returncode

    tap.same(dehydrated("example.org"), 0, "dehydrated makes a pair")
    tap.same(rows()[0]["result"], "ok", "... which is good")
    name = "a" * 60 + ".example.org"
    tap.ok(dehydrated(name) != 0, "dehydrated makes none for 72 characters")
    expect(
        "a key without certificate",
        name,
        code="dehydrated-long-name",
        says="missing, while the key is there: dehydrated 0.7.0 "
        "makes no certificate for names of over 64 characters, because no CN can be longer",
        remedy="make the pair with alpnd-pair.* from a hook.*",
        mends=False,
        others=["file-unreadable"],
    )
    subprocess.run([PAIR, "-d", DIR, name, DIGEST], check=True)
    tap.same(rows(name)[0]["result"], "ok", "... alpnd-pair makes it")


# ip_to_ptr of dehydrated after 0.7.0, which Debian 12 does not have
IP_TO_PTR = r"""printf %s "$1" | awk -F: 'BEGIN {OFS=""; }{addCount = 9 - NF;
for(i=1; i<=NF;i++){if(length($i) == 0){
for(j=1;j<=addCount;j++){$i = ($i "0000");} } else { $i = substr(("0000" $i), length($i)+5-4);}};
print}' | rev |
sed -e 's/./&./g'"""


def test_dehydrated_reverse():
    for address in "::1", "2001:db8::", "::", "fe80::", "::5:abcd:12", "::1:2:3:4:5", "1:2:3:4:5::":
        clear()
        wrong = (
            subprocess.check_output(["sh", "-c", IP_TO_PTR, "-", address], text=True).strip()
            + "ip6.arpa"
        )
        subprocess.run([PAIR, "-d", DIR, address, DIGEST], check=True)
        right = os.listdir(DIR)[0][:72]
        for kind in "crt", "key":
            os.rename(path(right, kind), path(wrong, kind))
        tap.ok(
            len(wrong) != len(right), f"dehydrated's name for {address} has {len(wrong)} characters"
        )
        says = (
            f'{path(wrong)}: misnamed by dehydrated, which expands "::" at the start or end of '
            f"{address} incorrectly; a CA asks for {right}"
        )
        f = rows(address)[0]["findings"]
        tap.ok(
            len(f) == 1 and f[0]["message"].startswith(says),
            "... said when asked for the address",
            f,
        )
        expect(
            "... and when all are looked at",
            wrong,
            code="dehydrated-reverse-name",
            says=says.split(": ", 1)[1]
            + ".  A deploy_challenge hook can rename the files each time",
            remedy=q(
                f"mv -n {path(wrong)} {path(right)} && mv -n {path(wrong, 'key')} "
                f"{path(right, 'key')}"
            ),
        )
    for address in "1:2:3:4:5:6::", "2001:db8::1", "1::8", "::1:2:3:4:5:6":
        clear()
        ptr = (
            subprocess.check_output(["sh", "-c", IP_TO_PTR, "-", address], text=True).strip()
            + "ip6.arpa"
        )
        subprocess.run([PAIR, "-d", DIR, address, DIGEST], check=True)
        tap.ok(os.path.exists(path(ptr)), f"dehydrated's name for {address} is right")
        tap.same([r["result"] for r in rows()], ["ok"], "... and good")


KEEP_ONE = (
    "remove the files of Example.org and, if they are old, those of example.org; then renew the "
    "pair with the ACME client"
)


def test_names():
    take = "take another name, with letters, .* as in 1.0.0.127.in-addr.arpa"
    bad = "not a name that a CA can ask for"
    name = "good.example.org"
    for other, remedy in (
        ("*.example.org", "use dns-01; tls-alpn-01 validates no wildcards"),
        ("a..b", take),
        ("-a.org", take),
        ("a b", take),
        ("..", take),
        ("1.2.3", take),
        ("x" * 64 + ".org", take),
        (".hidden", take),
        ("a\\b", take),
    ):
        clear()
        make(name)
        for kind in "crt", "key":
            os.rename(path(name, kind), path(other, kind))
        expect(f"name {other[:20]}", other, code="bad-name", says=bad, remedy=remedy)
    for other in (
        "1.0.0.127.ip6.arpa",
        "0.0.127.in-addr.arpa",
        "256.0.0.127.in-addr.arpa",
        "01.0.0.127.in-addr.arpa",
        "x.1.0.0.127.in-addr.arpa",
        "in-addr.arpa",
        "ip6.arpa",
        "1." * 33 + "ip6.arpa",
        "g." * 32 + "ip6.arpa",
        "1." * 52 + "ip6.arpa",
        "11." + "1." * 30 + "ip6.arpa",
        "1.1" * 16 + ".ip6.arpa",
    ):
        clear()
        make(name)
        for kind in "crt", "key":
            os.rename(path(name, kind), path(other, kind))
        expect(
            f"name {other[:20]}",
            other,
            code="bad-name",
            says="not the reverse name of an IP address",
            remedy="name the files by the whole .*",
        )
    for other, right in (
        ("EXAMPLE.org", "example.org"),
        ("example.org.", "example.org"),
        ("127.0.0.1", "1.0.0.127.in-addr.arpa"),
        ("1.0.0.127.IN-ADDR.arpa", "1.0.0.127.in-addr.arpa"),
    ):
        clear()
        subprocess.run([PAIR, "-d", DIR, right, DIGEST], check=True)
        for kind in "crt", "key":
            os.rename(path(right, kind), path(other, kind))
        expect(
            f"name {other}",
            other,
            code="name-not-canonical",
            says=f"alpnd never finds this file: alpnd looks for the name {right}",
            remedy=q(
                f"mv -n {path(other)} {path(right)} && mv -n {path(other, 'key')} "
                f"{path(right, 'key')}"
            ),
        )
    clear()
    make("example.org")
    for kind in "crt", "key":
        shutil.copy(path("example.org", kind), path("Example.org", kind))
    sh(f"chgrp {GROUP} {DIR}/*")
    for when, remedy in (1, f"rm -f {path('Example.org')} {path('Example.org', 'key')}"), (
        time.time() + 9,
        KEEP_ONE,
    ):
        for kind in "crt", "key":
            os.utime(path("Example.org", kind), (when, when))
        expect(
            "the right name is taken, by an older or newer pair",
            "Example.org",
            code="name-not-canonical",
            says="alpnd never finds this file: alpnd looks for the name example.org",
            remedy=q(remedy),
            mends=False,
        )
    sh(f"rm {path('Example.org', 'key')}")
    expect(
        "... by an older one, and half of it is missing",
        "Example.org",
        code="name-not-canonical",
        says="alpnd never finds this file: alpnd looks for the name example.org",
        remedy=q(KEEP_ONE),
        mends=False,
    )
    shutil.copy(path("example.org", "key"), path("Example.org", "key"))
    sh(f"chgrp {GROUP} {DIR}/*; echo >{path('example.org')}")
    expect(
        "... by a newer one, which is bad",
        "Example.org",
        code="name-not-canonical",
        says="alpnd never finds this file: alpnd looks for the name example.org",
        remedy=q(KEEP_ONE),
        mends=False,
    )
    clear()
    make("example.org")
    for kind in "crt", "key":
        shutil.copy(path("example.org", kind), path("Example.org", kind))
    tap.same(
        [(r["name"], r["result"]) for r in rows("Example.org", "www.example.org")],
        [("Example.org", "error"), ("www.example.org", "error")],
        "... found when asked for, too",
    )
    sh(f"rm {DIR}/Example.org.*")
    tap.same(rows("Example.org")[0]["result"], "ok", "... and the right one, if it is alone")


def test_hostile():
    for name in (
        "a\nb.org",
        "\x1b[31mred.org",
        "b\u00fccher.example",
        'a"b',
        "a'b",
        "\udcff",
        "\x7f",
        "tab\t",
    ):
        clear()
        for kind in "crt", "key":
            with open(path(name, kind), "w") as f:
                f.write("x")
        p = run("-d", DIR, "-u", USER)
        tap.ok(
            re.sub(rb": \d+ seconds? old$", b"", p.stdout.split(b"\n")[0])
            == b"error   " + shown(name).encode(),
            f"{name!r} is shown escaped",
            p.stdout,
        )
        tap.ok(not re.search(rb"[^ -~\n]", p.stdout), "... no raw byte in the text", p.stdout)
        r = rows()
        tap.ok(
            len(r) == 1 and r[0]["name"].encode("latin1") == os.fsencode(name),
            "... and JSON has it",
            r,
        )
        if "cher" in name:
            tap.same(
                r[0]["findings"][0]["remedy"],
                "rename the files to xn--bcher-kva.example, the name that a CA asks for",
                "... and its xn-- form",
            )
    for name in "../x", "a/b", path("a"), "", "example.org.crt.pem":
        p = run("-d", DIR, "-u", USER, name)
        tap.ok(
            p.returncode == 64 and b"give the name only, without a directory" in p.stderr,
            f"asked for {name!r:.20}",
            p,
        )
    for name in "x" * 300, "\x1b", ".":
        p = run("-j", "-d", DIR, "-u", USER, name)
        r = [json.loads(line) for line in p.stdout.splitlines()]
        tap.ok(
            len(r) == 1 and r[0]["findings"][0]["code"] == "bad-name" and p.returncode == 1,
            f"asked for {name!r:.20}",
            p,
        )
    make("san.example.org", "subjectAltName = DNS:x\x1by.example.org", ACME)
    tap.ok(
        b"\x1b" not in run("-d", DIR, "-u", USER).stdout, "a name in a certificate is shown escaped"
    )


def test_no_pair():
    clear()
    r = rows(
        "not-there.example.org",
        "192.0.2.7",
        "l" * 63 + "." + "m" * 63 + "." + "n" * 63 + "." + "o" * 61,
    )
    for found, name in zip(r, ("not-there.example.org", "7.2.0.192.in-addr.arpa", "l" * 63)):
        f = found["findings"][0]
        tap.ok(
            found["name"].startswith(name)
            and f["code"] == "no-pair"
            and f["message"].startswith(f"{DIR}/{name}")
            and f["message"].endswith(": no pair")
            and f["remedy"].startswith("do nothing if no order is in progress: "),
            f"no pair of {name[:30]}",
            found,
        )
    p = run("-d", DIR, "-u", USER)
    tap.same(
        (p.stdout.decode(), p.returncode),
        (
            f"ok      {DIR}: no pairs, as usual between validations: dehydrated removes "
            f"them when the CA has answered\n{ONLY}",
            0,
        ),
        "an empty directory",
    )
    for have, lacks in ("crt", "key"), ("key", "crt"):
        clear()
        make("half.example.org")
        os.unlink(path("half.example.org", lacks))
        expect(
            f"no {lacks}",
            "half.example.org",
            code="half-a-pair",
            says=f"missing, while half.example.org.{have}.pem is there",
            remedy=ANEW + ", which writes both files",
            file=path("half.example.org", lacks),
        )


def test_files():
    n = "file.example.org"
    for kind in "crt", "key":
        p = path(n, kind)

        def spoil(command):
            clear()
            make(n)
            sh(command.replace("%", p))

        spoil(f"mv % {TMP}/else; ln -s {TMP}/else %")
        expect(
            f"{kind}: a symbolic link",
            n,
            code="symlink",
            says="a symbolic link, which alpnd does not follow",
            remedy="let the ACME client write the file itself there, not a link to it",
            file=p,
        )
        spoil("rm %; ln -s /nonexistent %")
        expect(
            f"{kind}: a dangling link",
            n,
            code="symlink",
            says="a symbolic link that leads nowhere",
            remedy=q(f"rm {p}"),
            file=p,
            mends=False,
        )
        for what in "mkdir %", "mkfifo %":
            spoil(f"rm %; {what}; chmod 755 %")
            expect(
                f"{kind}: {what}",
                n,
                code="not-regular",
                says="not a regular file",
                remedy=REMOVE,
                file=p,
            )
        spoil(": >%")
        expect(f"{kind}: empty", n, code="empty", says="empty", remedy=REMOVE + ".*", file=p)
        spoil("head -c 65537 /dev/zero >%")
        expect(
            f"{kind}: 64 KiB and a byte",
            n,
            code="too-large",
            says="larger than 64 KiB, so it is not a file of a pair",
            remedy=REMOVE,
            file=p,
        )
        spoil("head -c 65536 /dev/zero >%")
        expect(
            f"{kind}: no PEM",
            n,
            code="file-unreadable",
            says="no PEM in it",
            remedy="remove both files and run the ACME client again",
            file=p,
        )
        for title, command in (
            ("damaged", "sed -i '2s/./!/' %"),
            ("cut", f"head -c 200 % >{TMP}/cut; cat {TMP}/cut >%"),
            ("the other one", f"cat {path(n, 'key' if kind == 'crt' else 'crt')} >%"),
        ):
            spoil(command)
            expect(
                f"{kind}: {title}",
                n,
                code="certificate-malformed" if kind == "crt" else "key-malformed",
                says="no certificate that can be read"
                if kind == "crt"
                else "no private key that can be read",
                remedy=REMOVE,
                file=p,
            )
    clear()
    make(n)
    openssl(
        "pkey", "-in", path(n, "key"), "-aes128", "-passout", "pass:x", "-out", TMP + "/encrypted"
    )
    sh(f"cat {TMP}/encrypted >{path(n, 'key')}")
    expect(
        "an encrypted key",
        n,
        code="file-unreadable",
        says="encrypted with a password, which alpnd does not have",
        remedy="remove both files and let the ACME client write a key without a password",
        file=path(n, "key"),
    )
    make(n)
    make("other.example.org")
    sh(f"cat {path('other.example.org', 'key')} >{path(n, 'key')}")
    expect(
        "another's key",
        n,
        code="key-mismatch",
        says=f"not the key of {n}.crt.pem",
        remedy=ANEW + ", and run only one ACME client at a time",
        file=path(n, "key"),
    )
    clear()
    make(n)
    os.chmod(path(n, "key"), 0o644)
    expect(
        "a key for everybody",
        n,
        code="key-world-readable",
        says="its mode lets every user read it: mode 0644, "
        f"owner {'root' if ROOT else USER}:{GROUP}",
        remedy=q(f"chmod 640 {path(n, 'key')}"),
        file=path(n, "key"),
        severity="warning",
        mends=False,
    )
    tap.same(run("-d", DIR, "-u", USER).returncode, 0, "... a warning, exit 0")
    tap.ok(b"1 pair: 0 good, 1 with warnings\n" in run("-d", DIR, "-u", USER).stdout, "... counted")
    sh(f"chmod 640 {path(n, 'key')}")
    tap.same(rows()[0]["result"], "ok", "... the command mends it")


def test_certificates():
    n = "cert.example.org"
    san = f"subjectAltName = DNS:{n}"

    def expect_of(what, *, code, says, remedy, extensions=(), others=(), severity="error", **kw):
        clear()
        make(n, *extensions, **kw)
        expect(what, n, code=code, says=says, remedy=remedy, others=others, severity=severity)

    expect_of(
        "no subjectAltName",
        code="san-missing",
        says="no subjectAltName",
        remedy=ANEW,
        extensions=[ACME],
    )
    expect_of(
        "two names",
        code="san-several",
        says="2 names in its subjectAltName; must be one",
        remedy=WEB,
        extensions=[f"{san},DNS:www.example.org", ACME],
    )
    expect_of(
        "a name and an address",
        code="san-several",
        says="2 names in its subjectAltName; must be one",
        remedy=WEB,
        extensions=[f"{san},IP:192.0.2.7", ACME],
    )
    expect_of(
        "another name",
        code="san-differs",
        says=f"its subjectAltName is DNS:www.example.org, not DNS:{n}",
        remedy=ANEW,
        extensions=["subjectAltName = DNS:www.example.org", ACME],
    )
    expect_of(
        "a longer name",
        code="san-differs",
        says=f"its subjectAltName is DNS:{n}x, not DNS:{n}",
        remedy=ANEW,
        extensions=[f"{san}x", ACME],
    )
    expect_of(
        "capitals",
        code="san-capitals",
        says=f"its subjectAltName is DNS:{n.upper()}; Let's Encrypt accepts lower case only",
        remedy=ANEW,
        extensions=[san.replace(n, n.upper()), ACME],
    )
    expect_of(
        "an address for a name",
        code="san-differs",
        says=f"its subjectAltName is IP:2001:db8::1, not DNS:{n}",
        remedy=ANEW,
        extensions=["subjectAltName = IP:2001:db8::1", ACME],
    )
    expect_of(
        "a mail address",
        code="san-differs",
        says=f"its subjectAltName is neither a DNS name nor an IP, not DNS:{n}",
        remedy=ANEW,
        extensions=[f"subjectAltName = email:x@{n}", ACME],
    )
    expect_of(
        "no acmeIdentifier",
        code="acme-missing",
        says="no acmeIdentifier in it",
        remedy=WEB,
        extensions=[san],
    )
    expect_of(
        "not critical",
        code="acme-not-critical",
        says="its acmeIdentifier is not critical",
        remedy=ANEW,
        extensions=[san, ACME.replace("critical,", "")],
    )
    malformed = "its acmeIdentifier is not an OCTET STRING of 32 bytes"
    for what, value in (
        ("31 bytes", "04:1f" + 31 * ":ab"),
        ("33 bytes", "04:21" + 33 * ":ab"),
        ("a UTF8String", "0c:20" + 32 * ":ab"),
        ("not DER", "04:81:20" + 32 * ":ab"),
        ("bytes behind it", "04:20" + 33 * ":ab"),
        ("the digest alone", "ab" + 31 * ":ab"),
        ("a wrong length", "04:1f" + 32 * ":ab"),
    ):
        expect_of(
            what,
            code="acme-malformed",
            says=malformed,
            remedy=ANEW,
            extensions=[san, f"1.3.6.1.5.5.7.1.31 = critical,DER:{value}"],
        )
    expect_of(
        "1024 bits",
        code="rsa-small",
        says="an RSA key of 1024 bits, under 2048",
        remedy=ANEW,
        key=["rsa:1024"],
    )
    expect_of(
        "secp256k1",
        code="curve-unusable",
        says="a key on a curve that TLS 1.3 does not have; use P-256, P-384 or P-521",
        remedy=ANEW,
        key=["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    )
    clear()
    make(n)
    expire(n)
    expect(
        "expired",
        n,
        code="expired",
        says="expired",
        remedy=q("remove both files if they are left over from an old validation; otherwise ")
        + ANEW,
        severity="warning",
    )
    for what, cert in ("a chain", path(n)), ("a chain of others", path("ca")):
        clear()
        make(n)
        make("ca", "basicConstraints = CA:true")
        sh(
            f"cat {cert} {path(n)} >{TMP}/chain; cat {path(n)} {cert} >{TMP}/chain; cat "
            f"{TMP}/chain >{path(n)}; rm {DIR}/ca.*"
        )
        expect(
            what,
            n,
            code="chain",
            says="2 certificates; there must be one, without a chain",
            remedy=ANEW,
        )
    clear()
    make(n)
    make("ca", "basicConstraints = CA:true")
    ext = TMP + "/ext"
    with open(ext, "w") as f:
        f.write(f"{san}\n{ACME}\n")
    sh(
        f"openssl req -new -key {path(n, 'key')} -subj '/CN=leaf' -out {TMP}/csr; openssl "
        f"x509 -req -in {TMP}/csr "
        f"-CA {path('ca')} -CAkey {path('ca', 'key')} -CAcreateserial -CAserial {TMP}/srl "
        f"-extfile {ext} -out {path(n)}; rm {DIR}/ca.*"
    )
    expect(
        "issued by a CA",
        n,
        code="not-self-signed",
        says="not self-signed, but issued by /CN=validation",
        remedy=WEB,
    )
    clear()
    make(n)
    make("twin")
    sh(
        f"openssl req -new -key {path(n, 'key')} -subj '/CN=validation' -out {TMP}/csr; "
        f"openssl x509 -req -in {TMP}/csr "
        f"-CA {path('twin')} -CAkey {path('twin', 'key')} -CAserial {TMP}/srl -extfile {ext} "
        f"-out {path(n)}; rm {DIR}/twin.*"
    )
    expect(
        "issued by one of the same name",
        n,
        code="not-self-signed",
        says="not self-signed: the signature is not by its own key",
        remedy=ANEW,
    )
    for name, sans, says, remedy in (
        (
            "7.2.0.192.in-addr.arpa",
            "DNS:7.2.0.192.in-addr.arpa",
            "DNS:7.2.0.192.in-addr.arpa, not IP:192.0.2.7",
            ".*alpnd-pair.*",
        ),
        ("7.2.0.192.in-addr.arpa", "IP:192.0.2.8", "IP:192.0.2.8, not IP:192.0.2.7", ANEW),
        ("1." + "0." * 31 + "ip6.arpa", "IP:1::", "IP:1::, not IP:::1", ANEW),
    ):
        clear()
        make(name, f"subjectAltName = {sans}", ACME)
        expect(
            f"{name[:20]} with {sans}",
            name,
            code="san-differs",
            says="its subjectAltName is " + says,
            remedy=remedy,
        )
    clear()
    make(n, f"subjectAltName = DNS:{n},DNS:b", "keyUsage = digitalSignature", key=["rsa:1024"])
    codes = [f["code"] for f in row(n)["findings"]]
    tap.same(codes, ["acme-missing", "san-several", "rsa-small"], "several faults in one row")


def denied(p, mode, owner="root:root", verb="read"):
    return f"user {USER} cannot {verb} it: mode {mode}, owner {owner}"


def test_permissions():
    n = "perm.example.org"
    for kind in "crt", "key":
        p = path(n, kind)
        for owner, mode, says, remedy in (
            ("root:root", "600", "0600", f"chgrp {GROUP} {p} && chmod 640 {p}"),
            ("root:root", "640", "0640", f"chgrp {GROUP} {p} && chmod 640 {p}"),
            (f"root:{GROUP}", "604", "0604", f"chmod 640 {p}"),
            (f"root:{GROUP}", "600", "0600", f"chmod 640 {p}"),
            (f"{USER}:root", "044", "0044", f"chmod 640 {p}"),
        ):
            clear()
            make(n)
            sh(f"chown {owner} {p}; chmod {mode} {p}")
            expect(
                f"{kind}: {mode} of {owner}",
                n,
                code="file-unreadable",
                says=denied(p, says, owner),
                remedy=q(remedy),
                file=p,
                others=["key-world-readable"],
            )
    clear()
    make(n)
    p = path(n, "key")
    sh(f"chgrp root {p}; setfacl -m u:{USER}:r {p}")
    tap.same(rows()[0]["result"], "ok", "an ACL is enough")
    # quoted, if the shell needs that
    global DIR
    plain = DIR
    DIR = TMP + "/it's a $HOME/alpn-certs"
    sh(
        'mkdir -p "$1"; chgrp "$2" "$1"; chmod 2750 "$1"'.replace(
            "$1", DIR.replace("$", "\\$")
        ).replace("$2", GROUP)
    )
    make(n)
    sh('chmod 600 "$P"', env={**os.environ, "P": path(n)})
    quoted = path(n).replace("'", "'\\''")
    expect(
        "a path to be quoted",
        n,
        code="file-unreadable",
        says=denied(p, "0600", f"root:{GROUP}"),
        remedy=q(f"chmod 640 '{quoted}'"),
    )
    DIR = plain


def expire(n):
    """Make the certificate one that has expired."""
    # openssl 3.5 takes no days below 0, and one before 3.4 no dates
    options = subprocess.run(["openssl", "x509", "-help"], stderr=subprocess.PIPE, text=True).stderr
    dates = ["-days", "-1"]
    if "-not_after" in options:
        dates = ["-not_before", "20200101000000Z", "-not_after", "20200108000000Z"]
    openssl("x509", "-in", path(n), "-signkey", path(n, "key"), *dates, "-out", TMP + "/expired")
    sh(f"cat {TMP}/expired >{path(n)}")


def expect_directory(what, *, code, says, remedy, directory=None, mends=True):
    directory = directory or DIR
    p = run("-j", "-d", directory, "-u", USER)
    first = json.loads(p.stdout.splitlines()[0])
    f = first["findings"][0] if first["findings"] else {"code": "", "message": "", "remedy": ""}
    tap.same(
        (first["name"], f["code"], f["message"], f["remedy"]), (directory, code, says, remedy), what
    )
    tap.same(p.returncode, 1, "... exit 1")
    if mends:
        sh(remedy.split(": ")[-1])
        p = run("-j", "-d", directory, "-u", USER)
        tap.same(
            (p.returncode, [json.loads(line)["result"] for line in p.stdout.splitlines()]),
            (0, ["ok"]),
            "... the command mends it",
        )


def test_directory():
    n = "dir.example.org"
    make(n)
    sh(f"chgrp root {DIR}; chmod 00700 {DIR}")
    expect_directory(
        "as dehydrated makes it",
        code="directory-unreadable",
        says=f"{DIR}: {denied(DIR, '0700')}",
        remedy=f"chgrp {GROUP} {DIR} && chmod 2750 {DIR}",
    )
    sh(f"chmod 710 {DIR}")
    expect_directory(
        "not to be read",
        code="directory-unreadable",
        says=f"{DIR}: {denied(DIR, '2710', 'root:' + GROUP)}",
        remedy=f"chmod 2750 {DIR}",
    )
    sh(f"chmod 740 {DIR}")
    expect_directory(
        "not to be searched",
        code="directory-unreadable",
        says=f"{DIR}: {denied(DIR, '2740', 'root:' + GROUP)}",
        remedy=f"chmod 2750 {DIR}",
    )
    deep = f"{TMP}/a/b/alpn-certs"

    def through(d):
        return (
            f"move the directory of the pairs elsewhere, or let user {USER} through: "
            f"setfacl -m u:{USER}:x {d}"
        )

    sh(f"mkdir -p {TMP}/a/b; chmod 755 {TMP}/a; chmod 700 {TMP}/a/b; cp -a {DIR} {deep}")
    expect_directory(
        "a component above",
        code="directory-unreadable",
        says=f"{TMP}/a/b: {denied('', '0700', verb='search')}",
        remedy=through(f"{TMP}/a/b"),
        directory=deep,
    )
    sh(f"setfacl -b {TMP}/a/b; chgrp {GROUP} {TMP}/a; chmod 705 {TMP}/a")
    expect_directory(
        "... not for the group",
        code="directory-unreadable",
        says=f"{TMP}/a: {denied('', '0705', 'root:' + GROUP, 'search')}",
        remedy=through(f"{TMP}/a"),
        directory=deep,
        mends=False,
    )
    sh(f"chmod g+x {TMP}/a; ln -s {TMP}/a {TMP}/abs; ln -s abs/b {TMP}/rel; chmod 700 {TMP}/a/b")
    expect_directory(
        "by symbolic links",
        code="directory-unreadable",
        says=f"{TMP}/abs/b: {denied('', '0700', verb='search')}",
        remedy=through(f"{TMP}/abs/b"),
        directory=f"{TMP}/rel/alpn-certs",
    )
    sh(f"mkdir {TMP}/last; ln -s {deep} {TMP}/last; chmod 2700 {deep}")
    expect_directory(
        "a link to it",
        code="directory-unreadable",
        says=f"{deep}: {denied('', '2700', 'root:' + GROUP)}",
        remedy=f"chmod 2750 {deep}",
        directory=f"{TMP}/last/alpn-certs",
    )
    sh(f"ln -s loop {TMP}/loop")
    expect_directory(
        "a link to itself",
        code="directory-unreadable",
        says=f"{TMP}/loop: Too many levels of symbolic links",
        remedy="check that this is the directory that the ACME client writes to",
        directory=f"{TMP}/loop",
        mends=False,
    )
    missing = f"{TMP}/new/alpn-certs"
    expect_directory(
        "missing",
        code="directory-missing",
        says=f"{TMP}/new: no such directory",
        remedy=f"install -d -o root -g {GROUP} -m 2750 {missing}",
        directory=missing,
    )
    expect_directory(
        "a file",
        code="not-a-directory",
        says=f"{path(n)}: not a directory",
        remedy="check that this is the directory that the ACME client writes to",
        directory=path(n),
        mends=False,
    )
    clear()
    for mode, group, code, remedy in (
        ("0755", "root", "directory-group", f"chgrp {GROUP} {DIR} && chmod 2750 {DIR}"),
        ("0750", GROUP, "directory-group", f"chmod 2750 {DIR}"),
        ("2777", GROUP, "directory-writable", f"chmod 2750 {DIR}"),
        ("2770", GROUP, "directory-writable", f"chmod 2750 {DIR}"),
    ):
        sh(
            f"chgrp {group} {DIR}; chmod 0{mode} {DIR}; chmod "
            f"{'g+s' if mode[0] == '2' else 'g-s'} {DIR}"
        )
        p = run("-j", "-d", DIR, "-u", USER)
        f = [f for line in p.stdout.splitlines() for f in json.loads(line)["findings"]]
        tap.same(
            [(x["code"], x["severity"], x["remedy"]) for x in f],
            [(code, "warning", remedy)],
            f"mode {mode}: {code}",
        )
        tap.same(p.returncode, 0, "... a warning")
        sh(f[0]["remedy"] if f else ":")
        tap.same(
            json.loads(run("-j", "-d", DIR, "-u", USER).stdout)["findings"],
            [],
            "... which is mended by its remedy",
        )
    for mode, acl, codes in (
        ("755", f"u:{USER}:r", []),
        ("755", f"g:{GROUP}:r", []),
        ("755", f"u:{USER}:rX", []),
        ("755", "u:daemon:r", ["directory-group"]),
        ("755", f"u:{USER}:-,g:{GROUP}:r", ["directory-group"]),
        # files get the group of the directory, and an entry for it counts
        ("2750", f"u:{USER}:-", ["directory-group"]),
        ("2750", "g::-,u:daemon:r", ["directory-group"]),
        ("2750", "g::r,u:daemon:-", []),
        ("2750", "g::-", []),  # no mask: chmod g+r gives the group its right back
    ):
        sh(
            f"rm -rf {DIR}; mkdir -m 755 {DIR}; chgrp {GROUP if mode[0] == '2' else 'root'} {DIR}; "
            f"chmod {mode} {DIR}; setfacl -d -m {acl} {DIR}"
        )
        tap.same(
            [f["code"] for f in json.loads(run("-j", "-d", DIR, "-u", USER).stdout)["findings"]],
            codes,
            f"mode {mode}, a default ACL, {acl}",
        )
        # as dehydrated makes a key
        os.close(os.open(f"{DIR}/x", os.O_CREAT | os.O_WRONLY, 0o600))
        p = subprocess.run(
            f"chmod g+r {DIR}/x; "
            f"setpriv --reuid {USER} --regid {GROUP} --clear-groups cat {DIR}/x",
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        tap.same(p.returncode == 0, not codes, "... and the kernel says the same")
    clear()
    if ROOT:
        sh(f"chown {USER} {DIR}; chmod 2700 {DIR}")
        tap.same(
            json.loads(run("-j", "-d", DIR, "-u", USER).stdout)["findings"],
            [],
            "the user's own: no warning",
        )
        sh(f"chown root:root {DIR}; chmod g-s,u=rwx,go=rx {DIR}")
        p = run(
            "-j",
            "-d",
            DIR,
            cmd=["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"],
        )
        tap.same(
            [f["code"] for line in p.stdout.splitlines() for f in json.loads(line)["findings"]],
            ["no-user"],
            "who stands in for the user has no word about his group",
        )
    p = run("-d", f"{TMP}/none", "-u", USER)
    tap.ok(
        p.stdout.decode().startswith(
            f"error   {TMP}/none\n    {TMP}/none: no such directory\n    -> check that this is"
        ),
        "as text",
        p,
    )


def test_other_users():
    """Without root the modes tell; nobody looks as daemon would."""
    drop = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]

    def look(user, *args):
        p = run("-j", "-d", DIR, "-u", user, *args, cmd=drop)
        return p.returncode, [
            (f["code"], f["message"].rsplit("/", 1)[1])
            for line in p.stdout.splitlines()
            for f in json.loads(line)["findings"]
        ]

    make("modes.example.org")
    sh(f"chmod 755 {DIR}")
    tap.same(look("nobody"), (0, []), "who calls, himself")
    tap.same(
        look("daemon"),
        (
            1,
            [
                (
                    "file-unreadable",
                    f"modes.example.org.{k}.pem: user daemon cannot read it: mode 0640, "
                    f"owner root:{GROUP}",
                )
                for k in ("crt", "key")
            ],
        ),
        "another user, by the modes",
    )
    sh(f"chgrp daemon {DIR}/*")
    tap.same(
        look("daemon"),
        (
            1,
            [
                (
                    "not-looked-at",
                    f"modes.example.org.{k}.pem: user daemon can read it, but you cannot",
                )
                for k in ("crt", "key")
            ],
        ),
        "what the other can read and the caller cannot",
    )
    tap.same(
        look("root"),
        (
            1,
            [
                (
                    "not-looked-at",
                    f"modes.example.org.{k}.pem: user root can read it, but you cannot",
                )
                for k in ("crt", "key")
            ],
        ),
        "root can read all",
    )
    sh(f"chmod 644 {DIR}/*.crt.pem; chown nobody:daemon {DIR}/*.key.pem")
    tap.same(look("daemon"), (0, []), "what both can read")
    sh(f"chmod 750 {DIR}; chgrp daemon {DIR}")
    tap.same(look("daemon")[1][0][0], "not-looked-at", "a directory that the caller cannot read")
    sh(f"chmod 00711 {DIR}")
    tap.same(
        look("daemon")[1][0],
        (
            "directory-unreadable",
            "alpn-certs: user daemon cannot read it: mode 0711, owner root:daemon",
        ),
        "a directory that the other cannot read",
    )
    p = run("-d", DIR, "-u", "no-such-user")
    tap.ok(p.returncode == 64 and b"-u: no such user" in p.stderr, "no such user")


def start_alpnd():
    listener = socket.create_server(("127.0.0.1", 0))
    p = subprocess.Popen(
        [ALPND, "-i", "0", "-d", DIR],
        stdin=listener,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    where = "127.0.0.1:%d" % listener.getsockname()[1]
    listener.close()
    return p, where


def test_default_user():
    """Where there is an _alpnd: in a mount namespace that has one."""
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        return tap.skip("test_default_user needs root with CAP_SYS_ADMIN")
    for name, line in ("passwd", "_alpnd:x:61234:61234::/:/usr/sbin/nologin"), (
        "group",
        "_alpnd:x:61234:\nreaders:x:61235:_alpnd",
    ):
        with open(f"/etc/{name}") as f, open(f"{TMP}/{name}", "w") as g:
            g.write(f.read() + line + "\n")
        os.chmod(f"{TMP}/{name}", 0o644)
    there = [
        "unshare",
        "-m",
        "sh",
        "-ec",
        'mount --bind "$0/passwd" /etc/passwd; mount --bind "$0/group" /etc/group; exec "$@"',
        TMP,
    ]

    def look(*args, cmd=there):
        p = run("-j", "-d", DIR, *args, cmd=cmd)
        return p.returncode, [
            (f["message"], f["remedy"])
            for line in p.stdout.splitlines()
            for f in json.loads(line)["findings"]
        ]

    make("user.example.org")
    key = path("user.example.org", "key")
    sh(f"chmod 755 {DIR}; chmod 644 {path('user.example.org')}")
    tap.same(
        look(),
        (
            1,
            [
                (
                    f"{key}: user _alpnd cannot read it: mode 0640, owner root:{GROUP}",
                    f"chgrp _alpnd {key} && chmod 640 {key}",
                )
            ],
        ),
        "_alpnd, if it is there",
    )
    tap.same(look("-u", "root"), (0, []), "... unless -u says else")
    server, where = start_alpnd()
    sh(f"chmod 700 {DIR}")
    p = run("-j", "-c", where, "-d", DIR, "none.example.org", cmd=there)
    f = [f for line in p.stdout.splitlines() for f in json.loads(line)["findings"]]
    tap.ok(
        [x["code"] for x in f] == ["unknown-name", "not-compared"]
        and "denied to uid 61234, gid 61234" in f[1]["message"],
        "-c is _alpnd as well",
        p,
    )
    sh(f"chmod 755 {DIR}")
    server.kill()
    server.wait()
    nobody_there = (
        "there is no user _alpnd: the files are judged for you, the user who runs " "alpnd-check",
        "useradd --system --shell /usr/sbin/nologin _alpnd\n"
        "run alpnd-check with -u and the user that alpnd runs as",
    )
    tap.same(look(cmd=()), (0, [nobody_there]), "... and who calls, if it is not, with a warning")
    p = run("-j", "-d", DIR + "/gone/alpn-certs")
    tap.same(
        (p.returncode, json.loads(p.stdout.splitlines()[-1])["findings"][0]["remedy"]),
        (1, f"install -d -o root -g _alpnd -m 2750 {DIR}/gone/alpn-certs"),
        "... who is not meant by the remedy",
    )
    sh(f"chgrp 61235 {key}")
    tap.same(look(), (0, []), "its supplementary groups count")
    sh(f"chmod 604 {key}")
    tap.same(
        look()[1][0],
        (f"{key}: user _alpnd cannot read it: mode 0604, owner root:readers", f"chmod 640 {key}"),
        "... against it too",
    )
    tap.same(
        look(cmd=[*there, "setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"])[
            1
        ][0],
        (f"{key}: user _alpnd cannot read it: mode 0604, owner root:readers", f"chmod 640 {key}"),
        "... by the modes as well",
    )


def test_strays():
    make("good.example.org")
    for name in (
        "fullchain.pem",
        "good.example.org.crt.pem~",
        ".keep",
        ".alpnd-pair.1.key",
        ".alpnd-pair.2.crt",
    ):
        open(f"{DIR}/{name}", "w").close()
    os.mkdir(DIR + "/.alpnd-pair.aBcDeF")
    for name in ".alpnd-pair.2.crt", ".alpnd-pair.aBcDeF":
        os.utime(f"{DIR}/{name}", (1, 1))
    os.mkdir(DIR + "/example.org")
    p = run("-j", "-d", DIR, "-u", USER)
    r = {
        (x["name"]): (x["result"], [(f["message"], f["remedy"]) for f in x["findings"]])
        for x in map(json.loads, p.stdout.splitlines())
    }
    stray = "neither .crt.pem nor .key.pem; alpnd never reads it"
    elsewhere = "move it elsewhere: keep the files of a web server in another directory"
    tap.same(
        r,
        {
            "good.example.org": ("ok", []),
            **{
                n: (
                    "warning",
                    [(f"{DIR}/{n}: left by an alpnd-pair that was killed", f"rm -r {DIR}/{n}")],
                )
                for n in (".alpnd-pair.2.crt", ".alpnd-pair.aBcDeF")
            },
            **{
                n: ("warning", [(f"{DIR}/{n}: {stray}", elsewhere)])
                for n in ("fullchain.pem", "good.example.org.crt.pem~", "example.org")
            },
        },
        "stray files",
    )
    tap.same(p.returncode, 0, "... are warnings")
    sh(f"rm {DIR}/good.*.crt.pem {DIR}/good.*.key.pem")
    rows = [json.loads(line) for line in run("-j", "-d", DIR, "-u", USER).stdout.splitlines()]
    tap.same(
        (rows[0]["result"], rows[0]["findings"][0]["message"]),
        ("warning", f"{DIR}: no pairs, but other files"),
        "nothing but stray files",
    )
    tap.same(len(rows), 6, "... which come after that")


def test_age():
    make("age.example.org")
    for seconds, text in (
        (0, r"[0-9]+ seconds?"),
        (90, "90 seconds"),
        (3600, "60 minutes"),
        (7 * 86400, "7 days"),
        (-100, "0 seconds"),
    ):
        for kind in "crt", "key":
            when = time.time() - seconds - (0 if seconds < 100 else 2)
            os.utime(path("age.example.org", kind), (when, when))
        line = run("-d", DIR, "-u", USER).stdout.decode().splitlines()[0]
        tap.ok(
            re.fullmatch(f"ok      age.example.org: {text.replace('90', '9[0-9]')} old", line),
            f"{seconds} seconds old",
            line,
        )
    for kind in "crt", "key":
        when = time.time() - 40 * 86400 - 60
        os.utime(path("age.example.org", kind), (when, when))
    expect(
        "a pair of 40 days",
        "age.example.org",
        code="old",
        says="40 days old: left over from an earlier validation",
        remedy=q("remove both files of the pair, unless an order for this name is in progress"),
        severity="warning",
    )
    sh(f"touch {path('age.example.org', 'key')}")
    tap.same(rows()[0]["findings"], [], "... unless one file is new")
    clear()
    for n, codes in ("check.invalid", []), ("alpnd-test-1.invalid", ["old"]):
        make(n)
        expire(n)
        for kind in "crt", "key":
            os.utime(path(n, kind), (when, when))
        tap.same([f["code"] for f in row(n)["findings"]], codes, f"an old pair of {n}")


def test_readdir_fails():
    """As on a network file system: half a directory is not taken for the whole."""
    if os.path.basename(os.environ.get("BUILD", "")) != "gcc":
        return
    build_faults(TMP + "/faults.so")
    env = dict(os.environ, LD_PRELOAD=TMP + "/faults.so")
    make("a.example.org")
    for n in range(1, 6):  # ".", "..", two files, the end
        p = subprocess.run(
            [CHECK, "-d", DIR, "-u", USER],
            env=dict(env, FAULT=f"readdir:{n}:{errno.EIO}"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        tap.same(
            (p.returncode, p.stderr),
            (1, f"alpnd-check: {DIR}: Input/output error\n"),
            f"an error at entry {n}",
        )


def test_other_directory():
    """dehydrated's own directory, which is not the one that is looked at."""
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        return tap.skip("test_other_directory needs root with CAP_SYS_ADMIN")
    for place in "/etc/dehydrated", "/var/lib/dehydrated":
        there = [
            "unshare",
            "-m",
            "sh",
            "-ec",
            f'mount -t tmpfs tmpfs {place}; mkdir -m 755 {place}/alpn-certs; exec "$@"',
            "-",
        ]
        run("-j", "-d", DIR, "-u", USER, cmd=there)
        p = run("-d", DIR, "-u", USER, cmd=there)
        tap.ok(
            f"ok      {DIR}\n    note: {place}/alpn-certs exists, too: by default "
            f"dehydrated writes there\n"
            f"    -> check that dehydrated's --alpn or ALPNCERTDIR names {DIR}\n"
            in p.stdout.decode()
            and p.returncode == 0,
            f"{place}/alpn-certs is there too",
            p,
        )
        p = run("-j", "-d", f"{place}/alpn-certs", "-u", USER, cmd=there)
        tap.ok(b"other-directory" not in p.stdout, "... and not said of itself", p)


def test_usage():
    for args in (
        ["-d"],
        ["-d", ""],
        ["-u"],
        ["-x", "v1"],
        ["-4"],
        ["-6"],
        ["-n", "2"],
        ["-t", "5"],
        ["-z"],
        ["--json"],
        ["-c", "localhost", "-u", "root", "a"],
        ["-c", "localhost", "-4", "-6", "a"],
        ["-c", "localhost", "*.a"],
        ["-c", "localhost", "a", "a/b"],
        ["-c", "", "a"],
        ["-c", ":443", "a"],
        ["-c", "localhost:", "a"],
        ["-c", "localhost:0", "a"],
        ["-c", "localhost:65536", "a"],
        ["-c", "localhost:x", "a"],
        ["-c", "[::1", "a"],
        ["-c", "[::1]443", "a"],
        ["-c", "[::1]:0", "a"],
        ["-c", "[]", "a"],
        *(
            ["-c", "localhost", flag, value, "a"]
            for flag, value in (
                ("-n", "0"),
                ("-n", "65"),
                ("-n", "x"),
                ("-t", "0"),
                ("-t", "61"),
                ("-t", "1s"),
                ("-x", "v3"),
                ("-x", ""),
            )
        ),
        ["-d", "/" + "x" * 600],
    ):
        p = run(*args)
        tap.ok(
            p.returncode == 64
            and p.stderr.startswith(b"alpnd-check: ")
            and b"usage: alpnd-check" in p.stderr
            and not p.stdout,
            f"usage: {' '.join(args)[:40]}",
            p,
        )
    url, ascii = b"-c is a host, not a URL: try -c ", b"a name is in ASCII: try "
    for args, why in (
        (["-z"], b"there is no flag -z"),
        (["-j", "-d"], b"-d wants an argument"),
        (["-c", "https://www.example.org/x", "a"], url + b"www.example.org"),
        (["-c", "https://www.example.org:8443", "a"], url + b"www.example.org:8443"),
        (["-c", "www.example.org/", "a"], url + b"www.example.org"),
        (
            ["-c", "b\u00fccher.example", "a"],
            b"-c is a host in ASCII: try -c xn--bcher-kva.example",
        ),
        (["-c", "localhost", "B\u00dcCHER.example"], ascii + b"xn--bcher-kva.example"),
        (["-c", "localhost", "\u0142\u00f3d\u017a.example"], ascii + b"xn--d-uga0v4h.example"),
        (
            ["-c", "localhost", "\udcff"],
            b"a name is a host name, or an IP address; tls-alpn-01 validates no wildcards",
        ),
    ):
        p = run(*args)
        tap.ok(
            p.stderr.startswith(b"alpnd-check: " + why + b"\nusage: "),
            f"the flag is named: {args}",
            p,
        )
    for args in ["-h"], ["--help"]:
        p = run(*args)
        tap.ok(
            p.returncode == 0 and p.stdout.startswith(b"usage: alpnd-check [-j]") and not p.stderr,
            f"help: {args}",
            p,
        )
    for flag in "-V", "--version":
        p = run(flag)
        tap.ok(
            p.returncode == 0 and re.fullmatch(rb"alpnd-check \d+\.\d+\.\d+\n", p.stdout), flag, p
        )
    if os.path.exists("/dev/full"):
        make("full.example.org")
        with open("/dev/full", "w") as f:
            p = run("-d", DIR, "-u", USER, stdout=f)
        tap.ok(
            p.returncode == 1 and b"standard output" in p.stderr,
            "standard output cannot be written",
            p,
        )


def on_terminal(out_is_tty, *args, env=None, pause=0):
    """Run it with a terminal for stderr and maybe stdout; what it shows."""
    master, slave = pty.openpty()
    p = subprocess.Popen(
        [*WRAP, CHECK, "-d", DIR, "-u", USER, *args],
        stdin=subprocess.DEVNULL,
        stderr=slave,
        stdout=slave if out_is_tty else subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )
    os.close(slave)
    if pause:
        # the pipe is full long before the end: it waits while time passes
        select.select([p.stdout], [], [], 60)
        time.sleep(pause)
        p.stdout.read()
    seen = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(master)
    p.wait()
    if p.stdout:
        p.stdout.close()
    return seen


def test_terminal():
    make("good.example.org")
    tap.ok(
        on_terminal(True).startswith(b"\x1b[32mok\x1b[0m      good.example.org"),
        "colour on a terminal",
    )
    tap.ok(b"\x1b" not in on_terminal(True, env={"NO_COLOR": "1"}), "none with NO_COLOR")
    tap.ok(b"\x1b" not in on_terminal(True, "-j"), "none with -j")
    tap.ok(b"\x1b" not in run("-d", DIR, "-u", USER).stdout, "none in a pipe")
    for i in range(2000):
        for kind in "crt", "key":
            os.link(path("good.example.org", kind), path(f"{i}.example.org", kind))
    tap.ok(
        re.search(rb"\r\d+ of 2001 ", on_terminal(False, "-j", pause=3)), "progress after 2 seconds"
    )
    p = run("-d", DIR, "-u", USER)
    tap.ok(
        p.stdout.endswith(b"2001 pairs: 1 good, 2000 with errors\n" + ONLY.encode())
        and p.returncode == 1,
        "2001 pairs, counted",
        p.stdout[-200:],
    )
    names = [r["name"] for r in rows()]
    tap.ok(len(names) == 2001 and names == sorted(names), "... each once, sorted")


def test_json():
    """The example in the manual is as the schema says, and as the program prints."""
    with open(MANUAL) as f:
        section = f.read().split(".Sh JSON")[1].split(".Sh ")[0]
    example = re.search(r"\.Bd -literal -offset indent\n(.*?)\.Ed", section, re.S)[1]
    found = jsonrows.parse(example.replace("\n", "").replace("\\e", "\\"))
    tap.ok(len(found) == 1 and found[0]["findings"], "the manual has an example", example)
    make("json.example.org")
    os.unlink(path("json.example.org", "key"))
    r = rows()[0]
    unknown = ("address", "port", "tls", "ms", "digest")
    tap.same(
        {k: r[k] for k in r if k not in ("age", "findings")},
        {"name": "json.example.org", "result": "error", **{k: None for k in unknown}},
        "a row of a pair",
    )
    tap.ok(0 <= r["age"] < 100, "... with its age", r)
    tap.same(list(r), list(found[0]), "... in the order of the manual")
    tap.same(
        list(r["findings"][0]), ["code", "severity", "message", "remedy"], "... and of a finding"
    )
    for wrong in (
        {**r, "port": 0},
        {**r, "x": 1},
        {k: r[k] for k in r if k != "ms"},
        {**r, "result": "note"},
        {**r, "findings": [1]},
    ):
        tap.ok(jsonrows.problems(wrong), "the schema refuses what is not such a row", wrong)


def test_manual():
    """The examples of alpnd-check.8, with an alpnd for those that connect."""
    name = "www.example.org"
    make(name)
    alpnd, here = start_alpnd()
    with open(MANUAL) as f:
        text = f.read()
    examples = text[text.index(".Sh EXAMPLES") : text.index(".Sh SEE ALSO")].replace("\\e\n", "")
    lines = [
        line
        for block in re.findall(r"\.Bd -literal -offset indent\n(.*?)\.Ed", examples, re.S)
        for line in block.splitlines()
    ]
    tap.same(len(lines), 6, "the manual has examples")
    for line in lines:
        command = (
            line.replace("-u _alpnd", "")
            .replace("-d /etc/dehydrated/alpn-certs", "")
            .replace(f"-c {name}", f"-c {here}")
            .replace("-c localhost:10443", f"-c {here}")
        )
        if f"-c {name}" in line and line.count(name) == 1:
            command += " " + name  # which is that of the host
        tap.ok(" -c " not in line or here in command, "a host to connect to", command)
        command = command.replace(
            "alpnd-check",
            f"{' '.join(WRAP)} {CHECK} -d {DIR}" + ("" if " -c " in line else f" -u {USER}"),
            1,
        )
        command = command.replace("alpnd-pair", f"{TOP}/alpnd-pair -d {DIR}", 1)
        p = subprocess.run(
            ["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if " -r " in line:
            make(name)  # for those that follow
        tap.ok(
            p.returncode == 0 and not p.stderr and "error" not in p.stdout,
            f"the manual's: {line}",
            p,
        )
    alpnd.terminate()
    alpnd.wait()


def test_zz_codes():
    """Every code of the catalogue is in the manual, and has been seen here or in another test."""
    catalogue = subprocess.check_output(
        [os.path.dirname(CHECK) + "/tests/unit/findings"], text=True
    )
    codes = {line.split()[1] for line in catalogue.splitlines() if line.startswith("files ")}
    with open(MANUAL) as f:
        text = f.read()
    listed = re.findall(
        r"^\.It Cm (.*)$",
        text[text.index(".Sh WHAT IS CHECKED") : text.index('.\\" connect begin')],
        re.M,
    )
    tap.same(
        sorted(codes),
        sorted(c for line in listed for c in line.split(" , ")),
        "the manual has the codes, and no others",
    )
    if len(sys.argv) == 1 and ROOT and not tap.skipped:
        tap.same(
            sorted(codes - SEEN),
            [
                "certificate-refused",
                "certificate-version",
                "extension-twice",
                "key-unknown",
                *([] if LIBRESSL else ["key-unloadable"]),
                "not-yet-valid",
                "signature-unknown",
                "socket-changed",
                "socket-failed",
                "socket-inactive",
                "socket-other",
            ],
            "all but these were seen",
        )


def main():
    sh(f"chmod 755 {TMP}")
    only = sys.argv[1:]
    for name, test in list(globals().items()):
        if not name.startswith("test_") or only and name[5:] not in only:
            continue
        if not ROOT and name in (
            "test_permissions",
            "test_directory",
            "test_other_users",
            "test_default_user",
        ):
            tap.skip(f"{name} needs root, to look as other users")
            continue
        clear()
        test()
    shutil.rmtree(TMP)
    tap.done()


main()
