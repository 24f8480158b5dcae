"""
Numbers in a text, with what they count: "3.5", "12 %", "two and a half hours", "last month".

Glossary:
    unit: what a number counts, such as days; empty if nothing is said.
    period: a stretch of time up to now; "last week" is one week.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterable, Iterator

from labkit.rehearsal.number_words import CARDINALS, ORDINALS
from labkit.rehearsal.units import MONEY, TIMES, UNITS
from labkit.rehearsal.values import Found

_ONES = {**CARDINALS, "dozen": 12, "couple": 2}
_BIG = {"dozen": 12, "hundred": 100, "thousand": 1000, "k": 1000, "million": 1_000_000,
        "billion": 1_000_000_000}  # fmt: skip
_PARTS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "1/2": 0.5, "3/4": 0.75, "1/4": 0.25,
          "1/3": 1 / 3, "2/3": 2 / 3}  # fmt: skip
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}
_FIGURES = {f"{n}{_SUFFIXES.get(n, 'th')}": n for n in ORDINALS.values()}
_NTH = {**ORDINALS, **_FIGURES, "half": 0.5, "double": 2, "triple": 3}
_TIMES = {"twice": 2, "thrice": 3}
NTH, TIMES_OVER = "th", "times"
"""Units of "third" and of "twice": they count only where the words beside them fit."""


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_UNIT, _TIME_UNIT = _any(UNITS), _any(u for u in TIMES if len(u) > 2)
_LONG_UNIT = _any(unit for unit in UNITS if len(unit) > 2)
_WORD = _any({*_ONES, *_BIG} - {"k"})
LONGEST_NUMBER = 18  # Characters; more are no quantity, and no float holds them.
_SPACED = r"\d{1,3}(?: \d{3})++(?=\s?(?:euros?|eur|dollars?|usd|km|kg|[$\u20ac\u00a3])(?!\w))"
_NUMBER = _SPACED + r"|-?\d++,\d\d(?!\d|,\d)|-?\d{1,3}(?:,\d{3})++(?:\.\d++)?|-?\d++(?:\.\d++)?"
_AND_PART = r"(?:\s+and\s+(?:an?\s+)?(?P<part>half|(?<=a )quarter|(?<=a )third)\b)?"

_DIGITS = re.compile(
    rf"(?<![\w#.@])(?<!\w[-/])(?P<minus>minus\s)?(?P<sign>[$\u20ac\u00a3])?"
    rf"(?P<n>{_NUMBER})(?P<big>k|\s+(?:hundred|thousand|million|billion))?{_AND_PART}"
    rf"(?:\s*(?P<percent>%|percent\b|\u00b0\s?[CF]?\b)|"
    rf"[\s-]?(?P<unit>{_UNIT})(?:(?<=\w{{3}})s)?(?!\w)(?P<cents>\s\d\d\b(?!\s\w))?)?"
    r"(?![\w/-]{0,40}[A-Za-z])(?!-\d)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"\b(?P<words>(?:an?\s+)?(?:{_WORD})(?:[\s-]+(?:and\s+)?(?:{_WORD})){{0,6}})\b{_AND_PART}"
    rf"(?:\s*(?P<percent>%|percent\b)|(?:\s+(?:of|more|extra|full|whole|further))?\s+"
    rf"(?P<unit>{_LONG_UNIT})s?\b)?",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r"(?<!\w)(?<!and a )(?<!and an )(?:(?P<times>three)\s+)?"
    r"(?P<part>half|quarter|third|[13]/[24])s?\s+(?:of\s+)?(?:an?\s+)?"
    rf"(?P<unit>{_LONG_UNIT})s?\b|\b(?:an?|one|last|past)\s+(?P<unit2>{_LONG_UNIT})\s+and\s+a\s+"
    r"(?P<part2>half|quarter)\b",
    re.IGNORECASE,
)
_ADVERB = re.compile(rf"\b(?:{_any(_TIMES)}|(?P<n>\d+|{_any(_ONES)})\s+times)\b", re.IGNORECASE)
_PLACE = re.compile(rf"(?<!and a )\b(?:{_any(_NTH)})\b(?=\s+[^\W\d])", re.IGNORECASE)
_PERIOD = re.compile(
    rf"\b(?:(?:longer|more|older) than|last|past|previous|this|next|current|coming|"
    rf"(?:for|over|in|within|past|last|by|of|than) (?:an?|one))\s+(?:an?\s+)?(?P<of>{_TIME_UNIT})\b"
    r"|\b(?P<day>yesterday|today)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:the|this|that|which|any|no|each|every|last|next|first|second|third|other|another|older|newer|new|an?"
    r"|\w+er|\w+est|worst|best) one$|^one$", re.IGNORECASE,
)  # fmt: skip
_SHARED_OUT = re.compile(r"\s+(?:to|for)\s+[A-Z]")
_SHARES = re.compile(r"\s*(?:-|\u2013|to|and|or)\s*(?:[$\u20ac\u00a3])?")
_NUMBERED = re.compile(r"\b(?:no|nr|number)\b\.? ?$|#$", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(?:for|of)?\s*(?:me and my|myself and my) (?P<more>two|three|four|\d) \w+"
    r"|\b(?P<pair>my (?:\w+) and (?:me|myself|i)\b|(?:me|myself) and (?:my \w+|a friend))"
    r"|\b(?P<us>two|three|four|five|six|seven|eight|\d{1,2}) of us\b"
    r"|\b(?P<alone>just me|for me alone|by myself|on my own)\b",
    re.IGNORECASE,
)
PERSON = "person"  # The unit of a number that counts people.


def is_count(word: str) -> bool:
    """Tell whether *word* is a number."""
    return word.lower() in _ONES or word.lower() in _BIG


def numbers(text: str) -> Iterator[Found]:
    """Yield numbers in digits, and numbers in words that count something."""
    counting = (found for found in _spoken(text) if found.unit or isinstance(found.value, float))
    taken: list[Found] = []
    for found in (*_parts(text), *_written(text), *counting, *_periods(text)):
        if not any(found.start < other.end and other.start < found.end for other in taken):
            taken.append(found)
            yield found


def people(text: str) -> Iterator[Found]:
    """Yield how many people are meant: "my wife and me" are two."""
    for match in _PEOPLE.finditer(text):
        if match["more"] or match["us"]:
            said = (match["more"] or match["us"]).lower()
            count = int(said) if said.isdigit() else _ONES[said]
            yield Found(count + bool(match["more"]), *match.span(), PERSON)
        else:
            yield Found(1 if match["alone"] else 2, *match.span(), PERSON)


def bare_counts(text: str) -> Iterator[Found]:
    """Yield numbers as words that count no unit: "three results", "twice", "third rack"."""
    for found in _spoken(text):
        pronoun = _PRONOUN.search(text[: found.end]) and not _SHARED_OUT.match(text, found.end)
        if not found.unit and not pronoun:
            yield found
    for match in _ADVERB.finditer(text):
        said = (match["n"] or "").lower()
        value = int(said) if said.isdigit() else _ONES.get(said) or _TIMES[match[0].lower()]
        yield Found(value, *match.span(), TIMES_OVER)
    for match in _PLACE.finditer(text):
        yield Found(_NTH[match[0].lower()], *match.span(), NTH)


def _written(text: str) -> Iterator[Found]:
    """Yield numbers in figures; of "52 to 60 thousand euros" the first has all of the second's."""
    after: tuple[Found, str] | None = None
    found = []
    matches = [match for match in _DIGITS.finditer(text) if len(match["n"]) <= LONGEST_NUMBER]
    for match in reversed(matches):
        unit = "%" if match["percent"] else (match["unit"] or match["sign"] or "").lower()
        if match["percent"] and match["percent"].startswith("\u00b0"):
            unit = "\u00b0"
        big = (match["big"] or "").strip().lower()
        shares = after and _SHARES.fullmatch(text, match.end(), after[0].start)
        if after and shares and not (unit or big or _NUMBERED.search(text, 0, match.start())):
            unit, big = after[0].unit, after[1]
        value = _number(match["n"]) * _BIG.get(big, 1) + _PARTS.get(match["part"] or "", 0)
        value = -value if match["minus"] else value
        if match["cents"] and unit in MONEY:
            value += int(match["cents"]) / 100
        end = match.end() if unit in MONEY or not match["cents"] else match.start("cents")
        after = (Found(_tidy(value), match.start(), end, unit), big)
        found.append(after[0])
    yield from reversed(found)


def _spoken(text: str) -> Iterator[Found]:
    for match in _SPOKEN.finditer(text):
        value = _value_of(match["words"]) + _PARTS.get((match["part"] or "").lower(), 0)
        unit = "%" if match["percent"] else (match["unit"] or "").lower()
        yield Found(_tidy(value), *match.span(), unit)


def _parts(text: str) -> Iterator[Found]:
    for match in _PART_OF.finditer(text):
        if match["part2"]:
            yield Found(1 + _PARTS[match["part2"].lower()], *match.span(), match["unit2"].lower())
        else:
            value = _PARTS[match["part"].lower()] * (3 if match["times"] else 1)
            yield Found(_tidy(value), *match.span(), match["unit"].lower())


def _periods(text: str) -> Iterator[Found]:
    for match in _PERIOD.finditer(text):
        yield Found(1, *match.span(), "day" if match["day"] else match["of"].lower())


def _value_of(words: str) -> float:
    """Return what number words say: "three thousand five hundred" is 3500."""
    total = part = 0.0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _BIG:
            part = (part or 1) * _BIG[word]
            if _BIG[word] > 100:
                total, part = total + part, 0.0
        else:
            part += _ONES.get(word, 0)
    return total + part


def _number(written: str) -> int | float:
    if re.fullmatch(r"-?\d+,\d\d", written):
        return float(written.replace(",", "."))
    value = float(re.sub("[ ,]", "", written))
    return int(value) if value.is_integer() and "." not in written else value


def _tidy(value: float) -> int | float:
    return int(value) if isinstance(value, float) and value.is_integer() else value
