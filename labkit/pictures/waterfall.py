"""
A trace as a waterfall: one row for each span, its bar from when to when, nested as it happened.

Glossary. *Row*: see `labkit.pictures.rows`, which chooses them. *Band*: the rows of one service
that follow each other. *Gutter*: the narrow column on the left, with a dot on the slowest path.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    BODY,
    EDGE,
    FAMILY_INKS,
    INK,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    TRACK,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.rows import Layout, Row, SpanLike, lay_out
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.telling import NOTHING, duration, flags, left_out, summary
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def waterfall(spans: Iterable[SpanLike], *, title: str = "Trace", dropped: int = 0) -> Picture:
    """
    Draw spans as a waterfall.

    Args:
        spans: In any order.
        title: Heading of the picture.
        dropped: How many spans there were besides; the picture says so.

    Raises:
        UsageError: *title* is no text.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    layout = lay_out(spans, dropped=dropped)
    return Picture(partial(_draw, layout, title), _twin(layout, title))


# The twin.


def _twin(layout: Layout, title: str) -> str:
    head = shorten(plain(title), 60)
    if not layout.rows:
        return f"{head}: {NOTHING}"
    wide = max(len(_service(row)) for row in layout.rows)
    lines = [
        f"  {_service(row).ljust(wide)}  {'  ' * min(row.depth, _MOST_INDENTS)}{_told(row)}"
        for row in layout.rows
    ]
    if layout.left_out:
        lines.append(f"  ({left_out(layout)})")
    return "\n".join([f"{head}: {summary(layout)}", *lines])


def _service(row: Row) -> str:
    return shorten(plain(row.service), 20)


def _told(row: Row) -> str:
    name = f"... {row.name}" if row.hidden else shorten(plain(row.name), 90)
    return name + "".join(f"  {flag}" for flag in flags(row))


# The drawing.

_TOP = 112.0  # Upper edge of the rows.
_ROW = 22.0
_INDENT = 11.0
_MOST_INDENTS = 14  # Deeper rows aren't moved further.
_NAMES = MARGIN + 104  # Left edge of the names.
_KINDS = MARGIN + 388
_AXIS = MARGIN + 462
_AXIS_END = WIDTH - MARGIN - 76
_TICKS = 5


def _draw(layout: Layout, title: str) -> "Figure":
    table = Box(MARGIN, _TOP, WIDTH - 2 * MARGIN, max(len(layout.rows), 1) * _ROW + 8)
    sheet = Sheet(WIDTH, table.bottom + MARGIN + (14 if layout.left_out else 0))
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2)
    took = f"{summary(layout)}, {duration(layout.total_ms)}"
    sheet.text((WIDTH - MARGIN, 42), took, BODY, SOFT, align="right")
    sheet.box(table, PANEL, edge=EDGE)
    if not layout.rows:
        sheet.text((MARGIN + 14, table.top + 20), NOTHING, BODY, SOFT)
        return sheet.figure
    _legend(sheet, layout.rows)
    _bands(sheet, layout.rows, table)
    _ticks(sheet, layout.total_ms, table)
    sheet.text((MARGIN + 10, table.bottom + 18), left_out(layout), SMALL, SOFT)
    for number, row in enumerate(layout.rows):
        _draw_row(sheet, row, layout.total_ms, table.top + 4 + (number + 0.5) * _ROW)
    return sheet.figure


def _legend(sheet: Sheet, rows: Sequence[Row]) -> None:
    """Name the colours that appear, and the dot."""
    x, y = float(MARGIN), 70.0
    present = dict.fromkeys(row.family for row in rows)
    for family in (name for name in FAMILY_INKS if name in present):
        sheet.box(Box(x, y - 9, 11, 11), FAMILY_INKS[family], radius=2)
        sheet.text((x + 17, y), family, SMALL, SOFT)
        x += 17 + width_of(family, SMALL) + 18
    sheet.circle((x + 5, y - 4), 3.5, INK)
    sheet.text((x + 14, y), "slowest path", SMALL, SOFT)


def _bands(sheet: Sheet, rows: Sequence[Row], table: Box) -> None:
    """Set the services apart: every other band is tinted, each has its name at its top."""
    top, lane = table.top + 4, 0
    for service, band in groupby(rows, key=lambda row: row.service):
        height = len(list(band)) * _ROW
        if lane % 2:
            box = Box(table.left + 0.5, top, table.width - 1, height)
            sheet.box(box, TINTS[SOFT], radius=0)
        at = (table.left + 10, top + _ROW / 2 + 4)
        sheet.text(at, service, SMALL_STRONG, SOFT, max_width=_NAMES - table.left - 30)
        top, lane = top + height, lane + 1


def _ticks(sheet: Sheet, total_ms: float, table: Box) -> None:
    for number in range(_TICKS):
        part = number / (_TICKS - 1)
        x = _AXIS + part * (_AXIS_END - _AXIS)
        sheet.line([(x, table.top + 1), (x, table.bottom - 1)], TRACK, width=0.8)
        words = duration(part * total_ms) if number else "0"
        sheet.text((x, table.top - 8), words, SMALL, SOFT, align="center")


def _draw_row(sheet: Sheet, row: Row, total_ms: float, y: float) -> None:
    if row.raised_here or (row.hidden and row.error):
        box = Box(_NAMES - 16, y - _ROW / 2 + 1, WIDTH - MARGIN - _NAMES + 14, _ROW - 2)
        sheet.box(box, TINTS[BAD], radius=4)
    if row.slowest:
        sheet.circle((_NAMES - 8, y), 3, INK)
    _label(sheet, row, y)
    sheet.text((_KINDS, y + 4), row.kind, SMALL, FAMILY_INKS[row.family])
    _bars(sheet, row, total_ms, y)
    if not row.hidden:
        took = duration(row.total_ms)
        face = SMALL_STRONG if row.slowest else SMALL
        sheet.text((WIDTH - MARGIN - 10, y + 4), took, face, INK, align="right")


def _label(sheet: Sheet, row: Row, y: float) -> None:
    left: float = _NAMES + min(row.depth, _MOST_INDENTS) * _INDENT
    right: float = (_AXIS if row.hidden else _KINDS) - 10
    marks = "  ".join(flags(row))
    if marks:
        bad = row.raised_here or (row.status or 0) >= 400 or bool(row.hidden and row.error)
        room = min(width_of(marks, SMALL_STRONG), (right - left) * 0.6)
        ink = BAD if bad else SOFT
        sheet.text((right, y + 4), marks, SMALL_STRONG, ink, align="right", max_width=room)
        right -= room + 8
    name = f"… {row.name}" if row.hidden else row.name
    face, ink = (STRONG, INK) if row.slowest and not row.hidden else (BODY, INK)
    sheet.text((left, y + 4.5), name, face, SOFT if row.hidden else ink, max_width=right - left)


def _bars(sheet: Sheet, row: Row, total_ms: float, y: float) -> None:
    scale = (_AXIS_END - _AXIS) / (total_ms or 1)
    ink = TRACK if row.hidden else FAMILY_INKS[row.family]
    high = 6.0 if row.hidden else 11.0
    boxes = [
        Box(_AXIS + start * scale, y - high / 2, max(width * scale, 1.5), high)
        for start, width in row.bars
    ]
    sheet.boxes(boxes, ink)
    if row.error and not row.hidden:
        for box in boxes[:1]:
            icons.cross(sheet, (min(box.right, _AXIS_END) + 7, y), 8, BAD)
    for name, at_ms in row.moments:
        if name in ("enter", "exit", "cached"):
            x = _AXIS + at_ms * scale
            sheet.line([(x, y - 8), (x, y + 8)], INK, width=1)
