"""quire sim: replays a trace under page-replacement policies, on the host."""

from . import simulator

HELP = "replay a trace under policies and memory sizes, on the host"
EPILOG = """TRACE is a run recorded by `quire trace`, page numbers as text or CSV, what valgrind's lackey
prints, or libCacheSim's oracleGeneral; plain, gzip or zstd; - is standard input. --string makes one. docs/simulator.md has all."""

# (option, what argparse is to know); given on to quire-sim as they are.
_WITH_VALUE = (
    ("--string", {"metavar": "LINE", "help": "make the trace: a reference string, as 'zipf frames=4096' "
                  "(`quire strings --list`)"}),
    ("--policy", {"metavar": "LIST", "help": "a,b:name=value (default: all); `lru` and `min` are exact"}),
    ("--frames", {"metavar": "SIZES", "help": "1024,64..65536 (A..B doubles), or `all` for lru"}),
    ("--sample", {"metavar": "RATE", "help": "estimate from samples of the pages, with the error"}),
    ("--references", {"choices": ("exact", "accessed"),
                      "help": "hits are known at once (default), or by Accessed bits only"}),
    ("--batch", {"metavar": "N", "help": "victims asked for at a time (default: 1)"}),
    ("--seed", {"metavar": "N", "help": "of policies that choose at random"}),
    ("--threads", {"metavar": "N", "help": "simulations at a time (default: the processors)"}),
    ("--memory", {"metavar": "SIZE", "help": "most memory for tables"}),
    ("--format", {"choices": ("quire", "text", "csv", "lackey", "oracle"),
                  "help": "of the trace (default: found out)"}),
    ("--column", {"metavar": "NAME|N", "help": "the column of the page in CSV"}),
    ("--group", {"metavar": "N", "help": "of a recorded run: this paging group's references only"}),
    ("--page-size", {"metavar": "BYTES", "help": "of addresses (default: 4096)"}),
)
_FLAGS = (
    ("--csv", "columns policy,frames,references,misses,miss_ratio"),
    ("--json", "the same and more"),
    ("--allow-drops", "read a recorded run although records are missing"),
    ("--replay", "repeat a recorded run call by call, and compare every answer and counter"),
    ("--quiet", "no progress bar"),
    ("--list", "the policies with their parameters"),
    ("--benchmark", "the simulator's own speed"),
)


def add_arguments(parser):
    parser.add_argument("trace", nargs="?", metavar="TRACE")
    for option, settings in _WITH_VALUE:
        parser.add_argument(option, **settings)
    for option, text in _FLAGS:
        parser.add_argument(option, action="store_true", help=text)
    simulator.add_build_argument(parser)


def run(options):
    return simulator.run(simulator.program(options.no_build), *words(options))


def words(options):
    """The command line of quire-sim."""
    line = []
    for option, _ in _WITH_VALUE:
        value = getattr(options, option.lstrip("-").replace("-", "_"))
        if value is not None:
            line += [option, value]
    line += [option for option, _ in _FLAGS
             if getattr(options, option.lstrip("-").replace("-", "_"))]
    if options.trace is not None:
        line += ["--", options.trace]
    return line
