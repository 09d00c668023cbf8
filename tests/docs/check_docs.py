"""The pages agree with the tree: links lead somewhere, and what the code defines is documented."""
import re
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PAGES = sorted([SOURCE / "README.md", *SOURCE.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A name in a table of options: `name=VALUE` or `name`.
OPTION = re.compile(r"`([a-z-]+)(?:=[^`]*)?`")


def anchors(path):
    """The names that headings of a page have as link targets."""
    headings = re.findall(r"^#+ +(.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links():
    """Every relative link leads to a file of the tree, and to a heading if it names one."""
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in LINK.findall(text):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            path = page.parent / name if name else page
            if not path.exists():
                yield f"{page.relative_to(SOURCE)}: no file {target}"
            elif anchor and path.suffix == ".md" and anchor not in anchors(path):
                yield f"{page.relative_to(SOURCE)}: no heading {target}"


def check_every_page_is_linked():
    """Every page can be reached from the README."""
    reached, left = set(), [SOURCE / "README.md"]
    while left:
        page = left.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text()):
            if "://" not in target and target.partition("#")[0]:
                left.append((page.parent / target.partition("#")[0]).resolve())
    for page in PAGES:
        if page not in reached:
            yield f"{page.relative_to(SOURCE)}: no page leads there"


def check_system_calls():
    """Every system call of abi.h is named on a page of its own or on that of its kind."""
    header = (SOURCE / "libsys/include/quire/abi.h").read_text()
    calls = re.findall(r"^\s+(SYS_[A-Z_]+) = \d+,", header, re.MULTILINE)
    if len(calls) < 10:
        yield "abi.h: the system calls were not found"
    pages = {path.stem: path.read_text() for path in (SOURCE / "docs/system-calls").glob("*.md")}
    for call in calls:
        if not any(call in text.splitlines()[0] for text in pages.values()):
            yield f"docs/system-calls: no page has {call} in its title"


def check_options():
    """Every word of the pager's option table is in docs/kernel-command-line.md, and no other."""
    table = re.search(r"option_table\[\] = \{(.*?)^\};", (SOURCE / "pager/option.c").read_text(),
                      re.MULTILINE | re.DOTALL).group(1)
    known = set(re.findall(r'\{"([a-z-]+)", [A-Z_]+\}', table))
    page = (SOURCE / "docs/kernel-command-line.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in OPTION.findall(row)}
    for name in sorted(known - documented):
        yield f"docs/kernel-command-line.md: the option {name} is missing"
    for name in sorted(documented - known):
        yield f"docs/kernel-command-line.md: nobody knows the option {name}"


def declared_functions(header):
    """The functions that a header of the C library declares or defines."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
    text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"__attribute__\(\(.*?\)\)\)?", "", text)
    # A declaration starts a line with its type; bodies of inline functions are indented.
    return set(re.findall(r"^[A-Za-z_][\w \t*]*?[ *](\w+)\(", text, re.MULTILINE))


def check_library():
    """Every function of the C library is on its header's page, and every name there is declared."""
    include, pages = SOURCE / "libsys/c/include", SOURCE / "docs/library"
    if len(declared_functions(include / "unistd.h")) < 20:
        yield "unistd.h: the declarations were not found"
    expected = {"README.md"}
    for header in sorted(include.glob("**/*.h")):
        declared = declared_functions(header)
        if not declared:
            continue
        name = str(header.relative_to(include)).replace("/", "-").replace(".h", ".md")
        expected.add(name)
        if not (pages / name).exists():
            yield f"docs/library: no page {name}"
            continue
        rows = [line.split("|")[1] for line in (pages / name).read_text().splitlines()
                if line.startswith("| `")]
        documented = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
        for function in sorted(declared - documented):
            yield f"docs/library/{name}: {function} is missing"
        for function in sorted(documented - declared):
            yield f"docs/library/{name}: {function} is not declared"
    for page in pages.glob("*.md"):
        if page.name not in expected:
            yield f"docs/library/{page.name}: no header of that name declares a function"


CHECKS = {name.removeprefix("check_"): check for name, check in list(globals().items())
          if name.startswith("check_")}


def main(names):
    if names == ["--list"]:
        print("\n".join(CHECKS))
        return 0
    faults = [fault for name in names or CHECKS for fault in CHECKS[name]()]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
