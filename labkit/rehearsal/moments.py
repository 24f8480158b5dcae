"""
Dates in a text, as ISO 8601; times of day are found by `labkit.rehearsal.clocks`.

Measured beside it on such sentences: dateparser, parsedatetime and timefhuman miss half of them,
and take up to 0.5 s.

Glossary:
    relative: counted from today, such as "tomorrow" and "next Friday".
    period: a stretch of days, such as "this weekend"; found as its first and its last day.

Floor 1: imports nothing of labkit but the clock and its neighbours.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from labkit.clock import LAB_NOW
from labkit.rehearsal.date_patterns import DAY, HOLIDAYS, PATTERNS, PERIOD, RELATIVE
from labkit.rehearsal.number_words import ORDINALS
from labkit.rehearsal.periods import counted, month_number, period_of, shifted
from labkit.rehearsal.values import Found

_WORDS_ONLY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)$", re.IGNORECASE)


def dates(
    text: str, today: date | None = None, *, past: Callable[[int], bool] = lambda _: False
) -> Iterator[Found]:
    """
    Yield dates as ISO 8601.

    Args:
        today: What relative ones count from, by default `LAB_NOW`'s day.
        past: Tells of a place whether a bare "on Monday" there is the one before today, as the
            text tells what happened.
    """
    today, taken = today or LAB_NOW.date(), list[tuple[int, int]]()
    found: list[Found] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            days = _days(kind, match, today, past=past(match.start()))
            taken += [match.span()] if days else []
            found += _placed(days, match, PERIOD if kind in _PERIODS else "")
    yield from sorted(found, key=lambda each: each.start)


_PERIODS = ("period", "year", "month", "back")


def _placed(days: list[str], match: re.Match[str], unit: str) -> Iterator[Found]:
    """Yield the days of one match; two share its place."""
    if len(days) == 1:
        yield Found(days[0], *match.span())
    elif days:
        middle = (match.start() + match.end()) // 2
        yield Found(days[0], match.start(), middle, unit)
        yield Found(days[1], middle, match.end(), unit)


def _days(kind: str, match: re.Match[str], today: date, *, past: bool) -> list[str]:
    if kind == "iso":
        return [match[0]]
    if kind == "weekday" and _WORDS_ONLY.match(match[0]) and not match[0][0].isupper():
        return []
    try:
        if kind == "weekday":
            return [_weekday(match, today, past=past).isoformat()]
        days = list(_READERS[kind](match, today))
        if past and kind == "of_month" and not match["y"] and days[0] > today:
            days = [day.replace(year=day.year - 1) for day in days]
        return [day.isoformat() for day in days]
    except (ValueError, OverflowError):
        return []


def _weekday(match: re.Match[str], today: date, *, past: bool) -> date:
    ahead = (DAY[match["weekday"].lower()] - today.weekday()) % 7 or 7
    which = (match["which"] or "").lower()
    back = which == "last" or (past and which in ("", "on") and not match["after"])
    return today + timedelta(ahead - 7 * back + 7 * bool(match["after"]))


def _number(word: str) -> int:
    return ORDINALS.get(word.lower()) or int(re.sub(r"\D", "", word))


def _of_month(match: re.Match[str], today: date) -> Iterator[date]:
    month, year = month_number(match["m"]), match["y"]
    for word in (match["d"], match["d2"]):
        if word:
            found = date(int(year or today.year), month, _number(word))
            gone = not year and (today - found).days > 60
            yield found.replace(year=found.year + 1) if gone else found


def _dotted(match: re.Match[str], today: date) -> Iterator[date]:
    """Yield a day that is written in figures: day first, as all but one country have it."""
    day, month = int(match["d"]), int(match["m"])
    if month > 12:
        day, month = month, day
    year = int(match["y"] or today.year)
    yield date(year + 2000 * (year < 100), month, day)


def _nth(match: re.Match[str], today: date) -> Iterator[date]:
    """Yield the next day of this number: "the 5th" of this month, or of the next."""
    groups = match.groupdict()
    for word in (groups["d"] or groups.get("word"), groups.get("d2")):
        if word:
            day = _number(word)
            month = today if day >= today.day else today.replace(day=1) + timedelta(32)
            yield month.replace(day=day)


def _ahead(match: re.Match[str], today: date) -> Iterator[date]:
    yield shifted(today, counted(match["n"]), match["of"])


def _ago(match: re.Match[str], today: date) -> Iterator[date]:
    yield shifted(today, -counted(match["n"]), match["of"])


def _holiday(match: re.Match[str], today: date) -> Iterator[date]:
    said = (match["y"] or "").lower()
    year = int(said) if said.isdigit() else today.year - (said == "last year")
    yield date(year, *HOLIDAYS[match["name"].lower()])


def _weekday_of(match: re.Match[str], today: date) -> Iterator[date]:
    """Yield "Thursday next week", counted from this week's Monday."""
    day = DAY[(match["weekday"] or match["weekday2"]).lower()]
    weeks = {"last": -1, "next": 1}.get((match["which"] or match["which2"]).lower(), 0)
    yield today + timedelta(day - today.weekday() + 7 * weeks)


def _nth_weekday(match: re.Match[str], today: date) -> Iterator[date]:
    """Yield "the last Saturday of this month", "first Monday in May"."""
    if match["m"]:
        month = month_number(match["m"])
        first = date(today.year + (month < today.month), month, 1)
    else:
        step = {"last": -1, "next": 1, "coming": 1}.get((match["which"] or "").lower(), 0)
        first = shifted(today.replace(day=1), step, "month")
    ahead = (DAY[match["weekday"].lower()] - first.weekday()) % 7
    if match["nth"].lower() == "last":
        after = shifted(first, 1, "month")
        back = (after.weekday() - DAY[match["weekday"].lower()]) % 7 or 7
        yield after - timedelta(back)
    else:
        yield first + timedelta(ahead + 7 * (ORDINALS[match["nth"].lower()] - 1))


def _relative(match: re.Match[str], today: date) -> Iterator[date]:
    yield today + timedelta(RELATIVE[match["word"].lower()])


_READERS: dict[str, Callable[[re.Match[str], date], Iterable[date]]] = {
    "dotted": _dotted, "of_month": _of_month, "weekday_nth": _nth, "nth": _nth, "holiday": _holiday,
    "nth_weekday": _nth_weekday, "weekday_of": _weekday_of, "relative": _relative, "ahead": _ahead,
    "ago": _ago, "period": period_of, "edge": period_of, "back": period_of, "year": period_of,
    "month": period_of,
}  # fmt: skip


def today_of(texts: Iterable[str]) -> date | None:
    """Return the date that a system message gives, such as "Today is 2026-03-02"."""
    for text in texts:
        for found in re.findall(r"\b\d{4}-\d\d-\d\d", text):
            try:
                return datetime.fromisoformat(found).date()
            except ValueError:
                continue
    return None
