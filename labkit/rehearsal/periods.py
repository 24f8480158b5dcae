"""
Stretches of days, by their first and last: "last two weeks", "in March", "end of next month".

Floor 1: imports nothing of labkit but its neighbour `number_words`.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from labkit.rehearsal.number_words import CARDINALS

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_COUNTS = {**CARDINALS, "a": 1, "an": 1, "a couple of": 2, "couple of": 2}
COUNT = rf"(?:\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
AHEAD = 15  # Years from today that a year may lie ahead: our choice.
_STEPS = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1}


def counted(word: str) -> int:
    """Return the number that *word* says, in figures or letters."""
    return int(word) if word.isdigit() else _COUNTS[word.lower()]


def month_number(name: str) -> int:
    """Return 1 for "Jan." and for "January"."""
    return _MONTHS.index(name[:3].lower()) + 1


def shifted(day: date, count: int, unit: str) -> date:
    """Return *day* so many days, weeks, fortnights, months or years later."""
    unit = unit.lower()
    if unit in ("month", "year"):
        index = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = index // 12, index % 12 + 1
        return date(year, month, min(day.day, monthrange(year, month)[1]))
    return day + timedelta(count * {"week": 7, "fortnight": 14}.get(unit, 1))


def period_of(match: re.Match[str], today: date) -> Iterable[date]:
    """Return the first and the last day that *match* means; the one of them that "end of" names."""
    said = {name: value for name, value in match.groupdict().items() if value}
    first, last = _both(said, today)
    edge = said.get("edge", "").lower()
    if edge:
        return [last if edge in ("end", "last day") else first]
    return [first, last]


def _both(said: dict[str, str], today: date) -> tuple[date, date]:
    if "m" in said:
        year = max(1, min(int(said.get("y", today.year)), 9999))
        return _month(year, month_number(said["m"]))
    if "y" in said:
        if int(said["y"]) > today.year + AHEAD:
            raise ValueError(said["y"])  # Somebody's number.
        return date(int(said["y"]), 1, 1), date(int(said["y"]), 12, 31)
    step = _STEPS.get(said.get("which", "").lower(), 0)
    if "n" in said:
        other = shifted(today, step * counted(said["n"]), said["of"])
        return min(today, other), max(today, other)
    return _named(said["span"].lower(), step, today)


def _named(span: str, step: int, today: date) -> tuple[date, date]:
    monday = today - timedelta(today.weekday()) + timedelta(7 * step)
    if span.startswith("week"):
        return (monday + timedelta(5), monday + timedelta(6)) if span == "weekend" else (
            monday, monday + timedelta(6))  # fmt: skip
    if span == "month":
        there = shifted(today.replace(day=1), step, "month")
        return _month(there.year, there.month)
    if span == "quarter":
        there = shifted(
            today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * step, "month"
        )
        end = shifted(there, 2, "month")
        return there, _month(end.year, end.month)[1]
    return date(today.year + step, 1, 1), date(today.year + step, 12, 31)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
