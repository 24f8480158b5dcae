"""
How values, and what a learner printed, become text that is safe and short to show.

Whatever is shown here may come from a submission: it can be huge, hold control characters, or
have a ``repr`` that raises. Memory addresses are left out, so that the text is the same each run.

Floor 4: knows the rules of `labkit.pictures.writing`, which are the same for a picture's twin.
"""

import re
import reprlib

from labkit.pictures.writing import plain, shorten

MAX_SHOWN = 160  # Characters of one value; our choice: two lines of a notebook.
MAX_LINES = 12  # Lines of printed output under a finding; our choice: it stays beside its cell.
MAX_LINE = 120  # Characters of one such line.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = MAX_SHOWN
_repr.maxlist = _repr.maxtuple = _repr.maxdict = _repr.maxset = 8


class Note(str):
    """A text that a notebook shows as it is, without quotes around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def shown(value: object) -> str:
    """
    Return *value* as code would write it, on one line of at most `MAX_SHOWN` characters.

    A value whose ``repr`` fails is shown as its type.
    """
    try:
        text = _repr.repr(value)
    except Exception:  # A learner's __repr__ may raise anything.
        text = f"<{type(value).__name__}>"
    return shorten(plain(_ADDRESS.sub("", text)), MAX_SHOWN, tail=MAX_SHOWN // 4)


def sentence(error: BaseException) -> str:
    """Return an error as one line: its type, and what it says."""
    try:
        said = str(error)
    except Exception:  # A learner's __str__ may raise anything.
        said = ""
    name = type(error).__name__
    return shorten(plain(_ADDRESS.sub("", f"{name}: {said}" if said else name)), MAX_SHOWN)


def bounded(printed: str) -> str:
    """Return what was *printed* in at most `MAX_LINES` lines of `MAX_LINE` characters."""
    lines = [shorten(plain(line), MAX_LINE) for line in printed.splitlines()]
    if len(lines) > MAX_LINES:
        lines[MAX_LINES:] = ["... and more"]
    return "\n".join(lines)


def indented(text: str, by: str = "    ") -> str:
    """Return *text* with every line moved right."""
    return "\n".join(by + line for line in text.splitlines())


def say(text: str) -> None:
    """Print one line into the cell that is running. Only the awaiting cell calls this."""
    print(text)  # noqa: T201 - a notebook's reader has no other place to look at.
