"""The tutorial of policies, followed from its first step to the plot in a copy of the tree."""
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from guest_cases import SOURCE, Failure, main

PAGE = SOURCE / "docs" / "policy-tutorial.md"


def follow(tree, command):
    """What a command of the page prints, carried out in the tree."""
    result = subprocess.run(shlex.split(command), cwd=tree, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    if result.returncode != 0:
        raise Failure(f"{command}: status {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout.replace("\r", "")


def the(pattern, text, what):
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if match is None:
        raise Failure(f"{what}: nothing like {pattern} in\n{text}")
    return match


def command_of(page, beginning):
    return the(rf"^    ({beginning}[^\n]*)$", page, str(PAGE))[1]


def write_policy(tree, page):
    """Steps 1 to 5: the file, made from the template, and its line in the table."""
    copy = command_of(page, "cp ")
    follow(tree, copy)
    code = re.findall(r"^```c\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tree / copy.split()[-1]).write_text("\n".join(code))
    line = command_of(page, "&")
    table = tree / "pager" / "policy" / "policies.c"
    text = table.read_text()
    name = line.strip("&,")
    text = text.replace("extern const struct policy_ops ", f"extern const struct policy_ops {name}, ", 1)
    table.write_text(text.replace("    NULL,\n", f"    {line}\n    NULL,\n"))


def check_simulation(tree, page):
    printed = follow(tree, command_of(page, "scripts/quire sim"))
    shown = the(r"^```\n(policy .*?)^```$", page, str(PAGE))[1]
    if shown not in printed:
        raise Failure(f"the page shows\n{shown}\nbut it is\n{printed}")


def check_run(tree, page):
    printed = follow(tree, command_of(page, "scripts/quire run") + " --headless --timeout 200")
    the(r"^policy +my-sieve", printed, "the table of the run")
    if int(the(r"^  evictions, dirty +(\d+)", printed, "the table of the run")[1]) == 0:
        raise Failure(f"nothing was evicted:\n{printed}")
    for counter in ("victims refused", "victims the core had to pick"):
        if int(the(rf"{counter} +(\d+)", printed, "the table of the run")[1]) != 0:
            raise Failure(f"{counter}:\n{printed}")


def check_plot(tree, page):
    command = command_of(page, "scripts/quire plot")
    follow(tree, command)
    picture = (tree / command.split()[-1]).read_text()
    the("<svg.*my-sieve", picture, "the plot")


def case_the_tutorial_holds():
    """Who follows the tutorial gets what it shows: the policy, its misses, a run, a plot."""
    page = PAGE.read_text()
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "quire"
        shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("build", ".git"))
        write_policy(tree, page)
        check_simulation(tree, page)
        check_run(tree, page)
        check_plot(tree, page)


if __name__ == "__main__":
    sys.exit(main(globals()))
