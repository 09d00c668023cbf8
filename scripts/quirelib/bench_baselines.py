"""What other systems need for the same, in instructions on the same emulated machine.

seL4: commit 1326364, release, fast path, with the Meltdown window. Linux: 6.1 of Debian, in the
kernel and by userfaultfd with the server in another process; medians with default mitigations.
docs/performance.md says what is compared with what.
"""

COLUMNS = ("seL4", "Linux", "userfaultfd")

BASELINES = {
    "null_syscall": (None, 385, None),
    "ipc_round_trip_0w": (444, 14319, None),
    "ipc_round_trip_4w": (477, None, None),
    "notification_round_trip": (2139, 13463, None),
    "thread_switch": (272, None, None),
    "map_batch1_per_page": (773, None, None),
    "unmap_batch1_per_page": (608, None, None),
    "fault_empty_pager": (2058, None, None),
    "fault_zero_fill": (None, 3056, 13843),
    "fault_zero_fill_read": (None, 1448, 13843),
    "fault_file_hit": (None, 2147, None),
    "fault_file_around": (None, 10656, None),
    "fault_file_around_per_page": (None, 666, None),
    "fault_file_private_write": (None, 4020, 17876),
    "fault_cow": (None, 4309, None),
    "fault_cow_reuse": (None, 1567, None),
    "mmap_munmap_1": (None, 14157, None),
    "mmap_touch_munmap_1": (None, 21671, None),
    "fork_exit_wait_100": (None, 303000, None),
}

# What each path may cost: (what, row, the loop that is taken off, bar, for scale). None of the bars
# that were reached may be lost again: tests/scripts/test_bench.py compares them with the stored rows.
BARS = (
    ("null system call", "null_syscall", None, 120, "Linux 385, seL4's Yield 298"),
    ("IPC round trip, two address spaces, 4 words", "ipc_round_trip_4w", None, 400,
     "seL4's fast path 477, Linux pipe 14,319"),
    ("fault, empty pager, reply with mapping, resumed", "fault_empty_pager", None, 900,
     "seL4 2,058"),
    ("zero-fill fault through the whole pager", "fault_zero_fill", "zero_page", 1450,
     "Linux in the kernel 1,448 (zero page), userfaultfd 13,843"),
    ("shared file fault, page-cache hit, no fault-around", "fault_file_hit", None, 1600,
     "Linux 2,147"),
    ("copy-on-write fault", "fault_cow", "copy_page", 1800, "Linux 4,309 with the copy"),
    ("unmap in a batch of 64, per page", "unmap_batch64_per_page", None, 60, "seL4 608"),
    ("clear-bits in a batch of 512, per page", "clear_bits_batch512_per_page", None, 25,
     "nobody has it"),
    ("mmap and munmap of one untouched page", "mmap_munmap_1", None, 3000, "Linux 14,157"),
    ("fork, exit, wait with 100 resident pages", "fork_exit_wait_100", None, 90000,
     "Linux 303,000"),
)
