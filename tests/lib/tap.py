"""tap: Test Anything Protocol, as prove(1) reads it."""
import sys

last = ""
count = 0
failed = 0
skipped = 0


def ok(cond, name, diag=""):
    """
    One result; diag is shown if it failed.  After "the server starts", the name
    "... and listens" is "the server starts ... and listens".
    """
    global count, failed, last
    count += 1
    name = str(name).replace("#", "no.")
    if name.startswith("..."):
        name = f"{last} {name}"
    else:
        last = name
    print(f"{'ok' if cond else 'not ok'} {count} - {name}", flush=True)
    if not cond:
        failed += 1
        for line in str(diag).splitlines():
            print(f"#   {line}", flush=True)
    return cond


def same(got, want, name):
    return ok(got == want, name, f"got:  {got!r}\nwant: {want!r}")


def skip(why):
    global count, skipped
    count += 1
    skipped += 1
    print(f"ok {count} # SKIP {why}", flush=True)


def done():
    print(f"1..{count}", flush=True)
    sys.exit(1 if failed or count == 0 else 0)
