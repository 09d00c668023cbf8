#!/usr/bin/env python3
"""Writes seeds for ext2_fuzz: patched metadata with every request, in the format that
ext2_fuzz.c describes. Usage: make_ext2_seeds.py DIRECTORY"""
import pathlib
import random
import sys

# Bytes of the superblock (at 1024) and of what follows that change its meaning.
SUPERBLOCK = [1024 + offset for offset in (0, 4, 20, 24, 28, 32, 40, 56, 58, 76, 84, 88, 96, 100)]


def patch(offset: int, value: int, width: int) -> bytes:
    flags = {1: 0, 2: 8, 4: 4}[width] | offset >> 16
    return (offset & 0xFFFF).to_bytes(2, "little") + bytes([flags]) + value.to_bytes(2, "little")


def requests(generator: random.Random, count: int) -> bytes:
    return bytes(
        byte
        for _ in range(count)
        for byte in [generator.randrange(1, 18)] + [generator.randrange(256) for _ in range(7)]
    )


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    generator = random.Random(1)
    for number in range(120):
        block_size = number % 3
        patches = []
        for _ in range(generator.randrange(0, 6)):
            offset = generator.choice(SUPERBLOCK + [generator.randrange(0x20000)] * 30)
            value = generator.choice([0, 1, 2, 11, 12, 255, 0x7FFF, 0xFFFF, generator.randrange(1024)])
            patches.append(patch(offset, value, generator.choice([1, 2, 4])))
        head = bytes([block_size + 3 * len(patches)])
        seed = head + b"".join(patches) + requests(generator, 40)
        (directory / f"seed-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
