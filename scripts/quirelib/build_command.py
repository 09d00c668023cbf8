"""quire build: configures and builds one preset."""

import os
import subprocess

from . import tools
from .errors import QuireError
from .paths import INSTALLED, SOURCE, BuildTree

HELP = "build the kernel, the servers and the programs"


def add_arguments(parser):
    parser.add_argument("--preset", default="debug", choices=("debug", "release", "host"),
                        help="what to build (default: debug; host: the host unit tests)")
    parser.add_argument("--verbose", action="store_true", help="show every command")


def run(options):
    build(options.preset, options.verbose)
    return 0


def build(preset, verbose=False, messages=None):
    """Brings build/PRESET up to date. Returns its BuildTree; an installed SDK's is as it is.

    Messages go to the file `messages` (standard output).
    """
    if INSTALLED:
        return BuildTree(preset)
    tools.require("cmake", "ninja", "clang", *(() if preset == "host" else
                                               ("ld.lld", "nasm", "llvm-ar", "llvm-objcopy")))
    if preset == "host":
        tools.require_file("/usr/include/cmocka.h", "libcmocka-dev")
    tree = BuildTree(preset)
    SOURCE.joinpath("build").mkdir(exist_ok=True)
    tools.check_space(SOURCE / "build", 64 << 20, "the build")
    print(f"quire: building {tree.relative(tree.directory)}", file=messages, flush=True)
    if not (tree.directory / "build.ninja").exists():
        tools.run_quietly(["cmake", "--preset", preset], f"configuring {preset}", cwd=SOURCE)
    command = [tools.find("cmake"), "--build", "--preset", preset]
    if verbose:
        result = subprocess.run([*command, "--verbose"], cwd=SOURCE, stdout=messages)
    else:
        # Ninja's progress line is for people; a log gets only what went wrong.
        result = subprocess.run([*command, "--", "--quiet"], cwd=SOURCE, stdout=messages,
                                env={**os.environ, "NINJA_STATUS": "quire: [%f/%t] "})
    if result.returncode != 0:
        raise QuireError(f"the build of {preset} failed; see the messages above")
    return tree
