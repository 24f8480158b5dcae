"""
All that could be a value in one text, whatever it may be a value of.

Glossary:
    span: a stretch of the text with what it says and what kind of thing it is.
    kind: its look: a quotation, an id, a name, a number, ...

Floor 1: imports nothing of labkit but the clock and its neighbours.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from labkit.clock import LAB_NOW
from labkit.rehearsal.clocks import LOOSE, times
from labkit.rehearsal.codes import countries, currencies, languages
from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.moments import dates
from labkit.rehearsal.phrases import phrases, single_words
from labkit.rehearsal.quantities import bare_counts, numbers, people
from labkit.rehearsal.values import (
    EMAIL,
    LINK,
    Found,
    called,
    capitals,
    identifiers,
    matches,
    quoted,
    slugs,
)

MOST_DAYS = 366  # That "since" counts back; our choice.
KEPT_TEXTS = 256  # Every tool of a request asks for the spans of the same few clauses.


MOST_SPANS = 200  # Of a text that are weighed: our choice; no request that people write has more.
PAST_TENSES = ("VVD", "VBD", "VHD", "VDD")


class Kind(StrEnum):
    """What a span looks like."""

    QUOTE = "quote"
    EMAIL = "email"
    LINK = "link"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    COUNT = "count"  # A number as a word: "three results".
    IDENTIFIER = "identifier"
    SLUG = "slug"  # Joined words: "checkout-api", "src/main.py".
    NAME = "name"  # Words with capitals.
    LANGUAGE = "language"
    COUNTRY = "country"
    CURRENCY = "currency"
    PHRASE = "phrase"
    WORD = "word"  # Any word that says something.


@dataclass(frozen=True, slots=True)
class Span:
    """
    A stretch of a text.

    Attributes:
        kind: Its look.
        value: What it says.
        start: Where it begins.
        end: Where it ends.
        unit: What a number counts, if that is said.
    """

    kind: Kind
    value: Any
    start: int
    end: int
    unit: str = ""


_SOURCES: tuple[tuple[Kind, Callable[[str], Iterator[Found]]], ...] = (
    (Kind.QUOTE, quoted),
    (Kind.NAME, called),
    (Kind.EMAIL, lambda text: matches(EMAIL, text)),
    (Kind.LINK, lambda text: matches(LINK, text)),
    (Kind.TIME, times),
    (Kind.NUMBER, numbers),
    (Kind.COUNT, bare_counts),
    (Kind.COUNT, people),
    (Kind.IDENTIFIER, identifiers),
    (Kind.SLUG, slugs),
    (Kind.NAME, capitals),
    (Kind.LANGUAGE, languages),
    (Kind.COUNTRY, countries),
    (Kind.CURRENCY, currencies),
    (Kind.PHRASE, phrases),
    (Kind.WORD, single_words),
)
_WHOLE = (Kind.QUOTE, Kind.EMAIL, Kind.LINK)  # What stands inside of these is no span of its own.


@lru_cache(maxsize=KEPT_TEXTS)
def spans_of(text: str, today: date | None) -> tuple[Span, ...]:
    """Return the spans of *text*; *today* is what "tomorrow" counts from."""
    text = _GREETING.sub(lambda found: " " * len(found[0]), text)
    found = [
        _span(Kind.DATE, each)
        for each in dates(text, today, past=lambda start: _is_past(text, start))
    ]
    found += _since(found, text, today or LAB_NOW.date())
    for kind, source in _SOURCES:
        found += [_span(kind, each) for each in source(text)]
    found = sorted(found, key=lambda each: (each.start, -each.end))[:MOST_SPANS]
    return tuple(_outside(found))


def _is_past(text: str, start: int) -> bool:
    """Tell whether the verb before a place, or else the first one behind, tells what happened."""
    if _SINCE.search(text, 0, start):
        return True
    verbs = [t for t in tokens_of(text) if t.tag in _FINITE and t.text.lower() not in _SAYS]
    before = [token for token in verbs if token.start < start]
    near = before[-1:] or verbs[:1]
    return any(token.tag in PAST_TENSES for token in near)


_SINCE = re.compile(r"\bsince(?: the)? $", re.IGNORECASE)
_FINITE = (*PAST_TENSES, "VVZ", "VBZ", "VHZ", "VBB", "VM0", "VVB")
_SAYS = ("said", "told", "promised", "agreed", "wanted", "needed")
_GREETING = re.compile(
    r"^\W*(?:(?:good (?:morning|afternoon|evening|day)|hello|hi|hey|"
    r"dear [^,!.\n]{1,40})\b[\s,!.]*)+",
    re.IGNORECASE,
)


_COUNTED_FROM = re.compile(
    r"\b(?:since|from|starting(?: on| from)?|after)\s+(?:the\s+)?$", re.IGNORECASE
)


def _since(dated: Sequence[Span], text: str, today: date) -> Iterator[Span]:
    """Yield how many days a date lies back that something is counted from: "since Monday"."""
    for span in dated:
        before = _COUNTED_FROM.search(text[: span.start])
        try:
            back = (today - date.fromisoformat(str(span.value)[:10])).days
        except ValueError:  # "2025-13-45" is written like a date.
            continue
        if before and 0 < back <= MOST_DAYS:
            yield Span(Kind.NUMBER, back, before.start(), span.end, "day")


def _span(kind: Kind, found: Found) -> Span:
    return Span(kind, found.value, found.start, found.end, found.unit)


def _outside(found: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans that don't stand inside of a quotation, an address or a date."""
    found = list(found)
    whole = [each for each in found if each.kind in _WHOLE]
    dated = [e for e in found if e.kind in (Kind.DATE, Kind.TIME) and e.unit != LOOSE]
    measured = [each for each in found if each.kind is Kind.NUMBER and each.unit]
    for each in found:
        if each.kind in (Kind.PHRASE, Kind.WORD) and (
            any(_inside(each, other) for other in (*measured, *dated))
            or any(overlap(each, other) for other in dated if other.unit)
        ):
            continue
        if any(_inside(each, other) for other in whole if other.kind != each.kind):
            continue
        if each.kind not in (Kind.DATE, Kind.TIME, Kind.QUOTE, *_WHOLE) and any(
            overlap(each, other) for other in dated if each.kind != Kind.PHRASE
            and not (each.kind == Kind.NUMBER and each.unit)
        ):  # fmt: skip
            continue
        yield each


def _inside(one: Span, other: Span) -> bool:
    return other.start <= one.start and one.end <= other.end


def overlap(one: Span, other: Span) -> bool:
    """Tell whether two spans have a character in common."""
    return one.start < other.end and other.start < one.end
