"""Reference strings in the guest: refs touches them, pages, and finds its data (docs/workloads.md)."""
import re
import subprocess
import sys

from guest_cases import BUILD, QUIRE, Failure, Run, main
from workload_result import Line, RESULT, Result, expect

KINDS = ("sequential", "loop", "uniform", "chase", "zipf", "scan", "phases", "turns", "window", "stack")
# Check values of the strings that other systems were measured on.
PUBLISHED = {"loop": "5a74a07e61ef2383", "zipf": "f3899ba899b549ac", "scan": "0b828f7594ebab71"}


def at_the_prompt(*commands, words=(), timeout=300):
    """The result lines of commands in one boot, which must all end well."""
    result = subprocess.run(
        [QUIRE, "run", "--headless", "--build-dir", str(BUILD), "--shell", "--timeout", str(timeout),
         *words],
        input="".join(f"{command}\n" for command in (*commands, "exit")).encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = result.stdout.decode(errors="replace").replace("\r", "").replace("quire> ", "")
    found = [Line(match) for match in RESULT.finditer(text)]
    if len(found) != len(commands):
        raise Failure(f"{len(found)} of {len(commands)} workloads had a result:\n{text}")
    return found


def simulated(frames, policy, line):
    """Page-ins of the simulator: misses but the first of each page."""
    text = subprocess.run([QUIRE, "sim", "--string", line + " prefill=yes", "--policy", policy,
                           "--frames", str(frames), "--json", "--quiet"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    pages, misses = (int(re.search(rf'"{name}": (\d+)', text)[1]) for name in ("pages", "misses"))
    return misses - pages


def case_every_kind_is_the_same_string_in_the_guest_and_on_the_host():
    """Each kind pages in 70 frames, finds its data, and has the host's check value."""
    specifications = [f"{kind} frames=64 seed=3 count=3000" for kind in KINDS]
    specifications[0] = "sequential frames=64 count=300"
    results = at_the_prompt(*(f"group run 70 clock refs {words} touch=write"
                              for words in specifications))
    for words, result in zip(specifications, results):
        text = subprocess.run([QUIRE, "strings", *words.split()], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        check = re.search(r"^# check (\w+)$", text, re.MULTILINE)[1]
        expect(result.check == check, f"{words}: {result.check} in the guest, {check} on the host")
        expect(result.counts["page-ins"] > 200, f"{words} hardly paged: {result.counts}")


def case_strings_of_other_systems_have_their_check_values():
    """Loop, zipf and scan for 4,096 frames are the strings that Linux was measured on."""
    results = at_the_prompt(*(f"refs {kind} frames=4096" for kind in PUBLISHED))
    for (kind, check), result in zip(PUBLISHED.items(), results):
        expect((result.name, result.check) == (kind, check), f"{kind}: {result.check}, not {check}")


def case_writes_reach_their_pages_in_memory_and_in_a_file():
    """References that write end in the same data through swap and through a mapped file."""
    memory = Result("refs zipf frames=100 count=6000 touch=write", 100, "sieve")
    file = Result("refs zipf frames=100 count=6000 touch=write memory=file", 100, "arc")
    file.expect_as(memory)
    for result in memory, file:
        expect(result.counts["page-outs"] > 200, f"{result.command} wrote little: {result.counts}")


def case_pages_that_are_only_read_are_written_once():
    """Once a page has been to the disk, reading it again and evicting it costs no write."""
    for memory in "anonymous", "file":
        result = Result(f"refs uniform frames=100 count=4000 memory={memory}", 100, "fifo")
        expect(result.counts["page-ins"] > 1000 and 10 * result.counts["page-outs"] < result.counts["page-ins"],
               f"{result.command}: {result.counts}")


def case_the_guest_pages_as_the_simulator_says():
    """Under FIFO, which sees no bits, page-ins lie between those of as many frames and of a few less."""
    strings = ("loop frames=400 count=3000", "zipf frames=400 count=12000",
               "scan frames=400 count=12000", "phases frames=400 length=2000 count=12000")
    results = at_the_prompt(*(f"group run 400 fifo refs {words}" for words in strings))
    for words, result in zip(strings, results):
        # The program itself, its tables, and what background eviction keeps free; its own pages
        # come back too.
        least, most = simulated(400, "fifo", words), simulated(400 - 80, "fifo", words) * 1.02
        expect(least <= result.counts["page-ins"] <= most,
               f"{words}: {result.counts['page-ins']} page-ins, simulated {least} to {most}")


def case_a_loop_has_no_second_use():
    """No bit says that a page of a loop was used again before it went: LRU-like policies hit nothing."""
    for policy in "clock", "sieve":
        result = Result("refs loop frames=400 count=6000", 400, policy)
        expect(result.counts["page-ins"] >= 0.99 * result.operations, f"{policy}: {result.counts}")


def case_a_loop_pages_less_than_on_linux():
    """LIRS pages in less than half of what Linux does, in the same memory, for the same loop."""
    result = Result("refs loop frames=4096", 4052, "lirs", "--swap", "96M", timeout=200)
    expect(result.check == PUBLISHED["loop"], f"another string: {result.check}")
    # docs/workloads.md has the counts of Linux.
    expect(result.counts["page-ins"] < 61413 / 2, f"{result.counts}")


def case_a_wrong_string_is_refused():
    """An unknown kind or parameter and a size that cannot be are named, with what there is."""
    for command, status, message in (
            ("refs zipff", 2, r"^  zipf\s+page r of a random order"),
            ("refs zipf hot=5", 2, r"hot=5: there is no such parameter; there are: touch memory frames"),
            ("refs loop pages=2000000000", 1, r"no address space for 8192000000000 bytes")):
        Run("--frames", "64", "--cmd", command).expect_status(status).expect_text(message)


if __name__ == "__main__":
    sys.exit(main(globals()))
