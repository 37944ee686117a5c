"""plot: CPU time of a connection by server, as SVG, by gnuplot."""
import subprocess

OURS, THEIRS, MACHINE = 0xCC6600, 0x5B8DB8, 0x888888

HEAD = """set terminal svg size 820,{height} noenhanced font "sans-serif,13"
set output "{path}"
set border 1 lc rgb "#777777"
set tics textcolor rgb "#777777" nomirror
set ytics scale 0
set key off
set style fill solid
set boxwidth 0.7
set multiplot layout {panels},1
"""
PANEL = """$d << E
{data}
E
set title "{title}" textcolor rgb "#777777"
set yrange [{n}-0.4:-0.6]
set xrange [0:{x}]
set lmargin 31
set rmargin 6
set tmargin 2.5
plot $d using (0):0:(0):2:($0-0.35):($0+0.35):3:ytic(1) with boxxyerror lc rgb variable, \\
    $d using 2:0:(sprintf("%.2f", $2)) with labels left offset 0.6,0 textcolor rgb "#777777"
"""


def colour(label):
    if label.startswith("the machine"):
        return MACHINE
    return OURS if label.startswith("alpnd") else THEIRS


def plot(path, panels):
    """panels: [(title, [(label, milliseconds)])]"""
    text = HEAD.format(path=path, panels=len(panels),
                       height=70 * len(panels) + 24 * sum(len(p[1]) for p in panels))
    for title, rows in panels:
        data = "\n".join(f'"{label}" {ms:.4f} {colour(label)}' for label, ms in rows)
        text += PANEL.format(data=data, title=title, n=len(rows),
                             x=max(ms for _, ms in rows) * 1.08)
    subprocess.run(["gnuplot"], input=text + "unset multiplot\n", text=True, check=True, timeout=60)
