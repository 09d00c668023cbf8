"""Standard input on its way to the guest, when it is a file or a pipe.

What comes before the console server has set up the serial port is lost: firmware and boot
loader read from it too. So input waits for the line behind which the guest reads. Its end
becomes a control-D, which is what ends the input of the guest's console.
"""

import os
import threading

_END_OF_FILE = b"\x04"


class GuestInput:
    """Copies from descriptor `source` to `target`, a file of bytes, once `marker` was seen."""

    def __init__(self, source, target, marker):
        self._source, self._target, self._marker = source, target, marker
        self._started = False

    def seen(self, transcript):
        """Is told of all text so far, each time that there is more."""
        if not self._started and self._marker in transcript:
            self._started = True
            threading.Thread(target=self._copy, daemon=True).start()

    def _copy(self):
        # os.read, and not a buffered file: nobody waits for this thread at the end.
        last = b"\n"
        try:
            while data := os.read(self._source, 4096):
                self._put(data)
                last = data[-1:]
            # As on any terminal, behind a line that has no end the first one only ends the line.
            self._put(_END_OF_FILE if last == b"\n" else 2 * _END_OF_FILE)
        except OSError:
            pass  # the guest has ended

    def _put(self, data):
        self._target.write(data)
        self._target.flush()
