"""
The palette's inks for a page that may be light or dark.

A picture brings its own light card; a widget stands on the page's own colours. So each ink comes
twice: as it is, and mixed with white until it can be read on a dark page.

Floor 4: knows the palette.
"""

from collections.abc import Mapping

from labkit.pictures.palette import (
    BAD,
    EXTRA,
    FAMILY_INKS,
    GOOD,
    HEADER,
    MIN_CONTRAST,
    PAYLOAD,
    SIGNATURE,
    WARN,
    channels,
    contrast,
)

LIGHT_SURFACES = ("#FFFFFF", "#DDEAF8")
"""JupyterLab's light page; a chosen row on it (``trace_view.css`` mixes it)."""

DARK_SURFACES = ("#111111", "#212121", "#213140")
"""The same of its dark theme, the first for what lies around the output."""

_STEPS = 40  # Of the way to white.
_OF_A_TOKEN = {
    "header": HEADER,
    "payload": PAYLOAD,
    "signature": SIGNATURE,
    "extra": EXTRA,
    "good": GOOD,
    "bad": BAD,
    "warn": WARN,
}

Themed = dict[str, tuple[str, str]]
"""Each ink by its name: on a light page, and on a dark one."""


def themed_inks() -> Themed:
    """Return the inks of a trace's families, and "bad"."""
    return _themed({**FAMILY_INKS, "bad": BAD})


def token_inks() -> Themed:
    """Return the inks of a token's parts, and of what is said about it."""
    return _themed(_OF_A_TOKEN)


def _themed(inks: Mapping[str, str]) -> Themed:
    return {name: (ink, on_dark(ink)) for name, ink in inks.items()}


def on_dark(ink: str) -> str:
    """Return the first mixture of *ink* and white that has enough contrast on a dark page."""
    mixtures = (_mixed(ink, step / _STEPS) for step in range(_STEPS + 1))
    return next(colour for colour in mixtures if _reads_on(colour, DARK_SURFACES))


def _reads_on(colour: str, surfaces: tuple[str, ...]) -> bool:
    return min(contrast(colour, surface) for surface in surfaces) >= MIN_CONTRAST


def _mixed(ink: str, white: float) -> str:
    return "#" + "".join(f"{round(255 * (one + (1 - one) * white)):02x}" for one in channels(ink))
