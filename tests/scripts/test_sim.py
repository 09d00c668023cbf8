"""quire sim: what it prints, and what it says when something is wrong."""
import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest

import support

QUIRE = os.path.join(support.SOURCE, "scripts", "quire")
TRACE = os.path.join(support.SOURCE, "tests", "traces", "cloudphysics-io.txt.zst")


def sim(*words, **options):
    result = subprocess.run([sys.executable, "-B", QUIRE, "sim", *words], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)
    return result.returncode, result.stdout, result.stderr


class Sim(unittest.TestCase):
    def refused(self, *words, parts=()):
        status, text, messages = sim(*words)
        self.assertEqual((status, text), (125, ""), messages)
        for part in parts:
            self.assertIn(part, messages)

    def trace(self, data, name="trace"):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_csv_has_the_rows_that_were_asked_for_in_order(self):
        status, text, messages = sim(TRACE, "--policy", "clock,min,lru", "--frames", "1024,8192", "--csv")
        self.assertEqual((status, messages), (0, ""))
        self.assertEqual(text.splitlines(), [
            "policy,frames,references,misses,miss_ratio",
            "clock,1024,113872,94728,0.831881", "clock,8192,113872,87459,0.768047",
            "min,1024,113872,86881,0.762971", "min,8192,113872,64382,0.565389",
            "lru,1024,113872,94816,0.832654", "lru,8192,113872,87470,0.768143"])

    def test_the_table_for_people_has_the_bound(self):
        self.assertIn("min", sim(TRACE, "--policy", "fifo", "--frames", "512")[1])

    def test_a_range_of_sizes_doubles(self):
        text = sim(TRACE, "--policy", "lru", "--frames", "100..900", "--csv")[1]
        self.assertEqual([line.split(",")[1] for line in text.splitlines()[1:]],
                         ["100", "200", "400", "800"])

    def test_all_sizes_of_lru_come_from_one_pass(self):
        path = self.trace(b"1\n2\n3\n1\n2\n1\n")
        text = sim(path, "--policy", "lru", "--frames", "all", "--csv")[1]
        self.assertEqual([line.split(",")[3] for line in text.splitlines()[1:]], ["6", "5", "3"])

    def test_json_says_what_the_simulation_counted(self):
        path = self.trace(gzip.compress(b"1 w\n2\n3\n1\n2\n1\n"))
        result = json.loads(sim(path, "--policy", "fifo", "--frames", "2", "--json")[1])
        row = result["results"][0]
        self.assertEqual((row["misses"], row["cold"], row["evictions"], row["evictions_dirty"]),
                         (5, 3, 3, 1))

    def test_standard_input_is_a_trace_too(self):
        status, text, _ = sim("-", "--policy", "fifo", "--frames", "2", "--csv", input="5\n6\n5\n")
        self.assertEqual((status, text.splitlines()[1]), (0, "fifo,2,3,2,0.666667"))

    def test_estimates_have_their_error_in_a_column(self):
        text = sim(TRACE, "--policy", "lru", "--frames", "8192", "--sample", "0.05", "--csv")[1]
        name, _, _, _, ratio, error = text.splitlines()[1].split(",")
        self.assertEqual(name, "lru")
        self.assertLess(abs(float(ratio) - 0.768143), 2 * float(error))

    def test_unknown_names_are_answered_with_the_known_ones(self):
        self.refused(TRACE, "--policy", "clok", "--frames", "8", parts=("clok", "fifo", "min", "clock"))
        self.refused(TRACE, "--policy", "s3-fifo:smal=3", "--frames", "8", parts=("smal", "small"))

    def test_budgets_without_a_frame_are_refused_with_the_number(self):
        self.refused(TRACE, "--frames", "0", parts=(" 0 frames",))
        self.refused(TRACE, "--frames", "0..64", parts=(" 0 frames",))
        self.refused(TRACE, "--frames", "20", "--sample", "0.01", parts=("20 frames", "50"))
        self.refused(TRACE, "--frames", "64..8", parts=("64..8",))

    def test_bad_traces_are_named_with_the_offset(self):
        with open(TRACE, "rb") as file:
            data = file.read()
        self.refused(self.trace(data[:-100]), "--frames", "8", parts=("cut short", "offset "))
        self.refused(self.trace(b""), "--frames", "8", parts=("empty", "offset 0"))
        self.refused(self.trace(b"1\n2\nthree\n"), "--frames", "8", parts=("line 3", "offset 4"))
        self.refused(self.trace(b"\0\1\2\3" * 9), "--frames", "8", parts=("no known format",))
        self.refused(self.trace(b"x" * 100), "--format", "quire", "--frames", "8",
                     parts=("wrong magic", "offset 0"))
        self.refused("/nowhere/trace", "--frames", "8", parts=("/nowhere/trace",))

    def test_more_pages_than_memory_is_an_error_with_the_offset(self):
        self.refused(TRACE, "--frames", "8", "--memory", "1M",
                     parts=("more distinct pages than memory", "offset ", "--sample"))

    # Misses of exact references in 4,052 frames that hold the end of the prefill, as others counted.
    def test_published_strings_have_the_published_misses(self):
        for line, pages, misses in (("loop", 6144, (20920, 61440, 61440)),
                                    ("zipf", 16384, (96432, 201360, 237822)),
                                    ("scan", 13312, (37040, 50177, 64467))):
            text = sim("--string", f"{line} frames=4096 prefill=yes", "--policy", "min,lru,fifo",
                       "--frames", "4052", "--csv")[1]
            self.assertEqual([int(row.split(",")[3]) - pages for row in text.splitlines()[1:]],
                             list(misses), line)

    def test_a_string_in_a_file_is_the_string_that_is_simulated(self):
        words = "turns frames=50 count=4000 seed=9"
        result = subprocess.run([sys.executable, "-B", QUIRE, "strings", *words.split(), "-o",
                                 self.trace(b"")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        made = result.args[-1]
        options = ("--policy", "arc", "--frames", "60", "--csv")
        self.assertEqual(sim(made, *options), sim("--string", words, *options))

    def test_strings_that_cannot_be_are_refused(self):
        self.refused("--string", "zipff", "--frames", "8", parts=("'zipff'", "zipf scan"))
        self.refused("--string", "zipf hot=3", "--frames", "8", parts=("hot=3", "exponent"))
        self.refused("--string", "loop frames=5", TRACE, "--frames", "8", parts=("one trace",))
        self.refused("--string", "loop frames=5", parts=("--frames",))
        for words, part in (((), "which kind"), (("zipff",), "'zipff'")):
            result = subprocess.run([sys.executable, "-B", QUIRE, "strings", *words],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((result.returncode, result.stdout), (125, ""))
            self.assertIn(part, result.stderr)

    def test_the_benchmark_has_speed_and_memory_and_a_comparison(self):
        status, text, _ = sim("--benchmark", "--policy", "sieve")
        self.assertEqual(status, 0)
        rows = [line.split() for line in text.splitlines() if line.startswith("sieve")]
        self.assertEqual([row[1] for row in rows], ["1024", "4096", "16384"])
        for _, _, ratio, speed, memory in rows:
            self.assertTrue(0 < float(ratio) < 1 and float(speed) > 0 and 0 < float(memory) < 100)
        self.assertIn("libCacheSim", text)

    def test_a_trace_and_sizes_must_be_named(self):
        self.refused("--frames", "8", parts=("no trace",))
        self.refused(TRACE, parts=("--frames",))


if __name__ == "__main__":
    unittest.main()
