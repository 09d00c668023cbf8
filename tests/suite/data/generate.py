#!/usr/bin/env python3
"""Writes the suite's data files into a directory.

Sizes are those that the programs expect; the contents are this script's own: numbered lines
from a fixed linear congruential generator, so that no two pages are alike.

    generate.py DIRECTORY
"""
import pathlib
import sys

WORDS = (
    "frame page region object pager kernel victim reference fault swap slot cache window table "
    "handle endpoint thread task message notification policy clock budget group inode block"
).split()

SIZES = {
    "sample.txt": (794, "=== A sample of text for mappings, 794 bytes long. ===\n"),
    "small.txt": (10016, "This is small.txt, somewhat less than three pages.\n"),
    "large.txt": (2002990, "This is large.txt, nearly five hundred pages.\n"),
    "short.txt": (373, "=== A shorter sample, 373 bytes, for reading and writing. ===\n"),
}


def text(size: int, heading: str, seed: int) -> bytes:
    """Exactly `size` bytes: the heading, then numbered lines, cut off at the end."""
    parts = [heading]
    length = len(heading)
    state = seed
    number = 0
    while length < size:
        words = []
        for _ in range(9):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            words.append(WORDS[(state >> 33) % len(WORDS)])
        number += 1
        line = f"{number:06d} {' '.join(words)}\n"
        parts.append(line)
        length += len(line)
    return "".join(parts).encode()[: size - 1] + b"\n"


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for seed, (name, (size, heading)) in enumerate(SIZES.items(), start=1):
        (directory / name).write_bytes(text(size, heading, seed))
    (directory / "zeros").write_bytes(bytes(6144))


if __name__ == "__main__":
    main()
