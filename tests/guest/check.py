"""Runs one test of the guest suite in a machine of its own: check.py NAME.

Its swap disk and its frame budget are those of its line in tests/suite/suite.txt; its disk
holds the program and the files of that line, and nothing else;
its text must be what tests/suite/expected/NAME.expected says. The build tree is $QUIRE_BUILD.
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


def make_root(test, build, root):
    """Puts the test's program and files into the directory `root`."""
    program = test.command.split()[0]
    for source, name in [(program, program), *map(source_and_name, test.files)]:
        path = Path(build, "root", source)
        if not path.exists():
            raise QuireError(f"suite.txt: {test.name}: no file {source} was built")
        shutil.copyfile(path, Path(root, name))


def run_arguments(test, build, root):
    """The command that runs `test`."""
    words = [str(SOURCE / "scripts" / "quire"), "run", "--headless", "--build-dir", build,
             "--root", root, "--cmd", test.command, "--timeout", str(test.timeout)]
    for option in ("frames", "swap", "mem"):
        value = getattr(test, option)
        if value is not None:
            words += [f"--{option}", str(value)]
    return words


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
        # The program's status is in its exit line; a message means that the run went wrong.
        fault = result.stderr.decode(errors="replace").strip() or compare(
            name, test.check, transcript, expected.read_text() if expected.exists() else None)
    except QuireError as error:
        fault, transcript = str(error), ""
    if fault is None:
        return 0
    print(fault)
    print("---- transcript\n" + transcript)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
