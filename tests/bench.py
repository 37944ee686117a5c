#!/usr/bin/env python3
"""bench: what one handshake and one refusal cost, interleaved, medians.

bench.py COUNT BINARY...: each BINARY is measured COUNT times in turn, so that
whatever else the machine does hits all alike.
"""
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import hello
import pairs
from oneshot import context

HERE = os.path.dirname(os.path.abspath(__file__))
TMP = tempfile.mkdtemp(prefix="alpnd-bench.")
REFUSED = hello.hello(protos=None)


def once(binary, cost, name):
    """One connection; milliseconds until the client has the end of it."""
    with socket.socket() as lst:
        lst.bind(("127.0.0.1", 0))
        lst.listen(1)
        client = socket.create_connection(lst.getsockname())
        server, _ = lst.accept()
    start = time.perf_counter()
    p = subprocess.Popen([TMP + "/cost", cost, binary, "-d", TMP], stdin=server, stdout=server,
                         stderr=subprocess.DEVNULL)
    server.close()
    if name is None:
        client.sendall(REFUSED)
    else:
        client = TLS.wrap_socket(client, server_hostname=name)
    while client.recv(4096):
        pass
    ms = (time.perf_counter() - start) * 1000
    client.close()
    if p.wait() != 0:
        sys.exit(f"{binary} failed")
    return ms


TLS = context()
subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", TMP + "/cost", HERE + "/cost.c"], check=True)
count, binaries = int(sys.argv[1]), sys.argv[2:]
for key in ("rsa2048", "p256"):
    pairs.make(TMP, f"{key}.example.org", key)
kinds = {"refused": None, "served, RSA-2048": "rsa2048.example.org", "served, P-256": "p256.example.org"}
waits = {(b, k): [] for b in binaries for k in kinds}
for i in range(count):
    for k, name in kinds.items():
        for n, b in enumerate(binaries):
            waits[b, k].append(once(b, f"{TMP}/{n}.{name}", name))
    if sys.stderr.isatty():
        print(f"\r{i + 1} of {count}", end="", file=sys.stderr)
print(f"{'binary':28} {'connection':18} {'client waits':>13} {'CPU':>9} {'peak memory':>12}   (medians of {count})")
for n, b in enumerate(binaries):
    for k, name in kinds.items():
        with open(f"{TMP}/{n}.{name}") as f:
            rows = [[int(x) for x in line.split()] for line in f]
        print(f"{b:28} {k:18} {statistics.median(waits[b, k]):10.2f} ms {statistics.median(r[0] for r in rows) / 1000:6.2f} ms "
              f"{statistics.median(r[1] for r in rows):9.0f} kB")
shutil.rmtree(TMP)
