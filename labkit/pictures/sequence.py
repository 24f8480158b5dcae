"""
A trace as a sequence diagram: a lane for each who takes part, an arrow for each call, from top to
bottom in the order in which they began.

Glossary. *Lane*, *step*: see `sequence_steps`. *Bar*: on the lane of who was called, from the call
to its end. Two bars beside each other on one lane are calls that ran side by side.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    BODY,
    EDGE,
    FAMILY_INKS,
    INK,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_CODE,
    SMALL_STRONG,
    SOFT,
    TINTS,
    TITLE,
    TRACK,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sequence_steps import (
    NOBODY,
    REQUEST,
    STATEMENT,
    YOU,
    Calls,
    Step,
    calls_of,
)
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.spans import SpanLike
from labkit.pictures.writing import counted, plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SEQUENCE_TITLE = "Who called whom"
MAX_STEPS = 40  # Shown at most, the first ones; our choice: a screen and a half.
MAX_LANES = 9  # More names than that can't stand side by side; the rest share the last one.
OTHERS = "others"


def sequence_diagram(spans: Iterable[SpanLike], *, title: str = SEQUENCE_TITLE) -> Picture:
    """
    Draw who called whom.

    Args:
        spans: In any order, such as a `labkit.tracing.Trace`. Those that are no call are left out.
        title: Heading of the picture.

    Raises:
        UsageError: *title* is no text, or there is no call among the spans.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    calls = calls_of(spans)
    if not calls.steps:
        raise UsageError("nobody called anybody: record a request or a question to draw it")
    return Picture(partial(_draw, calls, title), _twin(calls, title))


def _summary(calls: Calls) -> str:
    """Return how much there was: "7 requests, 5 SQL statements"."""
    kinds = [step.kind for step in calls.steps]
    requests = counted(kinds.count(REQUEST), "HTTP request")
    return f"{requests}, {counted(kinds.count(STATEMENT), 'SQL statement')}"


# The twin.

_MOST_INDENTS = 6


def _twin(calls: Calls, title: str) -> str:
    shown = calls.nested[:MAX_STEPS]
    who = [f"{_word(step.caller)} -> {_word(step.callee)}" for step in shown]
    wide = max(map(len, who))
    lines = [
        f"  {between.ljust(wide)}  {'  ' * min(step.depth, _MOST_INDENTS)}{_told(step)}"
        for between, step in zip(who, shown, strict=True)
    ]
    more = len(calls.nested) - len(shown)
    lines += [f"  ... {more:,} more"] if more else []
    return "\n".join([f"{shorten(plain(title), 60)}: {_summary(calls)}", *lines])


def _word(lane: str) -> str:
    return shorten(plain(lane), 20)


def _told(step: Step) -> str:
    fault = f"  ! {shorten(plain(step.fault), 40)}" if step.fault else ""
    return shorten(plain(step.name), 60) + fault


# The drawing.

_TOP = 116.0  # Upper edge of the table.
_ROW = 25.0
_NAMES = 300.0  # Width of the column with the names.
_INDENT = 8.0
_BAR = 8.0  # Width of a bar.
_STUB = 30.0  # Length of an arrow that ends on the lane where it begins.


def _draw(calls: Calls, title: str) -> "Figure":
    shown = calls.steps[:MAX_STEPS]
    more = len(calls.steps) - len(shown)
    table = Box(MARGIN, _TOP, WIDTH - 2 * MARGIN, len(shown) * _ROW + 10)
    sheet = Sheet(WIDTH, table.bottom + MARGIN + (14 if more else 0))
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2)
    sheet.text((WIDTH - MARGIN, 42), _summary(calls), BODY, SOFT, align="right")
    _legend(sheet, shown)
    sheet.box(table, PANEL, edge=EDGE)
    places = _places(calls.lanes)
    _heads(sheet, places, table)
    _bars(sheet, shown, places)
    for number, step in enumerate(shown):
        _step(sheet, step, places, _height(number))
    if more:
        sheet.text((MARGIN + 10, table.bottom + 18), f"… {more:,} more steps", SMALL, SOFT)
    return sheet.figure


def _height(number: float) -> float:
    return _TOP + 5 + (number + 0.5) * _ROW


def _places(lanes: Sequence[str]) -> Mapping[str, float]:
    """Return how far from the left each lane is."""
    named = list(lanes) if len(lanes) <= MAX_LANES else [*lanes[: MAX_LANES - 1], OTHERS]
    left, right = MARGIN + _NAMES + 30, WIDTH - MARGIN - 44
    step = (right - left) / max(len(named) - 1, 1)
    places = {lane: left + number * step for number, lane in enumerate(named)}
    return {lane: places.get(lane, places[named[-1]]) for lane in (*lanes, *named)}


def _legend(sheet: Sheet, steps: Sequence[Step]) -> None:
    """Name the colours that appear, and what a bar is."""
    x, y = float(MARGIN), 70.0
    families = [step.family for step in steps]
    for family in (name for name in FAMILY_INKS if name in families):
        sheet.box(Box(x, y - 9, 11, 11), FAMILY_INKS[family], radius=2)
        sheet.text((x + 17, y), family, SMALL, SOFT)
        x += 17 + width_of(family, SMALL) + 18
    sheet.box(Box(x + 2, y - 11, _BAR, 15), TINTS[SOFT], edge=SOFT, radius=2)
    sheet.text((x + 17, y), "from the call to its end", SMALL, SOFT)


def _heads(sheet: Sheet, places: Mapping[str, float], table: Box) -> None:
    xs = sorted(set(places.values()))
    room = xs[1] - xs[0] - 6 if len(xs) > 1 else 120.0
    named = {x: lane for lane, x in places.items()}
    sheet.text((MARGIN + 14, table.top - 9), "time runs downwards", SMALL, SOFT)
    for x, lane in named.items():
        name = (x, table.top - 9)
        sheet.text(name, lane, SMALL_STRONG, INK, align="center", max_width=min(room, 92))
        sheet.line([(x, table.top + 1), (x, table.bottom - 1)], TRACK, width=2)


def _bars(sheet: Sheet, steps: Sequence[Step], places: Mapping[str, float]) -> None:
    """Draw who is at work: from the call to its end, each bar beside those that still last."""
    until: dict[float, list[int]] = {}  # By lane, the last row of the bar in each slot.
    for number, step in enumerate(steps):
        if step.callee in (NOBODY, YOU):
            continue
        x, last = places[step.callee], min(number + step.lasts, len(steps) - 1)
        slots = until.setdefault(x, [])
        free = next((slot for slot, row in enumerate(slots) if row < number), len(slots))
        slots[free : free + 1] = [last]
        left, top = x - _BAR / 2 + min(free, 4) * (_BAR - 1), _height(number) - 3
        bar = Box(left, top, _BAR, _height(last) + 6 - top)
        ink = BAD if step.fault else FAMILY_INKS[step.family]
        sheet.box(bar, TINTS.get(ink, PANEL), edge=ink, radius=2)


def _step(sheet: Sheet, step: Step, places: Mapping[str, float], y: float) -> None:
    ink = BAD if step.fault else FAMILY_INKS[step.family]
    left, right = MARGIN + 14 + min(step.depth, _MOST_INDENTS) * _INDENT, MARGIN + _NAMES
    if step.fault:
        room = min(width_of(step.fault, SMALL_STRONG), (right - left) / 2)
        sheet.text((right, y + 4), step.fault, SMALL_STRONG, BAD, align="right", max_width=room + 1)
        right -= room + 8
    sheet.text((left, y + 4), step.name, SMALL_CODE, ink, max_width=right - left)
    _arrow(sheet, step, places, y, ink)


def _arrow(sheet: Sheet, step: Step, places: Mapping[str, float], y: float, ink: str) -> None:
    start, end = places[step.caller], places[step.callee]
    side = 1 if end >= start else -1
    if start == end:  # A tool that calls a tool, or lanes that share a place.
        end += _STUB
    sheet.circle((start, y), 3, ink)
    sheet.arrow((start, y), (end - side * _BAR / 2, y), ink, dashed=step.callee == NOBODY)
    if step.fault:
        icons.cross(sheet, (end + side * 12, y), 9, ink)
