"""The lines with which workloads end (user/workloads/workload.h)."""
import re

from guest_cases import Failure, Run

RESULT = re.compile(r"^(?P<name>[a-z-]+): operations (?P<operations>\d+) check (?P<check>[0-9a-f]{16})"
                    r"(?P<counts>( [a-z-]+ \d+)+)$", re.MULTILINE)


def expect(condition, what):
    if not condition:
        raise Failure(what)


class Line:
    """A result line."""

    def __init__(self, match):
        self.name = match["name"]
        self.check = match["check"]
        self.operations = int(match["operations"])
        words = match["counts"].split()
        self.counts = dict(zip(words[::2], map(int, words[1::2])))


def lines(run):
    """All result lines of a run, in order."""
    return [Line(match) for match in RESULT.finditer(run.transcript)]


class Result(Line):
    """The result line of a program that ran in `frames` frames under `policy`, and paged."""

    def __init__(self, command, frames, policy, *words, timeout=60):
        self.command = f"{command} in {frames} frames, {policy}"
        run = Run("--frames", str(frames), "--policy", policy, "--cmd", command, *words,
                  timeout=timeout).expect_status(0)
        match = RESULT.search(run.transcript)
        expect(match is not None, f"{self.command}: no result line{run.everything()}")
        super().__init__(match)
        expect(self.counts["page-ins"] > frames, f"{self.command} hardly paged: {self.counts}")

    def expect_as(self, other):
        expect(self.check == other.check and self.operations == other.operations,
               f"{self.command} has check {self.check}, {other.command} {other.check}")
