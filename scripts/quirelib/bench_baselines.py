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
