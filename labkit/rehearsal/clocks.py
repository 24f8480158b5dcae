"""
Times of day in a text, as HH:MM: "half past three", "from 2 to 5 pm", "ten to seven".

Glossary:
    half: of the day, am or pm; two times joined by "to" or "and" share it: "between 4 and 6 pm".
    part: a word for a part of the day, such as "evening"; it says the half where nothing else does.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator

from labkit.rehearsal.number_words import CARDINALS
from labkit.rehearsal.values import Found

_HOURS = {word: n for word, n in CARDINALS.items() if 1 <= n <= 12}
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
_H = rf"(?:[01]?\d|2[0-4]|{'|'.join(_HOURS)})"
_PART = (
    r"(?:in the|this|tomorrow|yesterday|on \w+day|at) (?:early )?"
    r"(?P<part{0}>morning|afternoon|evening|night)"
)
_HALF = r"(?P<half{0}>[ap]\.?m\b\.?)"
_ONE = (
    rf"(?:(?P<past{{0}}>half|quarter|five|ten|twenty|twenty-five|\d\d?(?= minutes| past)) "
    rf"(?:minutes )?(?P<way{{0}}>past|to|after|before) (?P<of{{0}}>{_H}|noon|midnight)\b"
    rf"|(?P<word{{0}}>noon|midnight|midday)\b"
    rf"|(?P<h{{0}}>{_H})(?:(?P<sep{{0}}>[:.h])(?P<m{{0}}>[0-5]\d)(?!\d))?"
    rf"(?![\w.,:/]*\d)(?!\s+and an? ))"
    rf"(?P<clock{{0}}>\s*o'?\s?clock)?(?:\s*{_HALF})?(?:\s+{_PART})?"
)
_FIRST, _SECOND = _ONE.format(1), _ONE.format(2)
_RANGE = re.compile(
    rf"\b(?P<cue>from |between )?{_FIRST}\s*(?:-|\u2013|to|until|till|and|through)\s*"
    rf"{_SECOND}(?!\w)",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    rf"(?P<cue>\b(?:at|until|till|by|before|after|from|around|about) )?\b{_FIRST}(?!\w)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:$|[,.!?;)]|(?:on|today|tonight|tomorrow|this|next|sharp|in|for|with|and|to|please|at|"
    r"\w+day)\b)",
    re.IGNORECASE,
)
_LATE = re.compile(r"\b(?:evening|tonight|dinner|supper|night)\b", re.IGNORECASE)
_EARLY = re.compile(r"\b(?:morning|breakfast|wake|dawn|sunrise)\b", re.IGNORECASE)
_OTHER_DAY = re.compile(r"\s+(?:this|tomorrow|yesterday|on)\s[^.]*$", re.IGNORECASE)
USUAL = 6  # Our choice: "at three" is in the afternoon, "at seven" in the morning.
LOOSE = "loose"  # The unit of a number that is a time only where one is wanted: "until 10".
_LATE_PARTS = ("afternoon", "evening", "night")


def times(text: str) -> Iterator[Found]:
    """Yield times of day as HH:MM, in their order."""
    taken = []
    for match in _RANGE.finditer(text):
        if not _is_range(match) and not match["cue"]:
            continue
        found = list(_both(match, text, "" if _is_range(match) else LOOSE))
        taken += [(each.start, each.end) for each in found]
        yield from found
    for match in _SINGLE.finditer(text):
        start, end = match.start() + len(match["cue"] or ""), match.end()
        if any(start < other and first < end for first, other in taken):
            continue
        sure = _is_time(match, 1, text)
        if (sure or _may_be(match, text)) and (value := _clock(match, 1, text)):
            day = _OTHER_DAY.search(match[0])
            yield Found(value, start, end - len(day[0] if day else ""), "" if sure else LOOSE)


def _is_range(match: re.Match[str]) -> bool:
    """Tell whether one of two numbers says that both are times."""
    sure = [_says(match, n) or (match[f"m{n}"] and match[f"sep{n}"] == ":") for n in (1, 2)]
    if any(match[f"past{n}"] for n in (1, 2)) and not all(sure):
        return bool(match["cue"])
    return any(sure)


def _says(match: re.Match[str], n: int) -> bool:
    return any(match[f"{name}{n}"] for name in ("past", "word", "clock", "half", "part"))


def _both(match: re.Match[str], text: str, unit: str) -> Iterator[Found]:
    first, second = _clock(match, 1, text), _clock(match, 2, text)
    if first is None or second is None:
        return
    alone = not (match["half1"] or match["part1"] or match["m1"]) and (
        match["half2"] or match["part2"]
    )
    if alone and second >= "12:00" and int(first[:2]) < 12:
        later = f"{int(first[:2]) + 12:02}{first[2:]}"
        first = later if later < second else first
    start = match.start() + len(match["cue"] or "")
    middle = (
        match.start("h2") if match["h2"] else match.start("word2" if match["word2"] else "past2")
    )
    yield Found(first, start, middle - 1, unit)
    yield Found(second, middle, match.end(), unit)


def _is_time(match: re.Match[str], n: int, text: str) -> bool:
    """Tell a time from any other number: by what stands with it."""
    if _says(match, n):
        return True
    if match["m1"]:
        return match["sep1"] == ":" or bool(match["cue"])
    at = (match["cue"] or "").strip().lower() == "at"
    return at and bool(match["h1"]) and bool(_GOES_ON.match(text, match.end("h1")))


def _may_be(match: re.Match[str], text: str) -> bool:
    """Tell whether a number behind "until" may be an hour, where an hour is wanted."""
    return bool(match["cue"] and match["h1"] and _GOES_ON.match(text, match.end("h1")))


def _clock(match: re.Match[str], n: int, text: str) -> str | None:
    if match[f"word{n}"]:
        return "00:00" if match[f"word{n}"].lower() == "midnight" else "12:00"
    said = (match[f"h{n}"] or match[f"of{n}"]).lower()
    hour = {"noon": 12, "midday": 12, "midnight": 24}.get(said) or _HOURS.get(said)
    exact = hour is None and bool(match[f"m{n}"])
    hour, minute = int(said) if hour is None else hour, int(match[f"m{n}"] or 0)
    if past := (match[f"past{n}"] or "").lower():
        minute = int(past) if past.isdigit() else _MINUTES[past]
        if match[f"way{n}"].lower() in ("to", "before"):
            hour, minute = hour - 1, 60 - minute
    hour = _in_half(hour, match, n, text, exact=exact)
    return f"{hour % 24:02}:{minute:02}" if 0 <= hour <= 24 and minute < 60 else None


def _in_half(hour: int, match: re.Match[str], n: int, text: str, *, exact: bool) -> int:
    """Return an hour of the whole day: by am and pm, by a part of the day, by what is usual."""
    half, part = (match[f"half{n}"] or "").lower(), (match[f"part{n}"] or "").lower()
    if half:
        return hour % 12 + 12 * half.startswith("p")
    if part and hour <= 12:
        return hour % 12 + 12 * (part in _LATE_PARTS)
    if exact or hour > 11 or hour < 1:
        return hour
    early, late = _EARLY.search(text), _LATE.search(text)
    return hour + 12 * (not early and (hour < USUAL or bool(late)))
