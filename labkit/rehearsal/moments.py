"""
Dates and times of day in a text, as ISO 8601.

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
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_HOUR = {word: n for n, word in enumerate(_HOURS, 1)}
_H = rf"(?:\d{{1,2}}|{'|'.join(_HOURS)})"
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
AFTERNOON = 5  # Up to this hour a bare "at three" is in the afternoon: our choice, as people mean it.
_RANGE = re.compile(
    rf"\b(?:from|between)?\s*(?P<h>{_H})(?::(?P<m>[0-5]\d))?\s*(?:-|to|until|till|and)\s*(?P<h2>{_H})"
    r"(?::(?P<m2>[0-5]\d))?\s*(?P<half>[ap]\.?m\b|o'?clock\b)",
    re.IGNORECASE,
)
_PAST = re.compile(
    rf"\b(?P<min>\d{{1,2}}|a quarter|{'|'.join(sorted(_MINUTES, key=len, reverse=True))})"
    rf"(?:\s+minutes)?\s+(?P<way>past|to|before|after)\s+(?P<h>{_H}|noon|midnight)\b(?!\s*(?:%|[a-z]*\d))",
    re.IGNORECASE,
)
_LATE = re.compile(r"\b(?:tonight|evening|afternoon|at night|p\.?m\b)", re.IGNORECASE)
_EARLY = re.compile(r"\b(?:morning|a\.?m\b|wake|alarm)", re.IGNORECASE)
_DAYTIME = r"(?:\s+in\s+the\s+(?P<part>morning|afternoon|evening)|\s+(?P<night>at night))?"
_TIME = re.compile(
    rf"\b(?:(?P<h>[01]?\d|2[0-3])(?:[:.](?P<m>[0-5]\d))?\s*(?P<half>[ap]\.?m\.?)(?!\w)"
    rf"|(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)(?!\d){_DAYTIME}|(?P<word>noon|midnight)\b"
    rf"|(?P<h4>\d{{1,2}})[.:](?P<m4>[0-5]\d)\s+in\s+the\s+(?P<part4>morning|afternoon|evening)"
    r"|(?<=\b(?:at|up)\s)(?P<h6>[01]?\d|2[0-3])\.(?P<m6>[0-5]\d)(?!\d)"
    rf"|(?P<h7>{_H})\s+o'?clock\b"
    rf"|(?<=\bat\s)(?P<h5>[01]?\d|2[0-3]|{'|'.join(_HOURS)})(?:\s+o'?clock)?"
    rf"{_DAYTIME.replace('part>', 'part5>').replace('night>', 'night5>')}"
    r"(?=\s*(?:$|[,.!?;]|(?:on|today|tomorrow|this|next|sharp|in|for|with|and|o'?clock)\b)))",
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


def times(text: str) -> Iterator[Found]:
    """Yield times of day as HH:MM, those of a stretch ("2 to 5 pm") one after the other."""
    taken: list[tuple[int, int]] = []
    for found in (*_stretches(text), *_counted(text), *_single(text)):
        if not any(found.start < end and start < found.end for start, end in taken):
            yield found
            if found.end - found.start > 1:
                taken.append((found.start, found.end))


def _stretches(text: str) -> Iterator[Found]:
    for match in _RANGE.finditer(text):
        first, last = (_hour(match[name]) for name in ("h", "h2"))
        if first > 24 or last > 24:
            continue
        if match["half"][:1].lower() == "p":
            last = last % 12 + 12
            first = first % 12 + 12 if first % 12 + 12 <= last else first
        yield Found(_shown(first, match["m"]), match.start(), match.start("h2"))
        yield Found(_shown(last, match["m2"]), match.start("h2"), match.end())


def _counted(text: str) -> Iterator[Found]:
    """Yield "ten to seven" and "half past two"."""
    for match in _PAST.finditer(text):
        word = match["min"].lower().removeprefix("a ")
        minutes = int(word) if word.isdigit() else _MINUTES[word]
        named = {"noon": 12, "midnight": 24}.get(match["h"].lower())
        hour = (named or _meant(_hour(match["h"]), text, match.end())) * 60
        hour += minutes if match["way"].lower() in ("past", "after") else -minutes
        if minutes < 60 and 0 <= hour <= 24 * 60:
            yield Found(f"{hour // 60 % 24:02}:{hour % 60:02}", *match.span())


def _single(text: str) -> Iterator[Found]:
    for match in _TIME.finditer(text):
        found = _clock(match, text)
        if found:
            yield Found(found, *match.span())


def _hour(said: str) -> int:
    return _HOUR.get(said.lower()) or int(said)


def _shown(hour: int, minute: str | None) -> str:
    return f"{hour % 24:02}:{minute or '00'}"


def _meant(hour: int, text: str, end: int) -> int:
    """Return an hour on the clock of 24, by what is said of the time of day."""
    near = text[end : end + 25]
    if hour < 12 and _LATE.search(near):
        return hour + 12
    if hour > 12 or _EARLY.search(near) or _EARLY.search(text):
        return hour
    return hour + 12 if _LATE.search(text) or hour <= AFTERNOON else hour


def _clock(match: re.Match[str], text: str) -> str | None:
    if match["word"]:
        return {"noon": "12:00", "midnight": "00:00"}[match["word"].lower()]
    said = next(filter(None, (match[g] for g in ("h", "h2", "h4", "h5", "h6", "h7"))))
    hour = _hour(said)
    minute = int(next(filter(None, (match[g] for g in ("m", "m2", "m4", "m6"))), 0))
    half = (match["half"] or "").lower()[:1]
    part = next(filter(None, (match[g] for g in ("part", "part4", "part5"))), "").lower()
    if half or part or match["night"] or match["night5"]:
        late = half == "p" or part in ("afternoon", "evening") or not (half or part)
        hour = hour % 12 + 12 * late
    elif match["h5"] or match["h7"]:
        hour = _meant(hour, text, match.end())
    return f"{hour:02}:{minute:02}" if 0 <= hour < 24 else None


def today_of(texts: Iterable[str]) -> date | None:
    """Return the date that a system message gives, such as "Today is 2026-03-02"."""
    for text in texts:
        for found in re.findall(r"\b\d{4}-\d\d-\d\d", text):
            try:
                return datetime.fromisoformat(found).date()
            except ValueError:
                continue
    return None
