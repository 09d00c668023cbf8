"""Seeds for trace_fuzz: one small good trace of each format, plain and packed."""
import gzip
import os
import struct
import sys

# What the first byte of an input chooses: see trace_fuzz.c.
_GUESS, _TEXT, _CSV, _LACKEY, _ORACLE, _QUIRE = range(6)


def number(value):
    """Unsigned LEB128, as in libsys/include/quire/trace.h."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def record(kind, *fields, text=b""):
    body = b"".join(map(number, fields)) + text
    return bytes([kind]) + number(len(body)) + body


def quire_trace():
    """A run: a group of 8 frames under clock, two pages, one of which goes."""
    records = [
        record(9, 0, 0, 8, 8, 1, 0, text=b"clock"),
        record(24, 100, 0, 5, 1), record(24, 101, 0, 5, 2, 0, 1), record(25, 100, 1),
        record(32, 1), record(48, 100, 1), record(48, 101), record(40, 1, 101),
        record(26, 101, 0), record(24, 101, 1, 5, 3), record(10, 0, 5, 1, 3),
    ]
    return recording(records)


def recording(records):
    """A whole trace of these records."""
    header = struct.pack("<8sIIQQIIII", b"QTRACE1\n", 1, 48, 0, 1024, 4096, 32, 0, 0)
    return header + b"".join(records) + record(4, len(records))


def seeds():
    text = b"# pages\n1\n2 w\n0x3\n1\n" * 3
    csv = b"time,obj_id,op\n1,17,r\n2,18,w\n3,17,r\n"
    lackey = b"==1== lackey\nI  04001100,3\n L 1ffeffe7e,8\n S 04003fff,2\n M 04003ffc,4\n"
    oracle = b"".join(struct.pack("<IQIq", i, i % 3, 512, i + 3 if i < 6 else -1) for i in range(9))
    yield "text", _TEXT, text
    yield "csv", _CSV, csv
    yield "lackey", _LACKEY, lackey
    yield "oracle", _ORACLE, oracle
    yield "quire", _QUIRE, quire_trace()
    yield "guess-quire", _GUESS, quire_trace()
    yield "gzip", _GUESS, gzip.compress(text, mtime=0)
    yield "guess-text", _GUESS, text
    yield "guess-csv", _GUESS, csv
    yield "guess-lackey", _GUESS, lackey


def main(directory):
    os.makedirs(directory, exist_ok=True)
    for name, choice, data in seeds():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(bytes([choice]) + data)


if __name__ == "__main__":
    main(sys.argv[1])
