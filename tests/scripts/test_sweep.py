"""quire sweep: the points of a file, their table, going on where it stopped, Snakemake."""
import contextlib
import csv
import glob
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

import support  # noqa: F401 (for the path)

from quirelib import simulator, sweep_command, sweep_file, sweep_points, sweep_table
from quirelib.command_line import main
from quirelib.errors import QuireError

_SWEEP = """
policies = ["fifo", "s3-fifo:small=20", "min"]
frames = "2..8"
seeds = [1, 2]

[[workload]]
name = "loop"
trace = "loop.txt"

[[workload]]
name = "guest"
command = "prog {seed}"
frames = [100]
"""
_STRING = """
policies = ["fifo", "arc", "min"]
frames = [10]
seeds = [1, 2]

[[workload]]
name = "uniform"
string = "uniform pages=30 count=500 seed={seed}"

"""
_TABLE = """
[variants]
exact = []
"by bits" = ["--references", "accessed"]

[table]
head = "what"
best-of = ["fifo", "arc"]
columns = ["fifo", "arc", "min", "arc, by bits"]
"""
_LOOP_ONLY = _SWEEP[:_SWEEP.index('[[workload]]\nname = "guest"')]
_RESULT = {"virtual_time": 50, "references": 10, "evictions_clean": 5, "evictions_dirty": 6,
           "faults": 60, "refaults": 7, "page_ins": 8, "page_outs": 6, "core_picked": 0, "rejected": 0,
           "nanoseconds": 99}


class Sweep(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.write("loop.txt", "".join(f"{i % 10}\n" for i in range(100)))
        self.file = self.write("sweep.toml", _LOOP_ONLY)
        self.table = os.path.join(self.directory, "sweep.csv")

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8") as file:
            return file.read()

    def sweep(self, *words):
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = main(["sweep", self.file, *words])
        return status, output.getvalue(), errors.getvalue()

    def rows(self):
        with open(self.table, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def points(self, text):
        return sweep_file.read_sweep(self.write("other.toml", text))

    # ---- the file

    def test_points_are_the_product_in_the_order_of_the_file(self):
        points = self.points(_SWEEP)
        self.assertEqual([(p.policy, p.frames, p.seed) for p in points if p.kind == "simulator"],
                         [(policy, frames, seed) for policy in ("fifo", "s3-fifo:small=20", "min")
                          for frames in (2, 4, 8) for seed in (1, 2)])
        self.assertEqual([(p.policy, p.frames, p.seed) for p in points if p.kind == "guest"],
                         [(policy, 100, seed) for policy in ("fifo", "s3-fifo:small=20")
                          for seed in (1, 2)])
        self.assertEqual(len({p.identity for p in points}), len(points))

    def test_mistakes_in_the_file_are_named(self):
        for change, part in (
                (("policies", "polices"), "'polices'"), (('"2..8"', '"8..2"'), "'8..2'"),
                (('"2..8"', "[0]"), "numbers from 1"), (("loop.txt", "pool.txt"), "pool.txt"),
                (('name = "loop"', 'name = "guest"'), "two workloads"),
                (('command = "prog {seed}"', ""), "either a trace, a string or a command"),
                (("seeds = [1, 2]", "seeds = 1"), "seeds"), (("policies = [", "policies = "), "line 2")):
            with self.subTest(part), self.assertRaisesRegex(QuireError, part):
                self.points(_SWEEP.replace(*change))

    # ---- the table

    def test_the_table_has_what_the_simulator_says(self):
        status, text, errors = self.sweep()
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("18 of 18 points", text)
        rows = self.rows()
        self.assertEqual(list(rows[0]), list(sweep_points.COLUMNS))
        fifo = [row for row in rows if row["policy"] == "fifo" and row["seed"] == "1"]
        self.assertEqual([(row["frames"], row["references"], row["misses"]) for row in fifo],
                         [("2", "100", "100"), ("4", "100", "100"), ("8", "100", "100")])
        best = [int(row["misses"]) for row in rows if row["policy"] == "min" and row["seed"] == "1"]
        self.assertEqual(best, sorted(best, reverse=True))
        self.assertLess(best[-1], 40)

    def test_a_stopped_sweep_goes_on_where_it_was(self):
        self.sweep()
        whole = self.read("sweep.csv")
        # Stopped in the middle of a line.
        cut = whole[:len(whole) * 2 // 3]
        with open(self.table, "w", encoding="utf-8") as file:
            file.write(cut)
        there = cut.count("\n") - 1
        with mock.patch.object(sweep_points, "run_batch", wraps=sweep_points.run_batch) as run_batch:
            self.assertEqual(self.sweep()[0], 0)
        ran = sum(len(call.args[0]) for call in run_batch.call_args_list)
        self.assertEqual(ran, 18 - there)
        self.assertEqual(self.read("sweep.csv"), whole)
        with mock.patch.object(sweep_points, "run_batch") as run_batch:
            self.assertIn("all 18 points", self.sweep()[1])
        run_batch.assert_not_called()

    def test_a_point_that_was_changed_runs_again(self):
        self.sweep()
        self.write("sweep.toml", _LOOP_ONLY.replace('"loop.txt"', '"loop.txt"\noptions = ["--batch", "2"]'))
        with mock.patch.object(sweep_points, "run_batch", wraps=sweep_points.run_batch) as run_batch:
            self.assertEqual(self.sweep()[0], 0)
        run_batch.assert_called()
        self.assertEqual(len(self.rows()), 18)

    def test_rows_of_another_build_are_made_again_unless_they_are_to_stay(self):
        self.sweep()
        whole = self.read("sweep.csv")
        build = self.rows()[0]["build"]
        self.assertRegex(build, "^[0-9a-f]{12}$")
        self.write("sweep.csv", whole.replace(build, "0123456789ab"))
        with mock.patch.object(sweep_points, "run_batch") as run_batch:
            self.assertIn("18 of 18 points are of another build and stay", self.sweep("--keep")[1])
        run_batch.assert_not_called()
        self.assertIn("18 of 18 points are of another build: again", self.sweep()[1])
        self.assertEqual(self.read("sweep.csv"), whole)

    def test_rows_of_points_that_the_file_no_longer_has_stay(self):
        self.sweep()
        self.write("sweep.toml", _LOOP_ONLY.replace('"2..8"', "[4]"))
        self.sweep()
        self.assertEqual(len(self.rows()), 18)

    def test_points_that_fail_are_named_and_tried_again(self):
        self.write("sweep.toml", _LOOP_ONLY.replace("small=20", "smal=20"))
        status, text, errors = self.sweep()
        self.assertEqual(status, 1)
        self.assertIn("12 of 18 points; 6 failed", text)
        self.assertIn("smal", errors)
        self.assertEqual(len(self.rows()), 12)

    def test_another_table_is_not_overwritten(self):
        self.write("sweep.csv", "name,value\n")
        status, _, errors = self.sweep()
        self.assertEqual(status, 125)
        self.assertIn("no table of a sweep", errors)

    # ---- strings, variants, tables

    def test_a_string_is_simulated_and_has_its_seed(self):
        self.write("sweep.toml", _STRING)
        self.assertEqual(self.sweep()[0], 0)
        rows = self.rows()
        self.assertEqual({row["references"] for row in rows}, {"500"})
        self.assertEqual([row["page_ins"] for row in rows],
                         [str(int(row["misses"]) - 30) for row in rows])
        seeds = [[row["misses"] for row in rows if row["seed"] == seed and row["policy"] == "fifo"]
                 for seed in "12"]
        self.assertNotEqual(seeds[0], seeds[1])

    def test_a_wrong_string_is_a_failed_point(self):
        self.write("sweep.toml", _STRING.replace("pages=30", "pags=30"))
        status, _, errors = self.sweep()
        self.assertEqual(status, 1)
        self.assertIn("pags=30: there is no such parameter", errors)

    def test_variants_run_each_workload_again_with_their_options(self):
        self.write("sweep.toml", _STRING + _TABLE)
        self.assertEqual(self.sweep()[0], 0)
        rows = self.rows()
        self.assertEqual(len({row["id"] for row in rows}), 3 * 2 * 2)
        bits, exact = ([row["misses"] for row in rows if row["variant"] == variant
                        and row["policy"] == "arc"] for variant in ("by bits", "exact"))
        self.assertEqual(len(bits), 2)
        self.assertNotEqual(bits, exact)

    def test_a_table_has_the_best_and_the_distance_from_it(self):
        self.write("sweep.toml", _STRING.replace("[1, 2]", "[1]") + _TABLE)
        page = self.write("page.md", "before\n"
                          f"<!-- quire sweep {os.path.relpath(self.file, sweep_table.SOURCE)} -->\n"
                          "old\n<!-- end of the table -->\nafter\n")
        self.assertEqual(self.sweep("--document", page)[0], 0)
        misses = {(row["policy"], row["variant"]): int(row["misses"]) for row in self.rows()}
        best = min(misses["fifo", "exact"], misses["arc", "exact"])
        lines = self.read("page.md").splitlines()
        self.assertEqual((lines[0], lines[-1]), ("before", "after"))
        self.assertNotIn("old", lines)
        self.assertEqual(lines[2], "| what | frames | fifo | arc | min | arc, by bits |")
        cells = lines[4].split(" | ")
        self.assertEqual(cells[0:2], ["| uniform", "10"])
        self.assertIn(f"**{best:,}**", cells[2:4])
        self.assertEqual(cells[4], f"{100 * misses['min', 'exact'] / best - 100:+.1f} %")

    def test_a_table_of_policies_has_given_rows_first(self):
        points = self.points(_STRING.replace("[1, 2]", "[1]").replace('seed={seed}', "") +
                             '[table]\nrows = "policy"\nvalue = "page_ins"\n'
                             '[[table.given]]\nname = "Linux"\nuniform = "99"\n')
        rows = {point.identity: {"page_ins": str(1000 + number)}
                for number, point in enumerate(points)}
        self.assertEqual(
            sweep_table.markdown(os.path.join(self.directory, "other.toml"), points, rows).splitlines(),
            ["| policy | uniform |", "| --- | --- |", "| Linux | 99 |", "| `fifo` | 1,000 |",
             "| `arc` | 1,001 |", "| `min` | 1,002 |"])

    def test_a_page_without_the_marks_is_named_and_stays(self):
        self.write("sweep.toml", _STRING + _TABLE)
        page = self.write("page.md", "nothing\n")
        status, _, errors = self.sweep("--document", page)
        self.assertEqual((status, self.read("page.md")), (125, "nothing\n"))
        self.assertIn("no lines <!-- quire sweep", errors)

    def test_the_page_shows_what_the_policies_do(self):
        file = os.path.join(support.SOURCE, "tests", "sweeps", "policies.toml")
        page = os.path.join(support.SOURCE, "docs", "policies.md")
        with open(page, encoding="utf-8") as stream:
            shown = stream.read().splitlines()
        names = ("loop of 1.5 x 4,096 pages, ten times", "scan of 12,288 pages with a hot set of 1,024")
        points = [point for point in sweep_file.read_sweep(file) if point.workload in names]
        rows = {}
        for batch in sweep_points.batches(points):
            rows |= {row["id"]: row for row in sweep_points.run_batch(batch, simulator.program())}
        for line in sweep_table.markdown(file, points, rows).splitlines():
            self.assertIn(line, shown, "make the table again: quire sweep tests/sweeps/policies.toml "
                          "-o build/policies.csv --document docs/policies.md")

    def test_the_sweeps_of_the_tree_can_be_read(self):
        files = sorted(glob.glob(os.path.join(support.SOURCE, "tests", "sweeps", "*.toml")))
        self.assertTrue(files)
        for file in files:
            self.assertTrue(sweep_file.read_sweep(file), file)

    # ---- the guest

    def test_a_workload_says_what_the_part_that_counts_did(self):
        point = next(p for p in self.points(_SWEEP) if p.kind == "guest")
        said = ("prog: operations 12 check 00000000deadbeef faults 5 page-ins 4 page-outs 3 "
                "evictions 2 refaults 1\r\n")
        answer = subprocess.CompletedProcess([], 0, json.dumps(_RESULT), "before\r\n" + said)
        with mock.patch.object(sweep_points.subprocess, "run", return_value=answer):
            row, = sweep_points.run_batch([point], None)
        self.assertEqual([row[name] for name in ("operations", "check", "faults", "page_ins", "refaults")],
                         ["12", "00000000deadbeef", "5", "4", "1"])

    def test_another_check_value_than_under_another_policy_is_a_failure(self):
        row = {column: "" for column in sweep_points.COLUMNS} | {
            "id": "1", "workload": "w", "frames": 5, "seed": 1, "policy": "fifo", "check": "aa"}
        results = sweep_points.Results(self.table)
        results.add([row])
        results.add([row | {"id": "2", "frames": 6, "check": "bb"}])
        with self.assertRaisesRegex(QuireError, "check value is bb, under fifo it was aa"):
            results.add([row | {"id": "3", "policy": "lirs", "check": "bb"}])
        self.assertEqual(len(self.rows()), 2)

    def test_a_guest_run_becomes_a_row(self):
        point = next(p for p in self.points(_SWEEP) if p.kind == "guest" and p.seed == 2
                     and p.policy != "fifo")
        answer = subprocess.CompletedProcess([], 0, json.dumps(_RESULT), "")
        with mock.patch.object(sweep_points.subprocess, "run", return_value=answer) as run:
            row, = sweep_points.run_batch([point], None)
        words = run.call_args.args[0]
        for word in ("s3-fifo,small=20", "seed=2", "prog 2", "100"):
            self.assertIn(word, words)
        self.assertEqual((row["references"], row["misses"], row["miss_ratio"], row["evictions"]),
                         (50, 40, "0.800000", 11))

    def test_a_guest_that_fails_is_a_failed_point(self):
        point = next(p for p in self.points(_SWEEP) if p.kind == "guest")
        answer = subprocess.CompletedProcess([], 124, "", "quire: time-out\n")
        with mock.patch.object(sweep_points.subprocess, "run", return_value=answer):
            with self.assertRaisesRegex(QuireError, "status 124: quire: time-out"):
                sweep_points.run_batch([point], None)

    # ---- Snakemake

    def test_points_and_their_collection_are_what_the_snakefile_runs(self):
        points = sweep_file.read_sweep(self.file)
        parts = os.path.join(self.directory, "parts")
        os.mkdir(parts)
        for point in points[:-1]:
            name = os.path.join(parts, point.identity + ".csv")
            self.assertEqual(self.sweep("--point", point.identity, "-o", name, "--no-build")[0], 0)
        status, _, errors = self.sweep("--collect", parts)
        self.assertEqual(status, 125)
        self.assertIn(points[-1].identity, errors)
        self.sweep("--point", points[-1].identity, "-o",
                   os.path.join(parts, points[-1].identity + ".csv"), "--no-build")
        self.assertEqual(self.sweep("--collect", parts)[0], 0)
        self.assertEqual([row["id"] for row in self.rows()], [point.identity for point in points])

    def test_a_missing_snakemake_is_named_and_the_snakefile_written(self):
        with mock.patch.object(sweep_command, "shutil") as absent:
            absent.which.return_value = None
            status, _, errors = self.sweep("--snakemake")
        self.assertEqual(status, 125)
        self.assertIn("package snakemake", errors)
        text = self.read("sweep.smk")
        for point in sweep_file.read_sweep(self.file):
            self.assertIn(point.identity, text)

    @unittest.skipIf(shutil.which("snakemake") is None, "snakemake is not installed")
    def test_snakemake_makes_the_same_table(self):
        self.write("sweep.toml", _LOOP_ONLY.replace('"2..8"', "[4]").replace("[1, 2]", "[1]"))
        command = [os.path.join(support.SOURCE, "scripts", "quire"), "sweep", self.file, "--snakemake"]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(result.returncode, 0, result.stdout)
        table = self.read("sweep.csv")
        os.unlink(self.table)
        self.sweep()
        self.assertEqual(self.read("sweep.csv"), table)


if __name__ == "__main__":
    unittest.main()
