"""quire plot: pictures of traces and of what policies do with them."""

import csv
import os

from . import plots, simulator
from .errors import QuireError
from .trace_file import Timeline, Trace

HELP = "draw miss-ratio curves, policies side by side, or a recorded run"
EPILOG = """\
  quire plot curves TRACE --frames 64..65536 -o FILE      miss ratio over frames, a curve a policy
  quire plot bars TRACE --frames 1024 -o FILE             policies side by side at one size
  quire plot timeline RUN -o FILE                         a recorded run: faults, evictions, free
                                                          frames, dirty pages over time
  quire plot addresses TRACE -o FILE                      references over time and page

TRACE is anything that `quire sim` reads; for curves and bars also its --csv output, or a table of
`quire sweep`. FILE ends with .svg or .png. `min`, the optimum, is in every curve and bar plot."""

_KINDS = ("curves", "bars", "timeline", "addresses")
_BINS = 300
_PICTURE = "600x300"
_REMOVED_EVICTED = 0


def add_arguments(parser):
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("trace", metavar="TRACE")
    parser.add_argument("-o", "--output", action="append", required=True, metavar="FILE",
                        help="the picture; may be given more than once")
    parser.add_argument("--policy", metavar="LIST", help="as for `quire sim` (default: all)")
    parser.add_argument("--frames", metavar="SIZES", help="as for `quire sim`")
    parser.add_argument("--sample", metavar="RATE", help="as for `quire sim`: with error bars")
    parser.add_argument("--format", metavar="NAME", help="of the trace, as for `quire sim`")
    parser.add_argument("--title", help="over the picture (default: the trace's name)")
    parser.add_argument("--allow-drops", action="store_true",
                        help="draw a recorded run although records are missing")
    simulator.add_build_argument(parser)


def run(options):
    for path in options.output:
        plots.terminal_of(path)
    script = {"curves": _curves, "bars": _curves, "timeline": _timeline,
              "addresses": _addresses}[options.kind](options)
    for path in options.output:
        plots.draw(script, path)
    return 0


def _title(options):
    return options.title or os.path.basename(options.trace)


# ---------------------------------------------------------------- curves and bars

def _curves(options):
    rows = _results(options)
    if options.kind == "curves":
        return plots.curves(rows, _title(options))
    title = options.title or f"{_title(options)}, {rows[0]['frames']} frames"
    return plots.bars(rows, title)


def _results(options):
    """Rows of policy, frames and miss ratio: from a table, or simulated now."""
    table = read_table(options.trace)
    if table is not None:
        return _selected(table, options)
    if options.frames is None:
        raise QuireError(f"plot {options.kind}: name numbers of frames, as --frames 64..65536")
    words = ["--frames", options.frames, *_reading(options)]
    if options.policy is not None:
        words += ["--policy", f"{options.policy},{plots.BOUND}"]
    if options.sample is not None:
        words += ["--sample", options.sample]
    return simulator.rows(simulator.program(options.no_build), *words, "--", options.trace)


def _selected(table, options):
    policies = options.policy.split(",") + [plots.BOUND] if options.policy else None
    frames = options.frames.split(",") if options.frames else None
    rows = [row for row in table if (policies is None or row["policy"] in policies)
            and (frames is None or row["frames"] in frames) and row["miss_ratio"]]
    if not rows:
        raise QuireError(f"{options.trace}: no row has these policies and frames")
    return rows


def read_table(path):
    """The rows of a CSV with policy, frames and miss_ratio; None: the file is something else."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            names = file.readline().strip().split(",")
            if not {"policy", "frames", "miss_ratio"} <= set(names):
                return None
            return list(csv.DictReader(file, fieldnames=names))
    except (OSError, UnicodeDecodeError):
        return None  # the simulator says what is wrong with it


def _reading(options):
    words = ["--format", options.format] if options.format else []
    return words + (["--allow-drops"] if options.allow_drops else [])


def _addresses(options):
    text = simulator.output(simulator.program(options.no_build), "--picture", _PICTURE, "--quiet",
                            *_reading(options), "--", options.trace)
    return plots.addresses(text, _title(options))


# ---------------------------------------------------------------- a recorded run

def _timeline(options):
    return plots.timeline(timeline_bins(Trace(options.trace, options.allow_drops)), _title(options))


def timeline_bins(trace, count=_BINS):
    """What happened in each of `count` equal stretches of time: faults and evictions in it, free
    frames and dirty pages as sampled last in it (None: no sample)."""
    events, end = _events(trace)
    width = max(1, -(-(end + 1) // count))
    bins = [{"ticks": i * width, "faults": 0, "evictions": 0, "free": None, "dirty": None}
            for i in range(-(-(end + 1) // width))]
    for ticks, name, value in events:
        moment = bins[ticks // width]
        if name == "sample":
            moment["free"], moment["dirty"] = value
        else:
            moment[name] += 1
    return bins


def _events(trace):
    """[(ticks, kind, value)] and the last tick; time begins with the first fault."""
    timeline, events, first = Timeline(), [], None
    for record in trace.records():
        timeline.follow(record)
        fields = record.fields
        if record.name == "fault":
            first = timeline.ticks if first is None else first
            events.append((timeline.ticks, "faults", None))
        elif record.name == "remove" and fields["why"] == _REMOVED_EVICTED:
            events.append((timeline.ticks, "evictions", None))
        elif record.name == "sample":
            events.append((timeline.ticks, "sample", (fields["free"], fields["dirty"])))
    if first is None:
        raise QuireError("plot timeline: there is no fault in the trace")
    moved = [(max(0, ticks - first), kind, value) for ticks, kind, value in events]
    return moved, max(0, timeline.ticks - first)
