"""
How an onion is drawn: boxes in boxes, the numbers at their corners, the answer's way out.

Glossary. *Badge*: the disc with a number, at the left where a layer is entered, at the right where
it is left.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labkit.pictures.layers import Request
from labkit.pictures.lettering import width_of
from labkit.pictures.onion_layout import BADGE, CORNER, HEAD, Layout, Placed
from labkit.pictures.palette import (
    BAD,
    CODE_STRONG,
    GOOD,
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
    TINTS,
    TITLE,
    WARN,
    WIDTH,
)
from labkit.pictures.sheet import Box, Point, Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INKS = {
    "server": SOFT,
    "middleware": LIT,
    "dependency": PAYLOAD,
    "auth": HEADER,
    "handler": GOOD,
    "serialise": SIGNATURE,
    "background": WARN,
    "moment": INK,
}
"""The colour of each kind; the word beside it says the same."""

_TOP = 88.0  # Upper edge of the outermost layer.
_OUT = 64.0  # Where the arrow of the answer ends, above all layers.
_SIDE = 58.0  # Left and right of the outermost layer, for the arrows in and out.
_TO = "to the caller"
_READ = "in on the left, out on the right, by the numbers"


def draw(request: Request, heading: str, answer: str) -> "Figure":
    """Draw *request* on a card of its own height."""
    layout = Layout(request.outermost, _SIDE, _TOP, WIDTH - 2 * _SIDE, answer)
    sheet = Sheet(WIDTH, layout.bottom + MARGIN + (26 if request.left_out else 0))
    wide = width_of(_READ, SMALL)
    sheet.text((MARGIN, 42), heading, TITLE, max_width=WIDTH - 2 * MARGIN - wide - 20)
    sheet.text((WIDTH - MARGIN, 42), _READ, SMALL, SOFT, align="right")
    for placed in layout.placed:
        (_layer if placed.layer.inside else _step)(sheet, placed)
    for placed in layout.placed:
        if placed.layer.kind == "moment":
            _answer_out(sheet, placed, layout.placed)
    _in_and_out(sheet, layout.placed[0])
    if request.left_out:
        at = (_SIDE, layout.bottom + 24)
        sheet.text(at, request.counted, SMALL, SOFT, max_width=WIDTH - 2 * _SIDE)
    return sheet.figure


def _layer(sheet: Sheet, placed: Placed) -> None:
    layer, box = placed.layer, placed.box
    ink = INKS.get(layer.kind, SOFT)
    sheet.box(box, TINTS[ink], edge=BAD if layer.error else ink, line=1.6, radius=14)
    name, kind, fate = _words(placed)
    y = box.top + HEAD / 2 + 1
    sheet.text((name.left, y + 4.5), layer.name, CODE_STRONG, max_width=name.width)
    sheet.text((kind.left, y + 4.5), layer.kind, SMALL, ink)
    if layer.error:
        words = f"{layer.error} {'arose here' if layer.raised_here else 'passed through'}"
        end = (fate.right, y + 4.5)
        sheet.text(end, words, SMALL_STRONG, BAD, align="right", max_width=fate.width)
    _badge(sheet, layer.entered, (box.left + CORNER, y), ink)
    _badge(sheet, layer.left, (box.right - CORNER, y), BAD if layer.error else ink)


def _words(placed: Placed) -> tuple[Box, Box, Box]:
    """Return the places of a layer's name, its kind and its error, in its own line."""
    layer, box = placed.layer, placed.box
    left, right = box.left + CORNER + BADGE + 10, box.right - CORNER - BADGE - 10
    kind = width_of(layer.kind, SMALL)
    fate = width_of(f"{layer.error} passed through", SMALL_STRONG) if layer.error else 0
    fate = min(fate, (right - left) * 0.6)
    name = min(width_of(layer.name, CODE_STRONG), right - left - fate - kind - 24)
    top, high = box.top + HEAD / 2 - 8, 18
    return (
        Box(left, top, name, high),
        Box(left + name + 9, top, kind, high),
        Box(right - fate, top, fate, high),
    )


def _step(sheet: Sheet, placed: Placed) -> None:
    step, box = placed.layer, placed.box
    ink = BAD if step.error else INKS.get(step.kind, SOFT)
    sheet.box(box, PANEL, edge=ink, line=1.4, dashed=step.kind == "moment")
    badge = (box.left + 18, box.middle[1])
    left = badge[0] + BADGE + 9
    wide = box.right - left - 8
    alone = placed.below == step.name  # Some steps have no other name than their kind.
    sheet.text((left, badge[1] + (4.5 if alone else -2)), step.name, CODE_STRONG, max_width=wide)
    if not alone:
        face = SMALL_STRONG if step.error else SMALL
        sheet.text((left, badge[1] + 15), placed.below, face, ink, max_width=wide)
    _badge(sheet, step.entered, badge, ink)


def _badge(sheet: Sheet, number: int, at: Point, ink: str) -> None:
    sheet.circle(at, BADGE, ink)
    sheet.text((at[0], at[1] + 4), str(number), SMALL_STRONG, PANEL, align="center")


def _answer_out(sheet: Sheet, answer: Placed, all_placed: list[Placed]) -> None:
    """Draw the answer's way through the layers around it: up, or else to the right."""
    box, obstacles = answer.box, list(_obstacles(answer, all_placed))
    places = [box.left + box.width * part / 8 for part in (6, 7, 5, 4, 3, 2)]
    free = [x for x in places if not any(_crosses(x, box.top, each) for each in obstacles)]
    y = box.middle[1]
    if free and len(answer.around) > 1:  # From the outermost layer, up would be through others.
        sheet.arrow((free[0], box.top - 1), (free[0], _OUT), INK, width=2, dashed=True)
        sheet.text((free[0] + 10, _OUT + 12), _TO, SMALL, SOFT)
    elif not any(each.left > box.left and each.top < y < each.bottom for each in obstacles):
        sheet.arrow((box.right + 1, y), (WIDTH - MARGIN + 4, y), INK, width=2, dashed=True)
        if box.right + 20 + width_of(_TO, SMALL) < answer.around[-1].right:
            sheet.text((box.right + 12, y - 7), _TO, SMALL, SOFT)


def _obstacles(answer: Placed, all_placed: list[Placed]) -> Iterator[Box]:
    """Return what the answer's arrow may not cross: other layers, and the words of its own."""
    for placed in all_placed:
        if placed.box in answer.around:
            yield from _words(placed)
        elif placed is not answer:
            yield placed.box


def _crosses(x: float, below: float, box: Box) -> bool:
    """Tell whether a line straight up from height *below* would touch *box*."""
    return bool(box.width) and box.left - 6 <= x <= box.right + 6 and box.top < below


def _in_and_out(sheet: Sheet, outermost: Placed) -> None:
    box, y = outermost.box, outermost.box.top + HEAD / 2 + 1
    if not outermost.layer.inside:
        y = box.middle[1]
    sheet.arrow((MARGIN - 4, y), (box.left, y), INK, width=2)
    ink = BAD if outermost.layer.error else INK
    sheet.arrow((box.right, y), (WIDTH - MARGIN + 4, y), ink, width=2)
