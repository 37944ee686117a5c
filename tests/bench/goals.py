"""goals: what was wanted, as ratios in one run, and whether it is so."""

ONE, BUSY = "alpnd one-shot, ", "alpnd busy mode, "
SEED = "dehydrated's example (Python)"


def goals(report):
    """Rows: what, at most, measured, met or not."""
    out = []

    def cpu(label, workload):
        return report.rows[label, workload, 1].cpu

    def goal(what, most, value, form="{:.3f}"):
        out.append([what, form.format(most), form.format(value), "met" if value <= most else "not met"])

    for kind in ("dynamic", "static"):
        goal(f"one-shot, {kind}: CPU by lighttpd -1", 0.6, cpu(ONE + kind, "rsa") / cpu("lighttpd -1", "rsa"))
        goal(f"one-shot, {kind}: p50 by lighttpd -1", 0.6,
             report.rows[ONE + kind, "rsa", 1].p50 / report.rows["lighttpd -1", "rsa", 1].p50)
    goal("one-shot, static: CPU by dehydrated's example", 1.2, cpu(ONE + "static", "rsa") / cpu(SEED, "rsa"))
    for kind in ("dynamic", "static"):
        goal(f"busy, {kind}: CPU by lighttpd daemon", 1.0, cpu(BUSY + kind, "rsa") / cpu("lighttpd daemon", "rsa"))
        goal(f"busy, {kind}: CPU by dehydrated's example", 0.5, cpu(BUSY + kind, "rsa") / cpu(SEED, "rsa"))
        goal(f"busy, {kind}: CPU by ualpn, P-256 (stretch)", 1.3, cpu(BUSY + kind, "p256") / cpu("ualpn daemon", "p256"))
    goal("one-shot, static: CPU, refused by served", 0.2, cpu(ONE + "static", "refused") / cpu(ONE + "static", "rsa"))
    for kind in ("dynamic", "static"):
        goal(f"busy, {kind}: CPU of a refusal, ms", 0.3, cpu(BUSY + kind, "refused") / 1000)
    most = max(n for _, n in report.pairs)
    for label in dict.fromkeys(label for label, _ in report.pairs):
        goal(f"{label.removeprefix('alpnd ')}: p50, {most:,} pairs by 1", 1.05,
             report.pairs[label, most].p50 / report.pairs[label, 1].p50)
    goal("one-shot, static: peak memory, kB", 5 * 1024, report.memory[ONE + "static"].peak, "{:.0f}")
    for kind in ("dynamic", "static"):
        goal(f"one-shot, {kind}: resident at rest, kB", 0, report.memory[ONE + kind].rest, "{:.0f}")
    return out
