"""quire plot: every kind of picture, from traces and tables, as SVG and PNG."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

import support

sys.path.insert(0, os.path.join(support.SOURCE, "tests", "fuzz"))

import make_trace_seeds  # noqa: E402 (the path comes first)
from quirelib import plot_command, plots  # noqa: E402
from quirelib.command_line import main  # noqa: E402
from quirelib.errors import QuireError  # noqa: E402
from quirelib.trace_file import Trace  # noqa: E402

TRACE = os.path.join(support.SOURCE, "tests", "traces", "cloudphysics-io.txt.zst")


def recorded_run():
    """100 faults, one every 1000 ticks; from the 50th on each evicts a page."""
    record = make_trace_seeds.record
    records = [record(9, 0, 0, 0, 50, 1, 0, text=b"fifo")]
    for i in range(100):
        records += [record(1, 1000), record(56, 1, 7, i), record(24, 100 + i, 0, 5, i)]
        if i >= 50:
            records += [record(26, 50 + i, 0)]
        if i % 10 == 0:
            records += [record(2, 1000 - i, 0, 0, i // 10)]
    return make_trace_seeds.recording(records)


class Plot(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name, data=None):
        path = os.path.join(self.directory, name)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def plot(self, *words):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            status = main(["plot", *words])
        return status, errors.getvalue()

    def drawn(self, *words):
        """The SVG's text."""
        svg, png = self.path("out.svg"), self.path("out.png")
        self.assertEqual(self.plot(*words, "-o", svg, "-o", png), (0, ""))
        with open(png, "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        with open(svg, encoding="utf-8") as file:
            return file.read()

    def test_curves_name_each_policy_and_the_optimum(self):
        text = self.drawn("curves", TRACE, "--policy", "fifo,lru", "--frames", "64..8192",
                          "--title", "It's 100 % of x_1")
        for word in ("fifo", "lru", "min (optimum)", "miss ratio", "It's 100 % of x_1"):
            self.assertIn(word, text.replace("&#39;", "'").replace("&apos;", "'"))

    def test_estimates_have_error_bars(self):
        rows = [{"policy": "lru", "frames": "64", "miss_ratio": "0.5", "error": "0.1"}]
        self.assertIn("with yerrorbars", plots.curves(rows, "t"))
        rows[0]["error"] = "0"
        self.assertNotIn("with yerrorbars", plots.curves(rows, "t"))

    def test_bars_stand_in_the_order_of_their_height(self):
        table = self.path("table.csv", b"policy,frames,references,misses,miss_ratio\n"
                          b"worse,64,10,8,0.8\nbetter,64,10,5,0.5\nmin,64,10,4,0.4\nworse,128,10,6,0.6\n")
        text = self.drawn("bars", table, "--frames", "64")
        self.assertLess(text.index("better"), text.index("worse"))
        self.assertIn("min (optimum)", text)

    def test_bars_of_several_sizes_are_refused(self):
        status, message = self.plot("bars", TRACE, "--frames", "64,128", "-o", self.path("x.svg"))
        self.assertEqual(status, 125)
        self.assertIn("one number of frames", message)

    def test_a_timeline_has_what_happened_in_each_stretch(self):
        bins = plot_command.timeline_bins(Trace(self.path("run", recorded_run())), 10)
        self.assertEqual([moment["faults"] for moment in bins], [10] * 10)
        self.assertEqual([moment["evictions"] for moment in bins], [0] * 5 + [10] * 5)
        self.assertEqual([moment["free"] for moment in bins], [1000 - 10 * i for i in range(10)])
        self.assertEqual([moment["dirty"] for moment in bins], list(range(10)))

    def test_a_recorded_run_is_drawn_over_time_and_over_addresses(self):
        run = self.path("run", recorded_run())
        text = self.drawn("timeline", run)
        for word in ("faults", "evictions", "free frames", "dirty pages"):
            self.assertIn(word, text)
        self.assertIn("pages, by object and index", self.drawn("addresses", run))

    def test_a_picture_of_addresses_counts_every_reference(self):
        trace = self.path("loop", b"".join(b"%d\n" % (i % 50) for i in range(1000)))
        from quirelib import simulator
        head, *lines = simulator.output(simulator.program(), "--picture", "20x10", trace).splitlines()
        self.assertEqual(head, "# references 1000 pages 50 columns 20 rows 10")
        self.assertEqual([line.split() for line in lines], [["5"] * 20] * 10)

    def test_what_cannot_be_drawn_is_named(self):
        for words, part in ((("curves", TRACE), "--frames"),
                            (("timeline", self.path("no", b"no trace")), "no Quire trace"),
                            (("addresses", self.path("none")), "none"),
                            (("curves", self.path("t.csv", b"policy,frames,miss_ratio\nlru,8,0.5\n"),
                              "--policy", "fifo"), "no row")):
            status, message = self.plot(*words, "-o", self.path("x.svg"))
            self.assertEqual(status, 125)
            self.assertIn(part, message)
        status, message = self.plot("curves", TRACE, "--frames", "64", "-o", self.path("x.jpeg"))
        self.assertEqual(status, 125)
        self.assertIn(".svg or .png", message)

    def test_gnuplots_complaints_are_shown(self):
        with self.assertRaisesRegex(QuireError, "gnuplot could not draw"):
            plots.draw("plot nonsense(", self.path("x.svg"))


if __name__ == "__main__":
    unittest.main()
