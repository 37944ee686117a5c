"""callgrind: instructions of one connection, which no noise disturbs.

Those of the process, its start and its dynamic linking included, but not the
kernel's; with libcrypto's code for the processor that valgrind simulates.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

from hello import hello
from oneshot import Conn, Handshake
from servers import P256, RSA

KINDS = {"rsa": RSA, "p256": P256, "refused": None}


def instructions(binary, certs, kind, log):
    """Of one connection, as callgrind has counted."""
    conn = Conn("-t", "60", certdir=certs, stderr="closed", binary=[
        sys.executable, HERE + "/nofilter.py", "/usr/bin/valgrind", "--tool=callgrind",
        "--callgrind-out-file=/dev/null", "--log-file=" + log, binary])
    if KINDS[kind] is None:
        right = conn.exchange(hello(protos=None)).wire[:1] == b"\x15"
    else:
        error, cert = Handshake(KINDS[kind]).run(conn)
        right = error is None and cert is not None
        conn.finish()
    with open(log) as f:
        m = re.search(r"Collected : (\d+)", f.read())
    if not right or m is None or conn.proc.returncode != 0:
        raise ChildProcessError(f"{binary} under callgrind: status {conn.proc.returncode}, see "
                                f"{log}")
    return int(m[1])
