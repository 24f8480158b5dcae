"""
The course as the path of one request: out to the database, and back with the answer.

Glossary. *Hop*: one notebook, a stop on the path. *Place*: what the request meets there, in a word
or two. *Here*: the hop of the notebook that is open. *Pip*: a small field for one exercise, filled
when it's solved.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, copysign, pi
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import fit, width_of
from labkit.pictures.palette import (
    BODY,
    CARD,
    GAP,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    TRACK,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.writing import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_HOPS = 20  # More stops than that can't be read at the width of a notebook.
MAX_PIPS = 6  # More exercises than that are told as a number.

_ENDS = (62.0, WIDTH - 62.0)  # Where the asker and the database stand, left and right.
_FIRST = 97.0  # Left edge of the first column of stops; the last ends as far from the right.
_OUT, _BACK = 96.0, 240.0  # Heights of the way out and of the way back.
_HEIGHT = 380.0
_STOP = 16.0  # Radius of a stop.
_BEND = 18.0  # Radius of the path's four corners.
_PIP = (13.0, 6.0)  # Width and height of a pip.


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One notebook on the path.

    Attributes:
        number: The notebook's number as written, such as "01".
        title: Its short title, such as "Signatures".
        place: What the request meets there, such as "token": the stop's name on the map.
        total: How many exercises it has.
        done: How many of them are solved.
        available: False for a notebook that isn't there yet.
    """

    number: str
    title: str
    place: str
    total: int = 0
    done: int = 0
    available: bool = True

    def __post_init__(self) -> None:
        """Refuse what can't be drawn, where it is made."""
        for name in ("number", "title", "place"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise UsageError(f"{name} of a Hop has to be a text such as '01' or 'token'")
        for name in ("total", "done"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 0:
                raise UsageError(f"{name} of a Hop has to be a whole number of exercises")
        if self.done > self.total:
            raise UsageError("done of a Hop can't be more than its total")
        if not isinstance(self.available, bool):
            raise UsageError("available of a Hop has to be True or False")

    @property
    def finished(self) -> bool:
        """Whether it has exercises and all of them are solved."""
        return 0 < self.total == self.done


def course_map(hops: Sequence[Hop], here: str | None = None) -> Picture:
    """
    Draw the path with the hop *here* lit and solved exercises filled in.

    The first half of the hops leads out to the database, the second half back.

    Args:
        hops: The notebooks in order, one to `MAX_HOPS`, each with a number of its own.
        here: The number of the notebook that is open, such as "01"; None lights none.

    Raises:
        UsageError: No hops, too many, two with one number, or none with the number *here*.
    """
    path = _checked(hops)
    numbers = [hop.number for hop in path]
    if here is not None and here not in numbers:
        raise UsageError(f"here has to be None or one of the hops' numbers: {', '.join(numbers)}")
    return Picture(partial(_draw, path, here), _twin(path, here))


def _checked(hops: Sequence[Hop]) -> tuple[Hop, ...]:
    if isinstance(hops, str) or not isinstance(hops, Sequence):
        raise UsageError("hops has to be a list of Hop")
    path = tuple(hops)
    if not 1 <= len(path) <= MAX_HOPS or not all(isinstance(hop, Hop) for hop in path):
        raise UsageError(f"hops has to be a list of 1 to {MAX_HOPS} Hop")
    if len({hop.number for hop in path}) < len(path):
        raise UsageError("each Hop needs a number of its own")
    return path


def _solved(path: Sequence[Hop]) -> str:
    done, total = sum(hop.done for hop in path), sum(hop.total for hop in path)
    return f"{done} of {total} exercises solved" if total else ""


def _twin(path: Sequence[Hop], here: str | None) -> str:
    head = ", ".join(part for part in ("the path of one request", _solved(path)) if part)
    width = max(len(plain(hop.place)) for hop in path)
    lines = [head]
    for hop in path:
        place = plain(hop.place).ljust(width)
        told = f"  {_mark(hop)} {plain(hop.number)}  {place}  {plain(hop.title)}{_count(hop)}"
        lines.append(told + ("  <- here" if hop.number == here else ""))
    return "\n".join(lines)


def _mark(hop: Hop) -> str:
    if not hop.available:
        return "·"
    if hop.finished:
        return "●"
    return "◐" if hop.done else "○"


def _count(hop: Hop) -> str:
    if not hop.available:
        return " (not yet)"
    return f" ({hop.done} of {hop.total})" if hop.total else ""


def _draw(path: Sequence[Hop], here: str | None) -> "Figure":
    sheet = Sheet(WIDTH, _HEIGHT)
    stops = _stops(len(path))
    lit = next((number for number, hop in enumerate(path) if hop.number == here), None)
    _heading(sheet, path, lit)
    _track(sheet, stops, lit)
    for number, (hop, at) in enumerate(zip(path, stops, strict=True)):
        _stop(sheet, hop, at, _column(len(path)), lit=number == lit)
    _legend(sheet, waiting=not all(hop.available for hop in path))
    return sheet.figure


def _column(count: int) -> float:
    return (WIDTH - 2 * _FIRST) / ceil(count / 2)


def _stops(count: int) -> list[Point]:
    """Return where the stops are: the first half on the way out, the others on the way back."""
    out, column = ceil(count / 2), _column(count)
    places = [(_FIRST + column * (stop + 0.5), _OUT) for stop in range(out)]
    return places + [(places[2 * out - 1 - stop][0], _BACK) for stop in range(out, count)]


def _heading(sheet: Sheet, path: Sequence[Hop], lit: int | None) -> None:
    title, after = "The path of one request", f"{len(path)} stops, out and back"
    if lit is not None:
        title = f"{path[lit].number}  {path[lit].title}"
        after = f"stop {lit + 1} of {len(path)} on the path of one request"
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2 - 40)
    start = MARGIN + width_of(fit(title, TITLE, WIDTH / 2 - 40), TITLE) + GAP
    sheet.text((start, 42), after, BODY, SOFT)
    sheet.text((WIDTH - MARGIN, 42), _solved(path), BODY, SOFT, align="right")


def _track(sheet: Sheet, stops: Sequence[Point], lit: int | None) -> None:
    """Draw the line through all stops, dark up to the lit one, and what stands at its ends."""
    (left, right), middle = _ENDS, (_OUT + _BACK) / 2
    start, turn = _bend(left, _OUT, pi), _bend(right, _OUT, 3 * pi / 2)
    out, back = [at for at in stops if at[1] == _OUT], [at for at in stops if at[1] == _BACK]
    to_database = [*out, *turn, (right, middle - 30)]
    from_database = [(right, middle + 42), *_bend(right, _BACK, 0), *back]
    home = [*_bend(left, _BACK, pi / 2), (left, middle + 50)]
    sheet.line([(left, middle - 26), *start, *to_database], TRACK, width=6)
    sheet.line([*from_database, *home], TRACK, width=6)
    for walked in _walked([(left, middle - 26), *start], to_database, from_database, stops, lit):
        sheet.line(walked, LIT, width=6)
    beyond = lit is not None and lit >= len(out)
    sheet.arrow_head((right, middle - 24), pi / 2, LIT if beyond else TRACK, size=14)
    sheet.arrow_head((left, middle + 42), -pi / 2, TRACK, size=14)
    icons.person(sheet, (left, middle - 2), 34, INK)
    sheet.text((left, middle + 30), "you", SMALL_STRONG, align="center")
    icons.database(sheet, (right, middle - 2), 36, LIT)
    sheet.text((right, middle + 30), "database", SMALL_STRONG, align="center")


def _walked(
    start: list[Point],
    to_database: list[Point],
    from_database: list[Point],
    stops: Sequence[Point],
    lit: int | None,
) -> list[list[Point]]:
    """Return the lines of the path that lead to the lit stop."""
    if lit is None:
        return []
    there = stops[lit]
    if there[1] == _OUT:
        return [[*start, *to_database[: to_database.index(there) + 1]]]
    return [[*start, *to_database], from_database[: from_database.index(there) + 1]]


def _bend(x: float, y: float, angle: float) -> list[Point]:
    """Return the rounded corner at (x, y) that the path enters from *angle*, clockwise."""
    inwards = (x + copysign(_BEND, WIDTH / 2 - x), y + copysign(_BEND, (_OUT + _BACK) / 2 - y))
    return icons.arc(inwards, (_BEND, _BEND), angle, angle + pi / 2)


def _stop(sheet: Sheet, hop: Hop, at: Point, column: float, *, lit: bool) -> None:
    _disc(sheet, hop, at, lit=lit)
    quiet = SOFT if not hop.available else INK
    x, y = at
    face = STRONG if width_of(hop.place, STRONG) <= column - 2 else SMALL_STRONG
    sheet.text((x, y + 36), hop.place, face, quiet, align="center", max_width=column - 2)
    lines = sheet.paragraph(
        (x, y + 52), hop.title, SMALL, SOFT, width=column - 8, max_lines=2, align="center"
    )
    if hop.total:
        _pips(sheet, hop, (x, y + 52 + lines * 15))


def _disc(sheet: Sheet, hop: Hop, at: Point, *, lit: bool) -> None:
    number = (at[0], at[1] + 4.5)
    if lit:
        sheet.circle(at, _STOP + 7, TINTS[LIT], edge=LIT, line=1.5)
        sheet.circle(at, _STOP, LIT)
        sheet.text(number, hop.number, STRONG, PANEL, align="center", max_width=2 * _STOP)
    elif not hop.available:
        sheet.circle(at, _STOP, CARD, edge=SOFT, line=1.2, dashed=True)
        sheet.text(number, hop.number, BODY, SOFT, align="center", max_width=2 * _STOP)
    else:
        fill, colour = (GOOD, PANEL) if hop.finished else (PANEL, INK)
        sheet.circle(at, _STOP, fill, edge=GOOD if hop.finished else INK, line=1.5)
        sheet.text(number, hop.number, STRONG, colour, align="center", max_width=2 * _STOP)


def _pips(sheet: Sheet, hop: Hop, at: Point) -> None:
    """Draw a field for each exercise, filled when it's solved; a number where there are many."""
    x, y = at
    if hop.total > MAX_PIPS:
        sheet.text((x, y + 6), f"{hop.done} of {hop.total}", SMALL, SOFT, align="center")
        return
    wide, high = _PIP
    left = x - (hop.total * (wide + 3) - 3) / 2
    for pip in range(hop.total):
        solved = pip < hop.done
        box = Box(left + pip * (wide + 3), y - high / 2, wide, high)
        sheet.box(box, GOOD if solved else PANEL, edge=GOOD if solved else SOFT, radius=3)


def _legend(sheet: Sheet, *, waiting: bool) -> None:
    x, y = float(MARGIN), _HEIGHT - 18
    for solved, word in ((True, "exercise solved"), (False, "exercise to solve")):
        sheet.box(
            Box(x, y - 7, *_PIP), GOOD if solved else PANEL, edge=GOOD if solved else SOFT, radius=3
        )
        sheet.text((x + 20, y), word, SMALL, SOFT)
        x += 140
    if waiting:
        sheet.circle((x + 6, y - 4), 6, CARD, edge=SOFT, dashed=True)
        sheet.text((x + 20, y), "not there yet", SMALL, SOFT)
