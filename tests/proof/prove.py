#!/usr/bin/env python3
"""
prove.py [NAME...]: proves the contracts of the parsers for all inputs, with Frama-C's WP; and with
Eva, from unset.c, that they use no value that was never set.

Each function of goals.txt is a test (those with a NAME in "file function"). It fails if one of its
goals is open, or if it has fewer goals than goals.txt says. See doc/proof.md.

    prove.py --count    prints goals.txt with the numbers of today
    prove.py --smoke    looks for dead code and for contracts that contradict themselves
"""
import concurrent.futures
import csv
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/lib")

import tap

GOALS = "tests/proof/goals.txt"
SECONDS = 600       # until a prover gives up: most goals need less than one
FRAMA_C = ["frama-c", "-machdep", "gcc_x86_64",
           "-cpp-extra-args=-I. -D_GNU_SOURCE -include tests/proof/libc.h"]
# memcpy(3) and its like, each for the type of its arguments
WP = ["-instantiate", "-then", "-wp", "-wp-rte", "-warn-unsigned-overflow",
      "-warn-signed-downcast", "-warn-unsigned-downcast", "-wp-model", "Typed",
      "-wp-prover", "cvc4,z3", "-wp-timeout", str(SECONDS), "-wp-par", "2"]
# Eva keeps this many paths apart.  v1_line has an address family on each.
EVA = ["-eva", "-eva-slevel", "10", "-eva-slevel-function", "v1_line:500",
       "-eva-split-return", "full", "-eva-no-alloc-returns-null"]
EVA_MAIN = "tests/proof/unset.c"
# branches that have to be dead: "cursor_uint(&c, 1, &v) == -1", where c is not empty; and what a
# theorem excludes
DEAD = {"parse_server_name": 1, "v2_tlvs_fit": 1, "no_source_has_two_turns": 1}
# "false", put after each requires, into each branch and loop, after each call: if it can be
# proven there, the code is dead, or what is said of it contradicts itself
SMOKE = ["-instantiate", "-then", "-wp", "-wp-model", "Typed", "-wp-smoke-tests",
         "-wp-smoke-timeout", "2", "-wp-prover", "cvc4", "-wp-timeout", "1", "-wp-par", "2"]
UNSET = ("initialization", "dangling_pointer")
USER = {"parse.h": "hello.c", "text.h": "event.c"}    # for functions of a header
LITERALS = ("v1_family",)    # the bytes of string literals matter to these
# "assume" without the s of "assumes"; WP's messages of what it does not model
FORBIDDEN = r"\badmit\b|\bassume\b"
WEAKER = r"Degenerated|User Error|Missing .*variant"


def read_goals():
    """[(file, function, goals)]; goals is None for a function that only Eva proves."""
    with open(GOALS) as f:
        rows = [line.split("#", 1)[0].split() for line in f]
    return [(r[0], r[1], None if r[2] == "eva" else int(r[2])) for r in rows if r]


def annotations(text):
    return "\n".join(re.findall(r"/\*@.*?\*/|//@.*", text, re.S))


def check_file(file, functions):
    """Every function is in goals.txt; every loop of a proven one ends; nothing is assumed."""
    with open(file) as f:
        text = f.read()
    found = re.findall(r"^(\w+)\(", text, re.M)
    tap.same(sorted(found), sorted(f for f in functions if f != "lemmas"),
             f"{file}: goals.txt has each function")
    tap.same(re.findall(FORBIDDEN, annotations(text)), [], f"{file}: nothing is admitted")


def loops_without_variant(file, function):
    with open(file) as f:
        body = re.search(rf"^{function}\(.*?^}}", f.read(), re.M | re.S)[0]
    loops = re.findall(r"(/\*@(?:(?!\*/).)*\*/\s*)?(?:\bfor \(|(?<!} )\bwhile \(|\bdo {)",
                       body, re.S)
    return sum("loop variant" not in annotation for annotation in loops)


def goals_of(report):
    """(proven, all) of a report of WP."""
    proven = total = 0
    for part in ("wp:functions", "wp:axiomatics"):
        for properties in report.get(part, {}).values():
            for name, provers in properties.items():
                main = provers.get("wp:main", {}) if name != "wp:section" else {}
                proven += main.get("valid", 0)
                total += main.get("total", 0)
    return proven, total


def prove(file, function, directory):
    """(proven, goals, seconds, output)."""
    source = USER.get(file, file)
    session = f"{directory}/{file.replace('/', '-')}-{function}"
    report = f"{session}.json"
    what = ["-wp-prop", "@lemma"] if function == "lemmas" else ["-wp-fct", function]
    if function in LITERALS:
        what.append("-wp-literals")
    start = time.monotonic()
    r = subprocess.run([*FRAMA_C, source, *WP, *what, "-wp-report-json", report,
                        "-wp-session", session],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       env=os.environ | {"WHY3CONFIG": f"{directory}/why3.conf", "PWD": TOP})
    seconds = time.monotonic() - start
    if r.returncode or not os.path.exists(report):
        return 0, 0, seconds, r.stdout
    with open(report) as f:
        return *goals_of(json.load(f)), seconds, r.stdout


def smoke(file, function, directory):
    """(tests passed, tests, seconds, the failed ones)."""
    start = time.monotonic()
    r = subprocess.run([*FRAMA_C, USER.get(file, file), *SMOKE, "-wp-fct", function,
                        *(["-wp-literals"] if function in LITERALS else [])],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       env=os.environ | {"WHY3CONFIG": f"{directory}/why3.conf", "PWD": TOP})
    found = re.findall(r"\[(\w+)\] Smoke-test (\S+)", r.stdout)
    failed = [name for status, name in found if status != "Passed"]
    return len(found) - len(failed), len(found), time.monotonic() - start, "\n".join(failed)


def smoke_all(rows, directory):
    total = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        some = {pool.submit(smoke, r[0], r[1], directory): r for r in rows if r[1] != "lemmas"}
        for done in concurrent.futures.as_completed(some):
            file, function, _ = some[done]
            passed, tests, seconds, failed = done.result()
            tap.ok(tests > 0 and tests - passed == DEAD.get(function, 0),
                   f"{file} {function}: {passed} of {tests} smoke tests, {seconds:.0f} s", failed)
            total += tests
    print(f"# {total} smoke tests", flush=True)


def without_contracts(directory):
    """Copies the sources, so that Eva does not see the contracts, which WP proves."""
    os.makedirs(f"{directory}/tests/proof")
    for file in glob.glob("*.[ch]"):
        with open(file) as f, open(f"{directory}/{file}", "w") as out:
            out.write(f.read().replace("/*@", "/* "))
    for file in (EVA_MAIN, "tests/proof/libc.h"):
        shutil.copy(file, f"{directory}/{file}")


def run_eva(rows, directory):
    """The properties that Eva found, as {function: [(line, kind, status, text)]}; its output."""
    source = f"{directory}/eva"
    without_contracts(source)
    files = sorted({r[0] for r in rows if r[0].endswith(".c") and "/" not in r[0]})
    r = subprocess.run([*FRAMA_C, EVA_MAIN, *files, *EVA, "-then", "-metrics",
                        "-metrics-eva-cover", "-report-csv", f"{directory}/eva.csv"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=source,
                       env=os.environ | {"PWD": source})
    found = {}
    if r.returncode == 0:
        with open(f"{directory}/eva.csv", newline="") as f:
            for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.setdefault((row["file"], row["function"]), []).append(row)
    return found, r.stdout


def text_of(row):
    return f"{row['file']}:{row['line']}: {row['property kind']}: {row['property']}"


def eva(table, found, output):
    """Prints a result for each function of unset.c, and for those that only Eva proves."""
    counts = {}
    for file, function, goals in table:
        properties = found.get((os.path.basename(file), function), [])
        open_ = [text_of(p) for p in properties if p["status"] != "Valid"]
        if file == EVA_MAIN:
            counts[file, function] = sum(p["property kind"] == "user check" for p in properties)
            tap.ok(counts[file, function] >= goals and not open_,
                   f"{file} {function}: {counts[file, function]} checks", "\n".join(open_))
        elif goals is None:
            tap.ok(found and not open_, f"{file} {function}: by Eva", "\n".join(open_))
    unset = [text_of(p) for properties in found.values() for p in properties
             if p["property kind"] in UNSET and p["status"] != "Considered valid"]
    tap.ok(found and not unset, "no value is used unset",
           "\n".join(unset or output.splitlines()[-20:]))
    reached = re.findall(r"^  (\w+): \d+ stmts out of", output, re.M)
    tap.same([f"{r[0]} {r[1]}" for r in table if r[1] not in reached and r[1] != "lemmas" and
              r[0] != "tests/proof/theorems.c"], [], "Eva reaches each function")
    return counts


def failures(output):
    """The lines of the goals that are open, and of what WP does not model."""
    lines = [line for line in output.splitlines()
             if "Goal typed_" in line and "Valid" not in line or re.search(WEAKER, line)]
    return list(dict.fromkeys(lines))


def prove_all(rows, directory):
    """Prints a result as soon as it is there; returns {(file, function): goals}."""
    out = {}
    sums = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        some = {pool.submit(prove, file, function, directory): (file, function, goals)
                for file, function, goals in sorted(rows, key=lambda r: -r[2])}
        for done in concurrent.futures.as_completed(some):
            file, function, goals = some[done]
            proven, total, seconds, output = done.result()
            why = failures(output)
            if file.endswith((".c", ".h")) and function != "lemmas" and \
                    loops_without_variant(file, function):
                why.append("a loop has no variant")
            if total < goals:
                why.append(f"{GOALS} says {goals} goals")
            tap.ok(proven == total > 0 and not why,
                   f"{file} {function}: {proven} of {total} goals, {seconds:.0f} s",
                   "\n".join(why or output.splitlines()[-20:]))
            out[file, function] = total
            so_far = sums.setdefault(file, [0, 0])
            so_far[0] += proven
            so_far[1] += total
    for file, (proven, total) in sums.items():
        print(f"# {file}: {proven} of {total} goals", flush=True)
    return out


def print_counts(counts):
    """goals.txt as it is, with other numbers."""
    with open(GOALS) as f:
        for line in f:
            words = line.split()
            if tuple(words[:2]) in counts:
                line = f"{words[0]:12} {words[1]:28} {counts[tuple(words[:2])]}\n"
            sys.stdout.write(line)


def main():
    os.chdir(TOP)
    for program in ("frama-c", "why3", "cvc4", "z3"):
        if not shutil.which(program):
            print(f"1..0 # SKIP {program} is not installed")
            return
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    table = read_goals()
    some = [r for r in table if not names or any(n in f"{r[0]} {r[1]}" for n in names)]
    rows = [r for r in some if r[2] is not None and r[0] != EVA_MAIN]
    start = time.monotonic()
    for file in dict.fromkeys(r[0] for r in rows):
        check_file(file, [r[1] for r in table if r[0] == file])
    with tempfile.TemporaryDirectory(prefix="alpnd-prove.") as directory:
        subprocess.run(["why3", "config", "detect", "-C", f"{directory}/why3.conf"],
                       capture_output=True, check=True)
        if "--smoke" in sys.argv:
            smoke_all(rows, directory)
            tap.done()
            return
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            evas = pool.submit(run_eva, table, directory) if any(
                r[2] is None or r[0] == EVA_MAIN for r in some) else None
            counts = prove_all(rows, directory)
        if evas:
            counts |= eva(table, *evas.result())
    print(f"# {sum(counts.values())} goals in {time.monotonic() - start:.0f} s", flush=True)
    if "--count" in sys.argv:
        print_counts(counts)
    tap.done()


if __name__ == "__main__":
    main()
