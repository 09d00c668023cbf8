"""The results in a run's transcript, as JUnit XML.

init prints a line a test (user/init/suite_report.c):

    ok 3 - NAME # time=12ms
    not ok 4 - NAME # time=5ms, it did not page

The text before such a line is the test's own; a block `  ---` to `  ...` behind it belongs
to it too.
"""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

_RESULT = re.compile(r"^(not )?ok \d+ - (\S+)(?: # time=(\d+)ms(?:, (.*))?)?$")
_PLAN = re.compile(r"^1\.\.\d+$")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


@dataclass
class Case:
    """One run of one test. `failure` is None if it passed."""

    name: str
    seconds: float = 0
    failure: str | None = None
    error: bool = False  # there is no result: the run ended first
    output: list = field(default_factory=list)


def parse_results(transcript):
    """([Case], whether the suite came to its end)."""
    cases, output, finished, in_block = [], [], False, False
    for line in transcript.replace("\r", "").split("\n"):
        if in_block:
            in_block = line != "  ..."
            cases[-1].output.append(line)
        elif match := _RESULT.match(line):
            failure = (match[4] or "failed") if match[1] else None
            cases.append(Case(match[2], int(match[3] or 0) / 1000, failure, output=output))
            output = []
        elif line == "  ---" and cases:
            in_block = True
            cases[-1].output.append(line)
        elif _PLAN.match(line):
            finished = True
        elif line:
            output.append(line)
    if not finished and output:
        cases.append(Case("run", failure="the run ended first", error=True, output=output))
    return cases, finished


def suite_cases(transcript, outcome):
    """The cases of a run of the suite; how it ended is a case of its own when it ended badly."""
    cases, finished = parse_results(transcript)
    if not finished:
        if not cases or not cases[-1].error:
            cases.append(Case("run", error=True))
        cases[-1].failure = outcome.message or "the suite did not come to its end"
    return cases


def command_case(command, transcript, outcome, seconds):
    """The only case of a run of one program: it passes with status 0."""
    failure = outcome.message or (f"status {outcome.status}" if outcome.status else None)
    return Case(command, seconds, failure, outcome.message is not None,
                transcript.replace("\r", "").split("\n"))


def write_junit(path, suites):
    """Writes {suite's name: [Case]} as JUnit XML."""
    root = ElementTree.Element("testsuites")
    for suite, cases in suites.items():
        element = ElementTree.SubElement(
            root, "testsuite", name=suite, tests=str(len(cases)),
            failures=str(sum(case.failure is not None and not case.error for case in cases)),
            errors=str(sum(case.error for case in cases)), skipped="0",
            time=f"{sum(case.seconds for case in cases):.3f}")
        for case in cases:
            _add_case(element, suite, case)
    write_tree(path, root)


def write_tree(path, root):
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_case(parent, suite, case):
    element = ElementTree.SubElement(parent, "testcase", classname=suite, name=_clean(case.name),
                                     time=f"{case.seconds:.3f}")
    text = _clean("\n".join(case.output))
    if case.failure is not None:
        kind = "error" if case.error else "failure"
        ElementTree.SubElement(element, kind, message=_clean(case.failure)).text = text
    if text:
        ElementTree.SubElement(element, "system-out").text = text


def _clean(text):
    """Without the characters that XML cannot carry."""
    return _NOT_XML.sub("\ufffd", text)
