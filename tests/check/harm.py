#!/usr/bin/env python3
# Copyright (c) 2026 The alpnd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
"""
harm: the remedies of alpnd-check, run as root where they could do harm: in a
directory that others may write to, in one that is not for validation pairs, and
beside a good pair.  Nothing that was good is changed.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE + "/../lib")

import tap

CHECK = os.path.abspath(os.environ.get("ALPND_CHECK", "./alpnd-check"))
TMP = tempfile.mkdtemp(prefix="alpnd-harm.")
DIR = TMP + "/alpn-certs"
USER, GROUP = "nobody", "nogroup"
COMMAND = re.compile(r"(?:^|: )((?:chmod|chgrp|cp|install|mv|rm|setfacl) .*)")
CHANGES = re.compile(r"\b(remove|rename|move it)\b")  # advice to do so by hand
GOOD, BAD = "good.example.org", "bad.example.org"


def check(directory=DIR, user=USER):
    p = subprocess.run(
        [CHECK, "-j", "-d", directory, "-u", user],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    return [f for line in p.stdout.splitlines() for f in json.loads(line)["findings"]]


def sh(command):
    return subprocess.run(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def path(name, kind="crt"):
    return f"{DIR}/{name}.{kind}.pem"


def make(name, directory=DIR):
    subprocess.run(
        [TOP + "/alpnd-pair", "-d", directory, name, "ab" * 32],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    for kind in "crt", "key":
        os.chmod(f"{directory}/{name}.{kind}.pem", 0o640)


def make_web(name, directory=DIR):
    """The certificate of a web server, and its key."""
    command = "openssl req -x509 -nodes -newkey rsa:2048 -days 9".split()
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command += ["-out", f"{directory}/{name}.crt.pem", "-keyout", f"{directory}/{name}.key.pem"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def fresh(*names):
    shutil.rmtree(DIR, ignore_errors=True)
    os.mkdir(DIR)
    shutil.chown(DIR, 0, GROUP)
    os.chmod(DIR, 0o2750)
    for name in names:
        make(name)


def state(*paths):
    """All that a remedy could change."""
    out = {}
    for top in paths:
        for f in [top] + [os.path.join(d, n) for d, ds, fs in os.walk(top) for n in ds + fs]:
            st = os.lstat(f)
            body = b""
            if os.path.isfile(f) and not os.path.islink(f):
                with open(f, "rb") as opened:
                    body = opened.read()
            out[f] = (st.st_mode, st.st_uid, st.st_gid, body)
    return out


def commands(findings):
    return [m[1] for f in findings if (m := COMMAND.search(f["remedy"]))]


# Each spoils the pair BAD, or the directory, so that a remedy is printed.
SPOILT = {
    "name-not-canonical": "cd %D; mv %B.crt.pem BAD.crt.pem; mv %B.key.pem BAD.key.pem",
    "an old name": "cd %D; cp -p %B.crt.pem Bad.example.org.crt.pem;"
    "cp -p %B.key.pem Bad.example.org.key.pem; touch -d 2020-01-01 Bad.*",
    "half of a name": "cd %D; mv %B.crt.pem WWW.%G.crt.pem; rm %B.key.pem",
    "half-a-pair": "cd %D; rm %B.crt.pem",
    "symlink": "cd %D; mv %B.crt.pem ../else; ln -s ../else %B.crt.pem",
    "a dangling link": "cd %D; rm %B.crt.pem; ln -s /nonexistent %B.crt.pem",
    "file-unreadable": "cd %D; chmod 600 %B.key.pem; chgrp root %B.key.pem",
    "key-world-readable": "cd %D; chmod 644 %B.key.pem",
    "not-regular": "cd %D; rm %B.key.pem; mkdir -m 755 %B.key.pem",
    "empty": "cd %D; : >%B.crt.pem",
    "key-mismatch": "cd %D; cat %G.key.pem >%B.key.pem",
    "key-malformed": "cd %D; echo -----BEGIN >%B.key.pem",
    "certificate-malformed": "cd %D; echo -----BEGIN >%B.crt.pem",
    "stray": "cd %D; echo x >fullchain.pem",
    "left-over": "cd %D; echo x >.alpnd-pair.1.key; touch -d 2020-01-01 .alpnd-pair.1.key",
    "directory-unreadable": "chgrp root %D; chmod 2700 %D",
    "directory-writable": "chmod 2770 %D",
    "directory-group": "rm %D/*; chmod g-s %D; chgrp root %D; chmod 755 %D",
    "directory-missing": "rm -r %D",
}


def spoil(what):
    r = sh("set -e; " + SPOILT[what].replace("%D", DIR).replace("%B", BAD).replace("%G", GOOD))
    assert r.returncode == 0, r.stdout


def test_good_stays():
    """In a directory that is as it should be: each command, and the good pair beside it."""
    seen = 0
    for what in SPOILT:
        fresh(GOOD, BAD)
        spoil(what)
        before = (
            {k: v for k, v in state(DIR).items() if f"/{GOOD}." in k} if os.path.isdir(DIR) else {}
        )
        todo = commands(check())
        seen += len(todo)
        out = [sh(c).stdout for c in todo]
        after = (
            {k: v for k, v in state(DIR).items() if f"/{GOOD}." in k} if os.path.isdir(DIR) else {}
        )
        tap.same(after, before, f"{what}: the good pair is as it was ({len(todo)} commands)")
        tap.ok(not any(out), "... and the commands say nothing", f"{todo}\n{out}")
    tap.ok(seen > 8, "there are commands to try", seen)


def test_stray_half():
    """WWW.example.org.crt.pem without its key, beside the good pair www.example.org."""
    fresh("www.example.org")
    before = state(path("www.example.org"), path("www.example.org", "key"))
    for when in 1, 4000000000:
        make("www.example.net")
        os.rename(path("www.example.net"), path("WWW.example.org"))
        os.unlink(path("www.example.net", "key"))
        os.utime(path("WWW.example.org"), (when, when))
        found = check()
        tap.ok(
            [f["code"] for f in found] == ["name-not-canonical"],
            "a stray certificate is found",
            found,
        )
        tap.ok(not any("mv " in f["remedy"] for f in found), "... no file is to be renamed", found)
        for c in commands(found):
            sh(c)
        tap.same(
            state(path("www.example.org"), path("www.example.org", "key")),
            before,
            "... the good pair is as it was",
        )


def plant(secret):
    """What another user may leave in a directory that he may write to."""
    for name in os.listdir(DIR):
        for f in f"{DIR}/{name}.new", f"{DIR}/{name}~":
            os.symlink(secret, f)
    for name in "bad", "bad.example.org", "www." + GOOD:
        for kind in "crt", "key":
            if not os.path.lexists(path(name, kind)):
                os.symlink(secret, path(name, kind))


def test_hostile():
    """Others may write to the directory, and have planted links in it."""
    secret = TMP + "/secret"
    for mode, owner in (0o2777, 0), (0o2770, 0), (0o2750, 65533):
        for what in SPOILT:
            fresh(GOOD, BAD)
            with open(secret, "w") as f:
                f.write("secret\n")
            os.chmod(secret, 0o600)
            spoil(what)
            if not os.path.isdir(DIR):
                continue
            plant(secret)
            os.chown(DIR, owner, -1)
            os.chmod(DIR, mode)
            before = state(secret)
            inside = [c for c in commands(check()) if f"{DIR}/" in c]
            tap.same(
                inside, [], f"{what}, mode {mode:o}, owner {owner}: no command for a file there"
            )
            for c in commands(check()):
                sh(c)
            tap.same(state(secret), before, "... and nothing outside is changed")
    os.unlink(secret)


def test_above():
    """Others may write above the directory."""
    open_dir = TMP + "/open"
    os.mkdir(open_dir)
    for mode, owner in (0o777, 0), (0o775, 0), (0o755, 65534):
        os.chown(open_dir, owner, -1)
        os.chmod(open_dir, mode)
        d = open_dir + "/alpn-certs"
        shutil.rmtree(d, ignore_errors=True)
        tap.same(commands(check(d)), [], f"missing below mode {mode:o} of {owner}: no command")
        os.mkdir(d)
        os.chmod(d, 0o700)
        found = check(d)
        tap.ok(found and not commands(found), "... there and unreadable: no command", found)
    os.chown(open_dir, 0, 0)
    os.chmod(open_dir, 0o1777)
    tap.ok(commands(check(d)), "... with the sticky bit, and root's own: a command")
    shutil.rmtree(d)
    tap.same(commands(check(d)), [], "... missing there, so another could make it: none")


def tree(top, files):
    for f in files:
        os.makedirs(os.path.dirname(f"{top}/{f}"), exist_ok=True)
        with open(f"{top}/{f}", "w") as opened:
            opened.write("x\n")
        os.chmod(f"{top}/{f}", 0o600)


def test_other_directories():
    """What is not a directory of validation pairs: it asks, and changes nothing."""
    places = {
        "/tmp": None,
        "/etc": None,
        "/root": None,
        "/": None,
        "/var/tmp": None,
        "/usr/bin": None,
        "/etc/ssl/private": ["ssl-cert-snakeoil.key"],
        "/etc/dehydrated/certs": ["example.org/cert.pem", "example.org/privkey.pem"],
        "/etc/dehydrated/certs/example.org": ["cert.pem", "privkey.pem"],
        "/srv/web": [f"{n}.{k}.pem" for n in ("a.org", "b.org") for k in ("crt", "key")]
        + ["chain.pem"],
        "/srv/names": ["bücher.example.key.pem", "bücher.example.crt.pem", "chain.pem"],
        "/srv/keys": ["a.org.key.pem", "b.org.key.pem"],
        "/srv/nothing": [],
    }
    for place, files in places.items():
        where = place
        if files is not None:
            where = TMP + place
            os.makedirs(where, exist_ok=True)
            tree(where, files)
            os.chmod(where, 0o700)
            if place == "/srv/web":
                make_web("a.org", where)
        elif not os.path.isdir(place):
            continue
        for user in USER, "root":
            found = check(where, user)
            tap.same(commands(found), [], f"-d {place} -u {user}: no command")
            tap.ok(
                not any(CHANGES.search(f["message"] + f["remedy"]) for f in found),
                "... no advice to remove, rename or move a file",
                [f["message"] + f["remedy"] for f in found][:5],
            )
            if user == USER and files:
                tap.ok(
                    any("check that this is the directory" in f["remedy"] for f in found),
                    "... it asks whether this is the directory",
                    [f["remedy"] for f in found][:5],
                )
    tap.ok(
        any("check that this is" in f["remedy"] for f in check(TMP + "/srv/web", "root")),
        "a directory with pairs and other files: it asks",
    )


def test_web_key():
    """The pair of a web server in a directory that is ours: its key stays closed."""
    fresh(GOOD)
    make_web(BAD)
    os.chmod(path(BAD), 0o644)
    os.chmod(path(BAD, "key"), 0o600)
    found = check()
    tap.same([f["code"] for f in found], ["acme-missing"], "a web server's pair, its key closed")
    tap.same(commands(found), [], "... no command opens the key")
    make(BAD)
    os.chmod(path(BAD, "key"), 0o600)
    tap.same(commands(check()), [f"chmod 640 {path(BAD, 'key')}"], "a validation key is opened")


def main():
    if os.geteuid() != 0:
        tap.skip("needs root, to look as another user")
        tap.done()
    os.chmod(TMP, 0o755)
    for name, test in list(globals().items()):
        if name.startswith("test_") and (len(sys.argv) == 1 or name[5:] in sys.argv[1:]):
            test()
    shutil.rmtree(TMP)
    tap.done()


main()
