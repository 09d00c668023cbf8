"""Tests of what `quire cc` and `quire run --program` make of their words, and of the reports."""
import contextlib
import struct
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import support  # noqa: F401 (sets the path)
from quirelib import guest_programs, suite_report, test_command
from quirelib.cc_arguments import read_arguments
from quirelib.errors import QuireError
from quirelib.guest_outcome import Outcome


def elf(kind=2, machine=62, bits=2, segments=()):
    """An ELF header with the program headers' kinds in `segments`."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", bits, 1, 1, 0, kind, machine, 1,
                         0x400000, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return header + b"".join(struct.pack("<I52x", segment) for segment in segments)


class CompilersWords(unittest.TestCase):
    def test_sources_objects_and_libraries_keep_their_order(self):
        found = read_arguments(["-O2", "a.c", "b.o", "-lx", "c.S", "-L", "d", "libe.a", "-o", "out"])
        self.assertEqual(found.sources, ["a.c", "c.S"])
        self.assertEqual(found.linker, ["b.o", "-lx", "-L", "d", "libe.a"])
        self.assertEqual((found.compiler, found.output, found.stage), (["-O2"], "out", "link"))

    def test_a_value_is_not_taken_for_a_file(self):
        found = read_arguments(["-include", "x.c", "-I", "y.c", "-MF", "z.c", "a.c"])
        self.assertEqual(found.sources, ["a.c"])

    def test_the_librarys_own_names_need_no_library(self):
        self.assertEqual(read_arguments(["a.c", "-lc", "-lpthread", "-pthread", "-static"]).linker, [])

    def test_linker_words_are_taken_apart(self):
        found = read_arguments(["a.c", "-Wl,-Map,m", "-Xlinker", "--cref", "-s", "-ofile"])
        self.assertEqual(found.linker, ["-Map", "m", "--cref", "--strip-all"])
        self.assertEqual(found.output, "file")

    def test_what_cannot_be_is_refused(self):
        for words in (["-shared", "a.c"], ["-pie", "a.c"], ["-m32", "a.c"], ["a.cpp"], ["a.c", "-o"]):
            with self.subTest(words), self.assertRaises(QuireError):
                read_arguments(words)

    def test_a_file_of_words_is_read(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "words")
            path.write_text("-D 'A=b c'\nx.c")
            found = read_arguments(["@" + str(path)])
        self.assertEqual((found.compiler, found.sources), (["-D", "A=b c"], ["x.c"]))


class Programs(unittest.TestCase):
    def check(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            guest_programs.check_executable(Path(file.name))

    def test_a_static_executable_is_taken(self):
        self.check(elf(segments=(1, 1)))

    def test_other_files_are_refused_by_what_they_are(self):
        for data, what in ((b"", "not an ELF"), (b"#!/bin/sh\n" * 20, "not an ELF"),
                           (elf(kind=1), "object file"), (elf(kind=3), "position-independent"),
                           (elf(kind=4), "not an ELF exec"), (elf(machine=183), "another processor"),
                           (elf(bits=1), "another processor"), (elf(segments=(1, 3)), "dynamically")):
            with self.subTest(what), self.assertRaisesRegex(QuireError, what):
                self.check(data)

    def test_names_that_no_command_line_can_say_are_refused(self):
        for name in ("a b", "a/b", "x" * 256):
            with self.subTest(name), self.assertRaisesRegex(QuireError, "name"):
                guest_programs.parse([f"prog={name}"])


class Results(unittest.TestCase):
    GOOD = ("Quire 0.1\nExecuting 'a':\n(a) begin\na: exit(0)\nExecution of 'a' complete.\n"
            "ok 1 - a # time=12ms\nExecuting 'b':\n(b) <&>\x01\nExecution of 'b' complete.\n"
            "not ok 2 - b # time=5ms, it did not page\n1..2\n1 passed, 1 failed\n")

    def test_each_result_has_its_time_its_reason_and_its_text(self):
        first, second = suite_report.suite_cases(self.GOOD, Outcome(1, orderly=True))
        self.assertEqual((first.name, first.seconds, first.failure), ("a", 0.012, None))
        self.assertIn("(a) begin", first.output)
        self.assertEqual((second.name, second.failure), ("b", "it did not page"))
        self.assertIn("(b) <&>\x01", second.output)

    def test_a_block_belongs_to_the_result_before_it(self):
        text = "TAP version 13\nnot ok 1 - a # time=5ms, why\n  ---\n  message: why\n  ...\n1..1\n"
        case, = suite_report.suite_cases(text, Outcome(1))
        self.assertIn("  message: why", case.output)

    def test_a_run_that_was_cut_off_is_an_error(self):
        cut = self.GOOD[:self.GOOD.index("(b)")]
        cases = suite_report.suite_cases(cut, Outcome(124, "time-out: still running"))
        self.assertEqual([case.name for case in cases], ["a", "run"])
        self.assertTrue(cases[1].error)
        self.assertEqual(cases[1].failure, "time-out: still running")

    def test_a_run_without_any_text_is_an_error(self):
        case, = suite_report.suite_cases("", Outcome(121, "reset"))
        self.assertTrue(case.error)

    def test_the_xml_is_well_formed_and_counts_right(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
            cases = suite_report.suite_cases(self.GOOD, Outcome(1))
            suite_report.write_junit("j.xml", {"guest": cases})
            suite = ElementTree.parse("j.xml").getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")),
                         ("2", "1", "0"))
        self.assertIn("(b) <&>\ufffd", suite.findall("testcase")[1].find("system-out").text)

    def test_reports_of_several_presets_become_one(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
            for name in ("one", "two"):
                Path(name).write_text(f'<testsuite name="{name}"><testcase name="x"/></testsuite>')
            test_command.join_reports("all.xml", [Path("one"), Path("none"), Path("two")])
            root = ElementTree.parse("all.xml").getroot()
        self.assertEqual([suite.get("name") for suite in root], ["one", "two"])

    def test_a_programs_status_is_its_result(self):
        for outcome, failure in ((Outcome(0), None), (Outcome(3), "status 3"),
                                 (Outcome(124, "time-out"), "time-out")):
            case = suite_report.command_case("p x", "text", outcome, 1.5)
            self.assertEqual((case.failure, case.error), (failure, outcome.message is not None))


if __name__ == "__main__":
    unittest.main()
