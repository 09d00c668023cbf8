"""The simulator's executable: built when it is needed, from pager/simulator."""

import csv
import subprocess

from . import tools
from .errors import STATUS_SETUP, QuireError
from .paths import SOURCE, BuildTree


def add_build_argument(parser):
    parser.add_argument("--no-build", action="store_true",
                        help="take the simulator that was built last")


def program(no_build=False):
    """The path of quire-sim, brought up to date. Says nothing: results go to standard output."""
    path = BuildTree("host").directory / "pager" / "simulator" / "quire-sim"
    if no_build:
        if not path.exists():
            raise QuireError("the simulator is not built; leave --no-build out")
        return path
    tools.require("cmake", "ninja", "clang")
    for header, package in (("zlib.h", "zlib1g-dev"), ("zstd.h", "libzstd-dev")):
        tools.require_file(f"/usr/include/{header}", package)
    SOURCE.joinpath("build").mkdir(exist_ok=True)
    if not (BuildTree("host").directory / "build.ninja").exists():
        tools.run_quietly(["cmake", "--preset", "host"], "configuring host", cwd=SOURCE)
    tools.run_quietly(["cmake", "--build", "--preset", "host", "--target", "quire-sim"],
                      "building the simulator", cwd=SOURCE)
    return path


def run(path, *words):
    """Runs it for people. Returns its exit status in the terms of quire."""
    status = subprocess.run([path, *words]).returncode
    return STATUS_SETUP if status != 0 else 0


def output(path, *words):
    """Its standard output. Raises QuireError with its message."""
    result = subprocess.run([path, *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        message = result.stderr.strip().removeprefix("quire-sim: ")
        raise QuireError(message or f"quire-sim ended with status {result.returncode}")
    return result.stdout


def rows(path, *words):
    """Its results: a list of dicts, the columns of --csv."""
    return list(csv.DictReader(output(path, "--csv", "--quiet", *words).splitlines()))
