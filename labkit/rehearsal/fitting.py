"""
How well a stretch of a text fits a parameter: by its look, and by the words around it.

Glossary:
    look: what a span's kind says for a parameter's role, 0 to 3.
    hint: what the words around it say: the parameter's name beside it, a cue before it, a unit.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labkit.rehearsal.codes import code_of
from labkit.rehearsal.hours import times
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.quantities import PERSON
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.units import UNITS, converted, same_dimension
from labkit.rehearsal.words import is_small, stem, words_of

# What a look is worth, found by trying on prompts of many domains.
LOOKS: Mapping[Role, Mapping[Kind, float]] = {
    Role.IDENTIFIER: {
        Kind.IDENTIFIER: 3, Kind.SLUG: 2.5, Kind.NUMBER: 2, Kind.QUOTE: 2, Kind.NAME: 0.8,
        Kind.PHRASE: 0.2,
    },
    Role.NAME: {
        Kind.QUOTE: 2.5, Kind.NAME: 2, Kind.SLUG: 2, Kind.IDENTIFIER: 1.5, Kind.PHRASE: 1,
        Kind.NUMBER: 0.2, Kind.LANGUAGE: 1.6,
    },
    Role.PLACE: {Kind.NAME: 2.5, Kind.QUOTE: 2, Kind.PHRASE: 1, Kind.IDENTIFIER: 0.8,
                 Kind.SLUG: 0.8, Kind.NUMBER: 0.2},
    Role.PERSON: {Kind.NAME: 2.5, Kind.QUOTE: 1.5, Kind.IDENTIFIER: 1.5, Kind.EMAIL: 1.2,
                  Kind.PHRASE: 0.6, Kind.SLUG: 1, Kind.NUMBER: 0.2},
    Role.TEXT: {Kind.QUOTE: 2.5},
    Role.QUERY: {Kind.QUOTE: 2.5},
    Role.EMAIL: {Kind.EMAIL: 3},
    Role.URL: {Kind.LINK: 3},
    Role.DATE: {Kind.DATE: 3},
    Role.TIME: {Kind.TIME: 3},
    Role.LANGUAGE: {Kind.LANGUAGE: 3, Kind.QUOTE: 1},
    Role.COUNTRY: {Kind.COUNTRY: 3, Kind.NAME: 1.5, Kind.QUOTE: 1, Kind.IDENTIFIER: 1},
    Role.CURRENCY: {Kind.CURRENCY: 3},
    Role.NUMBER: {Kind.NUMBER: 2, Kind.COUNT: 1.2},
}  # fmt: skip
NAMED_BEFORE, NAMED_AFTER, CUED, LIKE_EXAMPLE, SAME_UNIT, PATTERN = 3.0, 2.0, 1.5, 2.0, 2.0, 4.0
UNLIKE_EXAMPLE = 0.4  # Of a look, if the examples are built differently.
OTHER_UNIT = -1.8  # Seconds for what is no time.
_GLUE = {
    "is", "are", "was", "of", "to", "at", "the", "a", "an", "number", "no", "nr", "id", "ids",
    "code", "named", "called", "with", "by", "for", "as", "be", "should",
}  # fmt: skip
_ARTICLES = {"the", "a", "an", "my", "our", "your", "their", "his", "her", "some", "is", "of",
             "room", "city", "day"}  # fmt: skip
_NEAR = re.compile(r"[^\W_][\w'\u2019-]*+")
REACH = 48  # Characters before and after a span that are looked at.


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
        return None  # Those have their own spans, see `labkit.rehearsal.filling`.
    look = LOOKS.get(parameter.role, {}).get(span.kind, 0.0)
    if not look or not _allowed(parameter, span):
        return None
    if (
        parameter.examples
        and span.kind in (Kind.PHRASE, Kind.NAME)
        and not _by_example(parameter, span)
    ):
        if span.kind is Kind.PHRASE:
            return None
        look *= UNLIKE_EXAMPLE
    return Fit(parameter, _typed(parameter, span, text), look, hint_of(parameter, span, text))


def hint_of(parameter: Parameter, span: Span, text: str) -> float:
    """Return what the words around *span* say for *parameter*."""
    by_name = _by_name(parameter, span, text)
    return by_name + _by_unit(parameter, span) + _by_example(parameter, span)


def _allowed(parameter: Parameter, span: Span) -> bool:
    if parameter.role is not Role.NUMBER:
        return not (span.kind is Kind.NUMBER and span.unit)
    if span.unit == PERSON and _PEOPLE.isdisjoint(parameter.hints):
        return False
    timed = span.unit in UNITS and UNITS[span.unit][0] == "time"
    if timed and parameter.unit is None and not _SPANS_OF_TIME & set(parameter.nouns):
        return False
    least, most = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    value = _typed(parameter, span, "").value
    if isinstance(least, int | float) and value < least:
        return False
    return not (isinstance(most, int | float) and value > most)


def words_before(text: str, start: int) -> list[str]:
    """Return the few words before a place, the nearest first; none across a sentence's end."""
    near = re.split(r"[.!?;]\s", text[max(0, start - REACH) : start])[-1]
    return [word.lower() for word in reversed(_NEAR.findall(near))]


def words_after(text: str, end: int) -> list[str]:
    """Return the few words behind a place; none across a comma."""
    return [
        word.lower() for word in _NEAR.findall(re.split(r"[.!?;,:]", text[end : end + REACH])[0])
    ]


def _by_name(parameter: Parameter, span: Span, text: str) -> float:
    before, after = words_before(text, span.start), words_after(text, span.end)
    names = set(parameter.nouns) or set(map(stem, words_of(parameter.name)))
    for far, word in enumerate(before[:4]):
        if _is_named(word, names):
            return NAMED_BEFORE - 0.2 * far + _more(names, before[far + 1 :])
        if word not in _GLUE:
            break
    best = 0.0
    for word in before[:3]:
        if word in parameter.cues:
            best = CUED + 0.1 * (len(parameter.cues) - parameter.cues.index(word)) / 10
            break
        if word not in _ARTICLES:
            break
    return max(best, _by_next(parameter, span, names, before, after))


def _is_named(word: str, names: set[str]) -> bool:
    """Tell whether a word is one of a name's, or what one of them is short for: "temp"."""
    short = (name for name in names if len(name) > 3)
    return stem(word) in names or any(word.startswith(name) and word != name for name in short)


def _by_next(
    parameter: Parameter, span: Span, names: set[str], before: list[str], after: list[str]
) -> float:
    """Return what the words right beside a span say: "6 replicas", "two more packs"."""
    if after and _is_named(after[0], names):
        return NAMED_AFTER
    counted = span.kind in (Kind.NUMBER, Kind.COUNT)
    if counted and len(after) > 1 and stem(after[1]) in names:
        return NAMED_AFTER - 0.2
    beside = [word for word in (*after[:1], *before[:1]) if not is_small(word)]
    near = any(stem(word) in parameter.hints for word in beside)
    return NAMED_AFTER / 2 if near else 0.0


def _more(names: set[str], words: list[str]) -> float:
    """Return what a second word of the name adds: "order number 7" for "order_number"."""
    return 0.5 * len(names & {stem(word) for word in words[:2]})


def _by_unit(parameter: Parameter, span: Span) -> float:
    if span.kind not in (Kind.NUMBER, Kind.COUNT):
        return 0.0
    if span.unit in UNITS:
        same = parameter.unit is not None and same_dimension(span.unit, parameter.unit)
        return SAME_UNIT if same else OTHER_UNIT
    if span.unit == PERSON:
        return SAME_UNIT
    if span.unit == "%":
        return SAME_UNIT if parameter.hints & _PERCENT else OTHER_UNIT
    year = parameter.unit == "year" and YEARS[0] <= span.value <= YEARS[1]
    return -0.5 if parameter.unit and not year else 0.0


_SPANS_OF_TIME = frozenset(
    map(stem, ("duration", "time", "length", "period", "timeout", "delay", "age", "interval"))
)
YEARS = (1900, 2100)
_PEOPLE = frozenset(map(stem, (
    "people", "person", "guest", "adult", "passenger", "rider", "seat", "attendee", "participant",
    "visitor", "traveller", "player", "party", "head", "persons",
)))  # fmt: skip
_PERCENT = set(
    map(stem, ("percent", "pct", "discount", "percentage", "rate", "share", "brightness", "volume"))
)


def _by_example(parameter: Parameter, span: Span) -> float:
    if not isinstance(span.value, str):
        return 0.0
    shapes = {shape_of(span.value), shape_of(span.value.upper())}
    return LIKE_EXAMPLE if not shapes.isdisjoint(parameter.examples) else 0.0


def _typed(parameter: Parameter, span: Span, text: str) -> Span:
    """Return *span* with its value as the schema's type has it."""
    value = span.value
    if parameter.role in (Role.DATE, Role.TIME):
        value = _moment(parameter, span, text)
    elif parameter.role in (Role.LANGUAGE, Role.COUNTRY):
        value = (code_of(str(value)) if parameter.coded else None) or str(value)
    elif parameter.role is not Role.NUMBER:
        value = str(value)
        if (
            shape_of(value) not in parameter.examples
            and shape_of(value.upper()) in parameter.examples
        ):
            value = value.upper()  # "a4" is written as the description's "B7" is.
    elif parameter.unit and same_dimension(span.unit, parameter.unit):
        value = converted(value, span.unit, parameter.unit)
    if parameter.schema.get("type") == "integer" and isinstance(value, float):
        value = round(value)
    return Span(span.kind, value, span.start, span.end, span.unit)


def _moment(parameter: Parameter, span: Span, text: str) -> str:
    """Return a date or time as ISO 8601; with the time of day where one is wanted."""
    value = str(span.value)
    if parameter.schema.get("format") == "date-time" and "T" not in value:
        clock = next((each.value for each in times(text)), "00:00")
        return f"{value}T{clock}:00"
    return value
