"""
The lines of a dependency graph: from whoever gives a value to whoever gets it, past the boxes.

Floor 0: imports nothing of labkit.
"""

import itertools
from collections.abc import Sequence

from labkit.pictures.graph_layout import Layout
from labkit.pictures.graph_nodes import GraphNode
from labkit.pictures.palette import INK, LIT
from labkit.pictures.sheet import Box, Point, Sheet

_CURVE = 20  # Straight pieces that a bent line is drawn from.


def draw_lines(
    sheet: Sheet,
    graph: Sequence[GraphNode],
    boxes: Sequence[Box],
    layout: Layout,
    *,
    top: float,
) -> None:
    """
    Draw a line from each node to each that gets its value, dashed if that comes from the cache.

    Args:
        top: Where the layout begins, from the upper edge of the sheet, in its units.
    """
    for place, node in enumerate(graph):
        arriving = sorted(set(node.needs), key=lambda giver: _height_at(giver, place, layout))
        for port, giver in enumerate(arriving):
            y = boxes[place].middle[1] + (port - (len(arriving) - 1) / 2) * 12
            passed = [
                (x, top + bend)
                for column, bend in layout.bends[giver, place]
                for x in _edges(column, boxes, layout)
            ]
            way = [(boxes[giver].right, boxes[giver].middle[1]), *passed, (boxes[place].left, y)]
            _line(sheet, way, cached=giver in node.from_cache)


def _height_at(giver: int, getter: int, layout: Layout) -> float:
    """Return how far down the line from *giver* is where it reaches the column of *getter*."""
    bends = layout.bends[giver, getter]
    return bends[-1][1] if bends else layout.middles[giver]


def _edges(column: int, boxes: Sequence[Box], layout: Layout) -> tuple[float, float]:
    box = boxes[layout.columns.index(column)]
    return box.left, box.right


def _line(sheet: Sheet, way: Sequence[Point], *, cached: bool) -> None:
    ink = LIT if cached else INK
    points = [way[0]]
    for start, end in itertools.pairwise(way):
        points += _curve(start, end)
    tip = points[-1]
    sheet.line([*points[:-1], (tip[0] - 7, tip[1])], ink, dashed=cached)
    sheet.arrow_head(tip, 0, ink)


def _curve(start: Point, end: Point) -> list[Point]:
    """Return points from *start* to *end* on a line that leaves and arrives level."""
    (x0, y0), (x1, y1) = start, end
    turns = [step / _CURVE for step in range(1, _CURVE + 1)]
    return [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t * t * (3 - 2 * t)) for t in turns]
