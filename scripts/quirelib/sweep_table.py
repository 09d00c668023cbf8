"""The table of a sweep for a page of the documentation, as the file's [table] describes it.

    [table]
    rows = "workload"            # a row a workload and number of frames, a column a policy;
                                 # "policy": the other way around
    value = "misses"             # the column of the sweep that is shown
    best-of = ["fifo", "clock"]  # not the values: the least of these in bold, all else as distance
    columns = ["clock", "clock, by bits"]   # the order; default: as in the file
    head = "references"          # above the first column

    [[table.given]]              # rows of other origin, before the others
    name = "Linux"
    loop = "61,440"

A column "POLICY, VARIANT" is that variant of the workloads, measured against the best of the same
variant; without a variant it is the first.
"""

import os
import sys

from .errors import QuireError
from .paths import SOURCE
from .sweep_file import load

_KEYS = {"rows", "value", "best-of", "columns", "head", "given"}
END = "<!-- end of the table -->"


def write(page, file, points, rows):
    """Puts the table into the page, or prints it."""
    text = markdown(file, points, rows)
    if page == "-":
        print(text)
        return
    begin = f"<!-- quire sweep {os.path.relpath(file, SOURCE)} -->"
    with open(page, encoding="utf-8") as stream:
        before, mark, rest = stream.read().partition(begin)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise QuireError(f"{page}: no lines {begin} and {END}")
    with open(page, "w", encoding="utf-8") as stream:
        stream.write(f"{before}{begin}\n{text}\n{END}{after}")
    print(f"{page}: the table is new", file=sys.stderr)


def markdown(file, points, rows):
    table = load(file).get("table")
    if table is None:
        raise QuireError(f"{file}: no [table] says what it is to look like")
    for key in table.keys() - _KEYS:
        raise QuireError(f"{file}: [table] knows no '{key}'; there are {', '.join(sorted(_KEYS))}")
    return _Table(file, table, points, rows).text()


class _Table:
    def __init__(self, file, table, points, rows):
        self.file = file
        self.table = table
        self.value = table.get("value", "misses")
        self.values = {}
        for point in points:
            row = rows[point.identity]
            if self.value not in row:
                raise QuireError(f"{file}: [table] value: a sweep has no column '{self.value}'")
            if row[self.value] != "":
                self.values[self._key(point)] = int(row[self.value])
        self.first_variant = points[0].variant
        self.policies = list(dict.fromkeys(point.policy for point in points))
        self.subjects = list(dict.fromkeys((point.workload, point.frames, point.seed)
                                           for point in points))

    @staticmethod
    def _key(point):
        return (point.workload, point.frames, point.seed), point.policy, point.variant

    def text(self):
        if self.table.get("rows", "workload") == "workload":
            return self._by_workload()
        return self._by_policy()

    # ---- a row a workload

    def _by_workload(self):
        columns = self.table.get("columns", self.policies)
        seeds = len({seed for _, _, seed in self.subjects}) > 1
        head = [self.table.get("head", "workload"), "frames", *(["seed"] if seeds else []), *columns]
        lines = [_line(head), _line(["---"] * len(head))]
        for subject in self.subjects:
            workload, frames, seed = subject
            lines.append(_line([workload, f"{frames:,}", *([seed] if seeds else []),
                                *(self._cell(subject, column) for column in columns)]))
        return "\n".join(lines)

    def _cell(self, subject, column):
        policy, _, variant = column.partition(", ")
        variant = variant or self.first_variant
        value = self.values.get((subject, policy, variant))
        if value is None:
            return ""
        best_of = self.table.get("best-of")
        if best_of is None:
            return f"{value:,}"
        candidates = [self.values[subject, name, variant] for name in best_of
                      if (subject, name, variant) in self.values]
        if not candidates:
            raise QuireError(f"{self.file}: [table] best-of: none of these is in the sweep")
        best = min(candidates)
        if value == best:
            return f"**{value:,}**" if variant == self.first_variant else "best"
        return f"{100 * value / best - 100:+.1f} %"

    # ---- a row a policy

    def _by_policy(self):
        names = [workload for workload, _, _ in self.subjects]
        if len(set(names)) < len(names):
            names = [f"{workload}, {frames:,} frames" for workload, frames, _ in self.subjects]
        lines = [_line([self.table.get("head", "policy"), *names]),
                 _line(["---"] * (len(names) + 1))]
        for given in self.table.get("given", ()):
            lines.append(_line([given["name"], *(given.get(name, "") for name in names)]))
        for policy in self.table.get("columns", self.policies):
            lines.append(_line([f"`{policy}`",
                                *(self._number(subject, policy) for subject in self.subjects)]))
        return "\n".join(lines)

    def _number(self, subject, policy):
        value = self.values.get((subject, policy, self.first_variant))
        # What the guest runs has no variant, even where what is simulated has.
        value = self.values.get((subject, policy, ""), value)
        return "" if value is None else f"{value:,}"


def _line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
