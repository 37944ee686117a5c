"""directory: does it matter how many pairs there are?"""
import os

import load
from servers import Busy, OneShot

PER_FILE = 20000        # hard links; ext4 has 65000


def fill(path, pair, count):
    """count pairs n0.example.org ... in path, copies of pair (crt, key) under other names."""
    os.makedirs(path)
    for kind, source in zip(("crt", "key"), pair):
        with open(source, "rb") as f:
            content = f.read()
        for i in range(count):
            name = f"{path}/n{i}.example.org.{kind}.pem"
            if i % PER_FILE == 0:
                with open(name, "wb") as f:
                    f.write(content)
                first = name
            else:
                os.link(first, name)


def servers(binary, dirs):
    """dirs: {count: path}.  Two servers for each; [(count, server)]."""
    return ([(n, OneShot("alpnd one-shot, static", 22001 + i, [binary, "-d", path]))
             for i, (n, path) in enumerate(dirs.items())] +
            [(n, Busy("alpnd busy mode, static", 22101 + i, [binary, "-i", "0", "-d", path]))
             for i, (n, path) in enumerate(dirs.items())])


def measure(tmp, server, count, seconds):
    """The name asked for is another one each time."""
    return load.measure(tmp, server, "served", "n%d.example.org", seconds, 1, names=count)
