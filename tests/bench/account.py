"""account: what the processes of one server use.

CPU time is that of a cgroup (version 2) of their own, in microseconds, to the
last process however short; where there is none to be had, what /proc says of
the processes and of those they have waited for, in steps of 10 ms.
"""
import os
import re
import subprocess
import time

TICK_US = 1000000 // os.sysconf("SC_CLK_TCK")


def cgroup_base():
    """A cgroup that we may make others in, or None."""
    try:
        with open("/proc/mounts") as f:
            mount = next(m[1] for m in map(str.split, f) if m[2] == "cgroup2")
        with open("/proc/self/cgroup") as f:
            own = next(line[3:].strip() for line in f if line.startswith("0::"))
        base = f"{mount}{own.rstrip('/')}/alpnd-bench.{os.getpid()}"
        os.mkdir(base)
    except (OSError, StopIteration):
        return None
    try:
        # to make one is one thing, to move a process into it another
        subprocess.run(["true"], check=True, preexec_fn=lambda: enter(base))
        return base
    except subprocess.SubprocessError:
        os.rmdir(base)
        return None


def enter(cgroup):
    with open(cgroup + "/cgroup.procs", "w") as f:
        f.write("0")


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""       # has ended meanwhile


def number(pattern, text):
    m = re.search(pattern, text, re.M)
    return int(m[1]) if m else 0


class Account:
    """Of the processes that enter() it and of all that they start."""

    def __init__(self, base, name):
        self.cgroup = base and f"{base}/{name}"
        self.session = None     # the process that has begun it
        if self.cgroup:
            os.mkdir(self.cgroup)

    def enter(self):
        """Called in the new process, before it executes the server."""
        if self.cgroup:
            enter(self.cgroup)

    def pids(self):
        if self.cgroup:
            return [int(p) for p in read(self.cgroup + "/cgroup.procs").split()]
        return [int(p) for p in os.listdir("/proc") if p.isdigit() and
                self.stat(p)[3:4] == [str(self.session)]]

    @staticmethod
    def stat(pid):
        """/proc/PID/stat from the third field, which is the state, on."""
        return read(f"/proc/{pid}/stat").rpartition(")")[2].split()

    def total(self, *fields):
        """The sum of some fields of stat over all processes, numbered as in proc(5)."""
        stats = [self.stat(p) for p in self.pids()]
        return sum(int(s[f - 3]) for s in stats if s for f in fields)

    def cpu(self):
        if self.cgroup:
            return number(r"^usage_usec (\d+)", read(self.cgroup + "/cpu.stat"))
        return self.total(14, 15, 16, 17) * TICK_US

    def faults(self):
        return self.total(10, 11)

    def settle(self, at_rest, limit=20):
        """Wait until no more than the processes at rest are there, and idle."""
        end, last = time.monotonic() + limit, None
        while time.monotonic() < end:
            now = len(self.pids()), self.cpu()
            if now == last and now[0] <= at_rest:
                return
            last = now
            time.sleep(0.02)
        raise TimeoutError(f"{now[0]} processes, at rest {at_rest}: these do not end")

    def memory(self, apart_from=()):
        """(RSS of all, PSS of all, peak of the largest) in kB."""
        pids = [p for p in self.pids() if p not in apart_from]
        rollups = [read(f"/proc/{p}/smaps_rollup") for p in pids]
        return (sum(number(r"^Rss:\s+(\d+)", r) for r in rollups),
                sum(number(r"^Pss:\s+(\d+)", r) for r in rollups),
                max([number(r"^VmHWM:\s+(\d+)", read(f"/proc/{p}/status")) for p in pids],
                    default=0))

    def remove(self):
        if self.cgroup:
            os.rmdir(self.cgroup)
