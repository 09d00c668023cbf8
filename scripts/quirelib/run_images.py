"""The images of one run: its ISO with its own command line, its disk and its swap disk."""

from pathlib import Path

from . import grub_config, guest_programs, iso_image
from .disk_image import make_disk_image
from .pairs import split_pair
from .sizes import format_size, parse_size
from .swap_image import make_swap_image

# Room to write on a RAM disk: all of it is RAM from the start.
RAM_DISK_ROOM = 8 << 20


def kernel_command_line(options):
    """The kernel command line that the options of `quire run` ask for."""
    words = ["exit-port"]
    if options.cmd is None:
        words.append("shell" if options.shell else "suite")
        words += suite_words(options)
    if options.frames is not None:
        words.append(f"frames={options.frames}")
    if options.policy is not None:
        words.append(f"policy={options.policy}")
    if options.policy_task:
        words.append("policy-task")
    if options.cmd is not None and options.json:
        words.append("table=json")
    elif options.cmd is not None and (options.table or options.policy is not None):
        words.append("table")
    if options.disk == "none" and parse_size(options.swap) > 0:
        words.append(f"ramswap={format_size(parse_size(options.swap))}")
    if options.read_ahead is not None:
        words.append(f"read-ahead={options.read_ahead}")
    if options.fault_around is not None:
        words.append(f"fault-around={options.fault_around}")
    if options.disk_delay is not None:
        words.append(f"disk-delay={options.disk_delay}")
    words += options.word
    if options.cmd is not None:
        # The rest of the line is the program's, blanks and all.
        words.append("-- " + options.cmd)
    return " ".join(words)


def suite_words(options):
    """The words that choose among the suite's tests and what is printed of them."""
    words = []
    if options.only:
        words.append("only=" + options.only)
    for name in ("shuffle", "repeat"):
        value = getattr(options, name)
        if value is not None:
            words.append(name if value < 0 else f"{name}={value}")
    if options.tap:
        words.append("tap")
    return words


class RunImages:
    """Makes the images in `directory`. `disk` is None when there is no disk device."""

    def __init__(self, options, tree, directory, programs=()):
        directory = Path(directory)
        files = iso_image.boot_files(
            tree, dict(split_pair(text, "--module", "NAME=FILE") for text in options.module),
            options.without)
        extra = [split_pair(text, "--file", "HOST:GUEST") for text in options.file]
        disk_size = parse_size(options.disk_size) if options.disk_size else None
        swap_size = parse_size(options.swap)
        root = Path(options.root) if options.root else tree.root
        if programs:
            # A prompt without its tools would be of little use.
            template = root if options.root or options.shell else None
            root = guest_programs.make_root(directory / "root", template, programs)
        disk_path = Path(options.image) if options.image else directory / "disk"
        common = {"files": extra, "size_bytes": disk_size, "block_size": options.block_size}
        self.disk = None
        self.disks = []
        if options.disk == "virtio":
            if not options.image:
                make_disk_image(disk_path, root, **common)
            self.disk = disk_path
            self.disks.append(disk_path)
            if swap_size:
                make_swap_image(directory / "swap", swap_size)
                self.disks.append(directory / "swap")
        elif "disk" not in options.without:
            if not options.image:
                make_disk_image(disk_path, root, room_bytes=RAM_DISK_ROOM, **common)
            files["disk"] = disk_path
        self.command_line = kernel_command_line(options)
        self.iso = directory / "quire.iso"
        iso_image.make_iso(self.iso, files, grub_config.run_config(self.command_line, files),
                           directory)
