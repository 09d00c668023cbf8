"""Runs one test of the guest suite in a machine of its own: check.py NAME.

Memory, swap disk and frame budget are those of its line in tests/suite/suite.txt; its disk
holds the program and the files of that line and nothing else. Two judge it: init, as in the
boot of the whole suite (output, paging, what the test left behind), and this script, which
compares the text between init's two lines with tests/suite/expected/NAME.expected. The build
tree is $QUIRE_BUILD.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))

from quirelib.errors import QuireError  # noqa: E402 (the path comes first)
from quirelib.expected_output import compare  # noqa: E402
from quirelib.suite import SUITE, parse_suite, source_and_name  # noqa: E402

# init keeps the test's own time-out; the machine's is later, for what goes wrong outside of it.
BOOT_SECONDS = 20


def make_root(test, build, root):
    """Puts the test's program, its files and what init wants into the directory `root`."""
    expected = f"{test.name}.expected"
    wanted = ["suite.txt", *([expected] if Path(build, "root", expected).exists() else [])]
    program = test.command.split()[0]
    # init copies the files from the root directory and gives them their names for the test.
    files = [source_and_name(file)[0] for file in test.files]
    for source in dict.fromkeys([program, *files, *wanted]):
        path = Path(build, "root", source)
        if not path.exists():
            raise QuireError(f"suite.txt: {test.name}: no file {source} was built")
        shutil.copyfile(path, Path(root, source))


def run_arguments(test, build, root):
    """The command that runs `test`."""
    words = [str(SOURCE / "scripts" / "quire"), "run", "--headless", "--build-dir", build,
             "--root", root, "--only", test.name, "--timeout", str(test.timeout + BOOT_SECONDS)]
    for option in ("swap", "mem"):
        value = getattr(test, option)
        if value is not None:
            words += [f"--{option}", str(value)]
    return words


def inits_fault(test, transcript, status):
    """What init found, None if nothing. A test that powers the machine off leaves it no say."""
    if status != 0:
        return f"init found a fault, or the run ended with status {status}"
    if "halt" not in test.check and f"ok 1 - {test.name}" not in transcript:
        return "init did not report the test"
    return None


def main(name):
    test = parse_suite((SUITE / "suite.txt").read_text())[name]
    expected = SUITE / "expected" / f"{name}.expected"
    try:
        build = os.environ["QUIRE_BUILD"]
        with tempfile.TemporaryDirectory() as root:
            make_root(test, build, root)
            result = subprocess.run(run_arguments(test, build, root), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        transcript = result.stdout.decode(errors="replace")
        # A message means that the run went wrong.
        fault = result.stderr.decode(errors="replace").strip() or compare(
            name, test.check, transcript, expected.read_text() if expected.exists() else None
        ) or inits_fault(test, transcript, result.returncode)
    except QuireError as error:
        fault, transcript = str(error), ""
    if fault is None:
        return 0
    print(fault)
    print("---- transcript\n" + transcript)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
