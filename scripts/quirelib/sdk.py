"""The SDK as `cmake --install` lays it out (cmake/install.cmake), and where to find one."""

import os
import sys
from pathlib import Path

from .build_command import build
from .errors import QuireError
from .paths import INSTALLED, SOURCE, BuildTree


class Sdk:
    """An installed SDK at `prefix`."""

    def __init__(self, prefix):
        self.prefix = Path(prefix).resolve()
        self._library = self.prefix / "lib" / "quire"

    def is_there(self):
        return (self._library / "libquire_c.a").is_file()

    @property
    def linker_script(self):
        return self._library / "program.ld"

    @property
    def start_object(self):
        return self._library / "start.o"

    def library(self, pintos):
        return self._library / ("libquire_pintos.a" if pintos else "libquire_c.a")

    def include_directories(self, pintos):
        include = self.prefix / "include" / "quire"
        return [include / ("pintos" if pintos else "c"), include / "system"]

    def options(self, kind):
        """The options of KIND.options, one a line."""
        lines = (self._library / f"{kind}.options").read_text().splitlines()
        return [line for line in lines if line.startswith("-")]


def find(given=None):
    """The SDK at `given`, at $QUIRE_SDK, around this file, or of the build tree (then built)."""
    for prefix, source in ((given, "--sdk"), (os.environ.get("QUIRE_SDK"), "QUIRE_SDK")):
        if prefix:
            kit = Sdk(prefix)
            if not kit.is_there():
                raise QuireError(f"{source}: there is no SDK at {prefix}; "
                                 f"make one with: quire sdk --prefix {prefix}")
            return kit
    if INSTALLED:
        return Sdk(SOURCE.parent.parent)
    for preset in ("debug", "release"):
        kit = Sdk(BuildTree(preset).directory / "sdk")
        if kit.is_there():
            return kit
    # Standard output may be that of `quire cc -E`.
    return Sdk(build("debug", messages=sys.stderr).directory / "sdk")
