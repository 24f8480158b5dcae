"""
How an unrolled loop is drawn: the model on the left, what it asked for on the right, and back.

Glossary. *Station*: one request to the model. *Panel*: the calls of one turn, a row for each, their
bars on one scale of time. *Way back*: the arrow from a panel to the next station.

Floor 0: imports nothing of labkit but its errors.
"""

from typing import TYPE_CHECKING

from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    BODY,
    CODE_STRONG,
    EDGE,
    FAMILY_INKS,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_CODE,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    TRACK,
    WARN,
    WIDTH,
)
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.unrolled_turns import MAX_CALLS, Call, Loop, Turn
from labkit.pictures.writing import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOBODY_READS = "here the run ended: nobody reads what these calls gave"

_TOP = 66.0  # Upper edge of the question.
_QUESTION = 34.0  # Its height.
_BETWEEN = 40.0  # From one turn to the next: the way back.
_STATION = Box(MARGIN, 0, 164, 62)
_LEFT = 242.0  # Left edge of the panels.
_WIDE = WIDTH - MARGIN - _LEFT
_HEAD = 28.0  # Height of a panel's line of headings.
_ROW = 42.0
_ANSWER = 62.0
_FOLD = 30.0
_ANSWER_LINES = 2
_BAR = (_LEFT + 200, _LEFT + 316)  # From where to where time is drawn.
_ENDED, _BACK, _RESULT = _LEFT + 347, _LEFT + 393, _LEFT + 422
_MODEL, _TOOL = FAMILY_INKS["model"], FAMILY_INKS["tool"]


def draw(loop: Loop, heading: str) -> "Figure":
    """Draw *loop* on a card of its own height."""
    shown = loop.shown
    heights = [_FOLD if isinstance(turn, int) else _height(turn) for turn in shown]
    end = 26 if loop.turns[-1].calls else 0
    first = _TOP + _QUESTION + _BETWEEN - 10
    sheet = Sheet(WIDTH, first + sum(heights) + _BETWEEN * (len(shown) - 1) + end + MARGIN)
    wide = width_of(loop.summary, BODY) + 20
    sheet.text((MARGIN, 42), heading, TITLE, max_width=WIDTH - 2 * MARGIN - wide)
    sheet.text((WIDTH - MARGIN, 42), loop.summary, BODY, SOFT, align="right")
    _question(sheet, loop.question, first)
    top = first
    for turn, height in zip(shown, heights, strict=True):
        if isinstance(turn, int):
            _fold(sheet, turn, top)
        else:
            _turn(sheet, turn, top, is_last=turn is shown[-1])
        top += height + _BETWEEN
    if end:
        at = (_LEFT + 12, top - _BETWEEN + 20)
        sheet.text(at, NOBODY_READS, SMALL_STRONG, BAD, max_width=_WIDE - 24)
    return sheet.figure


def _height(turn: Turn) -> float:
    if not turn.calls:
        return _ANSWER
    rows = min(len(turn.calls), MAX_CALLS) + (len(turn.calls) > MAX_CALLS) * 0.6
    return float(_HEAD + rows * _ROW + 4)


def _question(sheet: Sheet, question: str, first: float) -> None:
    box = Box(MARGIN, _TOP, WIDTH - 2 * MARGIN, _QUESTION)
    sheet.box(box, TINTS[LIT], edge=LIT)
    sheet.text((box.left + 14, box.top + 22), "user", SMALL_STRONG, LIT)
    sheet.text((box.left + 56, box.top + 22), question, BODY, max_width=box.width - 70)
    x = _STATION.middle[0]
    sheet.arrow((x, box.bottom), (x, first - 1), SOFT)


def _fold(sheet: Sheet, count: int, top: float) -> None:
    box = Box(_STATION.left, top, WIDTH - 2 * MARGIN, _FOLD)
    sheet.box(box, TINTS[SOFT])
    words = f"… {count} more requests, each with all that was said before"
    sheet.text((box.left + 14, top + 19.5), words, BODY, SOFT, max_width=box.width - 28)
    _down(sheet, top + _FOLD)


def _turn(sheet: Sheet, turn: Turn, top: float, *, is_last: bool) -> None:
    station = Box(_STATION.left, top, _STATION.width, _STATION.height)
    sheet.box(station, PANEL, edge=_MODEL, line=1.6)
    sheet.circle((station.left + 22, top + 22), 11, _MODEL)
    at = (station.left + 22, top + 26)
    sheet.text(at, str(turn.number), SMALL_STRONG, PANEL, align="center", max_width=18)
    sheet.text((station.left + 42, top + 26.5), "model", STRONG, _MODEL)
    words = f"reads {counted(turn.reads, 'message')}"
    sheet.text((station.left + 14, top + 50), words, SMALL, SOFT, max_width=station.width - 24)
    arrow = (station.right + 2, top + 22), (_LEFT - 2, top + 22)
    sheet.arrow(*arrow, GOOD if not turn.calls else _MODEL, width=2)
    label = counted(len(turn.calls), "call") if turn.calls else "answer"
    middle = (station.right + _LEFT) / 2 - 4
    sheet.text((middle, top + 15), label, SMALL, SOFT, align="center", max_width=52)
    if turn.calls:
        _panel(sheet, turn, Box(_LEFT, top, _WIDE, _height(turn)), is_last=is_last)
    else:
        _answer(sheet, turn.text, Box(_LEFT, top, _WIDE, _ANSWER))


def _answer(sheet: Sheet, text: str, box: Box) -> None:
    sheet.box(box, TINTS[GOOD], edge=GOOD, line=1.6)
    icons.check(sheet, (box.left + 20, box.top + 22), 12, GOOD)
    at = (box.left + 38, box.top + 26.5)
    sheet.paragraph(at, text or "(no text)", BODY, width=box.width - 54, max_lines=_ANSWER_LINES)


def _panel(sheet: Sheet, turn: Turn, box: Box, *, is_last: bool) -> None:
    sheet.box(box, PANEL, edge=EDGE)
    y = box.top + 19
    heads = (("asked", _LEFT + 23), ("ended", _ENDED), ("back", _BACK))
    for words, x in heads:
        sheet.text((x, y), words, SMALL, SOFT, align="center")
    sheet.text((_BAR[0], y), "when it ran", SMALL, SOFT)
    sheet.text((_RESULT, y), "result, for which id", SMALL, SOFT)
    calls = turn.calls[:MAX_CALLS]
    scale = _Scale(turn.calls)
    for number, call in enumerate(calls, 1):
        _call(sheet, number, call, scale, box.top + _HEAD + (number - 1) * _ROW)
    if len(turn.calls) > MAX_CALLS:
        words = f"… {len(turn.calls) - MAX_CALLS} more calls"
        sheet.text((_LEFT + 40, box.bottom - 12), words, BODY, SOFT, max_width=_WIDE - 60)
    if not is_last:
        _way_back(sheet, turn, box)


class _Scale:
    """From nanoseconds to pixels: the first call of the turn begins at the left."""

    def __init__(self, calls: tuple[Call, ...]) -> None:
        self._begin = min((c.started_ns for c in calls if c.started_ns is not None), default=0)
        end = max((c.ended_ns for c in calls if c.ended_ns is not None), default=1)
        self._pixels = (_BAR[1] - _BAR[0]) / max(end - self._begin, 1)

    def bar(self, call: Call, y: float) -> Box | None:
        """Return the bar of *call*, 12 pixels high around *y*; None without a span."""
        if call.started_ns is None or call.ended_ns is None:
            return None
        left = _BAR[0] + (call.started_ns - self._begin) * self._pixels
        return Box(left, y - 6, max((call.ended_ns - call.started_ns) * self._pixels, 2), 12)


def _call(sheet: Sheet, number: int, call: Call, scale: _Scale, top: float) -> None:
    y = top + _ROW / 2
    sheet.line([(_LEFT + 12, top), (_LEFT + _WIDE - 12, top)], EDGE, width=0.8)
    _badge(sheet, number, _LEFT + 23, y, _TOOL)
    left, wide = _LEFT + 42, _BAR[0] - _LEFT - 54
    sheet.text((left, y - 3), call.name, CODE_STRONG, max_width=wide)
    sheet.text((left, y + 13), call.arguments or "(nothing)", SMALL_CODE, SOFT, max_width=wide)
    if call.refused:
        sheet.text((_BAR[0], y + 4), "never: it was refused", SMALL, BAD)
    else:
        sheet.line([(_BAR[0], y), (_BAR[1], y)], TRACK, width=2)
    if (bar := scale.bar(call, y)) is not None:
        sheet.boxes([bar], BAD if call.failed else _TOOL)
    _badge(sheet, call.ended, _ENDED, y, WARN)
    _badge(sheet, call.back, _BACK, y, LIT)
    wide = _LEFT + _WIDE - 12 - _RESULT
    ink = BAD if call.failed or call.result is None else INK
    result = "no result" if call.result is None else call.result
    sheet.text((_RESULT, y - 3), result, SMALL_CODE, ink, max_width=wide)
    sheet.text((_RESULT, y + 13), f"id …{call.tail}", SMALL, SOFT, max_width=wide)


def _badge(sheet: Sheet, number: int | None, x: float, y: float, ink: str) -> None:
    if number is None:
        sheet.text((x, y + 4), "-", SMALL, SOFT, align="center")
        return
    sheet.circle((x, y), 10, ink)
    sheet.text((x, y + 4), str(number), SMALL_STRONG, PANEL, align="center")


def _way_back(sheet: Sheet, turn: Turn, box: Box) -> None:
    """Draw the results on their way to the next station, with what they bring along."""
    x, y = _STATION.middle[0], box.bottom + 18
    start = _LEFT + 23
    sheet.line([(start, box.bottom), (start, y), (x, y)], LIT, width=2)
    sheet.arrow((x, y), (x, box.bottom + _BETWEEN - 1), LIT, width=2)
    results = sum(call.back is not None for call in turn.calls)
    words = f"{counted(results, 'result')}, behind the model's own message"
    sheet.text((start + 12, y + 4), words, SMALL, LIT, max_width=_WIDE - 60)


def _down(sheet: Sheet, bottom: float) -> None:
    x = _STATION.middle[0]
    sheet.arrow((x, bottom + 1), (x, bottom + _BETWEEN - 1), LIT, width=2)
