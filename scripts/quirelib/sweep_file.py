"""The file of a sweep, in TOML: policies x workloads x frames x seeds, as a list of points.

    policies = ["clock", "sieve", "s3-fifo:small=20"]
    frames = "64..1024"                 # or [64, 100, 1024]
    seeds = [1, 2]                      # default: [1]

    [[workload]]                        # on the host
    name = "cloudphysics"
    trace = "cloudphysics-io.txt.zst"   # from the directory of this file
    options = ["--batch", "8"]          # more words for `quire sim`

    [[workload]]                        # the same, on a reference string
    name = "zipf"
    string = "zipf frames=1024 seed={seed}"

    [[workload]]                        # in the guest
    name = "linear"
    command = "page-linear"             # {seed} stands for the seed
    options = ["--mem", "64M"]          # more words for `quire run`
    frames = [100, 200]                 # policies, frames and seeds of its own

    [variants]                          # each workload of the host once with each of these words
    exact = []                          # (default: once)
    "by bits" = ["--references", "accessed"]

    [table]                             # what --document writes, see sweep_table.py
"""

import hashlib
import json
import os
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import QuireError

# Exact algorithms, which only the simulator has.
SIMULATOR_ONLY = ("lru", "min")
_WORKLOAD_KEYS = {"name", "trace", "string", "command", "options", "policies", "frames", "seeds"}
_KEYS = {"policies", "frames", "seeds", "workload", "variants", "table"}


@dataclass(frozen=True)
class Point:
    workload: str
    kind: str     # simulator or guest
    subject: str  # path of the trace as it is in the file, line of the string, or command line
    options: tuple
    policy: str
    frames: int
    seed: int
    variant: str = ""
    source: str = ""     # of the simulator: trace or string
    directory: str = ""  # where relative paths of traces begin

    @property
    def trace(self):
        return os.path.join(self.directory, self.subject)

    @property
    def identity(self):
        """What the result depends on, as a short name; the same wherever the file lies."""
        text = json.dumps({**asdict(self), "directory": ""}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_sweep(path):
    """The points of a sweep's file, in its order. Raises QuireError that names what is wrong."""
    return _Reader(path, load(path)).points()


def load(path):
    """What the file says, as TOML understands it."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise QuireError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise QuireError(f"{path}: {error}") from error


class _Reader:
    def __init__(self, path, table):
        self.path = path
        self.table = table
        self.directory = Path(path).resolve().parent

    def wrong(self, what):
        return QuireError(f"{self.path}: {what}")

    def points(self):
        for key in self.table.keys() - _KEYS:
            raise self.wrong(f"unknown key '{key}'; there are {', '.join(sorted(_KEYS))}")
        workloads = self.table.get("workload", [])
        if not workloads:
            raise self.wrong("no [[workload]]")
        names = [workload.get("name") for workload in workloads]
        for name in names:
            if not isinstance(name, str) or not name:
                raise self.wrong("a [[workload]] without a name")
            if names.count(name) > 1:
                raise self.wrong(f"two workloads are called '{name}'")
        return [point for workload in workloads for point in self.workload_points(workload)]

    def workload_points(self, workload):
        name = workload["name"]
        for key in workload.keys() - _WORKLOAD_KEYS:
            raise self.wrong(f"workload {name}: unknown key '{key}'; there are "
                             f"{', '.join(sorted(_WORKLOAD_KEYS))}")
        sources = [key for key in ("trace", "string", "command") if key in workload]
        if len(sources) != 1:
            raise self.wrong(f"workload {name}: give it either a trace, a string or a command")
        source, = sources
        if source == "trace":
            self.check_trace(name, workload["trace"])
        kind = "guest" if source == "command" else "simulator"
        options = self.words(name, "options", workload.get("options", []))
        return [Point(name, kind, workload[source], options + variant_options, policy, frames, seed,
                      variant, "" if kind == "guest" else source, str(self.directory))
                for variant, variant_options in self.variants(kind)
                for policy in self.words(name, "policies", self.own(workload, "policies"))
                if kind == "simulator" or policy not in SIMULATOR_ONLY
                for frames in self.numbers(name, "frames", self.own(workload, "frames"))
                for seed in self.numbers(name, "seeds", self.own(workload, "seeds", [1]), least=0)]

    def variants(self, kind):
        """Names with the words that they add; what the guest sees has no variants."""
        variants = self.table.get("variants", {})
        if kind == "guest" or not variants:
            return [("", ())]
        return [(name, self.words(f"variant {name}", "options", words))
                for name, words in variants.items()]

    def own(self, workload, key, otherwise=None):
        value = workload.get(key, self.table.get(key, otherwise))
        if not value:
            raise self.wrong(f"workload {workload['name']}: no {key}")
        return value

    def check_trace(self, name, trace):
        path = self.directory / trace
        if not path.exists():
            raise self.wrong(f"workload {name}: there is no trace {path}")

    def words(self, name, key, value):
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.wrong(f"workload {name}: {key} is a list of strings")
        return tuple(value)

    def numbers(self, name, key, value, least=1):
        if isinstance(value, str):
            value = self.doubling(name, key, value)
        if (not isinstance(value, list) or
                not all(isinstance(number, int) and number >= least for number in value)):
            raise self.wrong(f"workload {name}: {key} is a list of numbers from {least} on, or 'A..B'")
        return list(dict.fromkeys(value))

    def doubling(self, name, key, text):
        first, dots, last = text.partition("..")
        if not dots or not first.isdigit() or not last.isdigit() or not 0 < int(first) <= int(last):
            raise self.wrong(f"workload {name}: {key} '{text}' is not of the form A..B")
        numbers = [int(first)]
        while numbers[-1] * 2 <= int(last):
            numbers.append(numbers[-1] * 2)
        return numbers
