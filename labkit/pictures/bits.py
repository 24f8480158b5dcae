"""
Two values bit by bit: what a small change upstream does to a digest or a signature.

Glossary. *Flipped*: a bit that is 0 in one value and 1 in the other.

Floor 0: imports nothing of labkit but its errors.
"""

from functools import partial
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures.palette import (
    BAD,
    BODY,
    EDGE,
    GAP,
    INK,
    MARGIN,
    SMALL,
    SOFT,
    STRONG,
    TITLE,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_BYTES = 64  # 512 bits: more can't be told apart on the page.
_BITS = 8  # Of a byte.


def compare_bits(
    before: bytes,
    after: bytes,
    *,
    labels: tuple[str, str] = ("before", "after"),
    title: str = "Bit by bit",
) -> Picture:
    """
    Draw two values of equal length as dark (1) and light (0) cells, and below which bits flipped.

    Args:
        before: One value, at most `MAX_BYTES`, such as ``hashlib.sha256(payload).digest()``.
        after: The other one.
        labels: What they are.
        title: Heading of the picture.

    Raises:
        UsageError: No bytes, too many, or not equally many; labels that aren't two texts.
    """
    if not isinstance(before, bytes) or not isinstance(after, bytes):
        raise UsageError("before and after have to be bytes, such as sha256(...).digest()")
    if len(before) != len(after) or not 1 <= len(before) <= MAX_BYTES:
        raise UsageError(f"before and after have to be equally long, 1 to {MAX_BYTES} bytes")
    if not isinstance(labels, tuple) or len(labels) != 2:
        raise UsageError("labels has to be two texts, such as ('before', 'after')")
    if not all(isinstance(text, str) and text.strip() for text in (title, *labels)):
        raise UsageError("title and labels have to be texts that aren't empty")
    names = (shorten(plain(labels[0]), 90), shorten(plain(labels[1]), 90))
    heading = shorten(plain(title), 90)
    flipped = (int.from_bytes(before) ^ int.from_bytes(after)).bit_count()
    count = f"{flipped} of {len(before) * _BITS} bits flipped ({flipped / len(before) / _BITS:.0%})"
    twin = f"{heading}\n  {names[0]}\n  {names[1]}\n  {count}"
    return Picture(partial(_draw, before, after, names, heading, count), twin)


# The drawing.

_COLUMNS = 64  # Bits in a row: 32 bytes, a SHA-256 digest, make four rows.
_PITCH = (WIDTH - 2 * MARGIN - 7 * 6) / _COLUMNS  # From cell to cell; a wider gap after each byte.
_STRIP = 25.0  # Height of a strip's label.
_TOP = 60.0


def _draw(
    before: bytes, after: bytes, names: tuple[str, str], heading: str, count: str
) -> "Figure":
    changed = bytes(one ^ other for one, other in zip(before, after, strict=True))
    high = _rows(before) * _PITCH
    tops = [_TOP + number * (_STRIP + high + GAP) for number in range(3)]
    sheet = Sheet(WIDTH, tops[-1] + _STRIP + high + MARGIN)
    sheet.text((MARGIN, 42), heading, TITLE, max_width=WIDTH - 2 * MARGIN - 240)
    sheet.text(
        (WIDTH - MARGIN, 42), "one cell, one bit: dark 1, light 0", BODY, SOFT, align="right"
    )
    for top, value, name, ink in zip(
        tops, (before, after, changed), (*names, count), (INK, INK, BAD), strict=True
    ):
        last = ink == BAD
        face, colour = (STRONG, BAD) if last else (SMALL, SOFT)
        sheet.text((MARGIN, top + 15), name, face, colour, max_width=WIDTH - 2 * MARGIN)
        _strip(sheet, value, (MARGIN, top + _STRIP), ink)
    return sheet.figure


def _rows(value: bytes) -> int:
    return -(-len(value) * _BITS // _COLUMNS)


def _strip(sheet: Sheet, value: bytes, at: Point, ink: str) -> None:
    """Draw the bits of *value*, the first one in the upper left corner."""
    text = "".join(f"{byte:08b}" for byte in value)
    cells = [(_cell(number, at), bit == "1") for number, bit in enumerate(text)]
    sheet.boxes([box for box, one in cells if not one], EDGE)
    sheet.boxes([box for box, one in cells if one], ink)


def _cell(number: int, at: Point) -> Box:
    row, column = divmod(number, _COLUMNS)
    left = at[0] + column * _PITCH + column // _BITS * 6
    return Box(left, at[1] + row * _PITCH, _PITCH - 2, _PITCH - 2)
