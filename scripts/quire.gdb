# For `scripts/quire run --gdb`: in another terminal, gdb -x scripts/quire.gdb
#
# Servers and programs are all linked at 0x400000, so their symbols are loaded one at a time:
#   quire-symbols servers/pager.elf     or     quire-symbols programs/page-linear
set architecture i386:x86-64
set pagination off
set confirm off
python
import gdb
import glob
import os

# GDB has no variable for this script's own place; the build tree is found from where it runs.
BUILD = os.environ.get("QUIRE_BUILD") or next(
    (path for path in ("build/debug", "../build/debug", ".") if os.path.exists(path + "/boot/kernel")), None)


class QuireSymbols(gdb.Command):
    """quire-symbols FILE: the symbols of a server or program of the build tree, with the kernel's."""

    def __init__(self):
        super().__init__("quire-symbols", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)
        self.loaded = None

    def invoke(self, argument, from_tty):
        if self.loaded:
            gdb.execute(f"remove-symbol-file {self.loaded}")
        self.loaded = f"{BUILD}/{argument}"
        gdb.execute(f"add-symbol-file {self.loaded}")


QuireSymbols()
if BUILD is None:
    raise gdb.GdbError("no build tree: run gdb at the top of the source tree, or set QUIRE_BUILD")
kernel = glob.glob(f"{BUILD}/**/kernel.elf", recursive=True)
gdb.execute(f"file {kernel[0] if kernel else BUILD + '/boot/kernel'}")
gdb.execute("target remote 127.0.0.1:1234")
end
