"""A progress bar on standard error, if that is a terminal."""

import sys

_WIDTH = 40


class Progress:
    def __init__(self, total, what):
        self.total = total
        self.what = what
        self.shown = sys.stderr.isatty()

    def show(self, done):
        if self.shown:
            bar = "#" * (done * _WIDTH // max(1, self.total))
            print(f"\r[{bar:.<{_WIDTH}}] {done}/{self.total} {self.what}", end="", file=sys.stderr,
                  flush=True)

    def say(self, text):
        """A line that stays."""
        print(f"\r\x1b[K{text}" if self.shown else text, file=sys.stderr, flush=True)

    def end(self):
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
