"""
How an issuer's keys took over from each other, with the tokens that they signed.

Glossary. *Bar*: the life of one key: it waits, it signs, it only checks. *Mark*: a token, on a line
of its own below its key, from the moment it was signed to the moment it expires. *Tick*: a fetch of
the keys by a service. *Event*: what happened at one moment; the twin lists them in order, without
times.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from labkit.errors import UsageError
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
from labkit.pictures.parts import take_apart
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_KEYS = 6  # The newest are drawn; the rest is counted.
MAX_TOKENS = 5  # Of each key, the last ones.
NAME_CHARACTERS = 18


class LifeLike(Protocol):
    """A key's life, such as `labkit.tokens.lives.KeyLife`. Moments are Unix times."""

    @property
    def kid(self) -> str:
        """Its name."""

    @property
    def published_at(self) -> float:
        """Since when it can be fetched."""

    @property
    def signs_from(self) -> float | None:
        """Since when it signs; None if it never did."""

    @property
    def signs_until(self) -> float | None:
        """Until when it did; None while it does."""

    @property
    def gone_at(self) -> float | None:
        """When it is published no more; None if that isn't known yet."""

    @property
    def removed(self) -> bool:
        """It was taken out at once."""


class FetchLike(Protocol):
    """A request for the keys, such as one of ``lab.requests``."""

    @property
    def at(self) -> float:
        """When (Unix time)."""

    @property
    def caller(self) -> str:
        """Which service asked."""


@dataclass(frozen=True, slots=True)
class _Token:
    name: str
    starts: float
    ends: float


@dataclass(frozen=True, slots=True)
class _Key:
    """A key with a short name of its own: names of real keys are 43 random characters."""

    name: str
    life: LifeLike
    tokens: tuple[_Token, ...]

    def end(self, now: float) -> float | None:
        """Return when it went, if that is past."""
        gone = self.life.gone_at
        return gone if gone is not None and gone <= now else None


def key_timeline(
    lives: Iterable[LifeLike],
    *,
    now: float,
    tokens: Mapping[str, str] | None = None,
    fetches: Iterable[FetchLike] = (),
    title: str = "The lives of the keys",
) -> Picture:
    """
    Draw the keys of an issuer as bars, the tokens below the key that signed them, and who fetched.

    Args:
        lives: The keys in the order of their publication, such as ``lab.issuer_keys.lives``.
        now: Where the picture ends its past (Unix time), such as ``lab.clock.now()``.
        tokens: Tokens by a name of your choice. They are decoded, not verified.
        fetches: Requests for the key set, such as those of ``lab.requests`` whose path is it.
        title: Heading of the picture.

    Raises:
        UsageError: No keys, a token of no key here, or something that is no token.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    if isinstance(now, bool) or not isinstance(now, int | float) or not isfinite(now):
        raise UsageError("now is a Unix time in seconds, such as lab.clock.now()")
    keys = _keys(lives, tokens or {})
    asked = _checked(fetches)
    told = shorten(plain(title), 60)
    return Picture(partial(_draw, keys, asked, now, title), _twin(keys, asked, now, told))


def _keys(lives: Iterable[LifeLike], tokens: Mapping[str, str]) -> list[_Key]:
    try:
        known = {life.kid: life for life in lives}
        moments = [life.published_at + (life.signs_from or 0) for life in known.values()]
    except (AttributeError, TypeError):
        raise UsageError("lives are those of a key ring, such as lab.issuer_keys.lives") from None
    if not moments:
        raise UsageError("lives is empty: there is no key to draw")
    if not isinstance(tokens, Mapping):
        raise UsageError('tokens is a dict of tokens by name, such as {"first": token}')
    signed: dict[str, list[_Token]] = {kid: [] for kid in known}
    for name, text in tokens.items():
        kid, token = _token(name, text, known)
        signed[kid].append(token)
    numbered = enumerate(known.values(), 1)
    return [_Key(f"key {n}", life, tuple(signed[life.kid])) for n, life in numbered]


def _token(name: str, text: str, lives: Mapping[str, LifeLike]) -> tuple[str, _Token]:
    if not isinstance(name, str) or not name.strip() or not isinstance(text, str):
        raise UsageError("tokens has names and tokens, all texts")
    anatomy = take_apart(text)
    kid = anatomy.value("header", "kid")
    starts, ends = (anatomy.value("payload", member) for member in ("iat", "exp"))
    if not isinstance(kid, str) or kid not in lives:
        raise UsageError(f"no key here signed the token {shorten(plain(name), NAME_CHARACTERS)!r}")
    if not isinstance(starts, int) or not isinstance(ends, int):
        raise UsageError("each token needs iat and exp, in whole seconds")
    life = lives[kid]
    # iat is cut to whole seconds, so it may lie just before the moment at which its key began.
    signed = max(starts, life.signs_from or starts)
    return kid, _Token(shorten(plain(name), NAME_CHARACTERS), signed, ends)


def _checked(fetches: Iterable[FetchLike]) -> list[FetchLike]:
    try:
        return sorted(fetches, key=lambda fetch: float(fetch.at))
    except (AttributeError, TypeError, ValueError):
        raise UsageError(
            "fetches are requests with a time, such as those in lab.requests"
        ) from None


# The twin.


def _twin(keys: Sequence[_Key], fetches: Sequence[FetchLike], now: float, title: str) -> str:
    lines = [f"{title}: {len(keys)}"]
    for key in keys:
        lines.append(f"  {key.name}: {_story(key, now)}")
        lines += [
            f"    token {token.name}: {'not expired' if token.ends > now else 'expired'}"
            for token in key.tokens
        ]
    return "\n".join([*lines, "  in order", *_events(keys, fetches, now)])


def _story(key: _Key, now: float) -> str:
    life, words = key.life, []
    if life.signs_from is None or life.signs_from > life.published_at:
        words.append("waits" if life.signs_from is None and key.end(now) is None else "waited")
    if life.signs_from is not None:
        words.append("signs" if life.signs_until is None else "signed")
    if life.removed:
        words.append("removed")
    elif key.end(now) is not None:
        words.append("forgotten")
    elif life.signs_until is not None:
        words.append("retired")
    return ", ".join(words)


def _events(keys: Sequence[_Key], fetches: Sequence[FetchLike], now: float) -> list[str]:
    found = [event for key in keys for event in _events_of(key, now)]
    found += [(fetch.at, 4, f"{_who(fetch)} fetches the keys") for fetch in fetches]
    moments = groupby(sorted(found), key=lambda event: event[0])
    together = (", ".join(words for _, _, words in events) for _, events in moments)
    folded = [(words, len(list(same))) for words, same in groupby(together)]
    return [
        f"    {number}. {words}" + (f" x {count}" if count > 1 else "")
        for number, (words, count) in enumerate(folded, 1)
    ]


def _events_of(key: _Key, now: float) -> Iterable[tuple[float, int, str]]:
    """Return what happened to a key: when, its place among what happened then, and the words."""
    life, end = key.life, key.end(now)
    yield life.published_at, 2, f"{key.name} is published"
    if life.signs_from is not None:
        yield life.signs_from, 3, f"{key.name} signs"
    if life.signs_until is not None and not (life.removed and life.signs_until == end):
        yield life.signs_until, 1, f"{key.name} retires"
    if end is not None:
        yield end, 0, f"{key.name} is {'removed' if life.removed else 'forgotten'}"


def _who(fetch: FetchLike) -> str:
    return shorten(plain(getattr(fetch, "caller", "") or "somebody"), 24)


# The drawing.

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


def _draw(keys: Sequence[_Key], fetches: Sequence[FetchLike], now: float, title: str) -> "Figure":
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


def _scale(keys: Sequence[_Key], now: float) -> _Scale:
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


def _key(sheet: Sheet, key: _Key, scale: _Scale, now: float, y: float) -> float:
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


def _mark(sheet: Sheet, token: _Token, scale: _Scale, now: float, y: float) -> None:
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
