"""Traces in other people's formats."""

import csv
import json
import struct

from .trace_file import FAULTS, Timeline

_ORACLE = struct.Struct("<IQIq")  # libCacheSim's oracleGeneral: time, object, bytes, next access
_NEVER = -1


def to_csv(trace, file):
    """A line a record. The fields that not all records have are in one column."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("ticks", "virtual_time", "group", "record", "frame", "object", "index",
                     "detail"))
    timeline = Timeline()
    for record in trace.records():
        timeline.follow(record)
        if record.name in ("clock", "group"):
            continue
        fields = dict(record.fields)
        frame = fields.pop("frame", None)
        page = timeline.page_of.get(frame, ("", ""))
        fields.pop("object", None)
        fields.pop("index", None)
        detail = [f"{name}={value}" for name, value in fields.items()]
        detail += map(str, record.more)
        if record.text:
            detail.append(record.text)
        writer.writerow((timeline.ticks, timeline.virtual_time, timeline.group, record.name,
                         "" if frame is None else frame, *page, " ".join(detail)))


def to_perfetto(trace, file):
    """Chrome's JSON, which Perfetto opens: faults as instants, frames and residents as counters."""
    microseconds = 1e6 / (trace.tick_hertz or 1e9)
    events = []
    resident = {}
    timeline = Timeline()

    def add(phase, name, thread, **arguments):
        event = {"ph": phase, "name": name, "ts": round(timeline.ticks * microseconds, 3),
                 "pid": 1, "tid": thread, "args": arguments}
        if phase == "i":
            event["s"] = "t"
        events.append(event)

    for record in trace.records():
        timeline.follow(record)
        name, fields, group = record.name, record.fields, timeline.group
        if name == "fault":
            add("i", f"fault {FAULTS[fields['kind']]}", group, page=fields["page"],
                space=fields["space"], write=fields["write"])
        elif name in ("insert", "remove"):
            resident[group] = resident.get(group, 0) + (1 if name == "insert" else -1)
            add("C", f"resident in group {group}", group, frames=resident[group])
        elif name == "sample":
            add("C", "frames", group, **fields)
        elif name in ("group_create", "switch", "parameters"):
            resident.setdefault(group, 0)
            add("i", f"{name}: {record.text}", group)
        elif name in ("resize", "contained", "dropped"):
            add("i", name, group, **fields)
    names = [{"ph": "M", "name": "process_name", "pid": 1, "args": {"name": "Quire"}}]
    names += [{"ph": "M", "name": "thread_name", "pid": 1, "tid": group,
               "args": {"name": f"group {group}"}} for group in sorted(resident)]
    json.dump({"traceEvents": names + events}, file)


def to_oracle_general(trace, file, group=None):
    """The references of one group, or of all, each with the distance to the next to its page."""
    pages, ticks = [], []
    timeline = Timeline()
    for record in trace.records():
        if timeline.follow(record) and group in (None, timeline.group):
            pages.append(timeline.page_of.get(record.fields["frame"], (0, record.fields["frame"])))
            ticks.append(timeline.ticks)
    following, last = [0] * len(pages), {}
    for position in range(len(pages) - 1, -1, -1):
        following[position] = last.get(pages[position], _NEVER)
        last[pages[position]] = position
    hertz = trace.tick_hertz or 10 ** 9
    for position, (owner, index) in enumerate(pages):
        # Object numbers have 33 bits, a page's index 32: the top bit of the object tells files.
        number = (owner << 31 ^ index) & (1 << 64) - 1
        file.write(_ORACLE.pack(ticks[position] // hertz & 0xFFFFFFFF, number, trace.page_bytes,
                                following[position]))


FORMATS = {
    "csv": (to_csv, "w"),
    "perfetto": (to_perfetto, "w"),
    "oraclegeneral": (to_oracle_general, "wb"),
}
