"""Sizes, the swap image, GRUB's configuration, the transcript filter, the suite's list."""
import os
import struct
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import support  # noqa: F401
from quirelib import disk_image, stage, test_command
from quirelib.errors import STATUS_DAMAGED, QuireError
from quirelib.grub_config import menu_config, quote_command_line, run_config
from quirelib.sizes import format_size, parse_size
from quirelib.suite import parse_suite
from quirelib.swap_image import make_swap_image, swap_header
from quirelib.transcript import Transcript


class Sizes(unittest.TestCase):
    def test_units_are_binary(self):
        self.assertEqual([parse_size(text) for text in ("4096", "512K", "64M", "1g", "2MiB")],
                         [4096, 512 << 10, 64 << 20, 1 << 30, 2 << 20])

    def test_nonsense_is_refused(self):
        for text in ("", "M", "-1M", "1.5M", "4X"):
            self.assertRaises(QuireError, parse_size, text)

    def test_what_is_written_reads_back(self):
        for size in (0, 1, 4096, 3 << 20, 5 << 30, (1 << 20) + 1):
            self.assertEqual(parse_size(format_size(size)), size)


class SwapImage(unittest.TestCase):
    def test_the_header_says_how_many_pages_there_are(self):
        header = swap_header(1 << 20)
        self.assertEqual(len(header), 4096)
        self.assertEqual(struct.unpack_from("<8sIIQ", header), (b"QUIRESWP", 1, 4096, 256))

    def test_the_image_is_sparse_and_whole_pages_long(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "swap")
            make_swap_image(path, (64 << 20) + 100)
            self.assertEqual(os.path.getsize(path), 64 << 20)
            self.assertLess(os.stat(path).st_blocks * 512, 1 << 20)

    def test_an_image_without_room_for_a_page_is_refused(self):
        self.assertRaises(QuireError, swap_header, 4096)


class DiskImage(unittest.TestCase):
    def test_damage_is_found_and_has_its_own_status(self):
        with tempfile.TemporaryDirectory() as directory:
            root = os.path.join(directory, "root")
            os.mkdir(root)
            Path(root, "file").write_bytes(b"x" * 10000)
            path = os.path.join(directory, "disk")
            disk_image.make_disk_image(path, root)
            disk_image.check_image(path)
            with open(path, "r+b") as image:
                image.seek(4096 + 16)  # the group descriptor's free-inode count
                image.write(b"\xff\xff")
                image.seek(1024 + 12)  # the superblock's free-block count
                image.write(b"\x01\x00")
            with self.assertRaises(QuireError) as caught:
                disk_image.check_image(path)
            self.assertEqual(caught.exception.status, STATUS_DAMAGED)

    def test_a_file_too_large_for_the_image_is_an_error(self):
        with tempfile.TemporaryDirectory() as directory:
            root, big = os.path.join(directory, "root"), os.path.join(directory, "big")
            os.mkdir(root)
            Path(big).write_bytes(os.urandom(3 << 20))
            self.assertRaises(QuireError, disk_image.make_disk_image,
                              os.path.join(directory, "disk"), root, [(big, "big")], 2 << 20)


class GrubConfig(unittest.TestCase):
    def test_blanks_in_a_row_become_empty_words(self):
        self.assertEqual(quote_command_line("a  b"), "a '' b")

    def test_special_characters_are_quoted(self):
        self.assertEqual(quote_command_line("x;y $z"), "'x;y' '$z'")

    def test_what_grub_would_change_is_refused(self):
        for text in ("it's", 'say "x"', "back\\slash", "line\nfeed"):
            self.assertRaises(QuireError, quote_command_line, text)

    def test_a_run_loads_what_is_there_in_the_order_of_the_start(self):
        config = run_config("suite", {"init": 0, "pager": 0, "kernel": 0, "disk": 0})
        order = [config.index(text) for text in
                 ("multiboot2 /boot/kernel suite", "/boot/pager", "/boot/init", "/boot/disk")]
        self.assertEqual(order, sorted(order))
        self.assertNotIn("fs-server", config)

    def test_the_menu_is_filled_in_with_its_indentation(self):
        text = menu_config({"pager": 0}, "a {\n    @LOAD suite x=1@\n}\n")
        self.assertEqual(
            text, "a {\n    multiboot2 /boot/kernel suite x=1\n    module2 /boot/pager pager\n}\n")


class TranscriptFilter(unittest.TestCase):
    def passed(self, *pieces):
        out = []
        transcript = Transcript(out.append)
        for piece in pieces:
            transcript.feed(piece)
        transcript.finish()
        return b"".join(out)

    def test_firmware_is_left_out(self):
        self.assertEqual(self.passed(b"BdsDxe\r\n\x1b[2J", b"Qui", b"re 1\r\nQuire 2\n"),
                         b"Quire 1\r\nQuire 2\n")

    def test_firmware_is_shown_when_the_system_never_speaks(self):
        self.assertEqual(self.passed(b"error: no kernel\n"), b"error: no kernel\n")

    def test_the_word_inside_a_line_is_not_the_banner(self):
        self.assertEqual(self.passed(b"loading Quire now\nQuire 1\n"), b"Quire 1\n")


class SuiteList(unittest.TestCase):
    def test_fields_come_in_any_order_or_not_at_all(self):
        tests = parse_suite("# list\n\na | a  x | check=strict,no-fault-lines | frames=64\nb | b\n")
        self.assertEqual(tests["a"].command, "a  x")
        self.assertEqual((tests["a"].frames, tests["a"].check), (64, ("strict", "no-fault-lines")))
        self.assertEqual((tests["b"].swap, tests["b"].files), (None, []))

    def test_mistakes_are_refused_with_their_line(self):
        for text in ("a", "a | ", "a | a | colour=red", "a | a | frames=x", "a | a\na | a"):
            with self.assertRaisesRegex(QuireError, r"suite\.txt:\d"):
                parse_suite(text)


class Staging(unittest.TestCase):
    def test_two_sources_for_one_name_are_refused(self):
        self.assertRaises(SystemExit, stage.read_manifest, "file|/a|x\nfile|/b|x\n")

    def test_a_boot_file_and_a_disk_file_may_share_a_name(self):
        self.assertEqual(len(stage.read_manifest("boot|/a|init\nprogram|/b|init\n")), 2)


class Counting(unittest.TestCase):
    def test_a_test_that_did_not_run_has_failed(self):
        suite = ElementTree.Element("testsuite")
        for name, status in (("a", "run"), ("b", "fail"), ("c", "notrun"), ("d", "disabled")):
            ElementTree.SubElement(suite, "testcase", name=name, status=status)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "report.xml")
            ElementTree.ElementTree(suite).write(path)
            self.assertEqual(test_command.count(path), (1, ["b", "c"]))


if __name__ == "__main__":
    unittest.main()
