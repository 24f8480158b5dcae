"""
Panels of coloured lines, as an exchange is drawn: two on the wire, two in the process.

Glossary. *Run*: a text in one colour. *Row*: runs on one line, with an arrow before them if
something is handed over. *Panel*: a heading and rows. *Gutter*: the strip between the wire and the
process, where the server works.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from labkit.pictures.lettering import cell_width, drawable, width_of
from labkit.pictures.palette import (
    BODY,
    EDGE,
    HEADER,
    INK,
    LIT,
    MARGIN,
    PANEL,
    PAYLOAD,
    SIGNATURE,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    WIDTH,
    Face,
)
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.writing import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST_INK, HEADERS_INK, BODY_INK = HEADER, PAYLOAD, SIGNATURE
"""One colour for one piece of a message, wherever it stands."""

CODE_FACE = Face(11, mono=True)
_CODE_STRONG = Face(11, bold=True, mono=True)
_ROW = 19.0  # Pixels from one row to the next.
_HEAD = 42.0  # Pixels above the first row's baseline.
_PAD = 14.0
_KEPT = 14  # Characters at the end of a row that stay when what is before them is shortened.
_TOP = 92.0  # Upper edge of the upper panels.
_BETWEEN = 34.0  # From the upper panels to the lower ones.
_WIRE_WIDTH, _GUTTER = 404.0, 76.0
_PROCESS_LEFT = MARGIN + _WIRE_WIDTH + _GUTTER
_PROCESS_WIDTH = WIDTH - MARGIN - _PROCESS_LEFT


@dataclass(frozen=True, slots=True)
class Run:
    """A text in one colour."""

    text: str
    ink: str = INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """
    A line of a panel.

    Attributes:
        arrow: "in" for what is handed to the app, "out" for what it hands back.
    """

    runs: tuple[Run, ...]
    arrow: Literal["in", "out", ""] = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A heading, a few words beside it, and rows."""

    title: str
    note: str
    rows: tuple[Row, ...]


def draw(title: str, panels: Sequence[Panel]) -> "Figure":
    """
    Draw the way of a request through *panels*.

    Args:
        panels: What arrived, the scope, what was handed over, what left; without the two in the
            middle the process is drawn closed.
    """
    wire, process = (panels[0], panels[-1]), panels[1:-1]
    upper = max(height_of(panel) for panel in (*process[:1], wire[0]))
    lower = max(height_of(panel) for panel in (*process[1:], wire[1]))
    under = _TOP + upper + _BETWEEN
    sheet = Sheet(WIDTH, under + lower + MARGIN)
    _heading(sheet, title)
    arrived = Box(MARGIN, _TOP, _WIRE_WIDTH, upper)
    left = Box(MARGIN, under, _WIRE_WIDTH, lower)
    boxes = [Box(_PROCESS_LEFT, box.top, _PROCESS_WIDTH, box.height) for box in (arrived, left)]
    draw_panel(sheet, wire[0], arrived, 1)
    if process:
        _opened(sheet, process, boxes)
    else:
        _closed(sheet, Box(_PROCESS_LEFT, _TOP, _PROCESS_WIDTH, left.bottom - _TOP))
    draw_panel(sheet, wire[1], left, 4 if process else 2)
    _through(sheet, arrived, "reads", inwards=True)
    _through(sheet, left, "writes", inwards=False)
    return sheet.figure


def height_of(panel: Panel) -> float:
    """Return how high *panel* is drawn at least, in pixels."""
    return _HEAD + max(len(panel.rows), 1) * _ROW + 4


def _heading(sheet: Sheet, title: str) -> None:
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2)
    x: float = WIDTH - MARGIN
    for word, ink in (("body", BODY_INK), ("headers", HEADERS_INK), ("first line", FIRST_INK)):
        x -= width_of(word, SMALL)
        sheet.text((x, 42), word, SMALL, ink)
        sheet.boxes([Box(x - 16, 33, 10, 10)], ink)
        x -= 34
    sheet.text((MARGIN, _TOP - 12), "on the wire: bytes", SMALL_STRONG, SOFT)
    sheet.text((_PROCESS_LEFT, _TOP - 12), "in the process: Python objects", SMALL_STRONG, SOFT)


def draw_panel(sheet: Sheet, panel: Panel, box: Box, number: int) -> None:
    """Draw *panel* in *box*, with its *number* in a circle."""
    sheet.box(box, PANEL, edge=EDGE)
    sheet.circle((box.left + 21, box.top + 19), 9, LIT)
    sheet.text((box.left + 21, box.top + 23), str(number), SMALL_STRONG, PANEL, align="center")
    start = box.left + 38
    sheet.text((start, box.top + 23.5), panel.title, STRONG)
    after = start + width_of(panel.title, STRONG) + 10
    room = box.right - _PAD - after
    sheet.text((after, box.top + 23.5), panel.note, SMALL, SOFT, max_width=room)
    for number_of_row, row in enumerate(panel.rows):
        _row(sheet, row, box, box.top + _HEAD + 6 + number_of_row * _ROW)


def _row(sheet: Sheet, row: Row, box: Box, y: float) -> None:
    x, cell = box.left + _PAD, cell_width(CODE_FACE)
    if row.arrow:
        ends = [(x, y - 4), (x + 16, y - 4)]
        start, end = ends if row.arrow == "in" else ends[::-1]
        sheet.arrow(start, end, INK)
        x += 24
    for number, run in enumerate(row.runs, 1):
        face = _CODE_STRONG if run.bold else CODE_FACE
        behind = sum(len(later.text) for later in row.runs[number:])
        room = int((box.right - _PAD - x) / cell)
        room = max(room - behind * (behind <= _KEPT), 1)
        text = shorten(drawable(run.text, face), room, tail=min(6, room // 4))
        sheet.text((x, y), text, face, run.ink)
        x += len(text) * cell
        if behind > _KEPT and len(text) >= room:
            return


def _opened(sheet: Sheet, panels: Sequence[Panel], boxes: Sequence[Box]) -> None:
    for number, (panel, box) in enumerate(zip(panels, boxes, strict=True), start=2):
        draw_panel(sheet, panel, box, number)
    x, (scope, handed) = boxes[0].middle[0], boxes
    sheet.arrow((x, scope.bottom + 3), (x, handed.top - 3), LIT, width=2)
    words = "app(scope, receive, send)"
    sheet.text((x + 12, (scope.bottom + handed.top) / 2 + 4), words, CODE_FACE, LIT)


def _closed(sheet: Sheet, box: Box) -> None:
    sheet.box(box, TINTS[SOFT], edge=SOFT, dashed=True)
    x, y = box.middle
    sheet.text((x, y - 6), "?", TITLE, SOFT, align="center")
    sheet.text((x, y + 18), "Nobody looked inside.", BODY, SOFT, align="center")


def _through(sheet: Sheet, box: Box, verb: str, *, inwards: bool) -> None:
    """Draw what the server does in the gutter beside *box*."""
    y = box.middle[1]
    ends = [(box.right + 5, y), (_PROCESS_LEFT - 5, y)]
    start, end = ends if inwards else ends[::-1]
    sheet.arrow(start, end, LIT, width=2)
    x = (box.right + _PROCESS_LEFT) / 2
    sheet.text((x, y - 24), "server", SMALL, LIT, align="center")
    sheet.text((x, y - 10), verb, SMALL_STRONG, LIT, align="center")
