"""Tests of the system and of scripts/quire as a whole; see guest_cases.py."""
import os
import sys
import tempfile
from pathlib import Path
from random import Random

from guest_cases import BUILD, PROGRAM, PROGRAM_LINE, Failure, Run, main


def probe(letter, *words, **options):
    """Runs the boot probe in the kernel's place."""
    return Run("--module", f"kernel={BUILD / 'boot-probe'}", "--cmd", letter, *words, **options)


def case_status_is_the_guests():
    """A status that the guest reports is the status of the command."""
    probe("@x").expect_status(7).expect_text("^Quire boot probe$")


def case_sort_sorts_more_than_its_frames_hold():
    """`sort` of a file in far fewer frames than it needs pages, and gives what Python gives."""
    random = Random(7)
    lines = ["".join(random.choices("abcxyz 0123", k=random.randrange(60))) for _ in range(20000)]
    with tempfile.TemporaryDirectory() as directory:
        text, result = Path(directory) / "text", Path(directory) / "sorted"
        text.write_text("\n".join(lines))
        Run("--policy", "sieve", "--frames", "64", "--swap", "16M", "--file", f"{text}:text", "--get", f"sorted:{result}",
            "--cmd", "sort -o sorted text", timeout=200).expect_status(0).expect_text(
                r"page-ins +[1-9]\d{3}")
        if result.read_text() != "".join(f"{line}\n" for line in sorted(lines)):
            raise Failure("the lines are not those of the file, in order")


def case_sort_knows_numbers_and_doubles_and_its_own_output():
    """`sort -nru` goes by numbers, downwards, each once; a file can be sorted into itself."""
    with tempfile.TemporaryDirectory() as directory:
        text, result = Path(directory) / "text", Path(directory) / "sorted"
        text.write_text("10 a\n9\n-3\n10 b\n\n200\nx\n" * 50)
        Run("--file", f"{text}:text", "--get", f"text:{result}",
            "--cmd", "sort -nru -o text text").expect_status(0)
        if result.read_text() != "200\n10 a\n9\n\n-3\n":
            raise Failure(f"it is {result.read_text()!r}")


def case_status_by_debug_exit():
    """A status that a kernel test leaves by isa-debug-exit is the status of the command."""
    probe("@d").expect_status(3)


def case_status_of_a_panic():
    """A panic has its own status, and the message says what the system said."""
    probe("@p").expect_status(120).expect_message("panicked: out of patience")


def case_status_of_a_triple_fault():
    """A triple fault has its own status and message."""
    probe("@t").expect_status(121).expect_message("triple fault")


def case_status_of_a_time_out():
    """A guest that hangs is ended, with its own status and message."""
    probe("@h", timeout=4).expect_status(124).expect_message("time-out: still running after 4")


def case_status_without_report():
    """A power-off without a report is not taken for success."""
    probe("nothing").expect_status(122).expect_message("without a report")


def case_command_line_passes_unchanged():
    """Blanks and the boot loader's special characters reach the kernel as they were typed."""
    run = probe("a  b   c; d|e & $f (g) {h} #i <j> k=* @x").expect_status(7)
    run.expect_text(r"-- a  b   c; d\|e & \$f \(g\) \{h\} #i <j> k=\* @x\s*$")


def case_missing_kernel_is_named():
    """What the boot loader cannot load is named on the serial port, and the run ends."""
    Run("--without", "kernel", "--cmd", "x").expect_status(122).expect_text("/boot/kernel")


def case_files_go_in_and_come_back():
    """--file puts files on the disk at every block size, --get takes them back unchanged."""
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory, "source"), Path(directory, "target")
        source.write_bytes(os.urandom(300_000))
        for block_size in ("1024", "2048", "4096"):
            probe("@x", "--block-size", block_size, "--file", f"{source}:a/deep/name",
                  "--get", f"a/deep/name:{target}").expect_status(7)
            if target.read_bytes() != source.read_bytes():
                raise Failure(f"the file came back changed at block size {block_size}")


def case_a_panic_says_where():
    """A panic prints the registers and a backtrace with the names of kernel functions."""
    run = Run("--module", f"pager={BUILD / 'kernel-tests' / 'first_task_panics.elf'}")
    run.expect_status(120).expect_text(r"\brip\b").expect_text(r"\buser_fault\b")


def case_suite_on_virtio_disks():
    """The whole suite passes in one boot, with disks as devices."""
    Run(timeout=600).expect_status(0).expect_text(r"^[1-9]\d* passed, 0 failed$")


def case_suite_from_the_iso_alone():
    """The ISO with nothing attached runs the whole suite from RAM disks, by its menu."""
    Run("--menu", timeout=600).expect_text(r"^[1-9]\d* passed, 0 failed$").expect_status(122)


def case_boots_by_uefi():
    """The ISO boots by UEFI."""
    Run("--firmware", "uefi", "--cmd", PROGRAM).expect_status(0).expect_text(PROGRAM_LINE)


def case_boots_from_a_usb_stick():
    """The ISO boots as a USB stick, by BIOS and by UEFI."""
    for firmware in ("bios", "uefi"):
        run = Run("--boot", "usb", "--firmware", firmware, "--cmd", PROGRAM)
        run.expect_status(0).expect_text(PROGRAM_LINE)


def case_runs_on_an_old_processor():
    """The system runs where the CPU has none of the newer features."""
    Run("--cpu", "qemu64", "--cmd", PROGRAM).expect_status(0).expect_text(PROGRAM_LINE)


def case_runs_from_ram_disks():
    """A program runs from the RAM disk of the ISO."""
    Run("--disk", "none", "--cmd", PROGRAM).expect_status(0).expect_text(PROGRAM_LINE)


def case_missing_module_is_named():
    """The system names a boot module that is missing."""
    Run("--without", "pager", "--cmd", PROGRAM).expect_status(120).expect_text("pager")
    for name in ("console", "fs-server", "init"):
        run = Run("--without", name, "--cmd", PROGRAM)
        run.expect_text(rf"\b{name}\b")
        if run.status == 0:
            raise Failure(f"the run without {name} ended as if nothing was missing")


def case_boots_whatever_the_size_of_a_module():
    """The boot loader's own data may share the last page of a module; both stay whole."""
    with tempfile.TemporaryDirectory() as directory:
        for bytes_more in range(0, 4096, 512):
            init = Path(directory, "init")
            init.write_bytes((BUILD / "servers" / "init.elf").read_bytes() + bytes(bytes_more))
            run = Run("--module", f"init={init}", "--cmd", PROGRAM)
            run.expect_status(0).expect_text(PROGRAM_LINE)


def case_unknown_option_is_a_warning():
    """An unknown word on the kernel command line is reported, and the system goes on."""
    run = Run("--word", "nonesuch", "--word", "console=nowhere", "--cmd", PROGRAM)
    run.expect_status(0).expect_text("nonesuch").expect_text("^warning: .*console=")
    run.expect_text(PROGRAM_LINE)


if __name__ == "__main__":
    sys.exit(main(globals()))
