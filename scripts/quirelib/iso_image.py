"""Making a bootable ISO with grub-mkrescue: BIOS and UEFI, from CD or USB stick."""

import os
import shutil
from pathlib import Path

from . import tools
from .errors import QuireError

# What the configurations use. Others stay out: GRUB's start takes longer with every module.
_GRUB_MODULES = "multiboot2 normal serial terminal echo halt test all_video gfxterm part_msdos part_gpt"


def boot_files(tree, replaced=None, without=()):
    """The files of the ISO's /boot by name: kernel and servers that have been built.

    `replaced` gives other files for some names, `without` leaves names out.
    """
    if not (tree.boot / "kernel").is_file():
        raise QuireError(f"{tree.relative(tree.boot)}/kernel is not built; run: scripts/quire build")
    files = {path.name: path for path in sorted(tree.boot.iterdir())}
    for name, path in (replaced or {}).items():
        if not Path(path).is_file():
            raise QuireError(f"--module: {path} is not a file")
        files[name] = Path(path)
    for name in without:
        files.pop(name, None)
    return files


def make_iso(path, files, config, directory):
    """Makes the ISO `path` of `files` and a grub.cfg; `directory` is for its tree."""
    tools.require("grub-mkrescue", "xorriso", "mformat")
    for platform, package in (("i386-pc", "grub-pc-bin"), ("x86_64-efi", "grub-efi-amd64-bin")):
        tools.require_file(f"/usr/lib/grub/{platform}/multiboot2.mod", package)
    size = sum(os.path.getsize(file) for file in files.values())
    tools.check_space(directory, 2 * size + (16 << 20), "the ISO image")

    content = Path(directory) / "iso"
    shutil.rmtree(content, ignore_errors=True)
    (content / "boot" / "grub").mkdir(parents=True)
    (content / "boot" / "grub" / "grub.cfg").write_text(config)
    for name, file in files.items():
        _link_or_copy(file, content / "boot" / name)
    tools.run_quietly(
        ["grub-mkrescue", "-o", path, f"--install-modules={_GRUB_MODULES}", "--locales=",
         "--fonts=", "--themes=", content, "--", "-volid", "QUIRE"],
        "making the ISO image", env={**os.environ, "PATH": tools.search_path()})
    shutil.rmtree(content)


def _link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
