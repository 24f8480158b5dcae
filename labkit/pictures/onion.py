"""
One request as an onion: the layers that it went into, one inside the other, and out of again.

Glossary. *Layer*, *step*: see `layers`. *Way in*: down the left side, by the numbers; *way out*:
up the right side. *The answer leaves*: the moment when its first byte is sent, through all layers,
which are left only later.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from http import HTTPStatus

from labkit.errors import UsageError
from labkit.pictures.layers import Layer, Request, layers_of
from labkit.pictures.onion_sheet import draw
from labkit.pictures.picture import Picture
from labkit.pictures.rows import SpanLike
from labkit.pictures.writing import plain, shorten

ONION_TITLE = "One request, layer by layer"
MAX_TITLE = 80


def onion(spans: Iterable[SpanLike], number: int = -1, *, title: str = ONION_TITLE) -> Picture:
    """
    Draw the layers of one request, each with the numbers at which it was entered and left.

    Args:
        spans: Recorded spans, such as a `labkit.tracing.Trace`. Kinds that are no layers
            (statements, calls to neighbours) are counted, not drawn.
        number: Which of the requests among them: 0 is the first, -1 the last.
        title: Heading of the picture.

    Raises:
        UsageError: No such request, or one with too many layers; no title.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    heading = shorten(plain(title.strip()), MAX_TITLE)
    request = layers_of(spans, number)
    answer = _answer(request.status)
    return Picture(
        partial(draw, request, heading, answer), "\n".join(_twin(request, heading, answer))
    )


def _answer(status: int | None) -> str:
    """Return a status with its name, such as "404 Not Found"."""
    if status is None:
        return "no answer"
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _twin(request: Request, heading: str, answer: str) -> Iterator[str]:
    yield heading
    rows = list(_rows(request.outermost))
    wide = max(len(numbers) for numbers, *_ in rows)
    kinds = max(len(layer.kind) for _, layer, _ in rows if layer.kind != "moment")
    for numbers, layer, depth in rows:
        kind = "->" if layer.kind == "moment" else layer.kind
        told = f": {answer}" if layer.kind == "moment" else _fate(layer)
        yield f"  {numbers.rjust(wide)}  {'  ' * depth}{kind.ljust(kinds)}  {layer.name}{told}"
    if request.left_out:
        yield f"  {request.counted}"


def _rows(layer: Layer, depth: int = 0) -> Iterator[tuple[str, Layer, int]]:
    numbers = str(layer.entered)
    yield numbers if layer.left == layer.entered else f"{numbers}-{layer.left}", layer, depth
    for inner in layer.inside:
        yield from _rows(inner, depth + 1)


def _fate(layer: Layer) -> str:
    if layer.error is None:
        return ""
    return f"  ! {layer.error} {'arose here' if layer.raised_here else 'passed'}"
