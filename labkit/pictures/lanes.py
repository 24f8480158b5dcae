"""
The requests of a run, one line each: who asked whom for what, and what came back.

Glossary. *Lane*: the column of one service; an arrow into it is a request. *Caller*: who sent the
request; the leftmost lane if nobody else is known. *Fold*: equal neighbours become one line with
a count; the middle of a long list becomes one line that counts what it hides.

Floor 0: imports nothing of labkit but its errors.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    BODY,
    CODE,
    CODE_STRONG,
    EDGE,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_STRONG,
    SOFT,
    TINTS,
    TITLE,
    TRACK,
    WARN,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.writing import counted, plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_LINES = 24  # Shown at most; of a longer list the first and the last ones.
_LAST = 8  # How many of them are from the end.
MAX_LANES = 6  # Services with a lane of their own; the rest share the last one.
OTHERS = "others"
CALLER = "caller"  # The lane of whoever isn't a service.


class RequestLike(Protocol):
    """
    A request that was answered, or wasn't.

    An attribute ``caller`` may name the service that sent it.
    """

    @property
    def service(self) -> str:
        """The service that got it."""

    @property
    def method(self) -> str:
        """Such as "GET"."""

    @property
    def path(self) -> str:
        """Such as "/lines"; what follows a question mark isn't shown."""

    @property
    def status(self) -> int | None:
        """Such as 200; None if no answer was seen."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """
    One request, for `request_table`.

    Attributes:
        service: Who got it.
        method: Such as "GET".
        path: Such as "/lines"; what follows a question mark isn't shown.
        status: Such as 200; None if no answer was seen.
        caller: The service that sent it; empty for whoever isn't a service.
    """

    service: str
    method: str
    path: str
    status: int | None
    caller: str = ""


def request_table(rows: Iterable[RequestLike], *, title: str = "Requests") -> Picture:
    """
    Draw requests in their order, as arrows into the lane of their service.

    Args:
        rows: Anything with ``service``, ``method``, ``path`` and ``status``, such as
            `RequestRow`. More than `MAX_LINES` are folded.
        title: Heading of the picture.

    Raises:
        UsageError: No requests, or something that is none.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    if not isinstance(rows, Iterable):
        raise UsageError("rows has to be a list of requests, such as RequestRow")
    requests = [_row(row) for row in rows]
    if not requests:
        raise UsageError("rows is empty: no request was made that could be drawn")
    lines = _folded(requests)
    return Picture(partial(_draw, requests, lines, title), _twin(requests, lines, title))


def _row(row: RequestLike) -> RequestRow:
    try:
        found = (row.service, row.method, row.path, row.status, getattr(row, "caller", "") or "")
    except AttributeError:
        raise UsageError("each request needs a service, a method, a path and a status") from None
    service, method, path, status, caller = found
    texts = all(isinstance(text, str) for text in (service, method, path, caller))
    if not texts or not (service and method and path):
        raise UsageError("service, method and path of a request have to be texts, none empty")
    if status is not None and (type(status) is not int or not 100 <= status <= 599):
        raise UsageError("status of a request has to be a number from 100 to 599, or None")
    path = path.partition("?")[0] or "/"
    clean = [shorten(plain(text), most) for text, most in ((service, 24), (method, 10), (path, 60))]
    return RequestRow(clean[0], clean[1], clean[2], status, shorten(plain(caller), 24))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the picture: *count* equal requests, or (no *row*) how many aren't shown."""

    row: RequestRow | None
    count: int
    words: str = ""


def _folded(requests: Sequence[RequestRow]) -> list[_Line]:
    groups = [(row, len(list(same))) for row, same in groupby(requests)]
    lines = [_Line(row, count) for row, count in groups]
    if len(lines) <= MAX_LINES:
        return lines
    first = MAX_LINES - _LAST - 1
    statuses: Counter[str] = Counter()
    for row, count in groups[first:-_LAST]:
        statuses[_code(row.status)] += count
    words = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items())[:6])
    return [*lines[:first], _Line(None, statuses.total(), words), *lines[-_LAST:]]


def _code(status: int | None) -> str:
    return "no answer" if status is None else str(status)


def _answer(status: int | None) -> str:
    """Return a status with its name, such as "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return _code(status)


def _lanes(requests: Sequence[RequestRow]) -> list[str]:
    """Return the lanes from left to right: who asks, then the services as they first appear."""
    callers = {request.caller or CALLER for request in requests}
    services = dict.fromkeys(request.service for request in requests)
    asking = [caller for caller in sorted(callers) if caller not in services]
    names = [*sorted(asking, key=lambda name: name != CALLER), *services]
    return names if len(names) <= MAX_LANES else [*names[: MAX_LANES - 1], OTHERS]


# The twin.


def _twin(requests: Sequence[RequestRow], lines: Sequence[_Line], title: str) -> str:
    shown = [line.row for line in lines if line.row]
    wide = [max(len(text) for text in column) for column in zip(*map(_columns, shown), strict=True)]
    head = f"{shorten(plain(title), 60)}: {len(requests):,}"
    return "\n".join([head, *(f"  {_twin_line(line, wide)}" for line in lines)])


def _columns(row: RequestRow) -> tuple[str, str, str, str]:
    service = f"{row.caller} -> {row.service}" if row.caller else row.service
    return service, row.method, row.path, _answer(row.status)


def _twin_line(line: _Line, wide: Sequence[int]) -> str:
    if line.row is None:
        return f"... {line.count:,} more: {line.words}"
    cells = zip(_columns(line.row), wide, strict=True)
    told = "  ".join(text.ljust(width) for text, width in cells)
    return (told + (f"  x {line.count:,}" if line.count > 1 else "")).rstrip()


# The drawing.

_TOP = 96.0  # Upper edge of the table.
_ROW = 30.0
_WHAT = 262.0  # Width of method and path.
_CHIP = 208.0  # Width of the answer.


def _draw(requests: Sequence[RequestRow], lines: Sequence[_Line], title: str) -> "Figure":
    table = Box(MARGIN, _TOP, WIDTH - 2 * MARGIN, len(lines) * _ROW + 8)
    sheet = Sheet(WIDTH, table.bottom + MARGIN)
    places = _places(_lanes(requests))
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2)
    count = counted(len(requests), "request")
    sheet.text((WIDTH - MARGIN, 42), count, BODY, SOFT, align="right")
    sheet.box(table, PANEL, edge=EDGE)
    _heads(sheet, places, table)
    for number, line in enumerate(lines):
        y = table.top + 4 + (number + 0.5) * _ROW
        if line.row is None:
            _hidden(sheet, line, y)
        else:
            _request(sheet, line.row, line.count, places, y)
    return sheet.figure


def _places(lanes: Sequence[str]) -> dict[str, float]:
    """Return how far from the left each lane is."""
    left, right = MARGIN + _WHAT + 44, WIDTH - MARGIN - _CHIP - 64
    step = (right - left) / max(len(lanes) - 1, 1)
    return {lane: left + number * step for number, lane in enumerate(lanes)}


def _heads(sheet: Sheet, places: dict[str, float], table: Box) -> None:
    xs = list(places.values())
    crowded = len(xs) > 4  # Then every other name stands a line higher.
    step = (xs[1] - xs[0]) * (2 if crowded else 1)
    for number, (lane, x) in enumerate(places.items()):
        y = table.top - (24 if crowded and number % 2 else 9)
        sheet.text((x, y), lane, SMALL_STRONG, align="center", max_width=min(step - 8, 120))
        sheet.line([(x, table.top + 1), (x, table.bottom - 1)], TRACK, width=2)


def _hidden(sheet: Sheet, line: _Line, y: float) -> None:
    box = Box(MARGIN + 0.5, y - _ROW / 2 + 3, WIDTH - 2 * MARGIN - 1, _ROW - 6)
    sheet.box(box, TINTS[SOFT], radius=0)
    words = f"… {line.count:,} more: {line.words}"
    sheet.text((MARGIN + 14, y + 4.5), words, BODY, SOFT, max_width=box.width - 28)


def _request(sheet: Sheet, row: RequestRow, count: int, places: dict[str, float], y: float) -> None:
    method = width_of(row.method, CODE_STRONG)
    left = MARGIN + 14.0
    sheet.text((left, y + 4.5), row.method, CODE_STRONG)
    left += method + 8
    sheet.text((left, y + 4.5), row.path, CODE, max_width=MARGIN + _WHAT - left)
    ink = _ink(row.status)
    start = places.get(row.caller or CALLER, places.get(OTHERS, 0.0))
    end = places.get(row.service, places.get(OTHERS, 0.0))
    if start == end:
        end += 24
    sheet.circle((start, y), 4, ink)
    sheet.arrow((start, y), (end, y), ink, dashed=row.status is None)
    _chip(sheet, row.status, count, y)


def _ink(status: int | None) -> str:
    """Return the colour of an answer: good, elsewhere, your mistake, the server's."""
    if status is None:
        return SOFT
    return {2: GOOD, 4: WARN, 5: BAD}.get(status // 100, LIT)


def _chip(sheet: Sheet, status: int | None, count: int, y: float) -> None:
    ink, left = _ink(status), WIDTH - MARGIN - _CHIP - 10
    sheet.box(Box(left, y - 11, _CHIP, 22), TINTS[ink], radius=11, edge=ink, dashed=status is None)
    _sign(sheet, status, (left + 14, y), ink)
    times = f"x {count:,}" if count > 1 else ""
    room = _CHIP - 40 - (width_of(times, SMALL) + 8 if times else 0)
    sheet.text((left + 28, y + 4), _answer(status), SMALL_STRONG, ink, max_width=room)
    if times:
        sheet.text((left + _CHIP - 12, y + 4), times, SMALL, INK, align="right")


def _sign(sheet: Sheet, status: int | None, at: Point, ink: str) -> None:
    if ink == GOOD:
        icons.check(sheet, at, 11, ink)
    elif ink == BAD:
        icons.warning(sheet, at, 12, ink)
    elif ink == WARN:
        icons.cross(sheet, at, 11, ink)
    else:
        sheet.text(
            (at[0], at[1] + 4), "?" if status is None else "i", SMALL_STRONG, ink, align="center"
        )
