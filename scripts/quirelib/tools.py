"""The programs that scripts/quire runs, and what to install when one is missing."""

import os
import shutil
import subprocess

from .errors import QuireError

# Program: the Debian package that has it (all of them are in scripts/packages.txt).
PACKAGES = {
    "clang": "clang",
    "ld.lld": "lld",
    "llvm-ar": "llvm",
    "llvm-objcopy": "llvm",
    "nasm": "nasm",
    "cmake": "cmake",
    "ctest": "cmake",
    "ninja": "ninja-build",
    "grub-mkrescue": "grub-common",
    "xorriso": "xorriso",
    "mformat": "mtools",
    "mke2fs": "e2fsprogs",
    "e2fsck": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "qemu-system-x86_64": "qemu-system-x86",
    "clang-format": "clang-format",
    "clang-tidy": "clang-tidy",
    "cppcheck": "cppcheck",
    "gnuplot": "gnuplot-nox",
    "snakemake": "snakemake",
}


def search_path():
    """PATH, with the directories of the system tools that Debian leaves out for users."""
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def find(program):
    """The path of `program`. Raises QuireError naming it and its package."""
    path = shutil.which(program, path=search_path())
    if path is None:
        package = PACKAGES.get(program, program)
        raise QuireError(
            f"{program} is missing: install the package {package} (scripts/setup installs all)"
        )
    return path


def require(*programs):
    """Checks that all of `programs` are there, and names every one that is not."""
    missing = [name for name in programs if shutil.which(name, path=search_path()) is None]
    if missing:
        packages = " ".join(sorted({PACKAGES.get(name, name) for name in missing}))
        raise QuireError(
            f"missing: {', '.join(missing)}. Install: {packages} (scripts/setup installs all)"
        )


def require_file(path, package):
    """Checks that a file of a package is there."""
    if not os.path.exists(path):
        raise QuireError(f"{path} is missing: install the package {package}")
    return path


def run_quietly(arguments, what, accept=(0,), **options):
    """Runs a tool whose output matters only when it fails. Returns its standard output."""
    command = [find(arguments[0]), *map(str, arguments[1:])]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        stdin=subprocess.DEVNULL, **options,
    )
    if result.returncode not in accept:
        raise QuireError(f"{what} failed ({arguments[0]}, status {result.returncode}):\n"
                         + _last_lines(result.stdout, 15))
    return result.stdout


def check_space(directory, needed_bytes, what):
    """Fails with a plain message, before a tool fails with its own, when the disk is full."""
    free = shutil.disk_usage(directory).free
    if free < needed_bytes:
        raise QuireError(f"disk full: {what} needs {needed_bytes >> 20} MiB in {directory}, "
                         f"{free >> 20} MiB are free")


def _last_lines(text, count):
    return "\n".join("    " + line for line in text.rstrip().splitlines()[-count:])
