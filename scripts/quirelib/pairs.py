"""Arguments of two halves: HOST:GUEST, NAME=FILE."""

from .errors import QuireError


def split_pair(text, option, form):
    """The two halves of HOST:GUEST and the like."""
    first, separator, second = text.partition("=" if "=" in form else ":")
    if not separator or not first or not second:
        raise QuireError(f"{option} {text}: write it as {form}")
    return first, second
