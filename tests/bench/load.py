"""load: one kind of connection against one server, and what it has cost."""
import math
import statistics
import subprocess

from servers import P256, RSA


class Workload:
    """key: in the results.  what: for client.c, of a server that is strict, and of others."""

    def __init__(self, key, title, what, lax, name):
        self.key, self.title, self.what, self.lax, self.name = key, title, what, lax, name

    def what_for(self, server):
        """What to send it, or None if that has no meaning."""
        if self.what == "served":
            return "served" if self.name in server.serves else None
        return {True: self.what, False: self.lax, None: None}[server.strict]


WORKLOADS = [
    Workload("rsa", "served, RSA-2048", "served", None, RSA),
    Workload("p256", "served, P-256", "served", None, P256),
    Workload("refused", "refused: a ClientHello without ALPN", "refused", "hello", RSA),
    Workload("garbage", "not TLS", "silence", "garbage", RSA),
]


class Sample:
    """Of one round: CPU in microseconds and page faults for each connection, latencies in ms."""

    def __init__(self, cpu, faults, rate, failed, count, latencies):
        self.cpu, self.faults, self.rate, self.failed, self.count = cpu, faults, rate, failed, count
        self.latencies = latencies
        self.p50 = statistics.median(latencies) if latencies else 0.0


def client(tmp, port, what, name, names, seconds, workers, count=100000):
    """Runs client.c: (connections a second, failures, connections, latencies)."""
    p = subprocess.run([tmp + "/client", "-l", "127.0.0.1", str(port), what, name, str(names),
                        str(seconds), str(count),
                        str(workers)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                       timeout=120)
    lines = p.stdout.splitlines()
    if not lines:
        raise ChildProcessError(f"client: status {p.returncode} on port {port}")
    rate, _, _, bad, done = lines[0].split()
    return float(rate), int(bad), int(done), [float(x) for x in " ".join(lines[1:]).split()]


def measure(tmp, server, what, name, seconds, workers, names=1, count=100000):
    account = server.account
    before = account.cpu(), account.faults(), server.failed()
    rate, bad, done, latencies = client(tmp, server.port, what, name, names, seconds, workers,
                                        count)
    account.settle(server.at_rest)
    cpu, faults, failed = (now - then for now, then in
                           zip((account.cpu(), account.faults(), server.failed()), before))
    return Sample(cpu / done, faults / done, rate, bad + failed, done, latencies)


def warm(tmp, server, workload):
    what = workload.what_for(server)
    if what is not None:
        client(tmp, server.port, what, workload.name, 1, 5, 1, count=3)
        server.account.settle(server.at_rest)


class Row:
    """All rounds of one server under one workload: medians of them."""

    def __init__(self, samples):
        for field in ("cpu", "faults", "rate", "p50"):
            setattr(self, field, statistics.median(getattr(s, field) for s in samples))
        self.cpus, self.p50s = [s.cpu for s in samples], [s.p50 for s in samples]
        every = sorted(x for s in samples for x in s.latencies)
        self.p99 = every[len(every) * 99 // 100] if every else 0.0
        self.failed = sum(s.failed for s in samples)
        self.count = sum(s.count for s in samples)

    def by(self, other, field="cpus"):
        """How many times the other: the median of the ratios of the rounds,
        for what else the machine does differs from round to round."""
        return statistics.median(a / b if b else math.inf
                                 for a, b in zip(getattr(self, field), getattr(other, field)))


class Limit:
    """The rounds of limit.c: what a process per connection cannot be cheaper than."""

    def __init__(self, tmp, certs):
        self.argv = [tmp + "/limit", "", tmp + "/nothing", f"{certs}/{RSA}.key.pem",
                     f"{certs}/{P256}.key.pem"]
        self.rounds = []

    def measure(self, seconds):
        self.argv[1] = str(seconds)
        out = subprocess.run(self.argv, stdout=subprocess.PIPE, text=True, check=True,
                             timeout=60).stdout
        self.rounds.append([float(x) for x in out.split()])

    def figures(self):
        """{what: (CPU us, time us)}, and page faults of the process."""
        m = [statistics.median(r) for r in zip(*self.rounds)]
        each = {k: (m[2 * i], m[2 * i + 1])
                for i, k in enumerate(("process", "rsa", "p256", "x25519"))}
        return each, m[8]
