"""The boots that quire bench makes, and the rows that come out of them."""

import argparse
import re
import resource
import time

from . import profile_command, run_command
from .errors import QuireError
from .suite import SUITE, parse_suite

_ROW = re.compile(r"^row (\S+) +(\d+)(?: +(\d+) +(\d+))?\s*$", re.MULTILINE)
_RATE = re.compile(r"^rate (\S+)" + r" +(\d+)" * 6 + r"\s*$", re.MULTILINE)


class Bench:
    """Boots the tree's release system as often as needed."""

    def __init__(self, tree, progress):
        self.tree = tree
        self.progress = progress

    def kernel_rows(self):
        """The kernel alone, with its cost test in the pager's place."""
        costs = self.tree.directory / "kernel-tests" / "first_task_costs.elf"
        # Status 1: a cost is over that test's own limit, which is for its ctest case to say.
        return rows_of(self._text("the kernel alone", "--module", f"pager={costs}",
                                  "--swap", "0", "--icount", accept=(0, 1)))

    def rows(self, command, *words, suffix=""):
        """The rows that `bench ...` prints under instruction counting."""
        rows = rows_of(self._text(command, "--cmd", command, "--icount", *words))
        for row in rows:
            row["row"] += suffix
        return rows

    def rates(self, command, *words):
        """{name: the numbers of its line (user/bench/swap_rows.c)} of `bench ...`, plain TCG."""
        text = self._text(command, "--cmd", command, *words)
        return {name: tuple(map(int, numbers)) for name, *numbers in _RATE.findall(text)}

    def profile(self, command, within, *words, disk=False):
        """The Profile of `command` while `within` had not returned (None: of the whole run).

        disk: it waits for the disk. Time that counts instructions flies while all wait, and
        the timers with it; so that gets the real clock.
        """
        return self._profile(command, not disk, "--cmd", command, *words,
                             *(("--within", within) if within else ()))

    def seconds(self, *words):
        """(wall, processor) seconds of a boot under plain TCG, images and checks included.

        The second is what the first is on a machine that does nothing else.
        """
        wall, used = time.monotonic(), _children_seconds()
        self._text(" ".join(words), *words)
        return time.monotonic() - wall, _children_seconds() - used

    def metadata_bytes(self):
        """What the pager keeps about each frame."""
        text = self._text("memory", "--cmd", "memory")
        return int(re.search(r"^metadata bytes a frame +(\d+)$", text, re.MULTILINE)[1])

    def suite_profile(self, name):
        """The Profile of a test of the suite, from its main() to its end."""
        test = parse_suite((SUITE / "suite.txt").read_text())[name]
        machine = [word for option in ("swap", "mem") if (value := getattr(test, option))
                   for word in (f"--{option}", value)]
        return self._profile(name, False, "--only", name, "--within", f"{name}:main", *machine)

    def _profile(self, what, icount, *words):
        self.progress(f"profile of {what}")
        options = self._options(profile_command, *words)
        options.icount = icount
        status, profile, _ = profile_command.profiled_boot(options, lambda data: None)
        if status != 0:
            raise QuireError(f"{what} failed (status {status})")
        return profile

    def _options(self, command_module, *words):
        parser = argparse.ArgumentParser()
        command_module.add_arguments(parser)
        return parser.parse_args([*words, "--headless", "--build-dir", str(self.tree.directory)])

    def _text(self, what, *words, accept=(0,)):
        self.progress(what)
        status, transcript = run_command.boot(self._options(run_command, *words),
                                              lambda data: None)
        text = transcript.decode(errors="replace").replace("\r", "")
        if status not in accept:
            raise QuireError(f"{what} failed (status {status}):\n{text}")
        return text


def _children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rows_of(text):
    """The rows in a transcript, as dictionaries."""
    rows = []
    for name, median, minimum, mean in _ROW.findall(text):
        row = {"row": name, "instructions": int(median)}
        if minimum:
            row |= {"minimum": int(minimum), "mean": int(mean)}
        rows.append(row)
    return rows


def stages(profile, row, operations):
    """A fault's cost in parts, from a profile of `operations` faults.

    Exception to the pager's first instruction; the pager, without zeroing and copying; these;
    from the pager's reply to the program's next instruction.
    """
    parts = dict.fromkeys(("exception", "pager", "zero_and_copy", "reply", "others"), 0)
    for path, (instructions, _) in profile.paths.items():
        if path[0] == "pager":
            moving = path[-1] in ("memset", "memcpy")
            parts["zero_and_copy" if moving else "pager"] += instructions
        elif path[0] == "kernel":
            by_call = len(path) > 1 and path[1].startswith("syscall")
            parts["reply" if by_call else "exception"] += instructions
        else:
            parts["others"] += instructions
    return [{"row": f"{row}.{part}", "instructions": round(count / operations)}
            for part, count in parts.items()]
