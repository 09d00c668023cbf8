"""Sizes as people write them: 64M, 512K, 1G, 4096."""

import re

from .errors import QuireError

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def parse_size(text):
    """Bytes in `text`. Raises QuireError when it is not a size."""
    match = re.fullmatch(r"(\d+)([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise QuireError(f"'{text}' is not a size; write it like 64M, 512K or 1G")
    return int(match[1]) * _UNITS[match[2].upper()]


def format_size(size_bytes):
    """The shortest exact way to write a size; the kernel command line reads it too."""
    for unit in ("G", "M", "K"):
        if size_bytes and size_bytes % _UNITS[unit] == 0:
            return f"{size_bytes // _UNITS[unit]}{unit}"
    return str(size_bytes)
