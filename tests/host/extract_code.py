"""Writes the C code blocks of a Markdown page, one after the other, into a file: PAGE OUTPUT."""

import re
import sys
from pathlib import Path


def main():
    page, output = map(Path, sys.argv[1:])
    blocks = re.findall(r"^```c\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    if not blocks:
        sys.exit(f"{page}: no code blocks")
    output.write_text("\n".join(blocks))


if __name__ == "__main__":
    main()
