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


def key(sheet: Sheet, middle: Point, size: float, colour: str, *, hollow: bool = False) -> None:
    """A key, *size* pixels long: filled for one that is secret, *hollow* for one that isn't."""
    (x, y), bow = middle, size * 0.24
    ring, end = (x - size / 2 + bow, y), x + size / 2
    thick = 1.6 if hollow else bow * 0.62
    for tooth in (end - bow * 0.35, end - bow * 1.25):
        sheet.line([(tooth, y), (tooth, y + bow * 0.85)], colour, width=thick)
    sheet.line([(ring[0] + bow, y), (end, y)], colour, width=thick)
    if hollow:
        sheet.circle(ring, bow - 0.8, PANEL, edge=colour, line=1.6)
    else:
        sheet.circle(ring, bow, colour)
        sheet.circle(ring, bow * 0.36, PANEL)


def warning(sheet: Sheet, middle: Point, size: float, colour: str) -> None:
    """A triangle with an exclamation mark: take care."""
    (x, y), half = middle, size / 2
    sheet.polygon([(x, y - half), (x + half * 1.1, y + half), (x - half * 1.1, y + half)], colour)
    sheet.line([(x, y - half * 0.2), (x, y + half * 0.3)], PANEL, width=size * 0.13)
    sheet.circle((x, y + half * 0.68), size * 0.075, PANEL)
