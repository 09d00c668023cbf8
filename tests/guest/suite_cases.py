"""Tests of how the suite runs in one boot and what is told of it; see guest_cases.py."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from guest_cases import BUILD, SOURCE, Failure, Run, main

sys.path.insert(0, str(SOURCE / "scripts"))

from quirelib.disk_image import make_disk_image  # noqa: E402 (the path comes first)
from quirelib.tools import search_path  # noqa: E402


def case_suite_in_a_random_order():
    """The whole suite passes in an order that nobody chose, and says how to have it again."""
    Run("--shuffle", timeout=600).expect_status(0).expect_text(
        r"^# shuffle=\d+$").expect_text(r"^[1-9]\d* passed, 0 failed$")


def case_suite_again_and_again():
    """Rounds of tests in one boot pass like the first, each in an order of its own."""
    names = "swap-file,fork-read,mmap-exit,page-shuffle,rox-child,syn-write,exec-missing"
    run = Run("--only", names, "--shuffle", "1", "--repeat", "4", timeout=600).expect_status(0)
    run.expect_text(r"^# shuffle=4$").expect_text(r"^28 passed, 0 failed$")
    orders = run.transcript.split("# shuffle=")[1:]
    if len({tuple(re.findall(r"^ok \d+ - (\S+)", text, re.MULTILINE)) for text in orders}) < 2:
        raise Failure("the rounds were all in the same order" + run.everything())


def case_a_seed_gives_its_order_again():
    """The same seed gives the same order in another boot."""
    runs = [Run("--only", "exit,args-none,bad-read,create-null", "--shuffle", "5", "--tap")
            for _ in range(2)]
    orders = [re.findall(r"^ok \d+ - (\S+)", run.transcript, re.MULTILINE) for run in runs]
    if len(orders[0]) != 4 or orders[0] != orders[1]:
        raise Failure(f"{orders[0]} and {orders[1]}{runs[0].everything()}")


def case_a_failure_stops_the_rounds():
    """--repeat ends with the test that failed; TAP and JUnit say why and show its text."""
    with tempfile.TemporaryDirectory() as directory:
        root, junit = Path(directory, "root"), Path(directory, "junit.xml")
        root.mkdir()
        for name in ("exit", "args-none"):
            shutil.copyfile(BUILD / "root" / name, root / name)
        (root / "suite.txt").write_text("args-none | args-none | frames=64\nexit | exit | frames=64\n")
        (root / "args-none.expected").write_text((BUILD / "root" / "args-none.expected").read_text())
        (root / "exit.expected").write_text("something else\n")
        run = Run("--root", str(root), "--repeat", "9", "--tap", "--junit", str(junit))
        run.expect_status(1).expect_text(r"\ATAP version 13$").expect_text(
            r"^not ok 2 - exit # time=\d+ms, its output is not as expected$").expect_text(
            r"^    exit: exit\(57\)$").expect_text(r"^# 1 passed, 1 failed$")
        if re.search(r"^\(", run.transcript, re.MULTILINE):
            raise Failure("a program's text is in the TAP stream" + run.everything())
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        if (suite.get("tests"), suite.get("failures")) != ("2", "1"):
            raise Failure("JUnit: " + junit.read_text())


def case_the_transcript_is_exact():
    """Between the two lines of a program stands what it wrote, its exit line, and nothing else."""
    for command, lines in (("exit", ["(exit) begin", "exit: exit(57)"]),
                           ("bad-read", ["(bad-read) begin", "bad-read: exit(-1)"])):
        run = Run("--cmd", command)
        wanted = "\n".join([f"Executing '{command}':", *lines, f"Execution of '{command}' complete.\n"])
        if wanted not in run.transcript:
            raise Failure(f"not in the transcript:\n{wanted}{run.everything()}")


def case_damage_on_the_disk_is_found():
    """After a run that ended in order e2fsck looks at the disk, and what it finds is the status."""
    with tempfile.TemporaryDirectory() as directory:
        image = Path(directory, "disk")
        make_disk_image(image, directory, size_bytes=4 << 20)
        words = ("--module", f"kernel={BUILD / 'boot-probe'}", "--cmd", "@x", "--image", str(image))
        Run(*words).expect_status(7)
        subprocess.run(["debugfs", "-w", "-R", "clri <2>", str(image)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**os.environ, "PATH": search_path()})
        Run(*words).expect_status(123).expect_message("e2fsck")


if __name__ == "__main__":
    sys.exit(main(globals()))
