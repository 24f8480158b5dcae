"""
Values in a text: quoted pieces, numbers with their units, dates, addresses, ids, names.

Every function yields what it finds with its place, so that nothing is used twice.

Glossary:
    found: a value and where it stands.
    period: a stretch of time up to now, such as "last week", in seconds.
    list: values of one kind joined by commas and "and".

Floor 1: imports nothing of labkit but the clock and its neighbours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from labkit.clock import LAB_NOW
from labkit.rehearsal.roles import UNITS

_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
    "dozen": 12, "couple": 2, "half": 0.5,
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTH = {m[:3]: n for n, m in enumerate(_MONTHS.split(), 1)}
_DAY = {d: n for n, d in enumerate(_DAYS.split())}

_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True))
_NUMBER = r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?"
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

_QUOTED = re.compile(
    "\"([^\"]+)\"|\u201c([^\u201d]+)\u201d|`([^`]+)`|(?<!\\w)'([^']+(?:'\\w[^']*)*)'(?!\\w)"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r"https?://[^\s,;<>\"')]+[^\s,;<>\"').?!]|\bwww\.[\w.-]+\.\w+(?:/\S*)?")
_IDENTIFIER = re.compile(
    r"#\d+|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z])[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*\b"
    r"|\b[A-Z]{2,}(?:-[A-Z0-9]+)*\b"
)
_QUANTITY = re.compile(
    rf"(?<![\w#.])(?<!\w-)(?P<sign>\$|\u20ac|\u00a3)?(?P<n>{_NUMBER})(?:\s*(?P<percent>%|percent)|"
    rf"[\s-]*(?P<unit>{_UNIT})s?\b)?(?![\w/-]*[A-Za-z])",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"\b(?:(?:the\s+)?(?P<back>last|past|previous|recent|this)\s+)?"
    rf"(?P<count>{_COUNT})(?:\s+of)?(?:\s+(?:a|an))?\s+(?P<unit>{_UNIT})s?\b"
    rf"|\b(?:the\s+)?(?P<one>last|past|previous|this|current)\s+(?P<of>{_UNIT})\b"
    r"|\b(?P<day>yesterday|today)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?)\b"
    rf"|\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_MONTH_NAME})(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH_NAME})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y2>\d{{4}}))?"
    r"|\b(?P<relative>day after tomorrow|tomorrow|tonight|today|yesterday)\b"
    r"|\b(?P<next>next|this|coming|on)?\s*(?P<weekday>" + _DAYS.replace(" ", "|") + r")\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?P<h>[01]?\d|2[0-3])(?::(?P<m>[0-5]\d))?\s*(?P<half>[ap]\.?m\.?)(?!\w)"
    r"|\b(?P<h2>[01]?\d|2[0-3]):(?P<m2>[0-5]\d)\b|\b(?P<word>noon|midnight)\b",
    re.IGNORECASE,
)
_CAPITALS = re.compile(
    r"\b[A-Z\u00c0-\u00dd][\w\u00c0-\u017f'.-]*(?:\s+(?:(?:de|da|van|von|der|la|el|of|and the)\s+)?"
    r"[A-Z\u00c0-\u00dd][\w\u00c0-\u017f'-]*)*"
)


@dataclass(frozen=True, slots=True)
class Found:
    """
    A value in a text.

    Attributes:
        value: As a call takes it: a string or a number.
        start: Where it begins.
        end: Where it ends.
        unit: What a number counts ("day", "%"), if that is said.
    """

    value: Any
    start: int
    end: int
    unit: str = ""


def quoted(text: str) -> Iterator[Found]:
    """Yield what stands in quotation marks, without them."""
    for match in _QUOTED.finditer(text):
        yield Found(next(filter(None, match.groups())).strip(), *match.span())


def matches(pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    """Yield what fits *pattern*, as it stands."""
    for match in pattern.finditer(text):
        yield Found(match[0], *match.span())


def identifiers(text: str) -> Iterator[Found]:
    """Yield what looks like an id: letters with digits, ``#12``, words in capitals; as written."""
    for match in _IDENTIFIER.finditer(text):
        if not re.fullmatch(rf"(?i)\d+({_UNIT})s?|\d+(st|nd|rd|th|am|pm)", match[0]):
            yield Found(match[0].lstrip("#"), *match.span())


def numbers(text: str) -> Iterator[Found]:
    """Yield numbers with what they count; "two weeks" and "last week" are numbers as well."""
    for match in _QUANTITY.finditer(text):
        unit = "%" if match["percent"] else (match["unit"] or match["sign"] or "").lower()
        yield Found(_number(match["n"]), *match.span(), unit)
    for match in _SPOKEN.finditer(text):
        if match["day"]:
            yield Found(1, *match.span(), "day")
        elif match["of"]:
            yield Found(1, *match.span(), match["of"].lower())
        else:
            yield Found(_COUNTS[match["count"].lower()], *match.span(), match["unit"].lower())


def bare_counts(text: str) -> Iterator[Found]:
    """Yield numbers that are written as words and count no time: "three results"."""
    for match in re.finditer(rf"\b({_COUNT})\b", text, re.IGNORECASE):
        if match[0].lower() not in ("a", "an", "one", "half"):
            yield Found(_COUNTS[match[0].lower()], *match.span())


def _number(written: str) -> int | float:
    value = float(written.replace(",", ""))
    return int(value) if value.is_integer() and "." not in written else value


def dates(text: str, today: date | None = None) -> Iterator[Found]:
    """Yield dates as ISO 8601; relative ones count from *today*, by default `LAB_NOW`'s day."""
    today = today or LAB_NOW.date()
    for match in _DATE.finditer(text):
        value = _date(match, today)
        if value:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            yield Found(value, start, match.end())


def _date(match: re.Match[str], today: date) -> str | None:
    if match["iso"]:
        return match["iso"]
    if match["relative"]:
        days = {"yesterday": -1, "tomorrow": 1, "day after tomorrow": 2}
        return (today + timedelta(days.get(match["relative"].lower(), 0))).isoformat()
    if match["weekday"]:
        ahead = (_DAY[match["weekday"].lower()] - today.weekday()) % 7 or 7
        return (today + timedelta(ahead)).isoformat()
    month = _MONTH[(match["m1"] or match["m2"])[:3].lower()]
    year, day = match["y1"] or match["y2"], int(match["d1"] or match["d2"])
    try:
        found = date(int(year or today.year), month, day)
        if not year and found < today:
            found = found.replace(year=found.year + 1)
    except ValueError:
        return None
    return found.isoformat()


def times(text: str) -> Iterator[Found]:
    """Yield times of day as HH:MM."""
    for match in _TIME.finditer(text):
        if match["word"]:
            value = {"noon": "12:00", "midnight": "00:00"}[match["word"].lower()]
        else:
            hour, minute = int(match["h"] or match["h2"]), int(match["m"] or match["m2"] or 0)
            if match["half"]:
                hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
            value = f"{hour:02}:{minute:02}"
        yield Found(value, *match.span())


def today_of(texts: Iterator[str]) -> date | None:
    """Return the date that a system message gives, such as "Today is 2026-03-02"."""
    for text in texts:
        if found := re.search(r"\d{4}-\d\d-\d\d", text):
            try:
                return datetime.fromisoformat(found[0]).date()
            except ValueError:
                continue
    return None


def capitals(text: str) -> Iterator[Found]:
    """Yield names: words with a capital, joined; the first word of a sentence isn't one by that."""
    for match in _CAPITALS.finditer(text):
        start, value = match.start(), match[0].rstrip(".'")
        if _begins_a_sentence(text, start):
            first, _, rest = value.partition(" ")
            if not rest or not rest[0].isupper():
                continue
            start, value = start + len(first) + 1, rest
        if value not in ("I", "I'm", "I'd", "I've"):
            yield Found(value.removesuffix("'s"), start, start + len(value))


_CURRENCIES = {
    "eur": "EUR", "euro": "EUR", "usd": "USD", "dollar": "USD", "gbp": "GBP", "pound": "GBP",
    "jpy": "JPY", "yen": "JPY", "chf": "CHF", "franc": "CHF", "cad": "CAD", "aud": "AUD",
    "cny": "CNY", "yuan": "CNY", "inr": "INR", "rupee": "INR", "sek": "SEK", "nok": "NOK",
    "pln": "PLN", "brl": "BRL", "mxn": "MXN", "peso": "MXN", "krw": "KRW", "won": "KRW",
    "\u20ac": "EUR", "$": "USD", "\u00a3": "GBP", "\u00a5": "JPY", "btc": "BTC", "bitcoin": "BTC",
}  # fmt: skip
_CURRENCY = re.compile(
    rf"\b(?:{'|'.join(k for k in _CURRENCIES if k.isalpha())})s?\b|[\u20ac$\u00a3\u00a5]", re.I
)
_LANGUAGES = (
    "english german french spanish italian portuguese dutch polish czech russian ukrainian turkish "
    "arabic hebrew hindi chinese mandarin japanese korean swedish norwegian danish finnish greek "
    "hungarian romanian vietnamese thai indonesian latin catalan"
)
_LANGUAGE = re.compile(rf"\b(?:{_LANGUAGES.replace(' ', '|')})\b", re.I)


def currencies(text: str) -> Iterator[Found]:
    """Yield currencies as their code (ISO 4217)."""
    for match in _CURRENCY.finditer(text):
        name = match[0].lower()
        code = _CURRENCIES.get(name) or _CURRENCIES[name.removesuffix("s")]
        yield Found(code, *match.span())


def languages(text: str) -> Iterator[Found]:
    """Yield the names of languages, as written."""
    return matches(_LANGUAGE, text)


def _begins_a_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?:;\n"


def joined(found: list[Found], text: str) -> list[Found]:
    """Return the longest run of *found* that is a list in *text*: "A, B and C"."""
    best: list[Found] = found[:1]
    run: list[Found] = []
    for each in found:
        between = text[run[-1].end : each.start] if run else ""
        goes_on = run and re.fullmatch(r"\s*(?:,\s*(?:and|or)?|and|or|&|,?\s*plus|vs\.?|versus)\s*"
                                       r"(?:the\s+|in\s+|for\s+|\w+\s+)?", between)  # fmt: skip
        run = [*run, each] if goes_on else [each]
        best = run if len(run) > len(best) else best
    return best
