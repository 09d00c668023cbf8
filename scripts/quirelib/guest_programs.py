"""Programs that the user brings along: --program FILE[=NAME] of `quire run`.

What the guest's loader would refuse is refused here, with a message that says what kind of
file it is.
"""

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from .errors import QuireError
from .pairs import split_pair

_NAME_MAX = 255
_ELF_HEADER = struct.Struct("<4sBBBB8xHHIQQQ")
_CLASS_64, _LITTLE_ENDIAN = 2, 1
_TYPE_RELOCATABLE, _TYPE_EXECUTABLE, _TYPE_SHARED = 1, 2, 3
_MACHINE_X86_64 = 62
_SEGMENT_INTERPRETER = 3
_HINT = "; programs for Quire are made with: quire cc prog.c -o prog"


@dataclass
class Program:
    path: Path
    name: str  # in the root directory of the guest's disk


def parse(texts):
    """The programs of the --program options, each looked at."""
    programs = []
    for text in texts:
        path, name = split_pair(text, "--program", "FILE=NAME") if "=" in text else (text, None)
        program = Program(Path(path), name or Path(path).name)
        _check_name(program.name)
        check_executable(program.path)
        if program.name in (other.name for other in programs):
            raise QuireError(f"--program: two programs are called {program.name}; "
                             "give one another name: FILE=NAME")
        programs.append(program)
    return programs


def _check_name(name):
    if "/" in name or any(character.isspace() for character in name):
        raise QuireError(f"--program: '{name}' cannot be the name of a program: "
                         "a command line is split at blanks, and programs lie in the root directory")
    if len(name.encode()) > _NAME_MAX:
        raise QuireError(f"--program: the name {name[:20]}... is longer than {_NAME_MAX} bytes")


def only_one(programs):
    """The program to run when there is no --cmd."""
    if len(programs) > 1:
        raise QuireError("--cmd is missing: which of "
                         + ", ".join(program.name for program in programs) + " is to run?")
    return programs[0].name


def check_command(options, programs):
    """The first word of --cmd must be a program that will be on the disk."""
    name = options.cmd.split()[0].strip("/")
    there = [program.name for program in programs]
    there += [split_pair(text, "--file", "HOST:GUEST")[1].strip("/") for text in options.file]
    if name not in there and not (options.root and Path(options.root, name).is_file()):
        raise QuireError(f"--cmd: there will be no program {name} on the disk; there are "
                         + ", ".join(there))


def make_root(directory, template, programs):
    """A directory with the programs, and what is in `template` if that is given."""
    if template:
        shutil.copytree(template, directory, symlinks=True)
    else:
        directory.mkdir()
    for program in programs:
        target = directory / program.name
        target.unlink(missing_ok=True)
        shutil.copyfile(program.path, target)
        target.chmod(0o755)
    return directory


def check_executable(path):
    """Raises QuireError unless Quire can load the file."""
    if not path.is_file():
        raise QuireError(f"--program: {path} is not a file")
    with open(path, "rb") as file:
        header = file.read(64)
        mistake = _mistake_in(header, file)
    if mistake:
        raise QuireError(f"--program: {path} {mistake}{_HINT}")


def _mistake_in(header, file):
    if len(header) < 64 or not header.startswith(b"\x7fELF"):
        return "is not an ELF executable"
    _, bits, order, _, _, kind, machine, _, _, segments_at, _ = _ELF_HEADER.unpack_from(header)
    if (bits, order, machine) != (_CLASS_64, _LITTLE_ENDIAN, _MACHINE_X86_64):
        return "is for another processor; Quire runs ELF64 x86-64"
    if kind == _TYPE_RELOCATABLE:
        return "is an object file, not a linked program"
    if kind == _TYPE_SHARED:
        return "is position-independent; Quire runs static executables"
    if kind != _TYPE_EXECUTABLE:
        return "is not an ELF executable"
    size, count = struct.unpack_from("<HH", header, 54)
    for index in range(count):
        file.seek(segments_at + index * size)
        if file.read(4) == struct.pack("<I", _SEGMENT_INTERPRETER):
            return "is dynamically linked; Quire runs static executables"
    return None
