"""The comparison of a transcript with what is expected."""
import unittest

import support  # noqa: F401
from quirelib.errors import QuireError
from quirelib.expected_output import compare

GOOD = "(t) begin\n(t) value 3\n(t) end\nt: exit(0)\n"


class ExpectedOutput(unittest.TestCase):
    def test_equal_text_passes_whatever_the_line_ends(self):
        self.assertIsNone(compare("t", ("strict",), GOOD.replace("\n", "\r\n"), GOOD))

    def test_the_systems_own_lines_do_not_count(self):
        framed = f"Quire 0.1\n\npager: x\nExecuting 't a':\n{GOOD}Execution of 't a' complete.\nbye\n"
        self.assertIsNone(compare("t", ("strict",), framed, GOOD))

    def test_strict_counts_exit_lines(self):
        self.assertIsNotNone(compare("t", ("strict",), GOOD.replace("exit(0)", "exit(1)"), GOOD))

    def test_no_exit_ignores_exit_lines_only(self):
        changed = GOOD.replace("t: exit(0)\n", "")
        self.assertIsNone(compare("t", ("no-exit",), changed, GOOD))
        self.assertIsNotNone(compare("t", ("no-exit",), changed.replace("3", "4"), GOOD))

    def test_an_extra_line_fails(self):
        self.assertIsNotNone(compare("t", ("strict",), GOOD + "(t) more\n", GOOD))

    def test_no_fault_lines_ignores_a_fault_report(self):
        report = "t: page fault at 0x4000: killed\n"
        self.assertIsNone(compare("t", ("strict", "no-fault-lines"), report + GOOD, GOOD))
        self.assertIsNotNone(compare("t", ("strict",), report + GOOD, GOOD))

    def test_any_alternative_is_right(self):
        both = "(t) begin\nt: exit(-1)\n-- or --\n" + GOOD
        self.assertIsNone(compare("t", ("strict",), GOOD, both))
        self.assertIsNone(compare("t", ("strict",), "(t) begin\nt: exit(-1)\n", both))
        self.assertIsNotNone(compare("t", ("strict",), "(t) begin\n", both))

    def test_death_wants_begin_first_and_no_end(self):
        dead = "(t) begin\nPage fault at 0\nt: exit(-1)\n"
        self.assertIsNone(compare("t", ("death",), dead, None))
        self.assertIsNotNone(compare("t", ("death",), dead + "(t) end\n", None))
        self.assertIsNotNone(compare("t", ("death",), "t: exit(-1)\n", None))
        self.assertIsNotNone(compare("t", ("death",), "(t) begin\n", None))

    def test_halt_wants_nothing_after_begin(self):
        self.assertIsNone(compare("t", ("halt",), "(t) begin\n", None))
        self.assertIsNotNone(compare("t", ("halt",), "(t) begin\n(t) end\n", None))

    def test_a_missing_expectation_is_a_failure(self):
        self.assertIsNotNone(compare("t", ("strict",), GOOD, None))

    def test_an_unknown_kind_is_an_error(self):
        self.assertRaises(QuireError, compare, "t", ("lax",), GOOD, GOOD)


if __name__ == "__main__":
    unittest.main()
