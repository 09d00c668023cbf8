"""Tests of the system's speed, and of the tools that measure it: bench_cases.py NAME, or --list.

Each function whose name begins with case_ is one test; its first line of documentation is
what it promises. They measure build/release, which they bring up to date: the counts are the
same on every machine.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
QUIRE = str(SOURCE / "scripts" / "quire")
STORED = SOURCE / "tests" / "bench" / "core.json"


class Failure(Exception):
    pass


def quire(*words, statuses=(0,)):
    """Standard output of `quire WORDS`."""
    result = subprocess.run([QUIRE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, errors="replace")
    if result.returncode not in statuses:
        raise Failure(f"quire {' '.join(words)}: status {result.returncode}\n"
                      f"{result.stdout}\n{result.stderr}")
    return result.stdout


def case_no_path_is_slower_than_stored():
    """No row of the core set costs over 2 % more than tests/bench/core.json says."""
    quire("bench", "--compare", str(STORED))


def case_counts_repeat_exactly():
    """Two runs count the same instructions, to the last one."""
    names = ("null_syscall", "fault_zero_fill", "mmap_munmap_1")
    first, second = ({row["row"]: row["instructions"]
                      for row in json.loads(quire("bench", "--json", *names))} for _ in range(2))
    if first != second or set(first) != set(names):
        raise Failure(f"{first}\n{second}")


def case_the_profile_counts_what_the_clock_counts():
    """The profiler's sum over a row's faults is what the row itself measured."""
    row, = json.loads(quire("bench", "--json", "fault_file_hit"))
    stages = json.loads(quire("bench", "--json", "--set", "stages",
                              *(f"fault_file_hit.{part}" for part in
                                ("exception", "pager", "zero_and_copy", "reply", "others"))))
    total = sum(stage["instructions"] for stage in stages)
    # The profile has the loop around each fault too.
    if not row["mean"] <= total <= row["mean"] + 50:
        raise Failure(f"measured {row}, profiled {total}: {stages}")


def costs_of(words, rows):
    """{row: instructions} of the program `bench WORDS ROWS`."""
    text = quire("run", "--headless", "--preset", "release", "--icount", "--mem", "512M",
                 "--cmd", f"bench {words} {' '.join(rows)}")
    return {row: int(re.search(rf"^row {row} +(\d+)", text, re.MULTILINE)[1]) for row in rows}


def require_flat(few, many, rows):
    low, high = costs_of(few, rows), costs_of(many, rows)
    for row in rows:
        if high[row] > 1.15 * low[row]:
            raise Failure(f"{row}: {high[row]} instructions instead of {low[row]}")


def case_a_fault_or_a_process_beside_many_processes_costs_the_same():
    """With 300 processes asleep, a fault or a child costs at most 1.15 times what it costs with one."""
    require_flat("--processes 1", "--processes 300",
                 ("fault_zero_fill", "fork_exit_wait_100", "spawn_wait"))


def case_faults_and_memory_calls_among_many_regions_cost_the_same():
    """With 20,000 regions they cost at most 1.15 times what they cost with 10."""
    require_flat("--regions 10", "--regions 20000",
                 ("fault_zero_fill", "fault_stack_growth", "fault_spread", "mmap_munmap_1"))


CASES = {name[len("case_"):].replace("_", "-"): function
         for name, function in list(globals().items()) if name.startswith("case_")}


def main(name):
    if name == "--list":
        print("\n".join(CASES))
        return 0
    try:
        CASES[name]()
    except Failure as failure:
        print(f"not so: {CASES[name].__doc__.splitlines()[0]}\n{failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
