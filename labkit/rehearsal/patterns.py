"""
Words of a text that a schema's pattern (a regular expression, JSON Schema "pattern") allows.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from labkit.rehearsal.codes import code_of, countries, languages
from labkit.rehearsal.fitting import PATTERN, Fit, hint_of
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.values import Found, quoted, tokens
from labkit.rehearsal.words import is_small

LONGEST_WORD = 100  # Characters that a foreign pattern is tried on; it may be slow on more.
LONGER = 0.01  # What each character adds: "LH 441" before "441".
LOOSE = 1.0  # What a pattern that allows ordinary words is worth.


def fitting(parameter: Parameter, text: str) -> Iterator[Fit]:
    """Yield what of *text* the pattern of *parameter* allows, also written in capitals."""
    pattern = _compiled(str(parameter.schema["pattern"]))
    if pattern is None:
        return
    look = LOOSE if pattern.search("word") or pattern.search("Word") else PATTERN
    for found in _tried(parameter, text):
        for value in _spellings(found.value):
            if is_small(value) and value.islower():
                continue
            if len(value) <= LONGEST_WORD and pattern.search(value):
                span = Span(Kind.IDENTIFIER, value, found.start, found.end)
                yield Fit(
                    parameter, span, look + LONGER * len(value), hint_of(parameter, span, text)
                )
                break


def _tried(parameter: Parameter, text: str) -> Iterator[Found]:
    """Yield words, two words as one ("LH 441"), and the codes of countries and languages."""
    single = list(tokens(text))
    yield from (*quoted(text), *single)
    for one, two in pairwise(single):
        if text[one.end : two.start] == " " and two.value[:1].isdigit():
            yield Found(one.value + two.value, one.start, two.end)
            yield Found(f"{one.value}-{two.value}", one.start, two.end)
    if parameter.role in (Role.COUNTRY, Role.LANGUAGE):
        for found in (*countries(text), *languages(text)):
            yield Found(code_of(found.value) or found.value, found.start, found.end)


def _spellings(value: str) -> Iterator[str]:
    """Yield *value*, and in capitals or small letters if it can't be an ordinary word."""
    yield value
    if any(map(str.isdigit, value)):
        yield from (value.upper(), value.lower())


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None
