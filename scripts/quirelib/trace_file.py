"""Reading traces: libsys/include/quire/trace.h has the format, docs/traces.md its page."""

import struct
from dataclasses import dataclass

from .errors import QuireError

_MAGIC = b"QTRACE1\n"
_HEADER = struct.Struct("<8sIIQQIIII")
_VERSION = 1

# Type: name, fields, and whether a text is the rest of the record.
RECORDS = {
    1: ("clock", ("ticks",)),
    2: ("sample", ("free", "anonymous", "file", "dirty", "swap")),
    3: ("dropped", ("records",)),
    4: ("end", ("records", "dropped")),
    8: ("group", ("group",)),
    9: ("group_create", ("group", "minimum", "limit", "capacity", "seed", "virtual_time"), True),
    10: ("group_counts", ("group", "virtual_time", "references", "inserts", "refaults",
                          "evictions", "looks", "rejected", "rescued", "core_picked", "resident")),
    11: ("group_destroy", ("group",)),
    12: ("resize", ("capacity", "minimum", "limit")),
    13: ("parameters", (), True),
    14: ("switch", ("capacity", "seed"), True),
    15: ("switched", ()),
    16: ("switch_done", ()),
    17: ("contained", ("reason",)),
    24: ("insert", ("frame", "why", "object", "index", "kind_advice", "write", "region",
                    "refault_distance", "cookie", "rank")),
    25: ("reference", ("frame", "channel")),
    26: ("remove", ("frame", "why")),
    27: ("outcome", ("frame", "what")),
    28: ("tick", ("budget",)),
    32: ("victims", ("want",)),
    33: ("clean", ("want",)),
    34: ("prefetch", ("frame", "max")),
    40: ("named", ("count",)),
    41: ("cookie", ("cookie",)),
    42: ("offsets", ("count",)),
    48: ("look", ("frame", "referenced")),
    49: ("information", ("frame", "kind_advice_dirty", "mappings")),
    56: ("fault", ("kind", "space", "page", "write")),
    57: ("picked", ("frame",)),
}
FAULTS = ("", "zero-fill", "file-hit", "file-read", "swap-read", "copy-on-write", "in-memory",
          "protection")
INSERT_ADOPT = 4
NO_FRAME = 0xFFFFFFFF


@dataclass
class Record:
    name: str
    fields: dict  # those of RECORDS by name
    more: list    # numbers behind them: the frames of `named`, the offsets of `offsets`
    text: str
    offset: int


class Trace:
    """A whole trace. Raises QuireError, with the offset, for what is no trace or not whole."""

    def __init__(self, path, allow_drops=False):
        try:
            with open(path, "rb") as file:
                self._data = file.read()
        except OSError as error:
            raise QuireError(f"{path}: {error.strerror}") from error
        self._path = path
        if len(self._data) < _HEADER.size or not self._data.startswith(_MAGIC):
            raise QuireError(f"{path}: this is no Quire trace")
        (_, version, self._start, self.tick_hertz, self.frames_total, self.page_bytes,
         self.victims_max, line_bytes, _) = _HEADER.unpack_from(self._data)
        if version != _VERSION:
            raise QuireError(f"{path}: version {version} of the format; this reads {_VERSION}")
        if self._start > len(self._data) or self._start < _HEADER.size + line_bytes:
            raise QuireError(f"{path}: the header is damaged")
        self.command_line = self._data[_HEADER.size:_HEADER.size + line_bytes].decode(
            errors="replace")
        self._allow_drops = allow_drops

    def records(self):
        """Every record but TRACE_END, which is checked."""
        data, at, count = self._data, self._start, 0
        while at < len(data):
            start, kind = at, data[at]
            length, at = self._number(at + 1, len(data), start)
            end = at + length
            if end > len(data):
                raise self._error(start, "is cut short")
            if kind in RECORDS:
                record = self._decode(kind, at, end, start)
                if record.name == "end":
                    self._check_end(record, count, end)
                    return
                if record.name == "dropped" and not self._allow_drops:
                    raise self._error(start, f"{record.fields['records']} records are missing "
                                      "(--allow-drops reads the trace all the same)")
                yield record
            count += 1
            at = end
        raise QuireError(f"{self._path}: cut short: it has no end record after {count} records")

    def _check_end(self, record, count, end):
        if record.fields["records"] != count:
            raise self._error(record.offset, f"the guest wrote {record.fields['records']} records, "
                              f"here are {count}")
        if end != len(self._data):
            raise self._error(end, "there is something behind the end record")

    def _decode(self, kind, at, end, start):
        name, names, *has_text = RECORDS[kind]
        data, numbers = self._data, []
        while at < end and not (has_text and len(numbers) == len(names)):
            byte = data[at]
            if byte < 0x80:
                numbers.append(byte)
                at += 1
            else:
                number, at = self._number(at, end, start)
                numbers.append(number)
        fields = dict.fromkeys(names, 0)
        fields.update(zip(names, numbers))
        text = data[at:end].decode(errors="replace") if has_text else ""
        return Record(name, fields, numbers[len(names):], text, start)

    def _number(self, at, end, start):
        number = shift = 0
        while at < end:
            byte = self._data[at]
            number |= (byte & 0x7F) << shift
            at += 1
            if byte < 0x80:
                return number, at
            shift += 7
            if shift > 63:
                break
        raise self._error(start, "has a number that does not end")

    def _error(self, offset, what):
        return QuireError(f"{self._path}: the record at offset {offset}: {what}")


class Timeline:
    """Follows a trace: what the time is, in which group things happen, and which page a frame is."""

    def __init__(self):
        self.ticks = 0
        self.group = 0
        self.page_of = {}  # frame: (object, index)
        self._virtual_time = {}
        self._changing = set()

    @property
    def virtual_time(self):
        return self._virtual_time.get(self.group, 0)

    def follow(self, record):
        """True if the record is a reference to the page in its frame."""
        name, fields = record.name, record.fields
        if name == "clock":
            self.ticks += fields["ticks"]
        elif name == "group":
            self.group = fields["group"]
        elif name == "group_create":
            self.group = fields["group"]
            self._virtual_time[self.group] = fields["virtual_time"]
        elif name == "switched":
            self._changing.add(self.group)
        elif name == "switch_done":
            self._changing.discard(self.group)
        elif name == "insert":
            self.page_of[fields["frame"]] = (fields["object"], fields["index"])
            self._advance()
            return fields["why"] != INSERT_ADOPT
        elif name == "reference" or (name == "look" and fields["referenced"]):
            self._advance()
            return True
        return False

    def _advance(self):
        if self.group not in self._changing:
            self._virtual_time[self.group] = self.virtual_time + 1
