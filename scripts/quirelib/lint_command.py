"""quire lint: clang-format, clang-tidy and cppcheck over the sources, as CI runs them."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import tools
from .build_command import build
from .errors import QuireError
from .paths import SOURCE, BuildTree

HELP = "check the sources with clang-format, clang-tidy and cppcheck"
_CHECKS = ("format", "tidy", "cppcheck")
_SOURCES = (".c", ".h")
_HOST_PROGRAMS = "pager/simulator/"


def add_arguments(parser):
    parser.add_argument("checks", nargs="*", metavar="CHECK",
                        help=f"any of {', '.join(_CHECKS)} (default: all)")
    parser.add_argument("--no-build", action="store_true",
                        help="take the compile_commands.json of the last build")
    parser.add_argument("--fix", action="store_true", help="let clang-format mend what it finds")


def run(options):
    checks = options.checks or list(_CHECKS)
    for name in checks:
        if name not in _CHECKS:
            raise QuireError(f"lint: no check '{name}'; there are {', '.join(_CHECKS)}")
    if not options.no_build and checks != ["format"]:
        build("debug")
    findings = 0
    for name in checks:
        found = {"format": lambda: _format(options.fix), "tidy": _tidy, "cppcheck": _cppcheck}[name]()
        print(f"quire: {name}: {'clean' if found == 0 else f'{found} of the files have findings'}",
              flush=True)
        findings += found
    return 0 if findings == 0 else 1


def source_files():
    """The C files of the tree: what git knows or would add, else all but build trees."""
    result = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=SOURCE,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if result.returncode == 0:
        names = result.stdout.splitlines()
    else:
        names = []
        for parent, directories, files in os.walk(SOURCE):
            directories[:] = [name for name in directories if name not in ("build", ".git")]
            names += [os.path.relpath(os.path.join(parent, name), SOURCE) for name in files]
    return sorted(name for name in names if name.endswith(_SOURCES) and (SOURCE / name).exists())


def compiled_files():
    """{source: build directory} for sources of this tree: the debug build's, and the programs for
    the build machine if the host build is there.

    A source compiled into several targets is there once.
    """
    if not (BuildTree("debug").directory / "compile_commands.json").exists():
        raise QuireError("there is no build/debug/compile_commands.json; run: scripts/quire build")
    host = {name: directory for name, directory in _compiled_in("host").items()
            if name.startswith(_HOST_PROGRAMS)}
    return host | _compiled_in("debug")


def _compiled_in(preset):
    directory = BuildTree(preset).directory
    path = directory / "compile_commands.json"
    names = [os.path.relpath(entry["file"], SOURCE)
             for entry in (json.loads(path.read_text()) if path.exists() else [])]
    return {name: directory for name in names
            if name.endswith(".c") and not name.startswith(("..", "build"))}


def _format(fix):
    clang_format = tools.find("clang-format")
    mode = ["-i"] if fix else ["--dry-run", "-Werror"]
    names = source_files()
    bad = 0
    for start in range(0, len(names), 50):
        batch = names[start:start + 50]
        if subprocess.run([clang_format, *mode, *batch], cwd=SOURCE).returncode != 0:
            bad += 1
    return bad


def _tidy():
    clang_tidy = tools.find("clang-tidy")
    files = compiled_files()

    def check(name):
        result = subprocess.run(
            [clang_tidy, "--quiet", "-p", str(files[name]), name], cwd=SOURCE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return result.returncode, result.stdout + (result.stderr if result.returncode else "")

    # The suite's programs provoke on purpose what clang-tidy looks for.
    names = [name for name in sorted(files) if not name.startswith("tests/suite/")]
    bad = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        for status, text in workers.map(check, names):
            if status != 0:
                bad += 1
                print(text, end="", flush=True)
    return bad


def _cppcheck():
    cppcheck = tools.find("cppcheck")
    names = [name for name in sorted(compiled_files()) if not name.startswith("tests/suite/")]
    if not names:
        return 0
    cache = SOURCE / "build" / "cppcheck"
    cache.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        [cppcheck, "--quiet", "--std=c11", "--platform=unix64", "--enable=warning,portability",
         "--inline-suppr", "--error-exitcode=1", f"-j{os.cpu_count() or 1}",
         f"--cppcheck-build-dir={cache}",
         f"--suppressions-list={SOURCE / 'scripts' / 'cppcheck-suppressions.txt'}",
         "-DQUIRE_DEBUG=1", "-D__x86_64__=1", "-Ilibsys/include", *names], cwd=SOURCE)
    return 0 if result.returncode == 0 else 1
