"""Seeds for the fuzzers of traces.

trace: one small good trace of each format, plain and packed, for trace_fuzz.
replay: a recorded run for each policy, for replay_fuzz.
"""
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


_POLICIES = ("clock", "fifo", "random", "lru-aging", "enhanced-clock", "wsclock", "2q", "lru-2", "lfu",
             "arc", "car", "clock-pro", "lirs", "sieve", "s3-fifo", "w-tinylfu", "mglru", "adaptive")


def replay_trace(policy, other):
    """A run that needs no answer of the policy: pages come, are used and go; then another policy."""
    records = [record(9, 0, 0, 8, 8, 1, 0, text=policy)]
    for page in range(12):
        records.append(record(24, 100 + page, 0, 5, page, 0, page % 2))
        records.append(record(25, 100 + page // 2, 1 + page % 2))
        records.append(record(28, 64))
        if page % 3 == 2:
            records.append(record(26, 100 + page - 1, 1))
    records.append(record(12, 16, 0, 16))
    records.append(record(27, 100, 2))
    resident = [100 + page for page in range(12) if page % 3 != 1]
    records.append(record(14, 16, 2, text=other))
    records += [record(26, frame, 5) for frame in resident]
    records.append(record(15))
    records += [record(24, frame, 4, 5, frame - 100, 0, 0, 0, 0, 0, rank)
                for rank, frame in enumerate(resident)]
    records.append(record(16))
    records += [record(26, frame, 3) for frame in resident]
    records.append(record(11))
    return recording(records)


def replay_seeds():
    for policy, other in zip(_POLICIES, _POLICIES[1:] + _POLICIES[:1]):
        yield policy, replay_trace(policy.encode(), other.encode())


def main(fuzzer, directory):
    os.makedirs(directory, exist_ok=True)
    if fuzzer == "replay":
        files = list(replay_seeds())
    else:
        files = [(name, bytes([choice]) + data) for name, choice, data in seeds()]
    for name, data in files:
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
