"""
Dates in a text, as ISO 8601.

Glossary:
    relative: counted from today, such as "tomorrow" and "next Friday".
    period: a stretch of days, such as "this weekend"; found as its first and its last day.

Floor 1: imports nothing of labkit but the clock and its neighbours.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from labkit.clock import LAB_NOW
from labkit.rehearsal.values import Found

_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTH = {m[:3]: n for n, m in enumerate(_MONTHS.split(), 1)}
_DAY = {d: n for n, d in enumerate(_DAYS.split())}
_HOLIDAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new year's day": (1, 1),
    "new year's": (1, 1), "valentine's day": (2, 14), "halloween": (10, 31),
}  # fmt: skip
_RELATIVE = {"day before yesterday": -2, "yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1,
             "day after tomorrow": 2, "the day after": 2}  # fmt: skip

_MONTH_NAME = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]{1,6})?\.?"
_WEEKDAY = "|".join(_DAY)

_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?)\b"
    rf"|\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*(?:-|to|until|till|and|through)\s*(?:the\s+)?"
    rf"(?P<d1b>\d{{1,2}})(?:st|nd|rd|th)?)?\s+(?:of\s+)?(?P<m1>{_MONTH_NAME})\b(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH_NAME})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:\s*(?:-|to|until)\s*"
    rf"(?P<d2b>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:am|pm)))?(?:,?\s+(?P<y2>\d{{4}}))?"
    rf"|\b(?P<relative>{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})\b"
    rf"|\b(?:(?P<next>next|this|coming|on|last)\s+)?(?P<weekday>{_WEEKDAY})s?\b"
    r"(?:,?\s+(?:the\s+)?(?P<nth>\d{1,2})(?:st|nd|rd|th)\b)?(?P<this>\s+of\s+(?:this|next)\s+month)?"
    rf"|\b(?P<holiday>{'|'.join(sorted(_HOLIDAYS, key=len, reverse=True))})\b"
    r"(?:\s+(?P<hy>last year|\d{4}))?"
    r"|\bthe\s+(?P<d3>\d{1,2})(?:st|nd|rd|th)\b(?!\s*(?:-|to|until|till|through|and)\s+(?:the\s+)?\d)"
    rf"(?!\s+(?:of\s+)?{_MONTH_NAME})"
    r"|\bin\s+(?P<ahead>\d{1,3}|a|two|three)\s+(?P<of>day|week)s?\b(?!\s+(?:long|or))"
    r"|\b(?P<ago>\d{1,3}|a|two|three)\s+(?P<agoof>day|week)s?\s+ago\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    rf"\b(?:(?P<which>this|next|last|coming)\s+(?P<span>week(?:end)?|month|year)"
    rf"|(?:in|for|during|of|all of|since|start of|from)\s+(?P<y>(?:19|20)\d\d)\b(?!-)"
    rf"|(?:in|during|of|for|all of)\s+(?P<m>{_MONTH_NAME})(?:\s+(?P<my>\d{{4}}))?)(?!\s*\d|\w)",
    re.IGNORECASE,
)


def dates(text: str, today: date | None = None) -> Iterator[Found]:
    """Yield dates as ISO 8601; relative ones count from *today*, by default `LAB_NOW`'s day."""
    today = today or LAB_NOW.date()
    taken = []
    for match in _DATE.finditer(text):
        found = list(_days(match, today))
        for place, value in enumerate(found):
            middle = (match.start() + match.end()) // 2
            start, end = (match.start(), middle) if place == 0 else (middle, match.end())
            yield Found(value, start, end if len(found) > 1 else match.end())
        taken.append(match.span())
    for match in _PERIOD.finditer(text):
        if not any(match.start() < end and start < match.end() for start, end in taken):
            first, last = _period(match, today)
            middle = (match.start() + match.end()) // 2
            yield Found(first.isoformat(), match.start(), middle, "period")
            yield Found(last.isoformat(), middle, match.end(), "period")


def _days(match: re.Match[str], today: date) -> Iterator[str]:
    if match["iso"]:
        yield match["iso"]
        return
    try:
        for each in _dated(match, today):
            yield each.isoformat()
    except (ValueError, OverflowError):
        return


def _dated(match: re.Match[str], today: date) -> Iterator[date]:
    if match["relative"]:
        yield today + timedelta(_RELATIVE[match["relative"].lower()])
    elif match["nth"] and not match["this"]:
        day = int(match["nth"])
        yield today.replace(day=day) if day >= today.day else _next_month(today, day)
    elif match["this"]:
        yield _last_of_month(match, today)
    elif match["weekday"]:
        ahead = (_DAY[match["weekday"].lower()] - today.weekday()) % 7 or 7
        yield today + timedelta(ahead - 7 if (match["next"] or "").lower() == "last" else ahead)
    elif match["holiday"]:
        yield _holiday(match, today)
    elif match["ahead"] or match["ago"]:
        count = _count(match["ahead"] or match["ago"])
        unit = (match["of"] or match["agoof"]).lower()
        yield today + timedelta(
            (count if match["ahead"] else -count) * (7 if unit == "week" else 1)
        )
    elif match["d3"]:
        day = int(match["d3"])
        yield today.replace(day=day) if day >= today.day else _next_month(today, day)
    else:
        yield from _of_month(match, today)


def _of_month(match: re.Match[str], today: date) -> Iterator[date]:
    month = _MONTH[(match["m1"] or match["m2"])[:3].lower()]
    year = match["y1"] or match["y2"]
    for day in (match["d1"] or match["d2"], match["d1b"] or match["d2b"]):
        if day:
            found = date(int(year or today.year), month, int(day))
            past = not year and (today - found).days > 60
            yield found.replace(year=found.year + 1) if past else found


def _next_month(today: date, day: int) -> date:
    return (today.replace(day=1) + timedelta(32)).replace(day=day)


def _last_of_month(match: re.Match[str], today: date) -> date:
    """Return the day of "the last Friday of this month"; without "last" the first of them."""
    month = today if "this" in match["this"].lower() else _next_month(today, 1)
    last = (match["next"] or "").lower() == "last"
    found = month.replace(day=monthrange(month.year, month.month)[1] if last else 7)
    return found - timedelta((found.weekday() - _DAY[match["weekday"].lower()]) % 7)


def _holiday(match: re.Match[str], today: date) -> date:
    month, day = _HOLIDAYS[match["holiday"].lower()]
    said = (match["hy"] or "").lower()
    year = int(said) if said.isdigit() else today.year - (said == "last year")
    return date(year, month, day)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else {"a": 1, "two": 2, "three": 3}[word.lower()]


def _period(match: re.Match[str], today: date) -> tuple[date, date]:
    if match["y"]:
        return date(int(match["y"]), 1, 1), date(int(match["y"]), 12, 31)
    if match["m"]:
        month, year = _MONTH[match["m"][:3].lower()], int(match["my"] or today.year)
        return _month(max(1, min(year, 9999)), month)
    step = {"last": -1, "next": 1}.get(match["which"].lower(), 0)
    kind = match["span"].lower()
    monday = today - timedelta(today.weekday())
    if kind == "week":
        return monday + timedelta(7 * step), monday + timedelta(7 * step + 6)
    if kind == "weekend":
        return monday + timedelta(7 * step + 5), monday + timedelta(7 * step + 6)
    if kind == "month":
        index = today.year * 12 + today.month - 1 + step
        return _month(index // 12, index % 12 + 1)
    return date(today.year + step, 1, 1), date(today.year + step, 12, 31)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def today_of(texts: Iterable[str]) -> date | None:
    """Return the date that a system message gives, such as "Today is 2026-03-02"."""
    for text in texts:
        for found in re.findall(r"\b\d{4}-\d\d-\d\d", text):
            try:
                return datetime.fromisoformat(found).date()
            except ValueError:
                continue
    return None
