"""The command line of scripts/quire: one subcommand a module."""

import argparse
import errno
import os
import sys

from . import (
    bench_command,
    build_command,
    cc_command,
    iso_command,
    lint_command,
    plot_command,
    profile_command,
    run_command,
    sdk_command,
    sim_command,
    strings_command,
    sweep_command,
    test_command,
    trace_command,
)
from .errors import STATUS_SETUP, QuireError
from .paths import INSTALLED

_COMMANDS = {
    "build": build_command,
    "iso": iso_command,
    "run": run_command,
    "test": test_command,
    "lint": lint_command,
    "bench": bench_command,
    "profile": profile_command,
    "trace": trace_command,
    "sdk": sdk_command,
    "sim": sim_command,
    "strings": strings_command,
    "plot": plot_command,
    "sweep": sweep_command,
}
# These take their words as they are: argparse would stumble over a compiler's options.
_RAW_COMMANDS = {"cc": cc_command}
# Of an installed SDK, which has no sources.
_INSTALLED_COMMANDS = ("run",)


class _Parser(argparse.ArgumentParser):
    """argparse's errors end with its own 2, which is a status that a program may have."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(STATUS_SETUP, f"quire: {message}\n")


def make_parser():
    parser = _Parser(prog="quire", description="Builds, boots and tests Quire.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND",
                                     parser_class=_Parser)
    for name, module in _RAW_COMMANDS.items():
        commands.add_parser(name, help=module.HELP)
    for name, module in _COMMANDS.items():
        if INSTALLED and name not in _INSTALLED_COMMANDS:
            continue
        sub = commands.add_parser(
            name, help=module.HELP, description=module.HELP[0].upper() + module.HELP[1:] + ".",
            epilog=getattr(module, "EPILOG", None),
            formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(sub)
    return parser


def main(words):
    try:
        if words and words[0] in _RAW_COMMANDS:
            return _RAW_COMMANDS[words[0]].run_words(words[1:])
        options = make_parser().parse_args(words)
        return _COMMANDS[options.command].run(options)
    except QuireError as error:
        print(f"quire: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print(f"quire: disk full: {error.filename or 'no space left'}", file=sys.stderr)
        else:
            print(f"quire: {error}", file=sys.stderr)
        return STATUS_SETUP
    except KeyboardInterrupt:
        # Whoever reads our output sees a clean end; 130 is what shells use for SIGINT.
        print("quire: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STATUS_SETUP
