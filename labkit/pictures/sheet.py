"""
A sheet to draw on, measured in CSS pixels from its top left corner.

Glossary. *Sheet*: a matplotlib figure without axes, on a rounded card. *Baseline*: the line that
letters stand on. *Box*: a rectangle by its left, top, width and height.

Everything is passed on explicitly (font, colour, line width, no TeX, no mathtext), so neither the
user's matplotlib style nor a ``$`` in a text changes a picture. No pyplot: nothing global, and
several threads can draw at once.

Floor 0: imports nothing of labkit but its errors. matplotlib loads with the first sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, sin
from typing import TYPE_CHECKING, Literal

from labkit.pictures.lettering import POINTS_PER_PIXEL, drawable, fit, font, load_matplotlib, wrap
from labkit.pictures.palette import CARD, EDGE, INK, RADIUS, Face
from labkit.pictures.picture import CSS_DPI, SCALE

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.patches import Patch

Point = tuple[float, float]
Align = Literal["left", "center", "right"]
LEADING = 1.45  # Distance of two baselines, in heights of the letters: our choice, airy.
_ARROW_HEAD = 8.0  # Pixels along the arrow.


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in CSS pixels from the top left corner of the sheet."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return self.left + self.width / 2, self.top + self.height / 2


class Sheet:
    """
    A card of *width* by *height* CSS pixels, to be filled from the back to the front.

    Attributes:
        figure: The matplotlib figure with all that was drawn.
    """

    def __init__(self, width: float, height: float) -> None:
        load_matplotlib()
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        inches = (round(width) / CSS_DPI, round(height) / CSS_DPI)
        self.figure = Figure(
            figsize=inches, dpi=CSS_DPI * SCALE, facecolor="none", edgecolor="none"
        )
        self.figure.set_layout_engine("none")  # Whatever the user's style asks for.
        downwards = Affine2D().scale(1 / CSS_DPI, -1 / CSS_DPI).translate(0, inches[1])
        self._pixels = downwards + self.figure.dpi_scale_trans
        self._depth = 0
        half = 0.5  # The edge is drawn on its line: half a pixel outwards.
        self.box(Box(half, half, round(width) - 1, round(height) - 1), CARD, edge=EDGE, radius=14)

    def box(
        self,
        box: Box,
        fill: str,
        *,
        edge: str | None = None,
        line: float = 1,
        radius: float = RADIUS,
        dashed: bool = False,
    ) -> None:
        """Fill a rounded *box*, with an *edge* of *line* pixels if it has a colour."""
        from matplotlib.patches import FancyBboxPatch

        rounded = f"round,pad=0,rounding_size={min(radius, box.width / 2, box.height / 2)}"
        patch = FancyBboxPatch((box.left, box.top), box.width, box.height, boxstyle=rounded)
        self._patch(patch, fill, edge, line, dashed=dashed)

    def boxes(self, boxes: Sequence[Box], fill: str) -> None:
        """Fill many small rectangles at once, with square corners."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        if not boxes:
            return
        corners = [
            point
            for box in boxes
            for point in (
                (box.left, box.top),
                (box.right, box.top),
                (box.right, box.bottom),
                (box.left, box.bottom),
                (box.left, box.top),
            )
        ]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(boxes)
        self._patch(PathPatch(Path(corners, codes)), fill, None, 0)

    def circle(
        self,
        middle: Point,
        radius: float,
        fill: str,
        *,
        edge: str | None = None,
        line: float = 1,
        dashed: bool = False,
    ) -> None:
        """Fill a circle around *middle*, with an *edge* if it has a colour."""
        from matplotlib.patches import Circle

        self._patch(Circle(middle, radius), fill, edge, line, dashed=dashed)

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        """Fill the area inside *points*."""
        from matplotlib.patches import Polygon

        self._patch(Polygon(list(points), closed=True), fill, None, 0)

    def line(
        self,
        points: Sequence[Point],
        colour: str,
        *,
        width: float = 1.5,
        dashed: bool = False,
    ) -> None:
        """Draw a line through *points* with round ends and corners, *width* pixels wide."""
        from matplotlib.lines import Line2D

        xs, ys = zip(*points, strict=True)
        artist = Line2D(
            xs,
            ys,
            color=colour,
            linewidth=width * POINTS_PER_PIXEL,
            linestyle=(0, (3, 2.5)) if dashed else "-",
            marker="",
            solid_capstyle="round",
            solid_joinstyle="round",
            dash_capstyle="butt",
            antialiased=True,
        )
        self._add(artist)

    def arrow(
        self, start: Point, end: Point, colour: str, *, width: float = 1.5, dashed: bool = False
    ) -> None:
        """Draw a straight line with a filled head at *end*; it has to be longer than the head."""
        (x0, y0), (x1, y1) = start, end
        angle = atan2(y1 - y0, x1 - x0)
        neck = (x1 - _ARROW_HEAD * cos(angle), y1 - _ARROW_HEAD * sin(angle))
        self.line((start, neck), colour, width=width, dashed=dashed)
        self.arrow_head(end, angle, colour)

    def arrow_head(
        self, tip: Point, angle: float, colour: str, *, size: float = _ARROW_HEAD
    ) -> None:
        """Fill a triangle whose *tip* points along *angle* (radians; 0 is to the right)."""
        back = (tip[0] - size * cos(angle), tip[1] - size * sin(angle))
        half = size * 0.55
        side = (-sin(angle) * half, cos(angle) * half)
        wings = [(back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
        self.polygon([tip, *wings], colour)

    def text(
        self,
        at: Point,
        text: str,
        face: Face,
        colour: str = INK,
        *,
        align: Align = "left",
        max_width: float | None = None,
    ) -> None:
        """
        Write one line whose baseline starts (or has its middle, or ends) *at* a point.

        With *max_width* the text is cut to that many pixels.
        """
        from matplotlib.text import Text

        shown = drawable(text, face) if max_width is None else fit(text, face, max_width)
        artist = Text(
            *at,
            shown,
            color=colour,
            fontproperties=font(face),
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
            antialiased=True,
        )
        self._add(artist)

    def paragraph(
        self,
        at: Point,
        text: str,
        face: Face,
        colour: str = INK,
        *,
        width: float,
        max_lines: int,
        align: Align = "left",
    ) -> int:
        """Write *text* in lines no wider than *width*, the first *at* a point; return how many."""
        lines = wrap(text, face, width, max_lines)
        for row, shown in enumerate(lines):
            below = (at[0], at[1] + row * face.size * LEADING)
            self.text(below, shown, face, colour, align=align)
        return len(lines)

    def _patch(
        self, patch: "Patch", fill: str, edge: str | None, line: float, *, dashed: bool = False
    ) -> None:
        patch.set_facecolor(fill)
        patch.set_edgecolor(edge or "none")
        patch.set_linewidth(line * POINTS_PER_PIXEL if edge else 0)
        patch.set_linestyle((0, (3, 2.5)) if dashed else "-")
        patch.set_antialiased(True)
        self._add(patch)

    def _add(self, artist: "Artist") -> None:
        self._depth += 1
        artist.set(transform=self._pixels, zorder=self._depth)
        artist.set_sketch_params(None)
        artist.set_path_effects([])
        self.figure.add_artist(artist)
