"""Where the functions of an ELF64 image are."""

import struct
from pathlib import Path

from .errors import QuireError

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_SYMBOL_TABLE = 2
_EXECUTABLE = 4
_TYPES = (0, 2)  # assembly leaves labels without type


class Text:
    """The executable section of an image, and its functions as (start, end, name)."""

    def __init__(self, path):
        self.path = Path(path)
        data = self.path.read_bytes()
        if data[:5] != b"\x7fELF\x02":
            raise QuireError(f"{path} is not an ELF64 file")
        offset, = struct.unpack_from("<Q", data, 40)
        size, count = struct.unpack_from("<HH", data, 58)
        sections = [_SECTION.unpack_from(data, offset + size * index) for index in range(count)]
        text = next((number for number, section in enumerate(sections)
                     if section[2] & _EXECUTABLE), None)
        if text is None:
            raise QuireError(f"{path} has no text")
        _, _, _, self.start, self.offset, length, *_ = sections[text]
        self.end = self.start + length
        self.functions = self._functions(data, sections, text)

    def _functions(self, data, sections, text):
        found = {}
        for _, kind, _, _, offset, length, link, _, _, _ in sections:
            if kind != _SYMBOL_TABLE:
                continue
            names = sections[link][4]
            for name, info, _, section, value, _ in _SYMBOL.iter_unpack(data[offset:offset + length]):
                end = data.index(b"\0", names + name)
                label = data[names + name:end].decode()
                # NASM's local labels are FUNCTION.LABEL; they are parts of the function.
                if (section == text and info & 15 in _TYPES and label and "." not in label
                        and self.start <= value < self.end):
                    found[value] = label
        starts = sorted(found)
        return [(start, end, found[start]) for start, end in zip(starts, starts[1:] + [self.end])]
