"""What the cases of tests/guest share: one run of the system, and a program of named cases.

A module of cases ends with `sys.exit(main(globals()))`. Called with --list it prints their
names, with a name it runs that one. Each function whose name begins with case_ is a case; the
first line of its documentation is what it promises. The build tree is $QUIRE_BUILD.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
QUIRE = str(SOURCE / "scripts" / "quire")
BUILD = Path(os.environ.get("QUIRE_BUILD", SOURCE / "build" / "debug"))
# A program of the suite that is quickly done, and the line that only it prints.
PROGRAM = "args-single onearg"
PROGRAM_LINE = r"^args-single: exit\(0\)$"


class Failure(Exception):
    pass


class Run:
    """One `quire run`: status, transcript and messages."""

    def __init__(self, *words, timeout=60):
        command = [QUIRE, "run", "--headless", "--build-dir", str(BUILD),
                   "--timeout", str(timeout), *words]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        self.status = result.returncode
        self.transcript = result.stdout.decode(errors="replace").replace("\r", "")
        self.messages = result.stderr.decode(errors="replace")

    def expect_status(self, status):
        if self.status != status:
            raise Failure(f"status {self.status}, expected {status}{self.everything()}")
        return self

    def expect_text(self, pattern):
        if not re.search(pattern, self.transcript, re.MULTILINE):
            raise Failure(f"the transcript has no line like {pattern}{self.everything()}")
        return self

    def expect_message(self, pattern):
        if not re.search(pattern, self.messages):
            raise Failure(f"no message like {pattern}{self.everything()}")
        return self

    def everything(self):
        return f"\n---- messages\n{self.messages}\n---- transcript\n{self.transcript}"


def main(names):
    """Runs the case that the command line names, out of a module's globals()."""
    cases = {name.removeprefix("case_").replace("_", "-"): function
             for name, function in names.items() if name.startswith("case_")}
    if sys.argv[1] == "--list":
        print("\n".join(cases))
        return 0
    case = cases[sys.argv[1]]
    try:
        case()
    except Failure as failure:
        print(f"not so: {case.__doc__.splitlines()[0]}\n{failure}")
        return 1
    return 0
