"""
How wide a text will be, before it is drawn.

Glossary. *Face*: a typeface at a size (`palette.Face`). *Fit*: cut a text so that it stays inside
a width. *Wrap*: break it into lines. Both look at the real letters of the font, so nothing that
was fitted can run out of its box.

The fonts are the DejaVu files that come with matplotlib, named by path: what is installed on the
machine, or set in the user's style, changes nothing.

Floor 0: imports nothing of labkit but its errors. matplotlib loads at the first call.
"""

import logging
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from labkit.errors import MissingDependency
from labkit.pictures.palette import Face
from labkit.pictures.picture import CSS_DPI, SCALE
from labkit.pictures.writing import ELLIPSIS, escape, plain

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase
    from matplotlib.font_manager import FontProperties

POINTS_PER_PIXEL = 72 / CSS_DPI  # matplotlib sizes text in points; a page, in CSS pixels.
_FILES = {
    (False, False): "DejaVuSans.ttf",
    (True, False): "DejaVuSans-Bold.ttf",
    (False, True): "DejaVuSansMono.ttf",
    (True, True): "DejaVuSansMono-Bold.ttf",
}
_loading = Lock()


@cache
def load_matplotlib() -> Path:
    """
    Import matplotlib without a word on stderr and return the folder of its fonts.

    On a new machine its first import lists the installed fonts and logs that this takes a moment;
    in a notebook that line would become part of a cell's output.

    Raises:
        MissingDependency: It isn't installed.
    """
    with _loading:
        log = logging.getLogger("matplotlib")
        level = log.level
        log.setLevel(logging.ERROR)
        try:
            import matplotlib as mpl
            import matplotlib.font_manager  # The slow part, and the one that logs.
        except ImportError as error:
            raise MissingDependency(
                "pictures need matplotlib: pip install 'labkit[course]'"
            ) from error
        finally:
            log.setLevel(level)
        return Path(mpl.get_data_path()) / "fonts" / "ttf"


def font(face: Face) -> "FontProperties":
    """Return *face* as matplotlib wants it."""
    fonts = load_matplotlib()
    from matplotlib.font_manager import FontProperties

    file = fonts / _FILES[face.bold, face.mono]
    return FontProperties(fname=file, size=face.size * POINTS_PER_PIXEL)


@cache
def _glyphs(bold: bool, mono: bool) -> frozenset[int]:  # noqa: FBT001 - a key of `_FILES`
    file = load_matplotlib() / _FILES[bold, mono]
    from matplotlib.font_manager import get_font

    return frozenset(get_font(file).get_charmap())


def drawable(text: str, face: Face) -> str:
    """Return *text* made `plain`, with characters that the font doesn't have as escapes."""
    text, glyphs = plain(text), _glyphs(face.bold, face.mono)
    return "".join(char if ord(char) in glyphs else escape(char) for char in text)


@lru_cache(maxsize=8192)
def width_of(text: str, face: Face) -> float:
    """Return how wide `drawable` *text* is drawn, in CSS pixels."""
    load_matplotlib()
    from matplotlib.backends.backend_agg import RendererAgg

    # Asked of the renderer, which moves letters by up to 3 % at this size ("hinting").
    renderer: RendererBase = RendererAgg(1, 1, CSS_DPI * SCALE)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(text, font(face), ismath=False)
    return float(width) / SCALE


@cache
def cell_width(face: Face) -> float:
    """Return the distance of two letters in a *face* whose letters are equally wide."""
    many = 101
    return (width_of("0" * many, face) - width_of("0", face)) / (many - 1)


def fit(text: str, face: Face, max_width: float) -> str:
    """Return *text*, made `drawable`, cut with an ellipsis where it would pass *max_width*."""
    text = drawable(text, face)
    if width_of(text, face) <= max_width:
        return text
    short, long = 0, len(text)
    while long - short > 1:
        middle = (short + long) // 2
        fits = width_of(text[:middle] + ELLIPSIS, face) <= max_width
        short, long = (middle, long) if fits else (short, middle)
    return text[:short].rstrip() + ELLIPSIS


def wrap(text: str, face: Face, max_width: float, max_lines: int) -> list[str]:
    """
    Break *text*, made `drawable`, into at most *max_lines* lines no wider than *max_width*.

    Lines break at spaces; a word that is too wide for a line of its own is cut.
    """
    lines: list[str] = []
    words = drawable(text, face).split()
    while words and len(lines) < max_lines:
        taken = _words_that_fit(words, face, max_width)
        last = len(lines) == max_lines - 1
        lines.append(fit(" ".join(words if last else words[:taken]), face, max_width))
        words = words[taken:]
    return lines


def _words_that_fit(words: list[str], face: Face, max_width: float) -> int:
    taken = 1
    while taken < len(words) and width_of(" ".join(words[: taken + 1]), face) <= max_width:
        taken += 1
    return taken
