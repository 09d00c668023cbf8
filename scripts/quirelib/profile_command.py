"""quire profile: instructions by function and call path of one run, exactly counted."""

import tempfile
from pathlib import Path

from . import run_command, tools
from .build_command import build
from .call_profile import Profile
from .elf_symbols import Text
from .errors import STATUS_HELP, QuireError
from .flame_graph import flame_graph
from .paths import SERVERS, SOURCE, BuildTree
from .run_images import split_pair

HELP = "count the instructions of a run by function, with a flame graph"
EPILOG = STATUS_HELP + """

example: what one anonymous page fault costs, function by function
  quire profile --cmd 'bench fault_zero_fill' --within touch_each --per 256 --svg fault.svg"""

_PLUGIN_SOURCES = SOURCE / "scripts" / "profile"


def add_arguments(parser):
    what = parser.add_argument_group("the profile")
    what.add_argument("--within", metavar="[IMAGE:]FUNCTION",
                      help="count only while FUNCTION (of the program of --cmd, else of the "
                      "kernel or a server) has not returned; what others do meanwhile counts too")
    what.add_argument("--per", type=int, default=1, metavar="N",
                      help="divide every number by N, the operations that were measured")
    what.add_argument("--top", type=int, default=30, metavar="N",
                      help="functions in the table (default: 30)")
    what.add_argument("--svg", metavar="FILE", help="write a flame graph")
    what.add_argument("--folded", metavar="FILE",
                      help="write the call paths: PATH INSTRUCTIONS CALLS, a line each")
    run_command.add_arguments(parser)
    parser.set_defaults(preset="release", icount=True, headless=True)


def run(options):
    if options.kvm:
        raise QuireError("profile counts TCG's instructions; it does not go with --kvm")
    if options.per <= 0:
        raise QuireError("--per: a positive number")
    status, profile, folded = profiled_boot(options)
    if profile.total() == 0:
        raise QuireError(f"--within: {options.within} never ran; the compiler may have put it into "
                         "its caller, which the table without --within tells")
    print(profile.table(options.top, options.per))
    if options.folded:
        Path(options.folded).write_text(folded)
    if options.svg:
        Path(options.svg).write_text(flame_graph(profile, options.cmd or "the whole run"))
        print(f"quire: flame graph: {options.svg}")
    return status


def profiled_boot(options, write=None):
    """Boots with the plugin. Returns (exit status, Profile, the plugin's text)."""
    tree = (BuildTree(options.preset, options.build_dir) if options.no_build or options.build_dir
            else build(options.preset))
    options.build_dir = tree.directory
    tree.runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.runs, prefix="profile-") as directory:
        directory = Path(directory)
        output = directory / "paths"
        (directory / "images").write_text(image_list(options, tree))
        options.qemu = [*options.qemu, "-plugin", plugin_option(options, tree, directory, output)]
        status, _ = run_command.boot(options, write)
        if not output.exists():
            raise QuireError("the run left no profile; see QEMU's message above")
        text = output.read_text()
    return status, Profile(text), text


def plugin_option(options, tree, directory, output):
    """Builds the plugin if that is due. Returns the value of QEMU's option -plugin."""
    plugin = tree.directory / "instruction_profile.so"
    sources = sorted(_PLUGIN_SOURCES.glob("*.[ch]"))
    if not plugin.exists() or any(path.stat().st_mtime > plugin.stat().st_mtime
                                  for path in sources):
        tools.run_quietly(["clang", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", plugin,
                           *(path for path in sources if path.suffix == ".c")],
                          "building the profiler")
    words = [plugin, f"images={directory / 'images'}", f"output={output}"]
    if options.within:
        words.append(f"within={options.within}")
    return "file=" + ",".join(str(word).replace(",", ",,") for word in words)


def image_list(options, tree):
    """The list of images that the plugin reads: the program that runs first, if there is one."""
    programs = tree.directory / "programs"
    first = options.cmd.split()[0] if options.cmd else ""
    modules = {"kernel": tree.directory / "kernel" / "kernel.elf",
               **{name: tree.directory / "servers" / f"{name}.elf" for name in SERVERS}}
    for text in options.module:
        name, path = split_pair(text, "--module", "NAME=FILE")
        modules[name] = Path(path)
    images = [(path.name, path) for path in [programs / first] if first and path.is_file()]
    images += [(name, path) for name, path in modules.items() if path.exists()]
    images += [(path.name, path) for path in sorted(programs.iterdir())
               if path.is_file() and path.name != first]
    lines = []
    for name, path in images:
        text = Text(path)
        # The kernel patches its own text, so it is known by its address alone.
        source = "" if name == "kernel" else f" {text.offset:x} {path.resolve()}"
        lines.append(f"image {name} {text.start:x} {text.end:x}{source}")
        lines += [f"function {start:x} {end:x} {label}" for start, end, label in text.functions]
    return "\n".join(lines) + "\n"
