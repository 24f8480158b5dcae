"""
Small signs, drawn from lines: a check, a cross, a key, a database, a person.

Drawn, not letters: a font's own signs differ in weight and place, and emoji aren't in it. Each
takes the sheet, the point in its middle and its size in CSS pixels.

Floor 0: imports nothing of labkit but its errors.
"""

from math import cos, pi, sin

from labkit.pictures.palette import PANEL, TINTS
from labkit.pictures.sheet import Point, Sheet


def arc(
    middle: Point, radius: tuple[float, float], start: float, end: float, steps: int = 24
) -> list[Point]:
    """Return points on an ellipse around *middle*, from angle *start* to *end* (radians, down)."""
    angles = [start + (end - start) * step / steps for step in range(steps + 1)]
    return [(middle[0] + radius[0] * cos(a), middle[1] + radius[1] * sin(a)) for a in angles]


def check(sheet: Sheet, middle: Point, size: float, colour: str) -> None:
    """A tick: yes, done, good."""
    x, y = middle
    hook = [(x - 0.38 * size, y + 0.02 * size), (x - 0.1 * size, y + 0.3 * size)]
    sheet.line([*hook, (x + 0.4 * size, y - 0.3 * size)], colour, width=size * 0.17)


def cross(sheet: Sheet, middle: Point, size: float, colour: str) -> None:
    """A cross: no, refused."""
    (x, y), arm = middle, 0.3 * size
    sheet.line([(x - arm, y - arm), (x + arm, y + arm)], colour, width=size * 0.17)
    sheet.line([(x - arm, y + arm), (x + arm, y - arm)], colour, width=size * 0.17)


def person(sheet: Sheet, middle: Point, size: float, colour: str) -> None:
    """Head and shoulders."""
    (x, y), unit = middle, size / 2
    sheet.circle((x, y - 0.48 * unit), 0.42 * unit, colour)
    shoulders = arc((x, y + 0.92 * unit), (0.82 * unit, 0.82 * unit), pi, 2 * pi)
    sheet.polygon(shoulders, colour)


def database(sheet: Sheet, middle: Point, size: float, colour: str) -> None:
    """A drum of three layers."""
    (x, y), wide, flat = middle, size * 0.42, size * 0.15
    top, bottom = y - size * 0.34, y + size * 0.34
    lid = arc((x, top), (wide, flat), pi, 3 * pi)
    floor = arc((x, bottom), (wide, flat), 0, pi)
    sheet.polygon(
        [(x - wide, top), *arc((x, top), (wide, flat), pi, 2 * pi), *floor], TINTS[colour]
    )
    sheet.line([(x - wide, top), (x - wide, bottom)], colour, width=2)
    sheet.line([(x + wide, top), (x + wide, bottom)], colour, width=2)
    sheet.line(floor, colour, width=2)
    sheet.line(arc((x, y), (wide, flat), 0, pi), colour, width=2)
    sheet.polygon(lid, PANEL)
    sheet.line(lid, colour, width=2)
