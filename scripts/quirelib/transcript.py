"""The guest's text on its way from the serial port to standard output.

Firmware and boot loader may talk on the same port before the system does. That is held
back until the kernel's first line, and shown only if that line never comes: then it is
what the user needs to see.
"""

BANNER = b"Quire "
TAP_BANNER = b"TAP version "


class Transcript:
    """Passes text on to `write`; `bytes` has all that was passed."""

    def __init__(self, write, banner=BANNER):
        self._write = write
        self._banner = banner
        self._held = b""
        self._started = False
        self.bytes = b""

    def feed(self, data):
        if self._started:
            self._pass(data)
            return
        self._held += data
        start = self._banner_offset()
        if start >= 0:
            self._started = True
            data, self._held = self._held[start:], b""
            self._pass(data)

    def finish(self):
        """Shows what was held back if the system never began to talk."""
        if not self._started and self._held.strip():
            self._pass(self._held)
        self._held = b""

    def _banner_offset(self):
        # Boot loaders move the cursor with escape sequences, so the banner's line may begin
        # after one of those (they end with a letter) and not after a line feed.
        offset = self._held.find(self._banner)
        while offset > 0:
            before = self._held[:offset]
            if before.endswith((b"\n", b"\r")) or b"\x1b[" in before[-8:]:
                return offset
            offset = self._held.find(self._banner, offset + 1)
        return offset

    def _pass(self, data):
        self.bytes += data
        self._write(data)
