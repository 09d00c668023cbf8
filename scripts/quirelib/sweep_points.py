"""Carrying out the points of a sweep, and the table of their results."""

import csv
import json
import os
import re
import subprocess
import sys

from . import build_identity, simulator
from .errors import QuireError
from .paths import SOURCE

COLUMNS = ("id", "workload", "kind", "variant", "policy", "frames", "seed", "operations", "check",
           "references", "misses", "miss_ratio",
           "faults", "refaults", "evictions", "evictions_dirty", "page_ins", "page_outs",
           "core_picked", "rejected", "nanoseconds", "build")
_KEY = ("workload", "kind", "variant", "policy", "frames", "seed")
_GUEST_TIMEOUT = 600
# With which the workloads of the guest end: what the part that counts did.
_RESULT_LINE = re.compile(
    r"^\S+: operations (?P<operations>\d+) check (?P<check>[0-9a-f]{16}) faults (?P<faults>\d+) "
    r"page-ins (?P<page_ins>\d+) page-outs (?P<page_outs>\d+) evictions (?P<evictions>\d+) "
    r"refaults (?P<refaults>\d+)\r?$", re.MULTILINE)


def batches(points):
    """Points that one process does together: those that differ in their frames, of the simulator."""
    groups = {}
    for point in points:
        key = ((point.workload, point.variant, point.policy, point.seed) if point.kind == "simulator"
               else point.identity)
        groups.setdefault(key, []).append(point)
    return list(groups.values())


def build_of(point, program):
    """The identity of the build that the point's result comes from."""
    return (build_identity.simulator(program) if point.kind == "simulator"
            else build_identity.guest())


def run_batch(points, program):
    """Their rows. Raises QuireError with the reason."""
    first = points[0]
    rows = _simulate(points, program) if first.kind == "simulator" else [_run_guest(first)]
    return [{**{column: "" for column in COLUMNS}, "id": point.identity,
             "build": build_of(point, program),
             "workload": point.workload, "kind": point.kind, "variant": point.variant,
             "policy": point.policy,
             "frames": point.frames, "seed": point.seed, **row}
            for point, row in zip(points, rows)]


def _simulate(points, program):
    first = points[0]
    text = simulator.output(
        program, "--json", "--quiet", "--threads", "1", "--policy", first.policy, "--seed",
        first.seed, "--frames", ",".join(str(point.frames) for point in points), *first.options,
        *(("--", first.trace) if first.source == "trace"
          else ("--string", first.subject.replace("{seed}", str(first.seed)))))
    answer = json.loads(text)
    by_frames = {row["frames"]: row for row in answer["results"]}
    return [_simulated(by_frames[point.frames], answer.get("pages")) for point in points]


def _simulated(result, pages):
    row = {"references": result["references"], "misses": result["misses"],
           "miss_ratio": f"{result['miss_ratio']:.6f}"}
    if pages is not None:
        # Not estimated: each page misses once before it can be evicted.
        refaults = result["misses"] - pages
        row |= {"refaults": refaults, "page_ins": refaults}
    if "cold" in result:
        row |= {"evictions": result["evictions"], "evictions_dirty": result["evictions_dirty"],
                "page_outs": result["evictions_dirty"], "core_picked": result["core_picked"],
                "rejected": result["rejected"]}
    return row


def _run_guest(point):
    command = [sys.executable, "-B", str(SOURCE / "scripts" / "quire"), "run", "--headless",
               "--no-build", "--json", "--timeout", str(_GUEST_TIMEOUT),
               "--policy", point.policy.replace(":", ","), "--frames", str(point.frames),
               "--word", f"seed={point.seed}",
               "--cmd", point.subject.replace("{seed}", str(point.seed)), *point.options]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors="replace", stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or ["no message"]
        raise QuireError(f"the run ended with status {result.returncode}: {lines[-1]}")
    return _guest_row(json.loads(result.stdout), result.stderr)


def _guest_row(result, text):
    """Virtual time counts what the policy saw: inserts and references. A workload that says itself
    what it did, without its preparations, is believed."""
    seen = result["virtual_time"]
    misses = seen - result["references"]
    row = {"references": seen, "misses": misses, "miss_ratio": f"{misses / max(1, seen):.6f}",
           "evictions": result["evictions_clean"] + result["evictions_dirty"]}
    row |= {column: result[column] for column in (
        "faults", "refaults", "evictions_dirty", "page_ins", "page_outs", "core_picked", "rejected",
        "nanoseconds")}
    said = list(_RESULT_LINE.finditer(text))
    return row | said[-1].groupdict() if said else row


class Results:
    """The CSV of a sweep: read what is there, add what is new, line by line."""

    def __init__(self, path):
        self.path = path
        self.rows = {}
        if os.path.exists(path):
            self._read()

    def _read(self):
        with open(self.path, encoding="utf-8", newline="") as file:
            text = file.read()
        # A line without its end was being written when the sweep was stopped.
        lines = text[:text.rfind("\n") + 1].splitlines()
        if lines and lines[0] != ",".join(COLUMNS):
            raise QuireError(f"{self.path} is no table of a sweep, or of another version; "
                             "name another file with -o")
        self.rows = {row["id"]: row for row in csv.DictReader(lines)}

    def add(self, rows):
        """To the file at once: what is in it is never lost. Raises QuireError if a workload has
        another check value than under another policy."""
        for row in rows:
            self._compare(row)
        new = not os.path.exists(self.path)
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(rows)
        self.rows |= {row["id"]: {key: str(value) for key, value in row.items()} for row in rows}

    def _compare(self, row):
        for other in self.rows.values():
            if (row["check"] and other["check"] not in ("", row["check"]) and row["build"] == other["build"]
                    and all(str(row[key]) == other[key] for key in ("workload", "frames", "seed"))):
                raise QuireError(f"data is damaged: the check value is {row['check']}, under "
                                 f"{other['policy']} it was {other['check']}")

    def arrange(self, points):
        """In the order of the sweep's file. Rows that have become something else there (the same
        point with other options) go, rows of points that it no longer has come last."""
        wanted = {point.identity for point in points}
        keys = {tuple(str(getattr(point, name)) for name in _KEY) for point in points}
        others = [row for identity, row in self.rows.items() if identity not in wanted
                  and tuple(str(row[name]) for name in _KEY) not in keys]
        rows = [self.rows[point.identity] for point in points if point.identity in self.rows]
        temporary = f"{self.path}.new"
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows + others)
        os.replace(temporary, self.path)
        self.rows = {row["id"]: row for row in rows + others}
