"""The list of the guest suite's tests, tests/suite/suite.txt, one test a line:

    name | command line | frames=N | swap=SIZE | mem=SIZE | timeout=S | files=a,b | check=KIND | pages=yes

The fields after the command line may be missing or in any order; `#` begins a comment line.
A file is one of the disk's root directory, SOURCE:NAME one that the test finds under
another name. check is one of the kinds of expected_output.py, or several with commas.
`pages=yes`: a test that did not page has failed; init checks that.
"""

from dataclasses import dataclass, field

from .errors import QuireError
from .paths import SOURCE

SUITE = SOURCE / "tests" / "suite"
_FIELDS = ("frames", "swap", "mem", "timeout", "files", "check", "pages")


@dataclass
class SuiteTest:
    name: str
    command: str
    frames: int | None = None
    swap: str | None = None
    mem: str | None = None
    timeout: int = 60
    files: list = field(default_factory=list)
    check: tuple = ("strict",)
    pages: bool = False


def parse_suite(text):
    """{name: SuiteTest} in the order of the lines. Raises QuireError with the line number."""
    tests = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        test = _parse_line(line, number)
        if test.name in tests:
            raise QuireError(f"suite.txt:{number}: a second test '{test.name}'")
        tests[test.name] = test
    return tests


def _parse_line(line, number):
    parts = line.split("|")
    if len(parts) < 2 or not parts[0].strip() or not parts[1].strip():
        raise QuireError(f"suite.txt:{number}: a line begins with `name | command line`")
    # Blanks inside the command line are the test's business, those at its ends are not.
    test = SuiteTest(parts[0].strip(), parts[1].strip())
    for part in filter(None, map(str.strip, parts[2:])):
        key, separator, value = part.partition("=")
        if key not in _FIELDS or not separator:
            raise QuireError(f"suite.txt:{number}: unknown field '{part}'")
        if key in ("frames", "timeout"):
            if not value.isdigit():
                raise QuireError(f"suite.txt:{number}: {key} is a number, not '{value}'")
            setattr(test, key, int(value))
        elif key == "files":
            test.files = [name.strip() for name in value.split(",") if name.strip() not in ("", "-")]
        elif key == "pages":
            test.pages = value == "yes"
        elif key == "check":
            test.check = tuple(kind.strip() for kind in value.split(","))
        else:
            setattr(test, key, value)
    return test


def source_and_name(file):
    """(file of the root directory, its name for the test) of an entry of `files`."""
    source, separator, name = file.partition(":")
    return source, name if separator else source
