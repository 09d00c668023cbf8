"""Running QEMU: its arguments, its life, and what it tells about the end of the guest."""

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from . import tools
from .errors import QuireError
from .guest_input import GuestInput
from .guest_outcome import judge
from .transcript import BANNER, Transcript

_UEFI_FIRMWARE = "/usr/share/ovmf/OVMF.fd"
GDB_PORT = 1234
# Nested in some hypervisors, KVM refuses to set the MSR of this feature; nothing in Quire reads it.
_KVM_CPU = "host,arch-capabilities=off"


@dataclass
class Machine:
    """What to run. Paths are files; sizes are bytes."""

    iso: str
    memory_bytes: int
    disks: list = field(default_factory=list)
    firmware: str = "bios"
    boot: str = "cd"
    cpu: str = "max"
    kvm: bool = False
    icount: bool = False
    gdb: bool = False
    display: str = "none"
    trace_file: str | None = None  # what the second serial port writes to
    timeout_seconds: float = 600
    extra: list = field(default_factory=list)
    # Standard input that is no terminal goes to the guest after this text; None: QEMU's own way.
    input_after: bytes | None = None


def arguments(machine, report_path, monitor_descriptor):
    """QEMU's command line, without the program."""
    words = ["-nodefaults", "-no-user-config", "-machine", "q35", "-cpu",
             _KVM_CPU if machine.kvm and machine.cpu == "max" else machine.cpu,
             "-accel", "kvm" if machine.kvm else "tcg",
             "-m", f"{machine.memory_bytes >> 10}K", "-no-reboot", "-vga", "std",
             "-display", machine.display,
             "-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
             "-chardev", f"file,id=report,path={_escape(report_path)}",
             "-device", "isa-debugcon,iobase=0xe9,chardev=report",
             "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
             "-chardev", f"socket,id=monitor,fd={monitor_descriptor}",
             "-mon", "chardev=monitor,mode=control"]
    if machine.firmware == "uefi":
        words += ["-bios", tools.require_file(_UEFI_FIRMWARE, "ovmf")]
    if machine.boot == "usb":
        words += ["-drive", f"if=none,id=boot,format=raw,readonly=on,file={_escape(machine.iso)}",
                  "-device", "qemu-xhci", "-device", "usb-storage,drive=boot,bootindex=0"]
    else:
        words += ["-drive", f"if=none,id=boot,format=raw,media=cdrom,file={_escape(machine.iso)}",
                  "-device", "ide-cd,drive=boot,bootindex=0"]
    for number, disk in enumerate(machine.disks):
        words += ["-drive", f"if=none,id=disk{number},format=raw,file={_escape(disk)}",
                  "-device", f"virtio-blk-pci,disable-legacy=on,drive=disk{number}"]
    if machine.trace_file:
        words += ["-chardev", f"file,id=trace,path={_escape(machine.trace_file)}",
                  "-serial", "chardev:trace"]
    if machine.icount:
        words += ["-icount", "shift=0,sleep=off"]
    if machine.gdb:
        words += ["-S", "-gdb", f"tcp:127.0.0.1:{GDB_PORT}"]
    return words + list(machine.extra)


def check_machine(machine):
    """Says what is missing before anything is built or started."""
    tools.find("qemu-system-x86_64")
    if machine.firmware == "uefi":
        tools.require_file(_UEFI_FIRMWARE, "ovmf")
    if machine.kvm:
        if not os.path.exists("/dev/kvm"):
            raise QuireError("--kvm: there is no /dev/kvm on this machine; run without --kvm")
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            raise QuireError("--kvm: /dev/kvm may not be opened; join the group kvm, or leave --kvm out")
        if machine.icount:
            raise QuireError("--icount counts TCG's instructions; it does not go with --kvm")


def window_display():
    """The best display this QEMU can open here, "none" without a desktop."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "none"
    known = tools.run_quietly(["qemu-system-x86_64", "-display", "help"], "asking QEMU").split()
    return next((name for name in ("gtk", "sdl") if name in known), "none")


def run(machine, work_directory, write=None, banner=BANNER):
    """Runs `machine` to its end. Returns (Outcome, transcript bytes).

    The guest's serial text goes to `write` (standard output) as it comes, from the line
    that begins with `banner`.
    """
    report_path = os.path.join(work_directory, "report")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [tools.find("qemu-system-x86_64"),
                   *arguments(machine, report_path, theirs.fileno())]
        feeds = machine.input_after is not None and not os.isatty(0)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.PIPE if feeds else None,
                                   pass_fds=[theirs.fileno()])
        guest_input = GuestInput(0, process.stdin, machine.input_after) if feeds else None
        theirs.close()
        # QEMU tells events only to those who have greeted; the socket keeps the greeting.
        ours.sendall(b'{"execute": "qmp_capabilities"}\n')
        transcript = Transcript(write or _to_standard_output, banner)
        complaints = []
        complaint_reader = threading.Thread(
            target=lambda: complaints.append(process.stderr.read()), daemon=True)
        complaint_reader.start()
        timed_out = _follow(process, transcript, machine, guest_input)
        complaint_reader.join(5)
        reason = _shutdown_reason(ours)
    complaint = b"".join(complaints).decode(errors="replace").strip()
    if process.returncode == 1 and reason is None and complaint:
        raise QuireError(f"QEMU did not start: {complaint}")
    if process.returncode < 0 and not timed_out:
        raise QuireError(f"QEMU was ended by signal {-process.returncode}: {complaint}")
    if complaint and not timed_out:
        print(f"quire: QEMU says: {complaint}", file=sys.stderr)
    report = ""
    if os.path.exists(report_path):
        with open(report_path, encoding="utf-8", errors="replace") as file:
            report = file.read()
    outcome = judge(report, reason, process.returncode,
                    machine.timeout_seconds if timed_out else None)
    return outcome, transcript.bytes


def _follow(process, transcript, machine, guest_input):
    """Hands on the guest's text until QEMU ends or has run too long. True: it had to be killed."""
    timed_out = threading.Event()

    def cut_off():
        timed_out.set()
        process.kill()

    # Under a debugger the guest waits for a human.
    timer = threading.Timer(machine.timeout_seconds, cut_off)
    if not machine.gdb and machine.timeout_seconds > 0:
        timer.start()
    try:
        while data := os.read(process.stdout.fileno(), 65536):
            transcript.feed(data)
            if guest_input:
                guest_input.seen(transcript.bytes)
        process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        timer.cancel()
        transcript.finish()
    return timed_out.is_set()


def _shutdown_reason(monitor):
    """The reason in QEMU's SHUTDOWN event, from all that the monitor socket has kept."""
    monitor.setblocking(False)
    text = b""
    try:
        while data := monitor.recv(65536):
            text += data
    except (BlockingIOError, ConnectionResetError):
        pass
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "SHUTDOWN":
            return event["data"].get("reason")
    return None


def _escape(path):
    """A path inside a QEMU option, where a comma separates."""
    return str(path).replace(",", ",,")


def _to_standard_output(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
