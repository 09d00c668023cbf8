"""quire test: builds the host and the debug preset and runs every test of both."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from . import tools
from .build_command import build
from .errors import QuireError
from .iso_command import make_product_iso
from .paths import SOURCE
from .suite_report import write_tree

HELP = "build everything and run all tests"
EPILOG = """The last line is `N passed, N failed`; the exit status is 0 only if every test passed.
JUnit reports: build/test-host.xml and build/test-debug.xml."""

_PRESETS = ("host", "debug")
# Each guest is a process that uses a whole processor, and its time-out is for that.
_MOST_AT_ONCE = 2


def add_arguments(parser):
    parser.add_argument("-R", "--regex", metavar="REGEX", help="only tests whose names match")
    parser.add_argument("-j", "--jobs", type=int, metavar="N",
                        default=min(_MOST_AT_ONCE, os.cpu_count() or 1),
                        help="tests at a time (default: %(default)s)")
    parser.add_argument("--preset", choices=_PRESETS, action="append",
                        help="only the tests of this preset")
    parser.add_argument("--junit", metavar="FILE", help="write all results there as JUnit XML")


def run(options):
    if options.junit and not Path(options.junit).absolute().parent.is_dir():
        raise QuireError(f"--junit {options.junit}: there is no such directory")
    passed = failed = 0
    failures = []
    presets = options.preset or _PRESETS
    # All builds come first: the checks of the sources among the host tests read the debug build.
    trees = {preset: build(preset) for preset in presets}
    for preset, tree in trees.items():
        if preset != "host" and (tree.boot / "kernel").exists():
            make_product_iso(tree)
        report = report_of(preset)
        report.unlink(missing_ok=True)
        command = [tools.find("ctest"), "--preset", preset, "-j", str(max(1, options.jobs)),
                   "--output-junit", str(report), "--no-tests=ignore"]
        if options.regex:
            command += ["-R", options.regex]
        print(f"quire: running the tests of {tree.relative(tree.directory)}", flush=True)
        subprocess.run(command, cwd=SOURCE)
        good, bad = count(report)
        passed += good
        failed += len(bad)
        failures += bad
    if options.junit:
        join_reports(options.junit, [report_of(preset) for preset in presets])
    if passed + failed == 0:
        raise QuireError("no test matches" if options.regex else "there are no tests")
    for name in failures:
        print(f"failed: {name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


def report_of(preset):
    return SOURCE / "build" / f"test-{preset}.xml"


def join_reports(path, reports):
    """One JUnit file of several of ctest's, each of which has one suite."""
    root = ElementTree.Element("testsuites")
    for report in filter(Path.exists, reports):
        root.append(ElementTree.parse(report).getroot())
    write_tree(path, root)


def count(report):
    """(number passed, names of the failed) in a JUnit file of ctest.

    A test that did not run (its program is missing) has not passed.
    """
    if not report.exists():
        return 0, []
    passed, failed = 0, []
    for case in ElementTree.parse(report).iter("testcase"):
        if case.get("status") == "run":
            passed += 1
        elif case.get("status") != "disabled":
            failed.append(case.get("name"))
    return passed, failed
