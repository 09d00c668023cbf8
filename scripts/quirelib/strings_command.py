"""quire strings: makes reference strings, the same as the program refs touches in the guest."""

import subprocess

from . import simulator
from .errors import STATUS_SETUP, QuireError

HELP = "make a reference string: zipf, loop, scan and others, from a few numbers"
EPILOG = """KIND and its parameters, with what they mean: --list. The output is text, a page number a line; `quire sim
--string 'KIND name=value ...'` simulates without it, `refs KIND name=value ...` touches the pages in the guest."""


def add_arguments(parser):
    parser.add_argument("words", nargs="*", metavar="KIND [name=value]...")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (default: standard output)")
    parser.add_argument("--list", action="store_true", help="the kinds with their parameters")
    simulator.add_build_argument(parser)


def run(options):
    program = simulator.program(options.no_build)
    if options.list:
        return simulator.run(program, "--list-strings")
    if not options.words:
        raise QuireError("strings: which kind? --list shows them")
    command = [program, "--print-string", "--string", " ".join(options.words)]
    if options.output is None:
        status = subprocess.run(command).returncode
    else:
        with open(options.output, "wb") as file:
            status = subprocess.run(command, stdout=file).returncode
    return STATUS_SETUP if status != 0 else 0
