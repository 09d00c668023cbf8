"""quire run: builds, makes the images of the run, boots QEMU, and reports how it ended."""

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from . import disk_image, guest_programs, qemu, result_json, suite_report
from .build_command import build
from .errors import STATUS_HELP, QuireError
from .iso_command import make_product_iso
from .pairs import split_pair
from .paths import INSTALLED, BuildTree
from .run_images import RunImages
from .sizes import parse_size
from .transcript import BANNER, TAP_BANNER

_PROMPT = b"quire> "

HELP = "boot Quire in QEMU: the test suite, a program, or a prompt"
EPILOG = STATUS_HELP


def add_arguments(parser):
    what = parser.add_argument_group("what to run (default: the test suite)")
    what.add_argument("--cmd", metavar="'PROG ARGS'", help="run this program, then power off")
    what.add_argument("--shell", action="store_true", help="halt at a prompt after boot")
    what.add_argument("--menu", action="store_true", help="boot the ISO as `quire iso` makes it, "
                      "with its menu, and nothing but it")
    what.add_argument("--program", action="append", default=[], metavar="FILE[=NAME]",
                      help="put a program of your own on a disk that holds nothing else; "
                      "a single one is run")
    what.add_argument("--frames", type=int, metavar="N", help="frame budget of the program's group")
    what.add_argument("--policy", metavar="NAME", help="page-replacement policy")
    what.add_argument("--read-ahead", type=_count, metavar="PAGES",
                      help="read behind a page that a program waits for (default: 0)")
    what.add_argument("--fault-around", type=_count, metavar="PAGES",
                      help="of files, mapped when one of them faults (default: 0)")
    what.add_argument("--policy-task", action="store_true",
                      help="policies run in tasks of their own, not in the pager")
    what.add_argument("--table", action="store_true",
                      help="print at the end what the program cost (default with --policy)")
    what.add_argument("--json", action="store_true",
                      help="the same as JSON: the only thing on standard output")
    what.add_argument("--disk-delay", type=int, metavar="MICROSECONDS",
                      help="artificial latency of every disk request")
    what.add_argument("--word", action="append", default=[], metavar="WORD",
                      help="one more word for the kernel command line")

    suite = parser.add_argument_group("the test suite")
    suite.add_argument("--only", metavar="NAME,...", help="only these tests")
    # -1 stands for an option without its value: the guest chooses.
    suite.add_argument("--shuffle", nargs="?", type=_count, const=-1, metavar="SEED",
                       help="in a random order; the seed is printed")
    suite.add_argument("--repeat", nargs="?", type=_count, const=-1, metavar="N",
                       help="again and again, at most N rounds, until a test fails")
    suite.add_argument("--tap", action="store_true", help="print a TAP stream and nothing else")

    machine = parser.add_argument_group("the machine")
    machine.add_argument("--mem", default="128M", metavar="SIZE", help="RAM (default: 128M)")
    machine.add_argument("--disk", choices=("virtio", "none"), default="virtio",
                         help="disks as devices (default), or RAM disks in the ISO")
    machine.add_argument("--swap", default="64M", metavar="SIZE",
                         help="swap disk (default: 64M; 0: none)")
    machine.add_argument("--disk-size", metavar="SIZE",
                         help="size of the file-system disk (default: contents and 64M)")
    machine.add_argument("--image", metavar="FILE", help="use this ext2 image as it is, and keep "
                         "what the run changes in it (default: a fresh one)")
    machine.add_argument("--root", metavar="DIR",
                         help="what the file-system disk holds (default: all that was built; "
                         "with --program, nothing)")
    machine.add_argument("--block-size", type=int, choices=(1024, 2048, 4096), default=4096,
                         help="of the file system (default: 4096)")
    machine.add_argument("--file", action="append", default=[], metavar="HOST:GUEST",
                         help="put a file on the disk")
    machine.add_argument("--get", action="append", default=[], metavar="GUEST:HOST",
                         help="take a file from the disk after the run")
    machine.add_argument("--firmware", choices=("bios", "uefi"), default="bios")
    machine.add_argument("--boot", choices=("cd", "usb"), default="cd",
                         help="the ISO as a CD (default) or as a USB stick")
    machine.add_argument("--cpu", default="max", help="QEMU's CPU model (default: max)")
    machine.add_argument("--kvm", action="store_true", help="use KVM instead of TCG")
    machine.add_argument("--icount", action="store_true",
                         help="deterministic time: one nanosecond an instruction")
    machine.add_argument("--qemu", action="append", default=[], metavar="ARGUMENT",
                         help="one more argument for QEMU, as --qemu=-d --qemu=int")
    machine.add_argument("--module", action="append", default=[], metavar="NAME=FILE",
                         help="replace a boot module (kernel, pager, console, fs-server, "
                         "policy-server, init)")
    machine.add_argument("--without", action="append", default=[], metavar="NAME",
                         help="leave a boot module out")

    how = parser.add_argument_group("how")
    how.add_argument("--preset", default="debug", choices=("debug", "release"))
    how.add_argument("--no-build", action="store_true", help="take what was built last")
    how.add_argument("--build-dir", metavar="DIR", help="the build tree (implies --no-build)")
    how.add_argument("--headless", action="store_true", help="no window: the serial port only")
    how.add_argument("--gdb", action="store_true", help="wait for GDB before the first instruction")
    how.add_argument("--timeout", type=float, default=600, metavar="SECONDS",
                     help="end the run after this time (default: 600; 0: never)")
    how.add_argument("--transcript", metavar="FILE", help="write what the guest prints there too")
    how.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML")
    how.add_argument("--keep", metavar="DIR", help="keep the images of the run there")


def _count(text):
    """An argument that counts from zero."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return int(text)


def run(options, trace_file=None):
    """trace_file: where what the guest writes to its second serial port goes."""
    return boot(options, trace_file=trace_file)[0]


def boot(options, write=None, trace_file=None):
    """Does what the options say. Returns (exit status, transcript bytes).

    The guest's text goes to `write` (standard output) as it comes.
    """
    programs = guest_programs.parse(options.program)
    _check(options, programs)
    machine = _machine(options, iso="", disks=[])
    machine.trace_file = trace_file
    qemu.check_machine(machine)
    tree = (BuildTree(options.preset, options.build_dir) if options.no_build or options.build_dir
            # A TAP stream has standard output to itself.
            else build(options.preset, messages=sys.stderr if options.tap else None))
    with _work_directory(options, tree) as directory:
        images = None
        if options.menu:
            machine.iso = make_product_iso(tree)
        else:
            images = RunImages(options, tree, directory, programs)
            machine.iso, machine.disks = images.iso, images.disks
        if not options.headless:
            machine.display = qemu.window_display()
        if options.gdb:
            print("quire: waiting for GDB; in another terminal: gdb -x scripts/quire.gdb",
                  flush=True)
        if options.json and write is None:
            write = result_json.to_standard_error
        started = time.monotonic()
        outcome, transcript = qemu.run(machine, directory, write,
                                       banner=TAP_BANNER if options.tap else BANNER)
        sys.stdout.flush()
        _write_reports(options, outcome, transcript, time.monotonic() - started)
        if options.json and outcome.orderly:
            print(result_json.find(transcript))
        if outcome.message:
            print(f"quire: {outcome.message}", file=sys.stderr, flush=True)
        if images and images.disk and outcome.orderly:
            disk_image.check_image(images.disk)
        if images and images.disk:
            for pair in options.get:
                disk_image.get_file(images.disk, *split_pair(pair, "--get", "GUEST:HOST"))
    return outcome.status, transcript


def _write_reports(options, outcome, transcript, seconds):
    if options.transcript:
        Path(options.transcript).write_bytes(transcript)
    if options.junit:
        text = transcript.decode(errors="replace")
        command = "shell" if options.shell else options.cmd
        cases = (suite_report.suite_cases(text, outcome) if command is None
                 else [suite_report.command_case(command, text, outcome, seconds)])
        suite_report.write_junit(options.junit, {"guest": cases})


def _check(options, programs):
    """Refuses what does not go together, before any work is done."""
    if INSTALLED and not (programs or options.cmd or options.shell or options.image or options.root):
        raise QuireError("what is to run? Say --program FILE; the test suite is not part of an SDK")
    if programs and options.menu:
        raise QuireError("--program and --menu exclude each other")
    if programs and options.cmd is None and not options.shell:
        options.cmd = guest_programs.only_one(programs)
    if options.cmd is not None and options.shell:
        raise QuireError("--cmd and --shell exclude each other")
    if options.cmd is None and (options.table or options.json):
        raise QuireError("--table and --json are about a program: name it with --cmd")
    if options.cmd is not None and not options.cmd.strip():
        raise QuireError("--cmd: the command line is empty")
    if options.image is not None and not Path(options.image).is_file():
        raise QuireError(f"--image: there is no file {options.image}")
    if options.image is not None and (options.file or options.root or programs or options.disk_size):
        raise QuireError("--image is used as it is: --file, --root, --program and --disk-size are "
                         "for fresh ones")
    if programs and options.cmd is not None:
        guest_programs.check_command(options, programs)
    if options.cmd is not None or options.shell or options.menu:
        for name in ("only", "shuffle", "repeat", "tap"):
            if getattr(options, name) not in (None, False):
                raise QuireError(f"--{name} is about the test suite, and that is not what is to run")
    for name in ("transcript", "junit"):
        path = getattr(options, name)
        if path is not None and not Path(path).absolute().parent.is_dir():
            raise QuireError(f"--{name} {path}: there is no such directory")
    if options.root is not None and not Path(options.root).is_dir():
        raise QuireError(f"--root: {options.root} is not a directory")
    if options.frames is not None and options.frames <= 0:
        raise QuireError("--frames: the number of frames must be positive")
    if options.get and options.disk == "none":
        raise QuireError("--get needs a disk that outlives the run, so not --disk none")
    parse_size(options.swap)


def _machine(options, iso, disks):
    return qemu.Machine(
        iso=iso, memory_bytes=parse_size(options.mem), disks=disks, firmware=options.firmware,
        boot=options.boot, cpu=options.cpu, kvm=options.kvm, icount=options.icount,
        gdb=options.gdb, timeout_seconds=options.timeout, extra=options.qemu,
        input_after=b"Executing '" if options.cmd is not None
        else _PROMPT if options.shell else None)


@contextlib.contextmanager
def _work_directory(options, tree):
    if options.keep:
        Path(options.keep).mkdir(parents=True, exist_ok=True)
        yield options.keep
    else:
        tree.runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tree.runs, prefix="run-") as directory:
            yield directory
