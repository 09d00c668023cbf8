#!/usr/bin/env python3
"""Writes small ELF files for elf_fuzz to begin with: one of each interesting layout."""

import os
import struct
import sys

READ, WRITE, EXECUTE = 4, 2, 1


def elf(segments, entry=0x400120):
    """segments: (flags, address, offset, file bytes, memory bytes)"""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, entry, 64, 0,
                         0, 64, 56, len(segments), 0, 0, 0)
    table = b"".join(struct.pack("<IIQQQQQQ", 1, flags, offset, address, address, file_bytes,
                                 memory_bytes, 0x1000)
                     for flags, address, offset, file_bytes, memory_bytes in segments)
    end = max(offset + file_bytes for _, _, offset, file_bytes, _ in segments)
    return (header + table).ljust(end, b"\x90")


SEEDS = {
    "separate": [(READ | EXECUTE, 0x400000, 0, 0x200, 0x200),
                 (READ | WRITE, 0x402000, 0x1000, 0x10, 0x3000)],
    "shared": [(READ, 0x400000, 0, 0x120, 0x120), (READ | EXECUTE, 0x400120, 0x120, 0x100, 0x100),
               (READ | WRITE, 0x400800, 0x800, 0x100, 0x2000)],
    "pieces": [(READ | EXECUTE, 0x400000, 0, 0x200, 0x200),
               (READ | WRITE, 0x400800, 0x1800, 0x100, 0x1000),
               (READ | WRITE, 0x401900, 0, 0, 0x100)],
}


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    for name, segments in SEEDS.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(b"\0" + elf(segments))


if __name__ == "__main__":
    main()
