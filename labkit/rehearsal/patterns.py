"""
Words of a text that a schema's pattern (a regular expression, JSON Schema "pattern") allows.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from labkit.rehearsal.codes import code_of
from labkit.rehearsal.fitting import PATTERN, Fit
from labkit.rehearsal.hints import hint_of, names_of, words_after, words_before
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.values import Found, quoted, tokens
from labkit.rehearsal.words import is_small, stem

LONGEST_WORD = 100  # Characters that a foreign pattern is tried on; it may be slow on more.
LONGER = 0.01  # What each character adds: "LH 441" before "441".
LOOSE_PATTERN = 1.0  # What a pattern that allows ordinary words is worth.


def fitting(parameter: Parameter, text: str, spans: Sequence[Span]) -> Iterator[Fit]:
    """Yield what of *text* the pattern of *parameter* allows, in any spelling; none without one."""
    pattern = _compiled(str(parameter.schema.get("pattern", "")))
    if pattern is None:
        return
    look = LOOSE_PATTERN if pattern.search("word") or pattern.search("Word") else PATTERN
    for found, value in (*_tried(text, spans), *_joined(parameter, spans)):
        ordinary = value.isalpha() and value.islower()
        if ordinary and (
            is_small(value) or (look < PATTERN and not _named(parameter, found, text))
        ):
            continue
        if len(value) <= LONGEST_WORD and pattern.search(value):
            span = Span(Kind.IDENTIFIER, value, found.start, found.end)
            worth = look + LONGER * len(value)
            yield Fit(parameter, span, worth, hint_of(parameter, span, text))


def _tried(text: str, spans: Sequence[Span]) -> Iterator[tuple[Found | Span, str]]:
    """Yield words, two words as one ("LH 441"), and all that a value of another look can be."""
    for span in spans:
        yield from ((span, value) for value in _written(span))
    single = list(tokens(text))
    for found in (*quoted(text), *single):
        yield from ((found, value) for value in _spellings(found.value))
    for one, two in pairwise(single):
        if text[one.end : two.start] == " " and two.value[:1].isdigit():
            for joint in ("", "-"):
                both = Found(f"{one.value}{joint}{two.value}", one.start, two.end)
                yield from ((both, value) for value in _spellings(both.value))


def _named(parameter: Parameter, found: Found | Span, text: str) -> bool:
    """Tell whether the parameter's noun stands right beside a word: "the scratches runbook"."""
    beside = [*words_before(text, found.start)[:1], *words_after(text, found.end)[:1]]
    return not names_of(parameter).isdisjoint(map(stem, beside))


def _joined(parameter: Parameter, spans: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    """Yield a phrase as one word, if the parameter's noun ends it: "lens cleaning runbook"."""
    for span in spans:
        first, _, noun = str(span.value).rpartition(" ")
        if span.kind is Kind.PHRASE and " " in first and stem(noun.lower()) in names_of(parameter):
            yield span, first.lower().replace(" ", "-")


def _written(span: Span) -> Iterator[str]:
    """Yield a date, a time, a name with a code as other schemas write them: "2025-06", "14:30"."""
    value = str(span.value)
    if span.kind is Kind.DATE:
        yield from (value[:10], value[:7], value[:4], value[:10].replace("-", ""))
    elif span.kind is Kind.TIME:
        yield from (value, f"{value}:00", value.replace(":", ""))
    elif span.kind in (Kind.COUNTRY, Kind.LANGUAGE):
        yield from filter(None, (code_of(value),))
    elif span.kind is Kind.CURRENCY:
        yield value
    elif span.kind is Kind.NUMBER and not span.unit:
        yield from (value, f"{value:0>2}")


def _spellings(value: str) -> Iterator[str]:
    """Yield *value*, and in capitals or small letters if it can't be an ordinary word."""
    yield value
    if any(map(str.isdigit, value)):
        yield from (value.upper(), value.lower())


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None
