"""quire iso: the ISO image that runs the suite by itself, from RAM disks."""

import tempfile
from pathlib import Path

from .build_command import build
from .disk_image import make_disk_image
from .grub_config import menu_config
from .iso_image import boot_files, make_iso
from .paths import SOURCE
from .run_images import RAM_DISK_ROOM

HELP = "make the bootable ISO image"


def add_arguments(parser):
    parser.add_argument("--preset", default="debug", choices=("debug", "release"))
    parser.add_argument("--output", metavar="FILE", help="(default: build/PRESET/quire.iso)")


def run(options):
    make_product_iso(build(options.preset), options.output)
    return 0


def make_product_iso(tree, output=None):
    """Makes the ISO with its menu and with the disk image as a module. Returns its path."""
    output = Path(output) if output else tree.iso
    tree.runs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.runs, prefix="iso-") as directory:
        files = boot_files(tree)
        files["disk"] = Path(directory) / "disk"
        make_disk_image(files["disk"], tree.root, room_bytes=RAM_DISK_ROOM)
        template = (SOURCE / "iso" / "grub.cfg").read_text()
        make_iso(output, files, menu_config(files, template), directory)
    print(f"quire: made {tree.relative(output)}", flush=True)
    return output
