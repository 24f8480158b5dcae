"""
What every picture has to hold: its words are inside their boxes, apart from each other, readable.

`legible(picture)` looks at the drawn figure, not at the code: whatever was drawn is measured.
"""

import itertools
from collections.abc import Callable

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch, Patch
from matplotlib.text import Text

from labkit.pictures import Picture
from labkit.pictures.palette import MIN_CONTRAST, contrast
from labkit.pictures.picture import SCALE

EDGE_PX = 6 * SCALE  # Closest that a word may come to the edge of the card, in image pixels.
SLACK_PX = 1 * SCALE  # A letter's rounding at the edge of a box.


@pytest.fixture
def legible() -> Callable[[Picture], None]:
    """Assert that all words of a picture can be read."""
    return _assert_legible


def _assert_legible(picture: Picture) -> None:
    figure = picture.figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    patches = [patch for patch in figure.findobj(Patch) if patch is not figure.patch]
    fills = [(patch, patch.get_window_extent()) for patch in patches]
    assert texts, "a picture without a word"
    extents = [(text, text.get_window_extent(renderer)) for text in texts]
    for text, extent in extents:
        _inside_the_card(text, extent, figure.bbox)
        _inside_its_boxes(text, extent, fills)
        _readable(text, extent, fills)
    for (one, first), (other, second) in itertools.combinations(extents, 2):
        apart = not _overlap(first, second)
        assert apart, f"{one.get_text()!r} runs into {other.get_text()!r}"


def _inside_the_card(text, extent, card):
    inside = (
        extent.x0 >= card.x0 + EDGE_PX
        and extent.x1 <= card.x1 - EDGE_PX
        and extent.y0 >= card.y0 + EDGE_PX
        and extent.y1 <= card.y1 - EDGE_PX
    )
    assert inside, f"{text.get_text()!r} leaves the card: {extent} of {card}"


def _inside_its_boxes(text, extent, fills):
    """A box holds a word wholly, or not at all."""
    for patch, box in fills:
        if not isinstance(patch, FancyBboxPatch | Circle) or not _overlap(extent, box):
            continue
        inside = extent.x0 >= box.x0 - SLACK_PX and extent.x1 <= box.x1 + SLACK_PX
        inside = inside and extent.y0 >= box.y0 - SLACK_PX and extent.y1 <= box.y1 + SLACK_PX
        assert inside, f"{text.get_text()!r} runs over the edge of a box: {extent} of {box}"


def _readable(text, extent, fills):
    """The word against the topmost fill below its middle."""
    x, y = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
    near = [patch for patch, box in fills if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1]
    below = [patch for patch in near if patch.get_zorder() < text.get_zorder()]
    under = [patch for patch in below if patch.contains_point((x, y))]
    ground = max(under, key=lambda patch: patch.get_zorder())
    ratio = contrast(to_hex(text.get_color()), to_hex(ground.get_facecolor()))
    assert ratio >= MIN_CONTRAST, f"{text.get_text()!r} has a contrast of {ratio:.1f}"


def _overlap(one, other):
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > SLACK_PX
        and min(one.y1, other.y1) - max(one.y0, other.y0) > SLACK_PX
    )
