"""Tests of what comes from outside and lies: file systems and executables; see guest_cases.py."""
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from guest_cases import BUILD, PROGRAM, PROGRAM_LINE, SOURCE, Failure, Run, main

sys.path.insert(0, str(SOURCE / "scripts"))

from quirelib.disk_image import make_disk_image  # noqa: E402
from quirelib.errors import STATUS_DAMAGED  # noqa: E402

SUPERBLOCK = 1024
MAGIC_OFFSET = SUPERBLOCK + 56
BLOCK_BYTES = 4096
PROGRAMS = ("cat", "ls", "args-single")


class Image:
    """A small file system with a few programs, a file and a directory, to be broken."""

    def __init__(self, directory):
        root = Path(directory, "root")
        Path(root, "dir").mkdir(parents=True)
        for name in PROGRAMS:
            Path(root, name).write_bytes(Path(BUILD, "root", name).read_bytes())
        Path(root, "file").write_bytes(b"whole\n")
        Path(root, "victim").write_bytes(b"lost\n" * 2000)
        Path(root, "dir", "inside").write_bytes(b"inside\n")
        self.path = Path(directory, "image")
        make_disk_image(self.path, root, block_size=BLOCK_BYTES)

    def debugfs(self, command):
        result = subprocess.run(["debugfs", "-w", "-R", command, str(self.path)], check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return result.stdout.decode()

    def patch(self, offset, data):
        with self.path.open("r+b") as image:
            image.seek(offset)
            image.write(data)

    def run(self, command):
        return Run("--image", str(self.path), "--cmd", command)


def with_image(breaks):
    """Makes a case of a function that breaks an image and looks at what comes of it."""
    def case():
        with tempfile.TemporaryDirectory() as directory:
            breaks(Image(directory))
    case.__doc__ = breaks.__doc__
    return case


def expect_alive(run):
    """The damage may be reported, but nothing crashed, hung or was lost on the way."""
    if run.status not in (0, 1, STATUS_DAMAGED):
        raise Failure(f"status {run.status}{run.everything()}")
    return run


@with_image
def case_a_wrong_magic_is_named(image):
    """A disk whose file system has a wrong magic is not mounted, and the system says so."""
    image.patch(MAGIC_OFFSET, b"\0\0")
    run = image.run(PROGRAM)
    run.expect_text(r"(?i)no .*file system|not .*ext2")
    if run.status == 0:
        raise Failure(f"it ran all the same{run.everything()}")


@with_image
def case_a_block_off_the_disk_is_an_error(image):
    """A file with a block number beyond the disk cannot be read there; other files can."""
    image.debugfs("set_inode_field /victim block[1] 0x7ffffff0")
    run = expect_alive(image.run("cat victim"))
    run.expect_text("^victim: file system damaged").expect_text(r"^cat: exit\(1\)$")
    expect_alive(image.run("cat file")).expect_text("^whole$")


@with_image
def case_a_directory_that_contains_itself_is_followed_as_far_as_the_path_goes(image):
    """A directory that is its own child neither hangs nor crashes the one who walks it."""
    image.debugfs("link /dir /dir/again")
    run = expect_alive(image.run("cat dir/again/again/again/inside"))
    run.expect_text("^inside$")
    expect_alive(image.run("ls dir/again/again")).expect_text("again").expect_text("inside")


@with_image
def case_a_directory_record_without_length_is_an_error(image):
    """A directory whose records never advance is an error, and no endless loop."""
    block = int(image.debugfs("blocks /dir").split()[0])
    image.patch(block * BLOCK_BYTES + 12 + 12 + 4, struct.pack("<H", 0))
    expect_alive(image.run("ls dir")).expect_text(r"^ls: exit\([1-9]")
    expect_alive(image.run("cat file")).expect_text("^whole$")


def lying_executables():
    """Executables that promise what the file does not hold, by the lie's name."""
    sound = Path(BUILD, "root", "args-single").read_bytes()
    table = struct.unpack_from("<Q", sound, 32)[0]
    entry_bytes, entries = struct.unpack_from("<HH", sound, 54)
    loads = [table + index * entry_bytes for index in range(entries)
             if struct.unpack_from("<I", sound, table + index * entry_bytes)[0] == 1]

    def changed(offset, form, value):
        data = bytearray(sound)
        struct.pack_into(form, data, offset, value)
        return bytes(data)

    first = loads[0]
    return {
        "short": sound[:100],
        "header": sound[:40],
        "table": changed(32, "<Q", len(sound) + 4096),
        "count": changed(56, "<H", 0xffff),
        "offset": changed(first + 8, "<Q", 1 << 40),
        "size": changed(first + 32, "<Q", 1 << 40),
        "memory": changed(first + 40, "<Q", 1 << 62),
        "kernel": changed(first + 16, "<Q", 0xffffffff80200000),
        "overflow": changed(first + 16, "<Q", (1 << 64) - 4096),
        "entry": changed(24, "<Q", 0xffff800000000000),
        "machine": changed(18, "<H", 3),
        "text": b"#!/bin/sh\necho no\n",
        "empty": b"",
    }


def case_executables_that_lie_are_refused():
    """An executable whose header lies is refused or dies alone, and a sound one runs after it."""
    with tempfile.TemporaryDirectory() as directory:
        words = []
        for name, data in lying_executables().items():
            Path(directory, name).write_bytes(data)
            words += ["--file", f"{Path(directory, name)}:lie-{name}"]
        for name in lying_executables():
            run = Run(*words, "--cmd", f"lie-{name}")
            if run.status in (0, 120, 121, 122, 123, 124, 125):
                raise Failure(f"lie-{name}: status {run.status}{run.everything()}")
        Run(*words, "--cmd", PROGRAM).expect_status(0).expect_text(PROGRAM_LINE)


if __name__ == "__main__":
    sys.exit(main(globals()))
