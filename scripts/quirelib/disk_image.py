"""The ext2 disk image: made from a directory, looked into and checked with e2fsprogs.

Nothing beyond ext2 revision 1 with the features that the fs-server knows is switched on.
"""

import os
from pathlib import Path

from . import tools
from .errors import STATUS_DAMAGED, QuireError

FEATURES = "none,filetype,sparse_super,large_file"
MEBIBYTE = 1 << 20


def used_bytes(directory):
    """Room that the files below `directory` take, each rounded up to a block of 4 KiB."""
    total = 0
    for parent, _, names in os.walk(directory):
        total += sum(-(-os.path.getsize(os.path.join(parent, name)) // 4096) * 4096
                     for name in names)
    return total


def image_size(directory, files, room_bytes):
    """A size for an image of `directory` and `files` ((host, guest) pairs) with room to write."""
    used = used_bytes(directory) + sum(os.path.getsize(host) for host, _ in files)
    # A sixteenth more than the contents holds the tables and indirect blocks of ext2.
    return -(-(used + used // 16 + room_bytes + MEBIBYTE) // MEBIBYTE) * MEBIBYTE


def make_disk_image(path, directory, files=(), size_bytes=None, block_size=4096,
                    room_bytes=64 * MEBIBYTE):
    """Makes an ext2 image of `directory`; then puts the `files` into it, replacing."""
    for host, _ in files:
        if not Path(host).is_file():
            raise QuireError(f"--file: {host} is not a file")
    if size_bytes is None:
        size_bytes = image_size(directory, files, room_bytes)
    tools.check_space(Path(path).parent, used_bytes(directory), "the disk image")
    with open(path, "wb") as image:
        image.truncate(size_bytes)
    tools.run_quietly(
        ["mke2fs", "-q", "-F", "-t", "ext2", "-r", "1", "-b", block_size, "-I", "128", "-m", "0",
         "-O", FEATURES, "-E", "root_owner=0:0,lazy_itable_init=0", "-L", "quire",
         "-d", directory, path],
        "making the disk image")
    if files:
        _put_files(path, files)


def _put_files(path, files):
    """Writes host files into the image. debugfs reports errors in its text only."""
    commands = []
    for host, guest in files:
        guest = "/" + guest.strip("/")
        parts = guest.split("/")[1:-1]
        for depth in range(len(parts)):
            commands.append(f'mkdir "/{"/".join(parts[:depth + 1])}"')
        commands.append(f'rm "{guest}"')
        commands.append(f'write "{host}" "{guest}"')
    script = Path(str(path) + ".commands")
    script.write_text("\n".join(commands) + "\n")
    output = tools.run_quietly(["debugfs", "-w", "-f", script, path], "writing to the disk image")
    script.unlink()
    for line in output.splitlines():
        # "rm" of a name that is not there and "mkdir" of one that is are as they should be.
        if ("No space" in line or line.startswith("write:")) and "File not found" not in line:
            raise QuireError(f"writing to the disk image: {line}")


def get_file(path, guest, host):
    """Copies a file of the image to the host."""
    target = Path(host)
    if target.exists():
        target.unlink()
    output = tools.run_quietly(["debugfs", "-R", f'dump "/{guest.strip("/")}" "{target}"', path],
                               "reading the disk image")
    if not target.exists() or "File not found" in output:
        target.unlink(missing_ok=True)
        raise QuireError(f"--get: the disk image has no file {guest}")


def check_image(path):
    """Raises QuireError with e2fsck's findings unless the file system is clean."""
    try:
        tools.run_quietly(["e2fsck", "-fn", path], "the check of the disk image after the run")
    except QuireError as error:
        error.status = STATUS_DAMAGED
        raise
