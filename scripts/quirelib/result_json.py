"""The result of a run for programs: the JSON line with which a guest ends that was told table=json."""

import json
import sys

from .errors import QuireError


def to_standard_error(data):
    """Where the programs' text goes while standard output is for the result."""
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()


def find(transcript):
    """The line, checked. Raises QuireError if the guest did not come so far."""
    for line in reversed(transcript.decode(errors="replace").splitlines()):
        if line.startswith('{"policy":'):
            try:
                json.loads(line)
            except ValueError as error:
                raise QuireError(f"the guest's result is damaged: {error}") from error
            return line.strip()
    raise QuireError("the guest ended without a result")
