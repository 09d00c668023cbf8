"""Where things are: the source tree, and what a build tree holds.

    build/PRESET/
        boot/       kernel and servers, without debugging sections: what the ISO loads
        root/       the root directory of the disk image
        quire.iso   made by `quire iso`
        run/        the images of a run, removed after it

In an installed SDK the same files stand in PREFIX/share/quire, with boot/ and the tools of the
prompt in root/ beside them, and no sources.
"""

import os
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
INSTALLED = not (SOURCE / "CMakeLists.txt").exists()

# The module that GRUB loads first, and those that the pager starts, in this order.
SERVERS = ("pager", "console", "fs-server", "policy-server", "init")


class BuildTree:
    """The build tree of one preset."""

    def __init__(self, preset="debug", directory=None):
        self.preset = preset
        installed = SOURCE if INSTALLED else SOURCE / "build" / preset
        self.directory = Path(directory).resolve() if directory else installed

    @property
    def boot(self):
        return self.directory / "boot"

    @property
    def root(self):
        return self.directory / "root"

    @property
    def iso(self):
        return self.directory / "quire.iso"

    @property
    def runs(self):
        # An installed SDK may be anybody's to read and nobody's to write.
        return (Path(tempfile.gettempdir()) if self.directory == SOURCE
                else self.directory / "run")

    def relative(self, path):
        """`path` as people want to read it: from where they are, when that is shorter."""
        text = os.path.relpath(path)
        return text if len(text) < len(str(path)) else str(path)
