"""GRUB's configuration: the menu of the ISO, and the straight boot of a run.

A run has no menu: its file is a list of commands, so GRUB prints nothing unless something
is wrong, and then it powers off, so that a run never waits at a boot prompt.
"""

import re

from .errors import QuireError
from .paths import SERVERS

_MODULES = (*SERVERS, "disk")

# GRUB puts a backslash before these on a kernel command line, so no quoting brings them through.
_UNTOUCHABLE = re.compile(r"['\"\\\x00-\x1f\x7f]")


def quote_word(word):
    """One word for GRUB's shell, as it is."""
    if _UNTOUCHABLE.search(word):
        raise QuireError("quotes, backslashes and control characters do not pass through GRUB: "
                         + repr(word))
    return word if re.fullmatch(r"[\w./=:,+%@!-]+", word) else f"'{word}'"


def quote_command_line(text):
    """A command line for GRUB's shell, blanks kept: an empty word leaves just its blank."""
    return " ".join(quote_word(word) for word in text.split(" "))


def load_commands(command_line, modules):
    """The commands that load the kernel and `modules`."""
    lines = [f"multiboot2 /boot/kernel {quote_command_line(command_line)}".rstrip()]
    lines += [f"module2 /boot/{name} {name}" for name in _MODULES if name in modules]
    return lines


def run_config(command_line, modules):
    """The configuration of one run."""
    commands = load_commands(command_line, modules)
    condition = "; then if ".join(commands)
    ends = "fi; " * len(commands)
    return f"""serial --unit=0 --speed=115200
terminal_output serial
if {condition}; then boot; {ends}
echo "The boot loader could not load the system."
halt
"""


def menu_config(modules, template):
    """The menu of the ISO: `template` (iso/grub.cfg) with its @LOAD words@ lines filled in."""
    def fill(match):
        lines = load_commands(match[2], modules)
        return "\n".join(match[1] + line for line in lines)

    return re.sub(r"^( *)@LOAD (.*)@$", fill, template, flags=re.MULTILINE)
