"""quire sdk: installs what is needed to build and run programs outside this tree."""

from pathlib import Path

from . import tools
from .build_command import build
from .errors import QuireError
from .paths import SOURCE
from .sdk import Sdk

HELP = "install headers, libraries, CMake package and the system for programs of your own"
EPILOG = """Then, from anywhere:
  DIR/bin/quire cc prog.c -o prog && DIR/bin/quire run --program prog
  cmake -DCMAKE_TOOLCHAIN_FILE=DIR/lib/cmake/Quire/toolchain.cmake -DCMAKE_PREFIX_PATH=DIR ..."""


def add_arguments(parser):
    parser.add_argument("--prefix", metavar="DIR", help="where to (default: build/sdk)")
    parser.add_argument("--preset", default="debug", choices=("debug", "release"))


def run(options):
    prefix = Path(options.prefix).absolute() if options.prefix else SOURCE / "build" / "sdk"
    if prefix.exists() and not prefix.is_dir():
        raise QuireError(f"--prefix: {prefix} is not a directory")
    tree = build(options.preset)
    tools.run_quietly(["cmake", "--install", tree.directory, "--prefix", prefix],
                      "installing the SDK")
    if not Sdk(prefix).is_there():
        raise QuireError(f"the SDK did not get to {prefix}")
    print(f"quire: installed the SDK in {tree.relative(prefix)}")
    return 0
