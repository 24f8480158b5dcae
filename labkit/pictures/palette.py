"""
Colours, type sizes and spacing that every picture shares.

Glossary. *Card*: the rounded light sheet under each picture; its own background, so the picture
reads the same on a light and on a dark page. *Ink*: a colour dark enough for text on the card.
*Tint*: a pale fill of the same hue, for the area behind text. *Face*: a typeface at a size.

The hues were chosen by measurement: `contrast` of every ink with every surface that it stands on
is 4.5 or more, and the three colours of a token stay apart under simulated protanopia,
deuteranopia and tritanopia (tests hold both). Colour never speaks alone: a word, a number or a
shape says the same thing.

Floor 0: imports nothing of labkit but its errors.
"""

from dataclasses import dataclass

from labkit.errors import UsageError

MIN_CONTRAST = 4.5  # Text against its background: WCAG 2.2, success criterion 1.4.3, level AA.

# Surfaces.
CARD = "#FBFAF6"  # Warm, not white: it has an edge on a white page and doesn't glare on a dark one.
PANEL = "#FFFFFF"
EDGE = "#D6D1C4"
TRACK = "#CBD2DC"  # What is there but not lit: paths, lifelines, empty slots.

# Inks.
INK = "#1D2129"
SOFT = "#555C67"  # Second voice: explanations, captions.

# A token's three parts, in the order in which they stand.
HEADER = "#A84300"
PAYLOAD = "#6A2FB5"
SIGNATURE = "#00707F"
EXTRA = SOFT  # A fourth part, which no JWS has.

# What is said about a token, a request, an exercise.
GOOD = "#0F6B45"
BAD = "#B8180F"
WARN = "#7A4B00"
LIT = "#0A4F9E"  # "Here", and what is a plain fact.

TINTS = {
    HEADER: "#FCEFE4",
    PAYLOAD: "#F2ECFB",
    SIGNATURE: "#E3F3F4",
    SOFT: "#EFEEEA",
    GOOD: "#E3F3E8",
    BAD: "#FCE9E7",
    WARN: "#FDF1D8",
    LIT: "#E5EEFA",
}
"""The pale fill that belongs to each ink."""

FAMILY_INKS = {
    "network": LIT,
    "framework": "#5C6B12",
    "auth": HEADER,
    "database": SIGNATURE,
    "tool": PAYLOAD,
    "model": "#A3195B",
    "code": SOFT,
}
"""Sorts of work in a trace; the word stands beside the colour in every row."""


@dataclass(frozen=True, slots=True)
class Face:
    """
    A typeface at a size. All of them come with matplotlib, so pictures are alike everywhere.

    Attributes:
        size: Height in CSS pixels.
        bold: Heavy weight.
        mono: Every character equally wide, for what a machine reads.
    """

    size: float
    bold: bool = False
    mono: bool = False


TITLE = Face(16, bold=True)
STRONG = Face(12.5, bold=True)
BODY = Face(12.5)
SMALL = Face(11)
SMALL_STRONG = Face(11, bold=True)
CODE = Face(12, mono=True)
CODE_STRONG = Face(12, bold=True, mono=True)
SMALL_CODE = Face(11, mono=True)

WIDTH = 900  # CSS pixels: fits JupyterLab's output area beside an open file browser at 1280.
MARGIN = 24  # Between the edge of the card and what is on it.
GAP = 12  # Between neighbours.
RADIUS = 10  # Of rounded corners.


def contrast(one: str, other: str) -> float:
    """
    Return the contrast of two colours such as "#1D2129", from 1 (none) to 21 (black on white).

    Raises:
        UsageError: Not a colour in the form "#rrggbb".

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def channels(colour: str) -> tuple[float, float, float]:
    """
    Return red, green and blue of "#rrggbb", each from 0 to 1.

    Raises:
        UsageError: Not a colour in that form.
    """
    problem = "a colour is written #rrggbb, such as #1D2129"
    if not isinstance(colour, str) or len(colour) != 7 or colour[0] != "#":
        raise UsageError(problem)
    try:
        red, green, blue = bytes.fromhex(colour[1:])
    except ValueError:
        raise UsageError(problem) from None
    return red / 255, green / 255, blue / 255
