"""
waiting: wait without sleeping blindly.  A wait in vain says what it was for,
and has the last lines of the logs.
"""
import time

LIMIT = 120         # seconds until a wait is given up: something hangs
LOGS = []           # (name, open file) of what runs beside the test


def log_tails(lines=20):
    """The last lines of every log."""
    out = []
    for name, file in LOGS:
        file.seek(0)
        out += [f"--- {name}", *file.read().splitlines()[-lines:]]
    return "\n".join(out)


def until(what, cond):
    """Wait for cond(), which what describes."""
    end = time.monotonic() + LIMIT
    while not cond():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {LIMIT} seconds for: {what}\n{log_tails()}")
        time.sleep(0.02)
