"""The swap disk image: a sparse file whose first page says that it is ours to write on.

    byte 0   8 bytes  signature QUIRESWP
         8   u32      version, 1
        12   u32      page size, 4096
        16   u64      pages in the image, this header page included
"""

import struct

from .errors import QuireError

SIGNATURE = b"QUIRESWP"
VERSION = 1
PAGE_SIZE = 4096
_HEADER = struct.Struct("<8sIIQ")


def swap_header(size_bytes):
    """The first page of an image of `size_bytes`."""
    pages = size_bytes // PAGE_SIZE
    if pages < 2:
        raise QuireError(f"a swap image needs two pages of {PAGE_SIZE} bytes or more")
    return _HEADER.pack(SIGNATURE, VERSION, PAGE_SIZE, pages).ljust(PAGE_SIZE, b"\0")


def make_swap_image(path, size_bytes):
    """Writes an image, rounded down to whole pages; takes disk space only as it is used."""
    header = swap_header(size_bytes)
    with open(path, "wb") as image:
        image.write(header)
        image.truncate(size_bytes // PAGE_SIZE * PAGE_SIZE)
