"""Pictures by gnuplot: each function gives a script; draw() runs it."""

import subprocess

from . import tools
from .errors import QuireError

_TERMINALS = {".svg": "svg size 900,560 dynamic noenhanced font 'sans,14' background rgb 'white'",
              ".png": "pngcairo size 1350,840 noenhanced font 'sans,16'"}
# Told apart by the colour-blind too (Okabe and Ito), and by their points.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000")
BOUND = "min"


def terminal_of(path):
    """The gnuplot terminal for a file name."""
    for suffix, terminal in _TERMINALS.items():
        if str(path).endswith(suffix):
            return terminal
    raise QuireError(f"{path}: a plot's name ends with {' or '.join(_TERMINALS)}")


def draw(script, path):
    terminal = terminal_of(path)
    text = f"set terminal {terminal}\nset output {quote(str(path))}\n{script}\n"
    result = subprocess.run([tools.find("gnuplot"), "-"], input=text, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise QuireError(f"gnuplot could not draw {path}:\n{result.stdout.strip()}")


def quote(text):
    """A text for gnuplot: in single quotes nothing is special but they themselves."""
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def _block(name, lines):
    return f"${name} << QUIRE_END\n" + "\n".join(lines) + "\nQUIRE_END\n"


def by_policy(rows):
    """{policy: [(frames, miss ratio, error)]}, in the order of the rows, the bound last."""
    curves = {}
    for row in rows:
        curves.setdefault(row["policy"], []).append(
            (int(row["frames"]), float(row["miss_ratio"]), float(row.get("error") or 0)))
    if BOUND in curves:
        curves[BOUND] = curves.pop(BOUND)
    return {policy: sorted(points) for policy, points in curves.items()}


def _style(number, policy):
    if policy == BOUND:
        return "lw 2 dt 2 lc rgb 'black' pt 0"
    colours = _COLOURS[:-1]  # black is the bound's
    return (f"lw 2 lc rgb '{colours[number % len(colours)]}' dt {(1, 3, 4)[number // len(colours) % 3]} "
            f"pt {number % 13 + 1} ps 0.7")


def curves(rows, title):
    """Miss ratio over frames, a curve a policy."""
    script, parts = "", []
    for number, (policy, points) in enumerate(by_policy(rows).items()):
        script += _block(f"curve{number}", ["%d %.9f %.9f" % point for point in points])
        label = f"{policy} (optimum)" if policy == BOUND else policy
        parts.append(f"$curve{number} using 1:2 with linespoints {_style(number, policy)} "
                     f"title {quote(label)}")
        if any(error > 0 for _, _, error in points):
            parts.append(f"$curve{number} using 1:2:3 with yerrorbars {_style(number, policy)} notitle")
    return script + (
        f"set title {quote(title)}\nset xlabel 'frames'\nset ylabel 'miss ratio'\n"
        "set logscale x 2\nset format x '%.0f'\nset yrange [0:1]\nset grid\nset key outside right\n"
        "plot " + ", \\\n     ".join(parts))


def bars(rows, title):
    """Miss ratios of policies side by side at one size, the best first, the bound as a line."""
    frames = {row["frames"] for row in rows}
    if len(frames) != 1:
        raise QuireError("plot: bars stand for one number of frames; name one with --frames")
    ordered = sorted(rows, key=lambda row: float(row["miss_ratio"]))
    bound = next((float(row["miss_ratio"]) for row in rows if row["policy"] == BOUND), None)
    names = [row for row in ordered if row["policy"] != BOUND] or ordered
    script = _block("bars", [f'{i} {float(row["miss_ratio"]):.9f} "{row["policy"]}"'
                             for i, row in enumerate(names)])
    line = (f", {bound:.9f} with lines lw 2 dt 2 lc rgb 'black' title 'min (optimum)'"
            if bound is not None else "")
    return script + (
        f"set title {quote(title)}\nset ylabel 'miss ratio'\nset yrange [0:*]\nset boxwidth 0.7\n"
        "set style fill solid 0.8\nset xtics rotate by -40\nset grid y\nset key above\n"
        f"plot $bars using 1:2:xtic(3) with boxes lc rgb '{_COLOURS[0]}' notitle{line}")


def timeline(bins, title):
    """Four panels over time: faults, evictions, free frames, dirty pages."""
    panels = (("faults", "faults", "impulses"), ("evictions", "evictions", "impulses"),
              ("free frames", "free", "steps"), ("dirty pages", "dirty", "steps"))
    script = "".join(_block(key, [f"{moment['ticks']} {moment[key]}" for moment in bins
                                  if moment[key] is not None] or ["0 0"])
                     for _, key, _ in panels)
    script += (f"set multiplot layout 4,1 title {quote(title)}\nset lmargin 14\nset grid\n"
               "set yrange [0:*]\nset format x '%.1s%c'\n")
    for number, (label, key, style) in enumerate(panels):
        if number == len(panels) - 1:
            script += "set xlabel 'time-stamp counter (instructions, if the run had --icount)'\n"
        script += (f"set ylabel {quote(label)}\nplot ${key} using 1:2 with {style} "
                   f"lw 1.5 lc rgb '{_COLOURS[number]}' notitle\n")
    return script + "unset multiplot"


def addresses(text, title):
    """References over time and page: `text` is what quire-sim --picture prints."""
    head, *lines = text.splitlines()
    words = head.lstrip("# ").split()
    size = dict(zip(words[::2], map(int, words[1::2])))
    across, up = size["references"] / size["columns"], size["pages"] / size["rows"]
    return _block("picture", lines) + (
        f"set title {quote(title)}\nset xlabel 'references'\n"
        "set ylabel 'pages, by object and index'\nset cblabel 'references'\nset logscale cb\n"
        "set palette defined (0 '#deebf7', 1 '#3182bd', 2 '#08306b')\n"
        f"set xrange [0:{size['references']}]\nset yrange [0:{size['pages']}]\n"
        f"plot $picture matrix using (($1+0.5)*{across:.9g}):(($2+0.5)*{up:.9g}):"
        "($3 > 0 ? $3 : NaN) with image notitle")
