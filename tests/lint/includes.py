#!/usr/bin/env python3
"""
includes: prints the include graph of the program, and exits with 1 on an arrow
that points up: a file of alpnd that includes one of check/, a header that
includes its caller (a header whose .c file includes it), or headers in a cycle.
"""
import glob
import os
import re
import sys

# what both programs agree on: alpnd.c is not behind it
SHARED = ("alpnd.h",)
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def included(file):
    """The files of the program that file includes, as paths below TOP."""
    with open(file) as f:
        names = re.findall(r'^#include "([^"]+)"', f.read(), re.M)
    for name in names:
        for directory in (os.path.dirname(file), ""):
            path = os.path.normpath(os.path.join(directory, name))
            if os.path.exists(path):
                yield path
                break


def cycle(graph, path):
    """The first cycle behind the end of path, as a path, or None."""
    for f in graph.get(path[-1], ()):
        if f in path:
            return path[path.index(f):] + [f]
        found = cycle(graph, path + [f])
        if found:
            return found
    return None


def faults(graph):
    headers = {f: g for f, g in graph.items() if f.endswith(".h")}
    for file, names in graph.items():
        for name in names:
            if name.startswith("check/") and not file.startswith("check/"):
                yield f"{file} includes {name}: alpnd does not know alpnd-check"
    for header, names in headers.items():
        for name in names:
            caller = name[:-1] + "c"
            if name not in SHARED and header in graph.get(caller, ()):
                yield f"{header} includes {name}, whose {caller} includes {header}: its caller"
    seen = set()
    for header in headers:
        found = cycle(headers, [header])
        if found and not seen & set(found):
            seen |= set(found)
            yield "a cycle: " + " -> ".join(found)


def main():
    os.chdir(TOP)
    files = sorted(glob.glob("*.[ch]") + glob.glob("check/*.[ch]"))
    graph = {f: sorted(included(f)) for f in files}
    for suffix in (".h", ".c"):
        for file in files:
            if file.endswith(suffix):
                print(f"{file}: {' '.join(graph[file]) or '-'}")
        print()
    wrong = list(faults(graph))
    for fault in wrong:
        print(fault)
    return 1 if wrong or len(files) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
