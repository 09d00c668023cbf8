"""The tables of the core set in docs/performance.md: each row explained, beside other systems; the bars."""

import re

from .bench_baselines import BARS, BASELINES, COLUMNS
from .errors import QuireError

BEGIN, END = "<!-- quire bench --document -->", "<!-- end of the table -->"
BARS_BEGIN, BARS_END = "<!-- quire bench --document: bars -->", "<!-- end of the bars -->"

_EXPLAINED = {
    "Calls and messages": {
        "null_syscall": "SYS_VERSION, from a program; Linux: getppid",
        "ipc_round_trip_0w": "call and reply-and-wait between two address spaces, no words; "
                             "Linux: two pipes",
        "ipc_round_trip_4w": "four words each way",
        "ipc_round_trip_6w": "six words: all that fit in registers",
        "notification_round_trip": "notify and wait, both ways, two address spaces; Linux: futex",
        "thread_switch": "one switch, by yielding to a thread in another address space; "
                         "seL4: half of its ping-pong",
    },
    "Page faults, from the faulting instruction until it has run": {
        "fault_empty_pager": "the kernel's part: a pager that only answers with a mapping",
        "fault_zero_fill": "first write to anonymous memory",
        "fault_zero_fill_read": "first read of it; Linux maps one shared zero page",
        "fault_zero_fill_new_table": "first write where the page table is missing too",
        "page_table_setup": "the row above less `fault_zero_fill`: the table alone",
        "huge_zero_fill": "first write to a huge page, 512 pages zeroed",
        "huge_zero_fill_per_page": "the same, for each 4 KiB",
        "huge_split": "mprotect of a page in a huge page, which splits it",
        "fault_file_hit": "read of a shared mapping, page in the cache; Linux: ext4, without "
                          "fault-around",
        "fault_file_hit_private": "the same in a private mapping",
        "fault_file_around": "the same shared, where MADV_FAULT_AROUND maps 16 pages at once",
        "fault_file_around_per_page": "its part of each of the 16 pages",
        "fault_file_private_write": "first write to a private mapping: copies the file's page",
        "fault_cow": "write after fork: copies",
        "fault_cow_reuse": "write after fork by the last owner: takes the page over",
        "fault_in_cache": "read of an anonymous page that is in memory and not mapped: swap-in "
                          "without I/O",
        "fault_protection": "write where the page is mapped read-only, after mprotect allowed it",
        "fault_stack_growth": "push a page below the stack",
    },
    "Memory calls": {
        "mmap_munmap_1": "mmap and munmap of one page, untouched",
        "mmap_touch_munmap_1": "the same with one write between",
        "mmap_munmap_1g": "mmap and munmap of 1 GiB, untouched",
        "munmap_256_per_page": "munmap of 256 pages in memory, a page",
        "mprotect_256_per_page": "mprotect of 256 mapped pages to read-only, a page",
        "dontneed_256_per_page": "MADV_DONTNEED of 256 pages in memory, a page",
    },
    "Processes": {
        "fork_exit_wait_100": "fork, exit of the child, wait, with 100 pages of data",
        "fork_exit_wait_10000": "the same with 10,000 pages",
        "fork_exec_wait": "fork, exec of a small program, its exit, wait",
        "spawn_wait": "spawn of that program, its exit, wait",
    },
    "Files in the page cache": {
        "open_close": "open and close",
        "read_1": "pread of 1 byte",
        "read_4k": "pread of 4 KiB, with the copy",
        "read_1m": "pread of 1 MiB",
        "write_1": "pwrite of 1 byte (the least sample: the background writer is in some)",
        "write_4k": "pwrite of 4 KiB",
    },
    "Kernel page operations, a page of a batch of 1 to 512": {
        **{f"map_batch{size}_per_page": "map" for size in (1, 16, 64, 512)},
        **{f"clear_bits_batch{size}_per_page": "clear Accessed and Dirty"
           for size in (1, 16, 64, 512)},
        **{f"unmap_batch{size}_per_page": "unmap" for size in (1, 16, 64, 512)},
    },
    "Loops": {
        "zero_page": "zeroing a page, alone",
        "copy_page": "copying a page, alone",
    },
}
# What a row contains of the loops, so that its cost can be given without.
_LOOPS = {"fault_zero_fill": "zero_page", "fault_zero_fill_read": "zero_page",
          "fault_zero_fill_new_table": "zero_page", "fault_stack_growth": "zero_page",
          "huge_zero_fill_per_page": "zero_page",
          "fault_file_private_write": "copy_page", "fault_cow": "copy_page"}


def markdown(rows):
    """The table. Raises QuireError for a row that nobody has explained."""
    costs = {row["row"]: row["instructions"] for row in rows}
    known = {name for names in _EXPLAINED.values() for name in names}
    if not set(costs) <= known:
        raise QuireError(f"bench_document.py explains no {', '.join(sorted(set(costs) - known))}")
    lines = ["| row | what | instructions | without zeroing, copying | "
             + " | ".join(COLUMNS) + " |", "|---|---|---|---|" + "---|" * len(COLUMNS)]
    for title, names in _EXPLAINED.items():
        if not any(name in costs for name in names):
            continue
        lines.append(f"| **{title}** | | | | " + "| " * len(COLUMNS) + "|")
        for name, what in names.items():
            if name not in costs:
                continue
            loop = costs.get(_LOOPS.get(name))
            numbers = [costs[name], costs[name] - loop if loop else None,
                       *BASELINES.get(name, (None,) * len(COLUMNS))]
            lines.append(f"| `{name}` | {what} | "
                         + " | ".join("" if number is None else f"{number:,}"
                                      for number in numbers) + " |")
    return "\n".join(lines)


def without_loop(costs, row, loop):
    """What the row costs, without the zeroing or copying in it. None: not measured."""
    if row not in costs or (loop and loop not in costs):
        return None
    return costs[row] - (costs[loop] if loop else 0)


def bars(rows):
    """The table of what paths may cost and what they do."""
    costs = {row["row"]: row["instructions"] for row in rows}
    lines = ["| path | row | bar | now | for scale |", "|---|---|---|---|---|"]
    for what, row, loop, bar, scale in BARS:
        cost = without_loop(costs, row, loop)
        if cost is not None:
            name = f"`{row}`" + (f" less `{loop}`" if loop else "")
            lines.append(f"| {what} | {name} | {bar:,} | {cost:,} | {scale} |")
    return "\n".join(lines)


def replace_table(text, rows):
    """`text` with the tables between their marks made new."""
    for begin, end, table in ((BEGIN, END, markdown(rows)), (BARS_BEGIN, BARS_END, bars(rows))):
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise QuireError(f"--document: no lines {begin} and {end}")
        text = pattern.sub(lambda _, begin=begin, end=end, table=table: f"{begin}\n{table}\n{end}", text)
    return text
