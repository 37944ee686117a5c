"""report: the tables, in Markdown that reads as plain text as well."""

import math

LIMIT = "the machine's limit"


def table(head, rows):
    """Columns aligned: the first to the left, the others to the right."""
    rows = [[str(c) for c in r] for r in [head] + rows]
    width = [max(len(r[i]) for r in rows) for i in range(len(head))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w)
                                 for i, (c, w) in enumerate(zip(cells, width))) + " |"

    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":"
                          for i, w in enumerate(width)) + "|"
    return "\n".join([line(rows[0]), rule] + [line(r) for r in rows[1:]])


def ratio(x):
    """CPU in steps of 10 ms, as without a cgroup, may be 0 for what ran shortly."""
    return "-" if math.isinf(x) else f"{x:.2f}"


def ms(us):
    return f"{us / 1000:.2f}"


class Report:
    """What main.py has measured.  rows: {(label, workload, workers): load.Row};
    memory: {label: memory.Memory}; pairs: {(label, count): load.Row};
    instructions: {(binary, kind): number}; limit: load.Limit."""

    def __init__(self, workloads):
        self.workloads = workloads
        self.rows, self.memory, self.pairs, self.instructions, self.limit = {}, {}, {}, {}, None
        self.machine, self.how, self.rounds = [], "", 0

    def labels(self):
        return list(dict.fromkeys(label for label, _, _ in self.rows))

    def limit_of(self, workload):
        """(CPU us, ms) of the limit: a process, and what the handshake cannot do without."""
        each, _ = self.limit.figures()
        parts = ["process"] + ([workload, "x25519"] if workload in each else [])
        return sum(each[p][0] for p in parts), sum(each[p][1] for p in parts) / 1000

    def load_table(self, workload, workers):
        cpu, wall = self.limit_of(workload)
        rows = []
        if workers == 1:
            rows.append([LIMIT, ms(cpu), "-", "1.0", "-", f"{wall:.2f}", "-",
                         f"{self.limit.figures()[1]:.0f}", "-"])
        for label in self.labels():
            r = self.rows.get((label, workload, workers))
            if r is not None:
                rows.append([label, ms(r.cpu), f"{ms(min(r.cpus))}-{ms(max(r.cpus))}",
                             f"{r.cpu / cpu:.1f}", f"{r.rate:.0f}",
                             f"{r.p50:.2f}", f"{r.p99:.2f}", f"{r.faults:.0f}",
                             f"{r.failed} of {r.count}"])
        return table([f"{workers} at a time", "CPU ms", "of all rounds", "x limit", "conn/s",
                      "p50 ms", "p99 ms", "page faults",
                      "failures"], rows)

    def ratio_table(self, workload):
        """CPU at 1 at a time of alpnd's rows, by those of the others."""
        labels = [label for label in self.labels() if (label, workload, 1) in self.rows]
        peers = [label for label in labels if not label.startswith("alpnd")]
        rows = [[label, f"{self.rows[label, workload, 1].cpu / self.limit_of(workload)[0]:.2f}"] +
                [ratio(self.rows[label, workload, 1].by(self.rows[p, workload, 1]))
                 for p in peers]
                for label in labels if label.startswith("alpnd")]
        return table(["CPU, divided by that of", LIMIT] + peers, rows)

    def memory_table(self):
        return table(["kB", "RSS at rest", "PSS at rest", "PSS, one handshake",
                      "peak of a process"],
                     [[label, m.rss, m.rest, m.one, m.peak] for label, m in self.memory.items()])

    def pairs_table(self):
        labels = list(dict.fromkeys(label for label, _ in self.pairs))
        return table(["pairs in the directory", "number", "p50 ms", "x 1 pair", "CPU ms",
                      "x 1 pair", "failures"],
                     [[label, n, f"{r.p50:.2f}", f"{r.by(self.pairs[label, 1], 'p50s'):.2f}",
                       ms(r.cpu),
                       ratio(r.by(self.pairs[label, 1])), f"{r.failed} of {r.count}"]
                      for label in labels for (which, n),
                      r in self.pairs.items() if which == label])

    def instructions_table(self):
        kinds = list(dict.fromkeys(k for _, k in self.instructions))
        titles = {w.key: w.title.split(":")[0] for w in self.workloads}
        return table(["million instructions"] + [titles[k] for k in kinds],
                     [[f"alpnd one-shot, {b}"] +
                      [f"{self.instructions[b, k] / 1e6:.2f}" for k in kinds]
                      for b in dict.fromkeys(b for b, _ in self.instructions)])

    def markdown(self, goals):
        each, _ = self.limit.figures()
        out = ["# What a connection costs", "", "By `make bench`, on", ""]
        out += [f"- {line}" for line in self.machine]
        out += ["",
                f"Each figure is the median of {self.rounds} rounds. In each round the programs "
                "take turns. p99 is calculated from the latencies of all rounds together. A "
                "ratio is the median of the ratios of the rounds. The column \"of all "
                "rounds\" has the least and the most CPU of a round. CPU is the user and "
                "system time of all processes of "
                f"the server, including their start, {self.how}. A latency begins with connect(2) "
                "and ends with the handshake, or with the first answer. Client and server share "
                "the cores. alpnd answers a connection that is not a validation with an alert or "
                "not at all; other programs differ in this.", "",
                "The machine's limit is the least CPU for which a program can be started and serve "
                "one connection. It is a sum: the start of a static program that does nothing "
                f"({ms(each['process'][0])} ms of CPU), one signature by libcrypto with RSA-2048 "
                f"({ms(each['rsa'][0])}) or P-256 ({ms(each['p256'][0])}), and two X25519 "
                f"operations by libcrypto ({ms(each['x25519'][0])}). Where nothing is served, the "
                "limit is the start alone. A server that stays starts no program, so it can use "
                "less CPU than this limit."]
        for w in self.workloads:
            out += ["", f"## {w.title[0].upper() + w.title[1:]}", "", self.load_table(w.key, 1), "",
                    self.load_table(w.key, 8), "",
                    self.ratio_table(w.key)]
        out += ["", "## Memory", "", self.memory_table(), "",
                "Each server is measured by itself, after 100 connections, 8 at a time. PSS "
                "divides shared memory by the number of the processes that share it. The client "
                "of the benchmark also maps libcrypto, so the PSS of a dynamically linked server "
                "counts only a part of libcrypto. The peak of a process "
                "that a server forked includes the memory that it shares with the server."]
        out += ["", "## Pairs in the directory", "", self.pairs_table(), "",
                "With one pair, the server of busy mode has the pair cached. With more, each "
                "connection asks for another name, so the pair is mostly not cached."]
        out += ["", "## Instructions", "", self.instructions_table(), "",
                "callgrind counts instructions in user space, including process start and dynamic "
                "linking. valgrind's processor lacks the vector instructions that make RSA "
                "signatures by libcrypto fast."]
        out += ["", "## Goals", "",
                "What was wanted at the beginning of the project, and whether it is so. Goals "
                "marked \"hard\" go beyond what was expected.", "",
                table(["goal", "at most", "measured", ""], goals)]
        return "\n".join(out) + "\n"
