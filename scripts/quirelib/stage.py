"""Puts what was built where the images are made from. Run by CMake:

    python3 -m quirelib.stage MANIFEST BOOT-DIRECTORY ROOT-DIRECTORY OBJCOPY

Each line of the manifest is KIND|SOURCE|NAME. `boot` files (kernel, servers) and `program`
files lose their debugging sections, which the boot loader would load and the disk image
carry; the symbol table stays, for backtraces. Only what changed is copied.
"""

import os
import shutil
import subprocess
import sys


def read_manifest(text):
    """[(kind, source, name)]. Two sources for one name are an error."""
    entries, sources = [], {}
    for line in filter(None, text.splitlines()):
        kind, source, name = line.split("|")
        place = (kind == "boot", name)
        if sources.setdefault(place, source) != source:
            raise SystemExit(f"stage: {name} comes from {sources[place]} and from {source}")
        entries.append((kind, source, name))
    return list(dict.fromkeys(entries))


def stage(entries, boot, root, objcopy):
    """Copies what is newer, and removes what is no longer in the manifest."""
    wanted = {boot: set(), root: set()}
    for kind, source, name in entries:
        directory = boot if kind == "boot" else root
        wanted[directory].add(name)
        target = os.path.join(directory, name)
        if os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source):
            continue
        if kind == "file":
            shutil.copyfile(source, target)
        else:
            subprocess.run([objcopy, "--strip-debug", source, target], check=True)
    for directory, names in wanted.items():
        for name in set(os.listdir(directory)) - names:
            os.unlink(os.path.join(directory, name))


def main(manifest, boot, root, objcopy):
    for directory in (boot, root):
        os.makedirs(directory, exist_ok=True)
    with open(manifest, encoding="utf-8") as file:
        stage(read_manifest(file.read()), boot, root, objcopy)


if __name__ == "__main__":
    main(*sys.argv[1:])
