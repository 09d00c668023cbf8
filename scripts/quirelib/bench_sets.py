"""The sets of rows that quire bench knows. Each function: (Bench, wanted names) -> rows."""

import contextlib
import re
import sys

from .bench_boots import stages
from .errors import QuireError
from .iso_command import make_product_iso
from .paths import SERVERS, SOURCE
from .suite import SUITE, parse_suite

FAULTS = ("fault_zero_fill", "fault_zero_fill_read", "fault_file_hit", "fault_file_private_write",
          "fault_cow", "fault_cow_reuse", "fault_in_cache", "fault_protection",
          "fault_stack_growth")
# Rows that come out of another's measurement.
_BESIDE = {"fault_cow_reuse": "fault_cow", "fault_file_around_per_page": "fault_file_around"}
_FAULT_COMMAND = " ".join(name for name in FAULTS if name not in _BESIDE)
# Of user/bench/fault_rows.c, the function that has the faults and nothing else.
_WITHIN = {"fault_stack_growth": "grow_stack", "fault_cow": "touch_shared",
           "fault_cow_reuse": "touch_left_over"}
_FAULTS_EACH = 256  # PAGES of user/bench/rows.h
# A fault that needs a page table, less one that does not.
_TABLE_ROW, _TABLE_PARTS = "page_table_setup", ("fault_zero_fill_new_table", "fault_zero_fill")
# Of user/bench/swap_rows.c, and the budget of the group, so that half of the pages must go.
_SWAP_PAGES, _SWAP_FRAMES = 8192, 4096


def core(bench, names):
    """calls, IPC, faults, memory calls, processes, files: what CI compares"""
    kernel = bench.kernel_rows()
    of_kernel = {row["row"] for row in kernel}
    of_program = {_BESIDE.get(name, name)
                  for name in names if name not in of_kernel}
    if _TABLE_ROW in of_program:
        of_program = of_program - {_TABLE_ROW} | set(_TABLE_PARTS)
    if names and not of_program:
        return kernel
    rows = bench.rows(" ".join(["bench", *sorted(of_program)]))
    cost = {row["row"]: row["instructions"] for row in rows}
    if all(part in cost for part in _TABLE_PARTS):
        rows.append({"row": _TABLE_ROW,
                     "instructions": cost[_TABLE_PARTS[0]] - cost[_TABLE_PARTS[1]]})
    return rows + kernel


def stages_of_faults(bench, names):
    """each kind of fault by stage: exception, pager, zeroing and copying, reply"""
    rows = []
    for name in FAULTS:
        if names and not any(wanted.startswith(name + ".") for wanted in names):
            continue
        command = f"bench {name.removesuffix('_reuse')}"
        within = _WITHIN.get(name, "touch_each")
        rows += stages(bench.profile(command, within), name, _FAULTS_EACH)
    return rows


def regions(bench, names):
    """faults with 10, 1,000 and 100,000 regions in the address space"""
    rows = []
    for count in (10, 1000, 100000):
        rows += bench.rows(f"bench --regions {count} mmap_munmap_1 fault_spread {_FAULT_COMMAND}",
                           "--mem", "512M", suffix=f"@regions={count}")
    return rows


def memory(bench, names):
    """faults, eviction and boot with 64 MiB, 1, 16 and 64 GiB of memory"""
    rows = []
    for size in ("64M", "1G", "16G", "64G"):
        # Guest memory that is not touched costs the host nothing.
        words = ("--mem", size, "--qemu=-object",
                 f"--qemu=memory-backend-ram,id=memory,size={size},reserve=off",
                 "--qemu=-machine", "--qemu=memory-backend=memory")
        rows += bench.rows(f"bench {_FAULT_COMMAND}", *words, suffix=f"@mem={size}")
        rows += boot_rows(bench, f"@mem={size}", *words)
        rows.append(swap_out(bench, f"@mem={size}", *words))
    return rows


def swap_out(bench, suffix, *words):
    """What a page costs that is written while another one must go for it, write included."""
    profile = bench.profile("bench swap_sequential", "write_pages", "--frames",
                            str(_SWAP_FRAMES), *words, disk=True)
    return {"row": f"swap_out_sequential{suffix}",
            "instructions": round(profile.total() / _SWAP_PAGES)}


def scan(bench, names):
    """the clock's scan of Accessed bits, per thousand pages"""
    profile = bench.profile("bench swap_in_random", "pager:clock_victims", "--policy", "clock",
                            "--frames", str(_SWAP_FRAMES), disk=True)
    looks = sum(calls for _, function, _, _, calls in profile.functions()
                if function == "policy_core_looked")
    if looks == 0:
        raise QuireError("scan: the clock looked at no page")
    return [{"row": "accessed_scan_1000", "instructions": round(1000 * profile.total() / looks),
             "looks": looks}]


def processes(bench, names):
    """faults and process calls with 1, 10, 100 and 1,000 processes asleep beside them"""
    rows = []
    for count in (1, 10, 100, 1000):
        rows += bench.rows(f"bench --processes {count} mmap_munmap_1 fork_exit_wait_100 "
                           f"fork_exec_wait spawn_wait {_FAULT_COMMAND}", "--mem", "512M",
                           suffix=f"@processes={count}")
    return rows


def boot(bench, names):
    """one boot with a program that does nothing, to power-off"""
    return boot_rows(bench, "")


def boot_rows(bench, suffix, *words):
    profile = bench.profile("bench --nothing", None, *words)
    system = {name: count for name, count in profile.images() if name != "other"}
    return [{"row": f"boot_to_power_off{suffix}", "instructions": sum(system.values()), **system}]


def swap(bench, names):
    """throughput to virtio disks: pages a second, and instructions a page"""
    rows = bench.rows("bench write_1m", "--swap", "0")
    for command, functions, words in (
            ("bench swap_sequential", {"swap_out_sequential": "write_pages",
                                       "swap_in_sequential": "read_pages"}, ()),
            ("bench swap_sequential", {"swap_in_sequential": "read_pages"},
             ("--read-ahead", "8")),
            ("bench swap_sequential", {"swap_in_sequential": "read_pages"},
             ("--read-ahead", "32")),
            ("bench swap_in_random", {"swap_in_random": "read_randomly"}, ()),
            ("bench swap_in_parallel", {"swap_in_parallel": "swap_parallel"}, ()),
            ("bench file_sequential", {"file_write_sequential": "write_file",
                                       "file_read_sequential": "read_file"}, ()),
            ("bench file_sequential", {"file_read_sequential": "read_file"},
             ("--read-ahead", "32"))):
        machine = ("--frames", "4096", *words)
        rates = bench.rates(command, *machine)
        for name, within in functions.items():
            pages, nanoseconds, moved, busy, depth, requests = rates[name]
            profile = bench.profile(command, within, *machine, disk=True)
            rows.append({"row": name + (f"@read-ahead={words[1]}" if words else ""),
                         "instructions": round(profile.total() / pages),
                         "pages_per_second": round(pages * 1e9 / max(nanoseconds, 1)),
                         "pages_moved_per_page": round(moved / pages, 2),
                         "disk_busy_percent": busy / 10, "queue_depth": depth / 10,
                         "pages_per_request": round(moved / max(requests, 1), 1)})
    return rows


def sizes(bench, names):
    """bytes and lines: ISO, kernel, metadata of a frame"""
    lines = 0
    for path in sorted((SOURCE / "kernel").rglob("*")):
        if path.suffix in (".c", ".h"):
            text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
            lines += sum(1 for line in text.splitlines() if line.strip())
        elif path.suffix in (".asm", ".inc"):
            lines += sum(1 for line in path.read_text().splitlines()
                         if line.strip() and not line.strip().startswith(";"))
    with contextlib.redirect_stdout(sys.stderr):
        iso = make_product_iso(bench.tree)
    return [{"row": "kernel_lines", "lines": lines},
            {"row": "iso", "bytes": iso.stat().st_size},
            {"row": "kernel_image", "bytes": (bench.tree.boot / "kernel").stat().st_size},
            {"row": "frame_metadata", "bytes": bench.metadata_bytes()}]


# Those whose figures for Pintos are known (docs/performance.md).
_SUITE = ("mmap-read", "mmap-write", "page-linear", "page-shuffle", "mmap-shuffle",
          "page-merge-seq", "page-merge-par", "swap-file", "swap-anon", "swap-iter", "swap-fork",
          "cow-simple")


def suite(bench, names):
    """programs of the suite: instructions of the programs, and of the system meanwhile"""
    rows = []
    for name in _SUITE:
        if names and f"suite.{name}" not in names:
            continue
        profile = bench.suite_profile(name)
        images = dict(profile.images())
        system = sum(images.pop(image, 0) for image in ("kernel", "other", *SERVERS))
        rows.append({"row": f"suite.{name}", "instructions": sum(images.values()),
                     "system": system})
    return rows


# The programs of Pintos's tests of virtual memory and copy-on-write.
_VIRTUAL_MEMORY = ("pt-", "page-", "mmap-", "lazy-", "swap-", "cow-")
# Pintos, a machine a test; Linux, from the start of QEMU to the first line of user space.
_PINTOS_SECONDS, _LINUX_BOOT_SECONDS = 107.5, 1.6


def wall(bench, names):
    """seconds that the virtual-memory tests take in one boot, and a boot, beside other systems"""
    tests = [name for name in parse_suite((SUITE / "suite.txt").read_text())
             if name.startswith(_VIRTUAL_MEMORY)]
    rows = []
    for row, words, other in (("suite_wall", ("--only", ",".join(tests)), _PINTOS_SECONDS),
                              ("boot_wall", ("--cmd", "bench --nothing"), _LINUX_BOOT_SECONDS)):
        seconds, processor_seconds = bench.seconds(*words)
        rows.append({"row": row, "seconds": round(seconds, 2),
                     "processor_seconds": round(processor_seconds, 2), "other_system": other,
                     "ratio": round(processor_seconds / other, 3)})
    rows[0]["tests"] = len(tests)
    return rows


SETS = {"core": core, "stages": stages_of_faults, "boot": boot, "regions": regions,
        "processes": processes, "memory": memory, "swap": swap, "suite": suite, "sizes": sizes,
        "scan": scan, "wall": wall}
