"""
How well a stretch of a text fits a parameter: by its look, and by the words around it.

Glossary:
    look: what a span's kind says for a parameter's role, 0 to 3.
    hint: what the words around it say, see `labkit.rehearsal.hints`.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labkit.rehearsal.clocks import times
from labkit.rehearsal.codes import code_of
from labkit.rehearsal.date_patterns import PERIOD
from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.hints import by_example, hint_of
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.quantities import NTH, PERSON
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.units import TIMES, UNITS, converted, same_dimension
from labkit.rehearsal.words import stem

# What a look is worth, found by trying on prompts of many domains.
LONGER = 0.01  # What each character of a place adds: "Am Bach 12" before "Am Bach".
WORD = 0.1  # A single word, for what is needed and nothing better is found for.
LOOKS: Mapping[Role, Mapping[Kind, float]] = {
    Role.IDENTIFIER: {
        Kind.IDENTIFIER: 3, Kind.SLUG: 2.5, Kind.NUMBER: 2, Kind.QUOTE: 2, Kind.NAME: 0.8,
        Kind.PHRASE: 0.2, Kind.WORD: WORD,
    },
    Role.NAME: {
        Kind.QUOTE: 2.5, Kind.NAME: 2, Kind.SLUG: 2, Kind.IDENTIFIER: 1.5, Kind.PHRASE: 1,
        Kind.NUMBER: 0.2, Kind.LANGUAGE: 1.6, Kind.WORD: WORD,
    },
    Role.PLACE: {Kind.NAME: 2.5, Kind.QUOTE: 2, Kind.PHRASE: 1, Kind.IDENTIFIER: 0.8,
                 Kind.SLUG: 0.8, Kind.NUMBER: 0.2, Kind.WORD: WORD},
    Role.PERSON: {Kind.NAME: 2.5, Kind.QUOTE: 1.5, Kind.IDENTIFIER: 1.5, Kind.EMAIL: 1.2,
                  Kind.PHRASE: 0.9, Kind.SLUG: 1, Kind.NUMBER: 0.2, Kind.WORD: WORD},
    Role.TEXT: {Kind.QUOTE: 2.5},
    Role.QUERY: {Kind.QUOTE: 2.5},
    Role.EMAIL: {Kind.EMAIL: 3},
    Role.URL: {Kind.LINK: 3},
    Role.DATE: {Kind.DATE: 3},
    Role.TIME: {Kind.TIME: 3},
    Role.LANGUAGE: {Kind.LANGUAGE: 3, Kind.QUOTE: 1},
    Role.COUNTRY: {Kind.COUNTRY: 3, Kind.NAME: 1.5, Kind.QUOTE: 1, Kind.IDENTIFIER: 1},
    Role.CURRENCY: {Kind.CURRENCY: 3},
    Role.NUMBER: {Kind.NUMBER: 2, Kind.COUNT: 1.2, Kind.IDENTIFIER: 2, Kind.TIME: 2,
                  Kind.DATE: 3},
}  # fmt: skip
FILE = 1.5  # What an ending says for a file: "report.pdf".
TITLED = 1.0  # What a title says for a person, and against anything else.
_TITLED = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Frau|Herr)\b")
_FILE = re.compile(r"\.[A-Za-z]\w{0,4}$")
_FILES = frozenset(map(stem, ["file", "filename", "path", "document", "image", "script", "config"]))
PATTERN = 4.0  # What a pattern is worth that allows no ordinary word.
UNLIKE_EXAMPLE = 0.4  # Of a look, if the examples are built differently.


@dataclass(frozen=True, slots=True)
class Fit:
    """
    A span that could be a parameter's value.

    Attributes:
        parameter: Which.
        span: Where it stands, and what the parameter would get.
        look: See the module.
        hint: See the module.
    """

    parameter: Parameter
    span: Span
    look: float
    hint: float

    @property
    def score(self) -> float:
        """Look and hint together."""
        return self.look + self.hint


def fit(parameter: Parameter, span: Span, text: str) -> Fit | None:
    """Return how *span* fits *parameter*, or None if it can't."""
    if "pattern" in parameter.schema:
        return None  # Those have their own fits, see `labkit.rehearsal.patterns`.
    if (
        parameter.role is Role.PERSON
        and span.kind is Kind.NAME
        and any(map(str.isdigit, span.value))
    ):
        return None
    look = LOOKS.get(parameter.role, {}).get(span.kind, 0.0)
    if not look or not _allowed(parameter, span, text):
        return None
    if (
        parameter.examples
        and span.kind in (Kind.PHRASE, Kind.NAME, Kind.SLUG, Kind.WORD)
        and not by_example(parameter, span)
    ):
        if span.kind in (Kind.PHRASE, Kind.WORD):
            return None
        look *= UNLIKE_EXAMPLE
    if span.kind is Kind.NAME and _TITLED.match(str(span.value)):
        look += TITLED if parameter.role is Role.PERSON else -TITLED / 2
    if span.kind is Kind.SLUG and _FILES & set(parameter.nouns) and _FILE.search(str(span.value)):
        look += FILE
    if parameter.role is Role.PLACE:
        look += LONGER * (span.end - span.start)
    return Fit(parameter, _typed(parameter, span, text), look, hint_of(parameter, span, text))


def _allowed(parameter: Parameter, span: Span, text: str) -> bool:
    if parameter.role is not Role.NUMBER:
        return not (span.kind in (Kind.NUMBER, Kind.COUNT) and span.unit)
    if span.kind is Kind.IDENTIFIER and not str(span.value).isdigit():
        return False
    if span.kind is Kind.TIME:
        return _takes_an_hour(parameter) or (
            ":" in text[span.start : span.end] and _in_seconds(parameter)
        )
    if span.kind is Kind.DATE:
        return parameter.unit in ("year", "month") and span.unit == PERIOD
    if span.unit == PERSON and _PEOPLE.isdisjoint(parameter.hints):
        return False
    if parameter.unit in TIMES and not span.unit and _counts_a_noun(span, text):
        return False  # "46 parts" are no days.
    if span.unit == NTH and hint_of(parameter, span, text) < 1:
        return False
    if _TODAY.fullmatch(text, span.start, span.end) and parameter.unit != "day":
        return False
    timed = span.unit in UNITS and UNITS[span.unit][0] == "time"
    if timed and parameter.unit is None and not _SPANS_OF_TIME & set(parameter.nouns):
        return False
    least, most = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    value = _typed(parameter, span, "").value
    if isinstance(least, int | float) and value < least:
        return False
    return not (isinstance(most, int | float) and value > most)


def _counts_a_noun(span: Span, text: str) -> bool:
    following = next((token for token in tokens_of(text) if token.start >= span.end), None)
    return following is not None and following.tag == "NN2"


_PEOPLE = frozenset(map(stem, (
    "people", "person", "guest", "adult", "passenger", "rider", "seat", "attendee", "participant",
    "visitor", "traveller", "player", "party", "head", "persons",
)))  # fmt: skip
_TODAY = re.compile("today|yesterday", re.IGNORECASE)


def _takes_an_hour(parameter: Parameter) -> bool:
    """Tell whether a number is an hour of the day: "from_hour"."""
    return parameter.unit == "hour" and bool(_ENDS & set(parameter.nouns))


def _in_seconds(parameter: Parameter) -> bool:
    """Tell whether a number is a place in a recording: "1:10" is 70."""
    return parameter.unit in ("s", "sec", "second")


_ENDS = frozenset(
    map(stem, ("from", "to", "until", "start", "end", "begin", "at", "open", "close"))
)
_SPANS_OF_TIME = frozenset(
    map(stem, ("duration", "time", "length", "period", "timeout", "delay", "age", "interval"))
)


def _typed(parameter: Parameter, span: Span, text: str) -> Span:
    """Return *span* with its value as the schema's type has it."""
    value = span.value
    if parameter.role in (Role.DATE, Role.TIME):
        value = _moment(parameter, span, text)
    elif parameter.role in (Role.LANGUAGE, Role.COUNTRY):
        value = (code_of(str(value)) if parameter.coded else None) or str(value)
    elif parameter.role is not Role.NUMBER:
        number = span.kind in (Kind.NUMBER, Kind.COUNT) and text
        value = _as_shown(parameter, text[span.start : span.end] if number else str(value))
    elif span.kind is Kind.TIME:
        first, second = map(int, str(value).split(":"))
        value = first * 60 + second if _in_seconds(parameter) else first
    elif span.kind is Kind.DATE:
        value = int(str(value)[:4] if parameter.unit == "year" else str(value)[5:7])
    elif span.kind is Kind.IDENTIFIER:
        value = int(value)
    elif parameter.unit and same_dimension(span.unit, parameter.unit):
        value = converted(value, span.unit, parameter.unit)
    elif text[span.end - 1 : span.end] in ("k", "K") and parameter.unit in _THOUSANDS:
        value = value / 1000
    if parameter.role is Role.NUMBER and text and _turned(parameter, span, text):
        value = -abs(value)
    if parameter.schema.get("type") == "integer" and isinstance(value, float):
        value = round(value)
    return Span(span.kind, value, span.start, span.end, span.unit)


def _as_shown(parameter: Parameter, value: str) -> str:
    """Return *value* in capitals if only so it is built like a description's example: "a4"."""
    shown = parameter.examples
    upper = shape_of(value) not in shown and shape_of(value.upper()) in shown
    return value.upper() if upper else value


_THOUSANDS = ("km", "kilometer", "kilometre")
_NEGATIVE = re.compile(
    r"negative\s*(?:=|:|is|are|means|for)?\s*(\w+)|(\w+) and (\w+) are negative", re.I
)


def _turned(parameter: Parameter, span: Span, text: str) -> bool:
    """Tell whether the words around say what a description calls negative: "negative: back"."""
    said = {
        word.lower() for each in _NEGATIVE.findall(parameter.description) for word in each if word
    }
    near = re.findall(r"\w+", text[max(0, span.start - 25) : span.end + 25].lower())
    return bool(said & set(near))


def _moment(parameter: Parameter, span: Span, text: str) -> str:
    """Return a date or time as ISO 8601; with the time of day where one is wanted."""
    value = str(span.value)
    if parameter.schema.get("format") == "date-time" and "T" not in value:
        clock = next((each.value for each in times(text)), "00:00")
        return f"{value}T{clock}:00"
    return value
