"""What was built, in a short name: so that a table can say which build its rows are of."""

import functools
import hashlib

from .paths import BuildTree

_DIGITS = 12


@functools.lru_cache(maxsize=None)
def simulator(path):
    """Of the simulator's executable."""
    return _digest([path])


@functools.lru_cache(maxsize=None)
def guest(preset="debug"):
    """Of all that a run boots and finds on its disk."""
    tree = BuildTree(preset)
    return _digest(path for directory in (tree.boot, tree.root) if directory.is_dir()
                   for path in sorted(directory.rglob("*")) if path.is_file())


def _digest(paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(f"{path.name} ".encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:_DIGITS]
