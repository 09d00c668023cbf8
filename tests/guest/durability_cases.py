"""Tests of what is on the disk when the machine is cut off; see guest_cases.py.

QEMU logs every write and flush of the disk (driver blklogwrites). A machine is killed, and two
disks are made of its log: one that got all the writes, and one that lost what was not flushed,
as a drive does with its cache when the power fails. On both, after e2fsck, the file must hold
what the guest was promised.
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from guest_cases import BUILD, Failure, QUIRE, SOURCE, main

sys.path.insert(0, str(SOURCE / "scripts"))

from quirelib import disk_image  # noqa: E402 (the path comes first)

PAGES = 300
SECTOR = 512
LOG_MAGIC = 0x6A736677736872  # Linux: Documentation/admin-guide/device-mapper/log-writes.rst
FLUSH, DISCARD = 1, 4
TIMEOUT_SECONDS = 90


def page(number):
    return f"{number:06}a\n".encode() * 512


class Machine:
    """A machine whose disk is logged; `directory` holds the disk as it was made, and the log."""

    def __init__(self, directory, how):
        self.made, self.disk = Path(directory, "made"), Path(directory, "disk")
        self.log = Path(directory, "log")
        root = Path(directory, "root")
        root.mkdir()
        shutil.copyfile(BUILD / "root" / "durable", root / "durable-test")
        disk_image.make_disk_image(self.made, root, room_bytes=16 << 20)
        shutil.copyfile(self.made, self.disk)
        self.log.touch()
        drive = {"driver": "blklogwrites", "node-name": "logged",
                 "file": {"driver": "file", "filename": str(self.disk)},
                 "log": {"driver": "file", "filename": str(self.log)}}
        self.command = [
            QUIRE, "run", "--headless", "--build-dir", str(BUILD), "--disk", "none", "--without",
            "disk", "--timeout", str(TIMEOUT_SECONDS), "--cmd", f"durable-test {how}",
            "--qemu=-blockdev", "--qemu=" + json.dumps(drive), "--qemu=-device",
            "--qemu=virtio-blk-pci,disable-legacy=on,drive=logged"]

    def run(self):
        """Runs it to its end."""
        result = subprocess.run(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise Failure(f"status {result.returncode}\n" + result.stdout.decode(errors="replace"))

    def run_until(self, line, seconds):
        """Runs it until it says `line`, and that many seconds more; then it is killed."""
        process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        said = b""
        stop = threading.Event()
        try:
            while line not in said:
                data = os.read(process.stdout.fileno(), 4096)
                if not data:
                    raise Failure(f"it never said {line}\n" + said.decode(errors="replace"))
                said += data
            stop.wait(seconds)
        finally:
            # The front end and QEMU: the session was made for them.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()

    def entries(self):
        """(flags, sector, data) of the log."""
        with open(self.log, "rb") as log:
            magic, _, _, sector_bytes = struct.unpack("<QQQI", log.read(28))
            if magic != LOG_MAGIC or sector_bytes != SECTOR:
                raise Failure("QEMU's log of writes is not understood")
            log.seek(SECTOR)
            while len(header := log.read(SECTOR)) == SECTOR:
                sector, count, flags, _ = struct.unpack("<QQQQ", header[:32])
                data = log.read(count * SECTOR) if not flags & DISCARD else b""
                if (count == 0 and flags == 0) or (data and len(data) < count * SECTOR):
                    return  # killed in the middle of it
                yield flags, sector, data

    def flushed_disk(self, path):
        """The disk at `path` has what was flushed, and nothing that came later."""
        shutil.copyfile(self.made, path)
        waiting, flushes = [], 0
        with open(path, "r+b") as disk:
            for flags, sector, data in self.entries():
                # A flush is for what was written before; its entry may carry data of its own.
                if flags & FLUSH:
                    for at, bytes_ in waiting:
                        disk.seek(at * SECTOR)
                        disk.write(bytes_)
                    waiting, flushes = [], flushes + 1
                if data:
                    waiting.append((sector, data))
        if flushes == 0:
            raise Failure("the disk was never flushed")
        return path


def repair(disk):
    result = subprocess.run(["e2fsck", "-fy", str(disk)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    if result.returncode not in (0, 1):
        raise Failure("e2fsck could not repair it\n" + result.stdout.decode(errors="replace"))


def expect_pages(disk, count, whose):
    found = Path(str(disk) + ".durable")
    disk_image.get_file(disk, "durable", found)
    contents = found.read_bytes()
    for number in range(count):
        if contents[number * 4096:(number + 1) * 4096] != page(number):
            raise Failure(f"{whose}: page {number} is not what it should be")


def cut_off(how, pages=PAGES, seconds=0.0):
    with tempfile.TemporaryDirectory() as directory:
        machine = Machine(directory, how)
        machine.run_until(b"durable now", seconds)
        for disk, whose in ((machine.disk, "all that was written"),
                            (machine.flushed_disk(Path(directory, "flushed")), "all that was flushed")):
            repair(disk)
            expect_pages(disk, pages, whose)


def case_after_msync():
    """What a mapping wrote over a hole is on the disk when msync has returned."""
    cut_off("msync")


def case_after_msync_of_what_was_there():
    """What a mapping wrote over older data is on the disk when msync has returned."""
    cut_off("rewrite")


def case_after_msync_of_a_part():
    """msync of a part of a mapping makes that part durable."""
    cut_off("part", PAGES // 2)


def case_after_fsync():
    """What was written is on the disk when fsync has returned."""
    cut_off("fsync")


def case_after_fsync_of_more():
    """A file that grew is whole on the disk when fsync has returned."""
    cut_off("append")


def case_after_fsync_of_a_renamed_file():
    """A renamed file is found by its new name when fsync has returned."""
    cut_off("rename")


def case_while_others_write_on():
    """What was promised stays while other files are written, and the machine dies in the middle."""
    for seconds in (0.3, 1.0, 2.0):
        cut_off("fsync", seconds=seconds)


def case_after_a_clean_shutdown():
    """After a shutdown the flushed disk is clean, and has what a mapping wrote."""
    with tempfile.TemporaryDirectory() as directory:
        machine = Machine(directory, "shutdown")
        machine.run()
        for disk in (machine.disk, machine.flushed_disk(Path(directory, "flushed"))):
            disk_image.check_image(disk)
            expect_pages(disk, PAGES, disk.name)


if __name__ == "__main__":
    sys.exit(main(globals()))
