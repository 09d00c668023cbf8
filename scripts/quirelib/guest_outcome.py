"""How a run ended: what the guest reported, and what QEMU saw, become one status.

The guest writes one line to I/O port 0xe9 (QEMU's debug console), so that its whole status
gets through and the transcript stays the programs' own:

    exit STATUS         the program (or init, for the suite) ended; power off follows
    panic MESSAGE       the system stopped itself

Kernel tests that run without init leave through port 0xf4 (isa-debug-exit) instead: QEMU's
status is then twice the value written, plus one. A panic writes 0x3f there.
"""

from dataclasses import dataclass

from .errors import STATUS_NO_REPORT, STATUS_PANIC, STATUS_RESET, STATUS_TIMEOUT

_DEBUG_EXIT_PANIC = 0x3F


@dataclass
class Outcome:
    """`message` is None when there is nothing to say: the program's own status."""

    status: int
    message: str | None = None
    orderly: bool = False  # the guest powered off by itself: its disks are complete


def judge(report, shutdown_reason, qemu_status, timed_out_after=None):
    """The outcome of a run.

    report           what the guest wrote to port 0xe9
    shutdown_reason  of QEMU's SHUTDOWN event, None if there was none
    qemu_status      QEMU's own exit status, negative for a signal
    timed_out_after  seconds, if the run was cut off
    """
    lines = [line.strip() for line in report.splitlines()]
    for line in lines:
        if line.startswith("panic"):
            return Outcome(STATUS_PANIC, "the system panicked" + _after(line, "panic"))
    if timed_out_after is not None:
        return Outcome(STATUS_TIMEOUT, f"time-out: still running after {timed_out_after:g} seconds")
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[0] == "exit" and words[1].lstrip("-").isdigit():
            return Outcome(int(words[1]) & 0xFF, orderly=True)

    # isa-debug-exit ends QEMU on the spot, without a SHUTDOWN event.
    if shutdown_reason is None and qemu_status > 0 and qemu_status % 2 == 1:
        value = qemu_status >> 1
        if value == _DEBUG_EXIT_PANIC:
            return Outcome(STATUS_PANIC, "the system panicked")
        return Outcome(value, orderly=True)
    if shutdown_reason == "guest-reset":
        return Outcome(STATUS_RESET, "the machine reset itself: a triple fault, or a reset on purpose")
    if shutdown_reason == "guest-shutdown":
        return Outcome(STATUS_NO_REPORT, "the machine powered off without a report of a status")
    return Outcome(STATUS_NO_REPORT, f"QEMU ended with status {qemu_status} without a report")


def _after(line, word):
    rest = line[len(word):].strip(" :")
    return f": {rest}" if rest else ""
