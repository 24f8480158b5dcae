"""
How a timeline of keys is drawn.

Glossary. *Bar*: the life of one key. *Segment*: a stage of it, in one ink. *Mark*: a token, on a
line below its key. *Tick*: a fetch of the keys.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    BODY,
    CARD,
    EDGE,
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
    WARN,
    WIDTH,
)
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.timeline_keys import FetchLike, Key, LifeLike, Token

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_KEYS = 6  # The newest are drawn; the rest is counted.
MAX_TOKENS = 5  # Of each key, the last ones.

_TOP = 118.0  # Upper edge of the panel.
_AXIS = 30.0  # Height of the line of times, and of the line of fetches.
_BAR = 26.0
_MARK = 22.0
_GAP = 16.0
_NAMES = 128.0  # Width of the column of names.
_PAD = 14.0


class _Scale:
    """From a moment to a place on the sheet."""

    def __init__(self, start: float, end: float) -> None:
        self.left, self.right = MARGIN + _NAMES, WIDTH - MARGIN - _PAD
        self.start, self.end = start, max(end, start + 60)

    def x(self, moment: float) -> float:
        part = (moment - self.start) / (self.end - self.start)
        return self.left + min(max(part, 0.0), 1.0) * (self.right - self.left)


def draw(keys: Sequence[Key], fetches: Sequence[FetchLike], now: float, title: str) -> "Figure":
    """Draw *keys*, and below them who fetched them; *title* stands above."""
    shown, hidden = keys[-MAX_KEYS:], len(keys[:-MAX_KEYS])
    rows = sum(_BAR + _MARK * min(len(key.tokens), MAX_TOKENS) + _GAP for key in shown)
    height = _PAD + rows + (_AXIS if fetches else 0) + _AXIS
    panel = Box(MARGIN, _TOP, WIDTH - 2 * MARGIN, height)
    scale = _scale(shown, now)
    sheet = Sheet(WIDTH, panel.bottom + MARGIN)
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH * 0.6)
    count = f"{len(keys)} keys" + (f", the newest {MAX_KEYS} shown" if hidden else "")
    sheet.text((WIDTH - MARGIN, 42), count, BODY, SOFT, align="right")
    _legend(sheet, removed=any(key.life.removed for key in shown))
    sheet.box(panel, PANEL, edge=EDGE)
    _axis(sheet, scale, panel, now)
    y = panel.top + _PAD
    for key in shown:
        y = _key(sheet, key, scale, now, y)
    if fetches:
        _ticks(sheet, [fetch for fetch in fetches if fetch.at >= scale.start], scale, y)
    return sheet.figure


def _scale(keys: Sequence[Key], now: float) -> _Scale:
    moments = [now, *(key.life.gone_at or now for key in keys)]
    moments += [token.ends for key in keys for token in key.tokens[-MAX_TOKENS:]]
    start = min(key.life.published_at for key in keys)
    return _Scale(start, start + (max(moments) - start) * 1.03)


_STAGES = (("published: waits", LIT), ("signs", GOOD), ("retired: only checks", WARN))


def _legend(sheet: Sheet, *, removed: bool) -> None:
    x, y = float(MARGIN), 74.0
    for words, ink in _STAGES:
        sheet.box(Box(x, y - 11, 22, 13), TINTS[ink], edge=ink, radius=3)
        sheet.text((x + 30, y), words, SMALL, SOFT)
        x += 30 + width_of(words, SMALL) + 22
    sheet.circle((x + 5, y - 4.5), 4.5, INK)
    sheet.line([(x + 9, y - 4.5), (x + 34, y - 4.5)], INK, width=2)
    words = "a token, until it expires"
    sheet.text((x + 42, y), words, SMALL, SOFT)
    if removed:
        x += 42 + width_of(words, SMALL) + 30
        _removal(sheet, x, y - 4.5)
        sheet.text((x + 16, y), "removed at once", SMALL, SOFT)


_UNITS = (("minutes", 60), ("hours", 3600), ("days", 86_400))
_STEPS = (1, 2, 5, 10, 15, 30)
_MOST_STEPS = 12


def _axis(sheet: Sheet, scale: _Scale, panel: Box, now: float) -> None:
    unit, seconds, step = _unit(scale.end - scale.start)
    floor = panel.bottom - _AXIS + 8
    for number in range(int((scale.end - scale.start) / (seconds * step)) + 1):
        x = scale.x(scale.start + seconds * step * number)
        label = f"{step * number:,}"
        sheet.line([(x, panel.top + 1), (x, floor)], TINTS[SOFT], width=1)
        if x + width_of(label, SMALL) / 2 < panel.right - 4:
            sheet.text((x, panel.bottom - 8), label, SMALL, SOFT, align="center")
    here = scale.x(now)
    sheet.text((MARGIN + _PAD, panel.bottom - 8), unit, SMALL, SOFT)
    sheet.line([(here, panel.top - 12), (here, floor)], INK, dashed=True)
    sheet.text((here, panel.top - 16), "now", SMALL_STRONG, INK, align="center")


def _unit(span_s: float) -> tuple[str, int, int]:
    """Return how times are written: a unit, its seconds, and how many of it are one step."""
    for name, seconds in _UNITS:
        for step in _STEPS:
            if span_s / (seconds * step) <= _MOST_STEPS:
                return name, seconds, step
    name, seconds = _UNITS[-1]
    return name, seconds, int(span_s / seconds / _MOST_STEPS) + 1


def _key(sheet: Sheet, key: Key, scale: _Scale, now: float, y: float) -> float:
    """Draw a key's bar and its tokens with the upper edge at *y*; return where the next begins."""
    sheet.text((MARGIN + _PAD, y + 17), key.name, STRONG)
    for start, end, (words, ink) in _segments(key.life, now, scale.end):
        left, right = scale.x(start), scale.x(end)
        if right - left >= 1:
            box = Box(left, y, right - left, _BAR)
            sheet.box(box, TINTS[ink], edge=ink, radius=4, dashed=start >= now)
            short = words.partition(":")[0]
            if width_of(short, SMALL_STRONG) + 12 < box.width:
                sheet.text((left + 8, y + 17), short, SMALL_STRONG, ink)
    if key.life.removed and key.life.gone_at is not None:
        _removal(sheet, scale.x(key.life.gone_at), y + _BAR / 2)
    y += _BAR
    for token in key.tokens[-MAX_TOKENS:]:
        _mark(sheet, token, scale, now, y + _MARK / 2)
        y += _MARK
    return y + _GAP


def _removal(sheet: Sheet, x: float, y: float) -> None:
    sheet.circle((x, y), 9, CARD, edge=BAD, line=1.5)
    icons.cross(sheet, (x, y), 11, BAD)


_Segment = tuple[float, float, tuple[str, str]]


def _segments(life: LifeLike, now: float, far: float) -> Iterable[_Segment]:
    """Return the stages of a life: from when, until when, and how they are drawn."""
    waits, signs, checks = _STAGES
    end = life.gone_at if life.gone_at is not None else now
    yield life.published_at, life.signs_from if life.signs_from is not None else end, waits
    if life.signs_from is not None:
        until = life.signs_until if life.signs_until is not None else end
        yield life.signs_from, until, signs
        if until < min(now, end):
            yield until, min(now, end), checks
        if max(now, until) < end:
            yield max(now, until), min(end, far), checks


def _mark(sheet: Sheet, token: Token, scale: _Scale, now: float, y: float) -> None:
    start, end = scale.x(token.starts), scale.x(token.ends)
    ink = INK if token.ends > now else SOFT
    sheet.circle((start, y), 4.5, ink)
    sheet.line([(start + 4, y), (end, y)], ink, width=2)
    sheet.line([(end, y - 4), (end, y + 4)], ink, width=2)
    sheet.text((MARGIN + _PAD + 14, y + 4), token.name, SMALL, ink, max_width=_NAMES - 34)


def _ticks(sheet: Sheet, fetches: Sequence[FetchLike], scale: _Scale, y: float) -> None:
    middle = y + _AXIS / 2 - _GAP / 2
    sheet.text((MARGIN + _PAD, middle + 4), "keys fetched", SMALL, SOFT)
    sheet.line([(scale.left, middle), (scale.right, middle)], TRACK, width=1)
    for x, count in _together([scale.x(fetch.at) for fetch in fetches]):
        tip = (x, middle - 7)
        sheet.polygon([tip, (x - 6, middle + 6), (x + 6, middle + 6)], LIT)
        if count > 1:
            sheet.text((x + 9, middle + 4), f"x {count}", SMALL_STRONG, LIT)


def _together(xs: Sequence[float], apart: float = 44) -> list[tuple[float, int]]:
    """Count places that are too close to be told apart as one."""
    found: list[tuple[float, int]] = []
    for x in sorted(xs):
        if found and x - found[-1][0] < apart:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((x, 1))
    return found
