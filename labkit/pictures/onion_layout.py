"""
Where each layer of an onion is drawn: boxes in boxes, before anything is drawn.

Glossary. *Way*: the layers that the handler or the answer lies in; each is as wide as there is
room. Any other layer is as wide as what it holds. *Row*: neighbours side by side, as many as fit.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labkit.pictures.layers import Layer
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import CODE_STRONG, SMALL, SMALL_STRONG
from labkit.pictures.sheet import Box

BADGE = 10.0  # Radius of a number's disc.
CORNER = 20.0  # From a layer's corner to the middle of its badge.
HEAD = 34.0  # Height of a layer's own line.
FOOT = 10.0
GAP = 10.0  # Between neighbours inside a layer.
STEP = 48.0  # Height of a step.
STEP_WIDTHS = (120.0, 320.0)
STRETCH = 40.0  # A step that has room beside it gets this much wider at most.
INSET = 22.0  # How much narrower a layer is than the one around it, on each side,
CORE = 600.0  # less where many lie inside each other: the innermost stays this wide.
ON_THE_WAY = {"handler", "moment", "background"}


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A layer and its place.

    Attributes:
        layer: What is drawn here.
        box: Its edge.
        around: The boxes of the layers around it, the outermost first.
        below: A step's second line; empty for a layer.
    """

    layer: Layer
    box: Box
    around: tuple[Box, ...]
    below: str


class Layout:
    """
    The boxes of one request.

    Args:
        outermost: The layer around all others.
        left: Its left edge in CSS pixels.
        top: Its upper edge.
        wide: Its width.
        answer: The second line of the step in which the answer leaves, such as "200 OK".

    Attributes:
        placed: All layers, outer ones before those inside.
        bottom: The lower edge.
    """

    def __init__(self, outermost: Layer, left: float, top: float, wide: float, answer: str) -> None:
        self._answer = answer
        deepest = max(_depths(outermost))
        self._inset = max(GAP, min(INSET, (wide - CORE) / (2 * max(deepest, 1))))
        self.placed: list[Placed] = []
        room = Box(left, top, wide, self._height(outermost, wide))
        self.bottom = room.bottom
        self._place(outermost, room, ())

    def _place(self, layer: Layer, box: Box, around: tuple[Box, ...]) -> None:
        self.placed.append(Placed(layer, box, around, "" if layer.inside else self._below(layer)))
        wide, top = box.width - 2 * self._inset, box.top + HEAD
        for row in self._rows(layer.inside, wide):
            left = box.left + self._inset
            spare = (
                wide - sum(self._wide(each, wide) for each in row) - GAP * (len(row) - 1)
            ) / len(row)
            for each in row:
                own = self._wide(each, wide) + min(max(spare, 0), 0 if each.inside else STRETCH)
                self._place(each, Box(left, top, own, self._height(each, own)), (*around, box))
                left += own + GAP
            top += max(self._height(each, self._wide(each, wide)) for each in row) + GAP

    def _rows(self, layers: Sequence[Layer], wide: float) -> Iterator[list[Layer]]:
        row: list[Layer] = []
        for layer in layers:
            together = sum(self._wide(each, wide) + GAP for each in row) + self._wide(layer, wide)
            if row and together > wide:
                yield row
                row = []
            row.append(layer)
        if row:
            yield row

    def _height(self, layer: Layer, wide: float) -> float:
        if not layer.inside:
            return STEP
        inner = wide - 2 * self._inset
        rows = list(self._rows(layer.inside, inner))
        high = sum(max(self._height(e, self._wide(e, inner)) for e in row) for row in rows)
        return HEAD + high + GAP * (len(rows) - 1) + FOOT

    def _wide(self, layer: Layer, most: float) -> float:
        """Return how wide a layer wants to be, of *most* that it can have."""
        if layer.inside and any(each.kind in ON_THE_WAY for each in layer.all()):
            return most
        if layer.inside:
            held = sum(self._wide(each, most) + GAP for each in layer.inside) - GAP
            return min(max(held + 2 * self._inset, _head_width(layer)), most)
        words = max(width_of(layer.name, CODE_STRONG), width_of(self._below(layer), SMALL_STRONG))
        least, widest = STEP_WIDTHS
        return min(max(words + 3 * BADGE + 26, least), widest, most)

    def _below(self, step: Layer) -> str:
        if step.error:
            return f"{step.kind} {'raised' if step.raised_here else 'passed on'} {step.error}"
        return self._answer if step.kind == "moment" else step.kind


def _head_width(layer: Layer) -> float:
    """Return what a layer's line needs: two badges, the name, the kind, the error."""
    fate = width_of(f"{layer.error} passed through", SMALL_STRONG) + 20 if layer.error else 0
    words = width_of(layer.name, CODE_STRONG) + width_of(layer.kind, SMALL)
    return words + fate + 2 * (CORNER + BADGE + 10) + 30


def _depths(layer: Layer, depth: int = 0) -> Iterator[int]:
    yield depth
    for inner in layer.inside:
        yield from _depths(inner, depth + 1)
