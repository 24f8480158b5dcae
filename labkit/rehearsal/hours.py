"""
Times of day in a text, as ISO 8601: "half past two", "between 4 and 6 pm", "at nine".

Glossary:
    stretch: two times with a word between them; found as its first and its last.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator

from labkit.rehearsal.values import Found

_HOURS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_HOUR = {word: n for n, word in enumerate(_HOURS, 1)}
_H = rf"(?:\d{{1,2}}|{'|'.join(_HOURS)})"
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
AFTERNOON = (
    5  # Up to this hour a bare "at three" is in the afternoon: our choice, as people mean it.
)
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
