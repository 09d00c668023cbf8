"""Reading a compiler's command line: what goes to the compiler, what to the linker.

Clang's own driver would call the host's linker for this target, so `quire cc` decides
itself, by the rules that cc(1) users know.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from .errors import QuireError

_COMPILER_VALUES = {
    "-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-MF", "-MT",
    "-MQ", "-x", "-Xclang", "-Xpreprocessor", "-Xassembler", "-mllvm", "--param", "-arch",
}
_LINKER_VALUES = {"-L", "-l", "-T", "-z", "-u", "-e"}
_LINKER_PREFIXES = ("-L", "-l", "-T", "-z")
_SOURCES = {".c", ".h", ".i", ".s", ".S"}
_FOREIGN_SOURCES = {".cc", ".cpp", ".cxx", ".C", ".m", ".f", ".rs", ".go"}
# Everything that stops before linking, and is the compiler's business alone.
_NO_LINKING = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"}
# True of every program here, or about a library that is always there.
_NO_OPTIONS = {"-static", "-no-pie", "-nopie", "-pthread", "-lpthread", "-lc", "-rdynamic"}
_IMPOSSIBLE = {"-shared", "-pie", "-static-pie", "-m32", "-mx32", "-m16"}


@dataclass
class Arguments:
    """A command line, taken apart. Paths and options are as they were given, in their order."""

    sources: list = field(default_factory=list)
    compiler: list = field(default_factory=list)
    linker: list = field(default_factory=list)  # options and input files
    output: str | None = None
    stage: str = "link"  # or the option that stops earlier
    pintos: bool = False
    sdk: str | None = None
    verbose: bool = False
    show_only: bool = False
    no_start: bool = False
    no_libraries: bool = False
    own_script: bool = False
    asks: list = field(default_factory=list)  # --version and the like, for the compiler


def read_arguments(words):
    """Takes `words` apart. Raises QuireError on what cannot be."""
    arguments = Arguments()
    words = _Words(words)
    while (word := words.next()) is not None:
        _read(word, words, arguments)
    return arguments


class _Words:
    """The words still to be read. @FILE stands for the words of a file."""

    def __init__(self, words):
        self._left = list(reversed(words))

    def next(self):
        if not self._left:
            return None
        word = self._left.pop()
        if word.startswith("@") and Path(word[1:]).is_file():
            self._left += reversed(shlex.split(Path(word[1:]).read_text()))
            return self.next()
        return word

    def value_of(self, option):
        value = self.next()
        if value is None:
            raise QuireError(f"cc: {option} needs a value")
        return value


def _read(word, words, arguments):
    if word in _IMPOSSIBLE:
        raise QuireError(f"cc: {word}: programs for Quire are static 64-bit executables")
    if word == "-o":
        arguments.output = words.value_of(word)
    elif word.startswith("-o") and not word.startswith("-objc"):
        arguments.output = word[2:]
    elif word in _NO_LINKING:
        arguments.stage = word
        arguments.compiler.append(word)
    elif word in _NO_OPTIONS or word.startswith("-fuse-ld="):
        pass
    elif _read_own(word, words, arguments):
        pass
    elif _read_for_linker(word, words, arguments):
        pass
    elif word in _COMPILER_VALUES:
        arguments.compiler += [word, words.value_of(word)]
    elif word.startswith("-") and word != "-":
        arguments.compiler.append(word)
    elif Path(word).suffix in _FOREIGN_SOURCES:
        raise QuireError(f"cc: {word}: only C and assembly can be compiled")
    elif word == "-" or Path(word).suffix in _SOURCES or "-x" in arguments.compiler:
        arguments.sources.append(word)
    else:
        arguments.linker.append(word)


def _read_own(word, words, arguments):
    """Options about `quire cc` itself."""
    if word == "--pintos":
        arguments.pintos = True
    elif word == "--sdk":
        arguments.sdk = words.value_of(word)
    elif word.startswith("--sdk="):
        arguments.sdk = word.removeprefix("--sdk=")
    elif word in ("-v", "-###"):
        arguments.verbose = True
        arguments.show_only = word == "-###"
    elif word in ("--version", "-dumpversion", "-dumpmachine") or word.startswith("-print-"):
        arguments.asks.append(word)
    else:
        return False
    return True


def _read_for_linker(word, words, arguments):
    if word in ("-nostdlib", "-nostartfiles"):
        arguments.no_start = True
        arguments.no_libraries |= word == "-nostdlib"
    elif word == "-nodefaultlibs":
        arguments.no_libraries = True
    elif word.startswith("-Wl,"):
        arguments.linker += word.split(",")[1:]
    elif word == "-Xlinker":
        arguments.linker.append(words.value_of(word))
    elif word == "-s":
        arguments.linker.append("--strip-all")
    elif word == "-r":
        arguments.linker.append(word)
        arguments.no_start = arguments.no_libraries = arguments.own_script = True
    elif word in _LINKER_VALUES:
        arguments.own_script |= word == "-T"
        arguments.linker += [word, words.value_of(word)]
    elif word.startswith(_LINKER_PREFIXES):
        arguments.own_script |= word.startswith("-T")
        arguments.linker.append(word)
    else:
        return False
    return True
