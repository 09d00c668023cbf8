"""Tests of memory that need a machine of their own kind; see guest_cases.py."""
import re
import sys
import time

from guest_cases import Failure, Run, main

# Microseconds: far more than the guest needs for anything else, even when the host is busy.
SLOW = 200_000


def case_swap_fills_up():
    """With swap full the largest process is stopped, with one line, and all others go on."""
    run = Run("--frames", "128", "--swap", "1M", "--cmd", "swap-full", timeout=120)
    run.expect_status(0).expect_text(r"^\(swap-full\) end$")
    stopped = re.findall(r"^pager: out of swap: process \d+, .* is stopped$", run.transcript,
                         re.MULTILINE)
    if len(stopped) != 3:
        raise Failure(f"{len(stopped)} processes were stopped, expected 3{run.everything()}")


def case_swap_fills_up_without_a_budget():
    """The same when it is the machine's memory that is short."""
    run = Run("--mem", "24M", "--swap", "4M", "--cmd", "swap-full", timeout=300)
    run.expect_status(0).expect_text(r"^\(swap-full\) end$")


def case_overcommit_of_the_whole_machine():
    """Four times the machine's memory is used, and every page is right."""
    run = Run("--mem", "24M", "--swap", "128M", "--cmd", "overcommit", timeout=600)
    run.expect_status(0).expect_text(r"^\(overcommit\) end$")


def expect_together(kind, *options):
    run = Run("--frames", "512", *options, "--cmd", f"slow-disk {kind}", timeout=300)
    run.expect_status(0)
    times = re.search(r"^\(slow-disk\) one: (\d+) us, \d+: (\d+) us$", run.transcript, re.MULTILINE)
    if not times or int(times[1]) < SLOW:
        raise Failure(f"nothing waited for the disk{run.everything()}")
    print(times.group())


def case_slow_file_disk():
    """File faults of many programs on a slow disk take about the time of one."""
    expect_together("file", "--disk-delay", str(SLOW))


def case_slow_swap_disk():
    """Swap faults of many programs on a slow disk take about the time of one."""
    expect_together("swap", "--word", f"swap-delay={SLOW}")


def case_killed_while_they_wait_for_a_file():
    """Programs that are killed while they wait for a slow disk end at once, and leave it intact."""
    expect_together("file kill", "--disk-delay", str(SLOW))


def case_killed_while_they_wait_for_swap():
    """Programs that are killed while they wait for slow swap end at once, and leave it intact."""
    expect_together("swap kill", "--word", f"swap-delay={SLOW}")


def case_soak_of_a_million_operations():
    """A million random operations of eight processes agree with their models."""
    run = Run("--frames", "512", "--cmd", f"soak {int(time.time())} 1000000", timeout=600)
    run.expect_status(0).expect_text(r"^\(soak\) end$")
    print(re.search(r"\d+ operations, .*", run.transcript).group())


if __name__ == "__main__":
    sys.exit(main(globals()))
