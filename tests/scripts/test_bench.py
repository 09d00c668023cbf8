"""What `quire bench` reads out of transcripts and profiles, and how it compares."""
import json
import unittest
from pathlib import Path

import support  # noqa: F401
from quirelib.bench_baselines import BARS
from quirelib.bench_boots import rows_of, stages
from quirelib.bench_command import as_json, as_table, compare
from quirelib.bench_document import bars, markdown, replace_table, without_loop
from quirelib.call_profile import Profile
from quirelib.errors import QuireError

TRANSCRIPT = """row fault_cow                  2597       2596       2921
bench: exit(0)
row ipc_round_trip_4w 350
rowing is no row 3
"""


def row(name, instructions):
    return {"row": name, "instructions": instructions}


class Rows(unittest.TestCase):
    def test_rows_have_a_median_and_perhaps_more(self):
        self.assertEqual(rows_of(TRANSCRIPT), [
            {"row": "fault_cow", "instructions": 2597, "minimum": 2596, "mean": 2921},
            row("ipc_round_trip_4w", 350)])

    def test_json_is_a_list_of_rows(self):
        self.assertEqual(json.loads(as_json(rows_of(TRANSCRIPT))), rows_of(TRANSCRIPT))

    def test_the_table_has_what_others_need_beside_it(self):
        self.assertRegex(as_table([row("fault_cow", 2597)]), r"fault_cow +2,597 +4,309")

    def test_the_stages_of_a_fault_add_up(self):
        profile = Profile("kernel;trap;send 500 2\nkernel;syscall_entry;reply 300 2\n"
                          "pager;main;zero_fill 700 2\npager;main;zero_fill;memset 1000 2\n"
                          "bench;main 20 1\n")
        self.assertEqual(stages(profile, "f", 2), [
            row("f.exception", 250), row("f.pager", 350), row("f.zero_and_copy", 500),
            row("f.reply", 150), row("f.others", 10)])


class Document(unittest.TestCase):
    def test_the_page_has_the_stored_numbers(self):
        """Renew both: scripts/quire bench --store tests/bench/core.json --document docs/performance.md"""
        source = Path(support.SOURCE)
        page = (source / "docs" / "performance.md").read_text()
        stored = json.loads((source / "tests" / "bench" / "core.json").read_text())
        self.assertEqual(page, replace_table(page, stored))

    def test_no_bar_that_was_reached_is_lost(self):
        stored = json.loads((Path(support.SOURCE) / "tests" / "bench" / "core.json").read_text())
        costs = {row["row"]: row["instructions"] for row in stored}
        for what, name, loop, bar, _ in BARS:
            with self.subTest(what):
                self.assertLessEqual(without_loop(costs, name, loop), bar)

    def test_a_bar_is_compared_with_the_cost_without_the_loop(self):
        table = bars([row("fault_cow", 2000), row("copy_page", 500), row("null_syscall", 70)])
        self.assertIn("| 1,800 | 1,500 |", table)
        self.assertIn("| 120 | 70 |", table)
        self.assertNotIn("fault_zero_fill", table)

    def test_a_row_without_explanation_is_refused(self):
        self.assertRaises(QuireError, markdown, [row("nonesuch", 1)])

    def test_zeroing_is_taken_off_where_a_row_contains_it(self):
        table = markdown([row("fault_zero_fill", 2000), row("zero_page", 500)])
        self.assertIn("| 2,000 | 1,500 |", table)


class Compare(unittest.TestCase):
    def worse(self, now, stored, names=()):
        return compare(now, stored, names)[1]

    def test_two_percent_more_is_still_good(self):
        self.assertFalse(self.worse([row("a", 1020)], [row("a", 1000)]))
        self.assertTrue(self.worse([row("a", 1021)], [row("a", 1000)]))

    def test_a_small_row_has_no_slack_that_hides_an_instruction_in_forty(self):
        self.assertTrue(self.worse([row("a", 42)], [row("a", 41)]))

    def test_a_better_row_asks_to_be_stored(self):
        lines, worse = compare([row("a", 500)], [row("a", 1000)])
        self.assertFalse(worse)
        self.assertIn("store", lines[0])

    def test_a_row_that_vanished_fails_unless_others_were_asked_for(self):
        stored = [row("a", 10), row("b", 10)]
        self.assertTrue(self.worse([row("a", 10)], stored))
        self.assertFalse(self.worse([row("a", 10)], stored, ["a"]))

    def test_a_new_row_is_no_failure(self):
        self.assertFalse(self.worse([row("a", 10), row("b", 10)], [row("a", 10)]))

    def test_nothing_compared_is_a_failure(self):
        self.assertTrue(self.worse([row("a", 10)], []))


if __name__ == "__main__":
    unittest.main()
