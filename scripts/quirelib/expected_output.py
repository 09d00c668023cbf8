"""Compares the transcript of one guest test with what is expected of it.

Kinds, of which several may hold together:

    strict          every line counts, `name: exit(code)` included
    no-exit         exit lines do not count
    no-fault-lines  lines in which the system describes a page fault do not count
    death           (name) begin first, a line `name: exit(-1)`, no (name) end; nothing else counts
    halt            (name) begin, and nothing after it

An expected file may hold several right outputs, separated by lines `-- or --`.
"""

import difflib
import re

from .errors import QuireError

KINDS = ("strict", "no-exit", "no-fault-lines", "death", "halt")
_ALTERNATIVE = "-- or --"
_EXIT_LINE = re.compile(r"^\S.*: exit\(-?\d+\)$")
_FAULT_LINE = re.compile(r"page fault|dying due to|killed:", re.IGNORECASE)
# init frames what belongs to a program with these. What stands before and behind is the
# system's: its banner, warnings about the machine or the command line.
_BEGINNING = re.compile(r"^Executing '.*':$")
_END = re.compile(r"^Execution of '.*' complete\.$")


def program_lines(transcript):
    """The lines of a run that are the program's, and those about it."""
    text = transcript.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in text.split("\n")]
    start = next((at + 1 for at, line in enumerate(lines) if _BEGINNING.match(line)), 0)
    end = next((at for at, line in enumerate(lines) if _END.match(line)), len(lines))
    lines = lines[start:end]
    # A program that powers the machine off leaves the frame open.
    while lines and not lines[-1]:
        lines.pop()
    return lines


def compare(name, kinds, transcript, expected):
    """None when the transcript is right, else a text that says what is wrong."""
    for kind in kinds:
        if kind not in KINDS:
            raise QuireError(f"{name}: no check '{kind}'; there are {', '.join(KINDS)}")
    lines = program_lines(transcript)
    if "death" in kinds:
        return _compare_death(name, lines)
    if "halt" in kinds:
        return None if lines == [f"({name}) begin"] else _shown("expected only `begin`; got", lines)
    if expected is None:
        return f"{name}.expected is missing"

    lines = _that_count(lines, kinds)
    alternatives = split_alternatives(expected)
    if any(lines == _that_count(alternative, kinds) for alternative in alternatives):
        return None
    closest = max(alternatives,
                  key=lambda wanted: difflib.SequenceMatcher(None, wanted, lines).ratio())
    return "\n".join(difflib.unified_diff(_that_count(closest, kinds), lines,
                                          "expected", "transcript", lineterm=""))


def split_alternatives(expected):
    """The outputs of an expected file, each a list of lines."""
    alternatives = [[]]
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == _ALTERNATIVE:
            alternatives.append([])
        else:
            alternatives[-1].append(line.rstrip())
    return alternatives


def _that_count(lines, kinds):
    if "no-exit" in kinds:
        lines = [line for line in lines if not _EXIT_LINE.match(line)]
    if "no-fault-lines" in kinds or "no-exit" in kinds:
        lines = [line for line in lines if not _FAULT_LINE.search(line)]
    return lines


def _compare_death(name, lines):
    if not lines or lines[0] != f"({name}) begin":
        return _shown(f"expected `({name}) begin` first; got", lines)
    if f"{name}: exit(-1)" not in lines:
        return _shown(f"expected a line `{name}: exit(-1)`; got", lines)
    if f"({name}) end" in lines:
        return _shown(f"the program went on to `({name}) end`", lines)
    return None


def _shown(what, lines):
    return "\n".join([what + ":", *("    " + line for line in lines[:40])])
