"""What `quire profile` makes of the plugin's numbers."""
import struct
import tempfile
import unittest
import xml.dom.minidom
from pathlib import Path

import support  # noqa: F401
from quirelib.call_profile import Profile
from quirelib.elf_symbols import Text
from quirelib.errors import QuireError
from quirelib.flame_graph import flame_graph

PATHS = """pager;main 10 1
pager;main;step 30 4
pager;main;step;main 5 1
kernel;trap 55 7
"""


def elf(symbols):
    """An ELF64 image with a text section of 0x100 bytes at 0x400000 and these symbols."""
    names, table = b"\0", struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0)
    for name, kind, section, value in symbols:
        table += struct.pack("<IBBHQQ", len(names), kind, 0, section, value, 0)
        names += name.encode() + b"\0"
    body = 64 + 0x100
    sections = [(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                (0, 1, 6, 0x400000, 64, 0x100, 0, 0, 16, 0),
                (0, 2, 0, 0, body, len(table), 3, 1, 8, 24),
                (0, 3, 0, 0, body + len(table), len(names), 0, 0, 1, 0)]
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, body + len(table) + len(names), 0, 64, 56, 0, 64, 4, 3)
    return header + bytes(0x100) + table + names + b"".join(
        struct.pack("<IIQQQQIIQQ", *section) for section in sections)


class CallProfile(unittest.TestCase):
    def test_every_instruction_is_in_exactly_one_image_and_function(self):
        profile = Profile(PATHS)
        self.assertEqual(profile.total(), 100)
        self.assertEqual(profile.images(), [("kernel", 55), ("pager", 45)])
        self.assertEqual(sum(row[2] for row in profile.functions()), 100)

    def test_a_recursive_function_counts_once_with_its_callees(self):
        rows = {(image, name): rest for image, name, *rest in Profile(PATHS).functions()}
        self.assertEqual(rows["pager", "main"], [15, 45, 2])
        self.assertEqual(rows["pager", "step"], [30, 35, 4])

    def test_the_table_is_per_operation(self):
        self.assertRegex(Profile(PATHS).table(1, 10), r"5\.5 +55\.0% +5\.5 +0\.7  kernel: trap")

    def test_the_flame_graph_is_well_formed_and_names_all(self):
        text = flame_graph(Profile(PATHS + "a;<b>&c 3 1\n"), "a & <b>")
        document = xml.dom.minidom.parseString(text)
        names = {box.getAttribute("data-n") for box in document.getElementsByTagName("g")}
        self.assertEqual(names, {"all", "pager", "main", "step", "kernel", "trap", "a", "<b>&c"})


class ElfSymbols(unittest.TestCase):
    def text(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return Text(Path(file.name))

    def test_functions_end_where_the_next_begins(self):
        text = self.text(elf([("last", 2, 1, 0x400080), ("first", 0, 1, 0x400010),
                              ("first.loop", 0, 1, 0x400020), ("data", 1, 1, 0x400030),
                              ("elsewhere", 2, 2, 0x400040)]))
        self.assertEqual(text.functions, [(0x400010, 0x400080, "first"),
                                          (0x400080, 0x400100, "last")])
        self.assertEqual((text.start, text.end, text.offset), (0x400000, 0x400100, 64))

    def test_what_is_no_elf_file_is_refused(self):
        self.assertRaises(QuireError, self.text, b"#!/bin/sh\n")


if __name__ == "__main__":
    unittest.main()
