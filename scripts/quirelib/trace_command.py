"""quire trace: records what the policies of a run see, and converts such traces."""

import sys
from pathlib import Path

from . import run_command
from .errors import STATUS_HELP, QuireError
from .trace_convert import FORMATS
from .trace_file import Trace

HELP = "record a run for the simulator, or convert such a trace"
EPILOG = """\
  quire trace [RUN OPTIONS] -o FILE             runs, and records over the second serial port
  quire trace [RUN OPTIONS] --in-guest -o FILE  records into a file of the guest, which is fetched
  quire trace convert FILE --to FORMAT          FORMAT: csv, perfetto or oraclegeneral
  quire trace check FILE [--allow-drops]        is it whole, and what is in it

""" + STATUS_HELP

_GUEST_FILE = "/quire-trace"


def add_arguments(parser):
    parser.add_argument("words", nargs="*", metavar="convert|check FILE", help="see below")
    trace = parser.add_argument_group("the trace")
    trace.add_argument("-o", "--output", metavar="FILE", help="where to (convert: standard output)")
    trace.add_argument("--in-guest", action="store_true",
                       help="record into memory and a file of the guest: faster, if it fits")
    trace.add_argument("--buffer", metavar="SIZE",
                       help="memory for records (default: an eighth of the guest's)")
    trace.add_argument("--to", choices=FORMATS, default="csv", help="what to convert to")
    trace.add_argument("--allow-drops", action="store_true", help="read a trace that has holes")
    run_command.add_arguments(parser)


def run(options):
    if not options.words:
        return _record(options)
    if len(options.words) != 2 or options.words[0] not in ("convert", "check"):
        raise QuireError("trace: write `trace convert FILE`, `trace check FILE`, or only options")
    trace = Trace(options.words[1], options.allow_drops)
    return _check(trace) if options.words[0] == "check" else _convert(trace, options)


def _record(options):
    if options.output is None:
        raise QuireError("trace: name the file for the trace with -o")
    if options.in_guest:
        options.word.append(f"trace={_GUEST_FILE}")
        options.get.append(f"{_GUEST_FILE}:{options.output}")
    else:
        options.word.append("trace=serial")
    if options.buffer:
        options.word.append(f"trace-buffer={options.buffer}")
    Path(options.output).unlink(missing_ok=True)
    status = run_command.run(options, None if options.in_guest else options.output)
    if not Path(options.output).exists():
        raise QuireError(f"trace: the guest wrote no trace to {options.output}")
    for _ in Trace(options.output).records():
        pass
    return status


def _convert(trace, options):
    convert, mode = FORMATS[options.to]
    if options.output is None:
        convert(trace, sys.stdout if mode == "w" else sys.stdout.buffer)
        return 0
    with open(options.output, mode, **({"encoding": "utf-8"} if mode == "w" else {})) as file:
        convert(trace, file)
    return 0


def _check(trace):
    counts, groups = {}, []
    for record in trace.records():
        counts[record.name] = counts.get(record.name, 0) + 1
        if record.name == "group_counts":
            groups.append(record.fields)
    print(f"command line: {trace.command_line}")
    for name, count in counts.items():
        print(f"{name:<16}{count:>12}")
    for fields in groups:
        print(" ".join(f"{name}={value}" for name, value in fields.items()))
    return 0
