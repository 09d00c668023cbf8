"""quire cc: compiles and links C programs for Quire, anywhere, against an installed SDK."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import sdk, tools
from .cc_arguments import read_arguments
from .errors import QuireError

HELP = "compile programs of your own: quire cc [--pintos] [options] prog.c -o prog"
USAGE = """usage: quire cc [--pintos] [--sdk DIR] [compiler and linker options] FILE... [-o PROGRAM]

Compiles C (and assembly) and links static executables for Quire. Options are Clang's:
-c, -S, -E, -I, -D, -O2, -g, -std=, -W..., -MD, -L, -l, -Wl,... Objects and archives are
linked as they are.

  --pintos     for programs written for the user library of the Pintos course: its headers
               (<syscall.h>, <debug.h>, <random.h>, ...), -O0 and common definitions
  --sdk DIR    the SDK to compile against (default: $QUIRE_SDK; else this one's own)
  -v, -###     show the commands; show them and run nothing

Run a program: quire run --program PROGRAM [--cmd 'PROGRAM ARGS']
"""

_TARGET = "--target=x86_64-unknown-none-elf"
# Options of other compilers are no reason to complain about programs that are as they are.
_QUIET = "-Wno-unknown-warning-option"


def run_words(words):
    """The command with all that follows its name, as compilers take it."""
    if words in ([], ["-h"], ["--help"]):
        print(USAGE, end="")
        return 0 if words else 125
    arguments = read_arguments(words)
    if arguments.asks:
        return subprocess.run([tools.find("clang"), _TARGET, *arguments.asks]).returncode
    _check(arguments)
    return _Driver(arguments, sdk.find(arguments.sdk)).run()


def _check(arguments):
    files = [word for word in arguments.linker if not word.startswith("-")]
    if not arguments.sources and not files:
        raise QuireError("cc: there are no input files")
    for name in arguments.sources:
        if name != "-" and not Path(name).is_file():
            raise QuireError(f"cc: there is no file {name}")
    if arguments.stage != "link":
        if not arguments.sources:
            raise QuireError(f"cc: {arguments.stage}: there is nothing to compile")
        if arguments.output and len(arguments.sources) > 1:
            raise QuireError(f"cc: {arguments.stage} with -o takes one source file")


class _Driver:
    """Runs the commands of one call. Stops at the first that fails."""

    def __init__(self, arguments, kit):
        self._arguments = arguments
        self._kit = kit

    def run(self):
        arguments = self._arguments
        if arguments.stage != "link":
            output = ["-o", arguments.output] if arguments.output else []
            return self._do(self._compiler() + [*arguments.compiler, *arguments.sources, *output])
        with tempfile.TemporaryDirectory(prefix="quire-cc-") as directory:
            objects = []
            for number, source in enumerate(arguments.sources):
                objects.append(os.path.join(directory, f"{number}-{Path(source).stem}.o"))
                status = self._do(self._compiler() + self._dependency_file(source)
                                  + [*arguments.compiler, "-c", source, "-o", objects[-1]])
                if status != 0:
                    return status
            return self._do(self._linker(objects))

    def _compiler(self):
        kit, pintos = self._kit, self._arguments.pintos
        words = [tools.find("clang"), _TARGET, _QUIET, *kit.options("program")]
        words += kit.options("pintos") if pintos else []
        for directory in kit.include_directories(pintos):
            words += ["-isystem", directory]
        return words

    def _dependency_file(self, source):
        """-MD without -MF: beside the program, not beside the object that nobody sees."""
        given = self._arguments.compiler
        if not {"-MD", "-MMD"} & set(given) or "-MF" in given:
            return []
        output = self._arguments.output or "a.out"
        return ["-MF", str(Path(output).parent / (Path(source).stem + ".d")), "-MT", output]

    def _linker(self, objects):
        arguments, kit = self._arguments, self._kit
        words = [tools.find("ld.lld"), *kit.options("link")]
        if not arguments.own_script:
            words += ["-T", kit.linker_script]
        words += ["-o", arguments.output or "a.out"]
        # Programs of that course name their own library in place of the standard one, and
        # --pintos is that library.
        wanted = arguments.pintos and "-r" not in arguments.linker
        if wanted or not arguments.no_start:
            words.append(kit.start_object)
        words += ["--start-group", *objects, *arguments.linker]
        if wanted or not arguments.no_libraries:
            words.append(kit.library(arguments.pintos))
        return words + ["--end-group"]

    def _do(self, command):
        command = [str(word) for word in command]
        if self._arguments.verbose:
            print(" ".join(command), file=sys.stderr, flush=True)
        if self._arguments.show_only:
            return 0
        return subprocess.run(command).returncode
