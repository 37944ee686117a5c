#!/usr/bin/env python3
"""
tables: are the tables of tests/README.md complete?  Every test of the matrix has
its row, with its builds, what it needs, and its seconds; every .c file of the
program is a subject; every variable that a test reads is listed, and no other.
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/lib")

import tap

READS = [r'environ(?:\.get\(|\[)"([A-Z_]+)"',           # Python
         r'"([A-Z_]+)" (?:not )?in os\.environ',
         r'\$\{([A-Z_]+):?[-+=]']                       # shell: may be unset


def matrix():
    """{file: (builds, needs, seconds)}, as the table has them."""
    out = {}
    with open("tests/matrix") as f:
        for line in f:
            words = line.split("#", 1)[0].split()
            if not words or words[0] in ("build", "list"):
                continue
            file = words[0].split(":")[0]
            builds, needs, seconds = out.setdefault(file, ([], [], 0))
            for b in words[1].split(","):
                builds.append(b.split("+")[0])
            needs += [h for h in words[2].split(",") if h not in ("-", "quick")]
            out[file] = (builds, needs, seconds + int(words[3]))
    return out


def joined(words):
    """Each once, in its order."""
    return ", ".join(dict.fromkeys(w for w in words if w != "-")) or "-"


def rows(text):
    """The rows of the first table, as lists of cells."""
    table = text[text.index("| subject |"):]
    for line in table[:table.index("\n\n")].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def variables():
    out = set()
    for file in glob.glob("tests/*/*.sh") + glob.glob("tests/*/*.py") + ["tests/run"]:
        with open(file) as f:
            text = f.read()
        for pattern in READS:
            out |= set(re.findall(pattern, text))
    return out


def main():
    os.chdir(TOP)
    with open("tests/README.md") as f:
        text = f.read()
    files = [cells[1] for cells in rows(text) if cells[1]]
    table = {cells[1]: cells for cells in rows(text) if cells[1]}
    want = matrix()
    for file, (builds, needs, seconds) in want.items():
        cells = [joined(builds), joined(needs), str(seconds)]
        tap.ok(os.path.exists("tests/" + file), f"matrix: {file} is there")
        tap.same(table.get(file, [None] * 5)[2:], cells, f"README: the row of {file}")
    tap.same(sorted(set(table) - set(want)), [], "README: no row but those of the matrix")

    twice = sorted({f for f in files if files.count(f) > 1})
    tap.same(twice, [], "README: no file has two rows")

    subjects = set(re.findall(r"`([a-z_/]+\.c)`", " ".join(c[0] for c in table.values())))
    sources = set(glob.glob("*.c") + glob.glob("check/*.c"))
    tap.same(sorted(sources - subjects), [], "README: every .c file has a test")
    tap.same(sorted(subjects - sources), [], "README: every .c file that is named is there")

    listed = {v for line in re.findall(r"^\| ([A-Z_, ]+) \|", text, re.M)
              for v in line.split(", ")}
    read = variables()
    tap.same(sorted(read - listed), [], "README: every variable that is read is listed")
    tap.same(sorted(listed - read), [], "README: every variable that is listed is read")
    tap.done()


if __name__ == "__main__":
    main()
