#!/usr/bin/env python3
"""Converts a bitmap font in GRUB's PFF2 format to the C table that font.h declares.

A PFF2 file is a list of sections, each with a four-letter name and a length. CHIX is the
index: code point, flags and file offset of each glyph. A glyph has its size, its place
relative to the baseline, and its bits, most significant first, rows not padded.

Our cells are 8 by 16 pixels, a byte a row. Only what a console prints is taken: Latin,
punctuation, box drawing and blocks.
"""

import struct
import sys

CELL_WIDTH, CELL_HEIGHT, BASELINE = 8, 16, 14  # rows above the baseline
RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x2190, 0x2193), (0x2500, 0x259F),
          (0xFFFD, 0xFFFD)]


def read_index(data):
    """Code point -> offset of its glyph."""
    position, index = 0, {}
    while position + 8 <= len(data):
        name, length = struct.unpack_from(">4sI", data, position)
        position += 8
        if name == b"CHIX":
            for entry in range(position, position + length, 9):
                code, _flags, offset = struct.unpack_from(">IBI", data, entry)
                index[code] = offset
        if name == b"DATA":
            break
        position += length
    return index


def cell_of(data, offset):
    """The glyph's rows in a cell, or None if it does not fit in one."""
    width, height, left, bottom, _advance = struct.unpack_from(">HHhhh", data, offset)
    bits = data[offset + 10:offset + 10 + (width * height + 7) // 8]
    top = BASELINE - bottom - height
    if left < 0 or left + width > CELL_WIDTH or top < 0 or top + height > CELL_HEIGHT:
        return None
    rows = [0] * CELL_HEIGHT
    for pixel in range(width * height):
        if bits[pixel // 8] >> (7 - pixel % 8) & 1:
            rows[top + pixel // width] |= 0x80 >> (left + pixel % width)
    return rows


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: make_font.py FONT.pf2 OUTPUT.c")
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    if data[:12] != b"FILE\0\0\0\4PFF2":
        sys.exit(f"make_font.py: {sys.argv[1]} is not a PFF2 font")
    index = read_index(data)
    lines = []
    for first, last in RANGES:
        for code in range(first, last + 1):
            rows = cell_of(data, index[code]) if code in index else None
            if rows is not None:
                values = ", ".join(f"0x{row:02x}" for row in rows)
                lines.append(f"    {{0x{code:04x}, {{{values}}}}},\n")
    if len(lines) < 95:
        sys.exit(f"make_font.py: {sys.argv[1]} lacks the letters of a console")
    with open(sys.argv[2], "w", encoding="ascii") as file:
        file.write('#include "font.h"\n\nconst struct font_glyph font_glyphs[] = {\n')
        file.writelines(lines)
        file.write(f"}};\n\nconst unsigned font_glyph_count = {len(lines)};\n")


if __name__ == "__main__":
    main()
