"""quire bench: what each path of a release build costs, in instructions."""

import json
import sys
from pathlib import Path

from . import bench_sets
from .bench_baselines import BASELINES, COLUMNS
from .bench_boots import Bench
from .bench_document import replace_table
from .build_command import build
from .errors import QuireError
from .paths import BuildTree

HELP = "measure the system in instructions, and compare with stored numbers"
EPILOG = """sets:
""" + "\n".join(f"  {name:12} {function.__doc__.splitlines()[0]}"
                for name, function in bench_sets.SETS.items()) + """

exit status: 0; 1 if --compare found a row that costs over 2 % more than stored, or none at all;
125 if something could not be measured"""

_TOLERANCE = 0.02


def add_arguments(parser):
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows (default: all of the set)")
    parser.add_argument("--set", action="append", default=[], choices=list(bench_sets.SETS),
                        help="which rows (default: core); may stand several times")
    parser.add_argument("--all", action="store_true", help="every set; takes many minutes")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--compare", metavar="FILE", help="compare with what --store wrote")
    parser.add_argument("--store", metavar="FILE", help="write the numbers, a row a line")
    parser.add_argument("--document", metavar="FILE",
                        help="renew the table in FILE, as in docs/performance.md")
    parser.add_argument("--no-build", action="store_true", help="take what was built last")
    parser.add_argument("--build-dir", metavar="DIR", help="the build tree (implies --no-build)")


def run(options):
    stored = _load(options.compare) if options.compare else None
    if options.build_dir or options.no_build:
        tree = BuildTree("release", options.build_dir)
    else:
        tree = build("release", messages=sys.stderr)  # standard output is the table's
    bench = Bench(tree, lambda what: print(f"quire: {what}", file=sys.stderr, flush=True))
    names = list(bench_sets.SETS) if options.all else options.set or ["core"]
    rows = []
    for name in names:
        rows += bench_sets.SETS[name](bench, options.names)
    rows = _unique(rows, options.names)
    if options.json:
        print(as_json(rows))
    else:
        print(as_table(rows))
    if options.store:
        Path(options.store).write_text(as_json(rows) + "\n")
    if options.document:
        page = Path(options.document)
        page.write_text(replace_table(page.read_text(), rows))
    if stored is None:
        return 0
    lines, worse = compare(rows, stored, options.names)
    print("\n".join(lines), file=sys.stderr if options.json else sys.stdout)
    return 1 if worse else 0


def as_json(rows):
    return "[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]"


def as_table(rows):
    """Text: the rows beside what other systems need."""
    lines = [f"{'row':36} {'instructions':>14} " + " ".join(f"{name:>12}" for name in COLUMNS)]
    for row in rows:
        known = BASELINES.get(row["row"], (None,) * len(COLUMNS))
        numbers = " ".join(f"{'' if number is None else format(number, ',d'):>12}"
                           for number in known)
        rest = ", ".join(f"{key.replace('_', ' ')} {value:,}" for key, value in row.items()
                         if key not in ("row", "instructions", "minimum", "mean"))
        lines.append(f"{row['row']:36} {row.get('instructions', ''):>14{',' if 'instructions' in row else ''}} {numbers} {rest}".rstrip())
    return "\n".join(lines)


def compare(rows, stored, names=()):
    """(lines to print, whether something is worse)."""
    now = {row["row"]: row["instructions"] for row in rows}
    before = {row["row"]: row["instructions"] for row in stored}
    lines, worse = [], False
    for name, old in before.items():
        if names and name not in names:
            continue
        new = now.get(name)
        if new is None:
            lines.append(f"quire: {name}: not measured any more (stored: {old:,})")
            worse = True
        elif new > old * (1 + _TOLERANCE):
            lines.append(f"quire: {name}: {new:,} instructions, {_percent(new, old)} more than "
                         f"the stored {old:,}")
            worse = True
        elif new < old * (1 - _TOLERANCE):
            lines.append(f"quire: {name}: {new:,} instructions, better than the stored {old:,}: "
                         "store it")
    if not any(name in now for name in before):
        lines.append("quire: nothing to compare: no stored row was measured")
        worse = True
    if not worse:
        lines.append("quire: no row costs over 2 % more than stored")
    return lines, worse


def _percent(high, low):
    return f"{100 * (high - low) / max(low, 1):.1f} %"


def _load(path):
    try:
        return json.loads(Path(path).read_text())
    except ValueError as error:
        raise QuireError(f"--compare: {path} is not what --store writes: {error}") from error


def _unique(rows, names):
    """Each row once, the first; of `names` only those, and every one of them."""
    found = {}
    for row in rows:
        found.setdefault(row["row"], row)
    missing = [name for name in names if name not in found]
    if missing:
        raise QuireError(f"no row {', '.join(missing)}; there are {', '.join(found)}")
    return [row for name, row in found.items() if not names or name in names]
