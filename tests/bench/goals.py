"""goals: what was wanted, as ratios in one run, and whether it is so."""

ONE, BUSY = "alpnd one-shot, ", "alpnd busy mode, "
SEED = "dehydrated's example (Python)"


def goals(report):
    """Rows: what, at most, measured, met or not."""
    out = []

    def row(label, workload="rsa"):
        return report.rows[label, workload, 1]

    def goal(what, most, value, form="{:.3f}"):
        try:
            v = value()
        except KeyError:    # left out by ONLY
            return
        out.append([what, form.format(most), form.format(v), "met" if v <= most else "not met"])

    for kind in ("dynamic", "static"):
        one, busy = ONE + kind, BUSY + kind
        goal(f"one-shot, {kind}: CPU / lighttpd -1", 0.6, lambda: row(one).by(row("lighttpd -1")))
        goal(f"one-shot, {kind}: p50 / lighttpd -1", 0.6,
             lambda: row(one).by(row("lighttpd -1"), "p50s"))
        if kind == "static":
            goal("one-shot, static: CPU / dehydrated's example", 1.2,
                 lambda: row(one).by(row(SEED)))
        goal(f"busy, {kind}: CPU / lighttpd daemon", 1.0,
             lambda: row(busy).by(row("lighttpd daemon")))
        goal(f"busy, {kind}: CPU / dehydrated's example", 0.5, lambda: row(busy).by(row(SEED)))
        goal(f"busy, {kind}: CPU / ualpn, P-256 (hard)", 1.3,
             lambda: row(busy, "p256").by(row("ualpn daemon", "p256")))
        goal(f"busy, {kind}: CPU of a refusal, ms", 0.3, lambda: row(busy, "refused").cpu / 1000)
        goal(f"one-shot, {kind}: resident at rest, kB", 0, lambda: report.memory[one].rss, "{:.0f}")
    goal("one-shot, static: CPU, refused / served", 0.2,
         lambda: row(ONE + "static", "refused").by(row(ONE + "static")))
    goal("one-shot, static: peak memory, kB", 5 * 1024, lambda: report.memory[ONE + "static"].peak,
         "{:.0f}")
    most = max((n for _, n in report.pairs), default=1)
    for label in dict.fromkeys(label for label, _ in report.pairs):
        goal(f"{label.removeprefix('alpnd ')}: p50, {most:,} pairs / 1 pair", 1.05,
             lambda: report.pairs[label, most].by(report.pairs[label, 1], "p50s"))
    return out
