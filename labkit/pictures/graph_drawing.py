"""
How a dependency graph looks: boxes, the lines between them, the steps, a legend.

Colour for what is shared and for when a node was left, dashes for what comes from the cache, red
and "!" for what raised; each of them has a word in the picture too.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.pictures.graph_layout import Layout, arrange
from labkit.pictures.graph_lines import draw_lines
from labkit.pictures.graph_nodes import GraphNode, after_the_answer, label
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    CODE_STRONG,
    EDGE,
    GAP,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    WARN,
    WIDTH,
)
from labkit.pictures.sheet import Box, Point, Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TOP = 68.0
_BOX = (172.0, 46.0)  # Width at most, and height without the row of steps.
_NARROWEST = 132.0  # Below that the sheet gets wider than a page instead.
_STEPS = 28.0  # Height of the row of steps.
_ERROR = 17.0  # Height of the line that names an error.
_LANE = 46.0  # Between two columns, at least.
_WIDEST_LANE = 168.0  # At most: three columns fill a page.
_ROW = 24.0  # Height of a row of the legend.
_RAISED = " !"  # Behind the step at which an error was raised.


def draw(graph: Sequence[GraphNode], title: str) -> "Figure":
    """Draw *graph* under its *title*."""
    high = _BOX[1] + _STEPS * any(node.enter for node in graph)
    high += _ERROR * any(node.error for node in graph)
    layout = arrange([node.needs for node in graph], box=high, gap=16)
    boxes, width = _boxes(layout, len(graph), high)
    legend = _in_rows(_legend(graph), width - 2 * MARGIN)
    below = 38 + _ROW * len(legend) if legend else MARGIN
    sheet = Sheet(width, _TOP + layout.height + below)
    sheet.text((MARGIN, 42), title, TITLE, max_width=width - 2 * MARGIN)
    draw_lines(sheet, graph, boxes, layout, top=_TOP)
    for node, box in zip(graph, boxes, strict=True):
        if node.kind == "answer":
            _answer(sheet, node, box)
        else:
            _node(sheet, node, box, graph)
    for row, signs in enumerate(legend):
        _signs(sheet, signs, _TOP + layout.height + 38 + row * _ROW)
    return sheet.figure


def _boxes(layout: Layout, count: int, high: float) -> tuple[list[Box], float]:
    """Return a box for each node, and how wide the sheet has to be for them."""
    columns = max(layout.columns) + 1
    room = (WIDTH - 2 * MARGIN - _LANE * (columns - 1)) / columns
    wide = min(_BOX[0], max(_NARROWEST, room))
    width = max(WIDTH, 2 * MARGIN + columns * wide + (columns - 1) * _LANE)
    lane = (width - 2 * MARGIN - columns * wide) / max(columns - 1, 1)
    step = wide + min(lane, _WIDEST_LANE)
    left = (width - wide - (columns - 1) * step) / 2
    return [
        Box(left + layout.columns[n] * step, _TOP + layout.middles[n] - high / 2, wide, high)
        for n in range(count)
    ], width


# The boxes.


def _ink(node: GraphNode, graph: Sequence[GraphNode]) -> str:
    if node.error:
        return BAD
    if node.always_new:
        return WARN
    return LIT if _uses(node, graph) > 1 else INK


def _uses(node: GraphNode, graph: Sequence[GraphNode]) -> int:
    place = next(place for place, each in enumerate(graph) if each is node)
    return sum(each.needs.count(place) for each in graph)


def _node(sheet: Sheet, node: GraphNode, box: Box, graph: Sequence[GraphNode]) -> None:
    ink = _ink(node, graph)
    handler = node.kind == "handler"
    sheet.box(
        box,
        TINTS.get(ink, PANEL),
        edge=ink if handler or ink != INK else EDGE,
        line=2 if handler or node.error else 1.3,
        dashed=node.always_new,
    )
    left, room = box.left + 12, box.width - 24
    sheet.text((left, box.top + 20), label(node), CODE_STRONG, INK, max_width=room)
    words, tone = _second_line(node)
    sheet.text((left, box.top + 37), words, SMALL, tone, max_width=room)
    if node.error:
        sheet.text((left, box.top + 37 + _ERROR), node.error, SMALL_STRONG, BAD, max_width=room)
    if node.enter is not None:
        word = "runs" if handler else "in"
        words = f"{word} {node.enter}" + _RAISED * (node.raised_at == "enter")
        _step(sheet, (box.left + 10, box.bottom - 17), words, INK)
    if node.leave is not None:
        words = f"out {node.leave}" + _RAISED * (node.raised_at == "leave")
        _step(sheet, (box.right - 10, box.bottom - 17), words, _moment(node, graph), right=True)


def _moment(node: GraphNode, graph: Sequence[GraphNode]) -> str:
    """Return the ink that says when *node* was left, whether it raised or not."""
    if not any(each.kind == "answer" and each.enter for each in graph):
        return INK
    return WARN if after_the_answer(node, graph) else GOOD


def _second_line(node: GraphNode) -> tuple[str, str]:
    if node.instead_of:
        return f"instead of {node.instead_of}", LIT
    if node.kind == "handler":
        return "the handler", SOFT
    if node.always_new:
        return "new for each use", WARN
    return (f"{node.scope} scope", SOFT) if node.scope else ("returns a value", SOFT)


def _step(sheet: Sheet, at: Point, words: str, ink: str, *, right: bool = False) -> None:
    """Write a step in a pill whose middle is level with *at*, its left or its right end there."""
    wide = width_of(words, SMALL_STRONG) + 16
    left = at[0] - wide if right else at[0]
    sheet.box(Box(left, at[1] - 9, wide, 18), PANEL, edge=ink, radius=9)
    sheet.text((left + 8, at[1] + 4), words, SMALL_STRONG, ink)


def _answer(sheet: Sheet, node: GraphNode, box: Box) -> None:
    ink = {"2": GOOD, "4": WARN, "5": BAD}.get(node.name[:1], SOFT)
    sheet.box(box, TINTS[ink], edge=ink, radius=box.height / 2, line=1.5)
    middle, room = box.middle[0], box.width - 40
    number, _, meaning = label(node).partition(" ")
    words = f"answer {number}" if meaning and number.isdecimal() else label(node)
    sheet.text((middle, box.top + 20), words, STRONG, ink, align="center", max_width=room)
    if words != label(node):
        sheet.text((middle, box.top + 37), meaning, SMALL, ink, align="center", max_width=room)
    if node.enter is not None:
        words = f"sent {node.enter}"
        wide = width_of(words, SMALL_STRONG) + 16
        _step(sheet, (middle - wide / 2, box.bottom - 17), words, ink)


# The legend: what occurs in this picture, and nothing else.


def _legend(graph: Sequence[GraphNode]) -> list[list[str]]:
    """Return the entries: which sign, its ink, what it says."""
    left = {_moment(node, graph) for node in graph if node.leave}
    entries = (
        (any(_ink(node, graph) == LIT for node in graph), "box", LIT, "one call, several uses"),
        (any(node.from_cache for node in graph), "arrow", LIT, "from the cache"),
        (any(node.always_new for node in graph), "box", WARN, "new for each use"),
        (GOOD in left, "out", GOOD, "left before the answer"),
        (WARN in left, "out", WARN, "left after the answer was sent"),
        (any(node.error for node in graph), "box", BAD, "raised an error (!)"),
    )
    return [entry for wanted, *entry in entries if wanted]


def _in_rows(legend: Sequence[list[str]], room: float) -> list[list[list[str]]]:
    """Break the entries into rows that fit into *room*."""
    rows: list[list[list[str]]] = []
    left = 0.0
    for entry in legend:
        wide = 46 + width_of(entry[-1], SMALL)
        if wide > left:
            rows.append([])
            left = room
        rows[-1].append(entry)
        left -= wide + 2 * GAP
    return rows


def _signs(sheet: Sheet, legend: Sequence[Sequence[str]], y: float) -> None:
    x = float(MARGIN)
    for sign, ink, words in legend:
        _sign(sheet, sign, (x, y), ink)
        sheet.text((x + 46, y), words, SMALL, SOFT)
        x += 46 + width_of(words, SMALL) + 2 * GAP


def _sign(sheet: Sheet, sign: str, at: Point, ink: str) -> None:
    x, y = at
    if sign == "arrow":
        sheet.arrow((x, y - 4), (x + 32, y - 4), ink, dashed=True)
    elif sign == "out":
        _step(sheet, (x, y - 4), "out", ink)
    else:
        sheet.box(Box(x + 6, y - 12, 24, 15), TINTS[ink], edge=ink, radius=5)
