"""
A call's arguments, found in what somebody wrote.

From the surest to the vaguest: a value behind its parameter's name ("line A4"), a shape (a date, an
address, one of the listed choices), a quotation, a value behind a cue ("to Madrid"), numbers with
their units, ids, names, and what is left of the sentence. An optional parameter is filled only by
what is sure. What a value was taken from isn't used twice.

Glossary:
    taken: stretches of the text that have been used.
    several: values of a parameter that takes one; each makes a call of its own.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from labkit.rehearsal.arithmetic import expression_in
from labkit.rehearsal.choices import chosen, flagged
from labkit.rehearsal.free_text import message_in, phrase_behind, query_in
from labkit.rehearsal.roles import UNITS, Parameter, Role, parameters_of
from labkit.rehearsal.values import (
    EMAIL,
    LINK,
    Found,
    bare_counts,
    capitals,
    currencies,
    dates,
    identifiers,
    joined,
    languages,
    matches,
    numbers,
    quoted,
    times,
)
from labkit.rehearsal.words import words_of

_SHORT = (Role.IDENTIFIER, Role.NAME, Role.PLACE, Role.PERSON, Role.LANGUAGE, Role.CURRENCY)
_LIMITS = {"limit", "top", "count", "max", "k", "n", "results", "number", "size", "amount", "first"}
_BOUNDS = re.compile(
    r"\b(top|first|last|best|worst|only|up to|at most|max(?:imum)?|limit(?: of| to)?|show(?: me)?|"
    r"give me|list|find|me)\s*(?:the\s*)?$"
)
_GLUE = r"(?:\s+(?:id|ids|number|no\.?|nr\.?|code|named|called))?\s*(?:is|are|=|:|to|of|at|#)?\s*"


@dataclass(slots=True)
class Filled:
    """
    What was found for one tool.

    Attributes:
        arguments: By parameter.
        missing: Required parameters that nothing was found for.
        several: For a parameter with more than one value, all of them.
        sure: How many values were found by more than being left over.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    missing: list[Parameter] = field(default_factory=list)
    several: dict[str, list[Any]] = field(default_factory=dict)
    sure: int = 0


def fill(parameters: Sequence[Parameter], text: str, today: date | None = None) -> Filled:
    """Return what *text* says for *parameters*; *today* is what "tomorrow" counts from."""
    return _Filler(parameters, text, today).run()


class _Filler:
    """One text, one set of parameters, and what of the text has been used."""

    def __init__(self, parameters: Sequence[Parameter], text: str, today: date | None) -> None:
        self.parameters, self.text, self.today = parameters, text, today
        self.filled = Filled()
        self.taken: list[tuple[int, int]] = []

    def run(self) -> Filled:
        for step in (
            self.named, self.shaped, self.in_quotes, self.cued, self.counted, self.limited,
            self.identified,
        ):  # fmt: skip
            for parameter in self.parameters:
                if parameter.name not in self.filled.arguments:
                    step(parameter)
        self.filled.sure = len(self.filled.arguments)
        for parameter in self.parameters:
            if parameter.required and parameter.name not in self.filled.arguments:
                self.left_over(parameter)
        self.filled.missing = [
            each
            for each in self.parameters
            if each.required and each.name not in self.filled.arguments
        ]
        return self.filled

    # Steps, surest first.

    def named(self, parameter: Parameter) -> None:
        """Take the value behind the parameter's own name."""
        if parameter.role in (Role.OBJECT, Role.FLAG, Role.CHOICE, Role.EXPRESSION):
            return
        for word in _own_words(parameter):
            for match in re.finditer(rf"\b{re.escape(word)}s?\b{_GLUE}", self.text, re.IGNORECASE):
                found = [each for each in self.candidates(parameter) if each.start >= match.end()]
                if found and found[0].start - match.end() <= 1:
                    self.take(parameter, joined(found, self.text))
                    return

    def shaped(self, parameter: Parameter) -> None:
        """Take what has the shape of the parameter's role, wherever it stands."""
        if parameter.role is Role.CHOICE:
            self.take(parameter, chosen(parameter, self.text))
            return
        if parameter.role is Role.FLAG:
            self.take(parameter, flagged(parameter, self.text))
            return
        if parameter.role is Role.OBJECT:
            self.nested(parameter)
            return
        if parameter.role is Role.EXPRESSION:
            value = expression_in(self.text)
            self.take(parameter, [] if value is None else [Found(value, 0, 0)])
            return
        if parameter.role in _SHAPES or "pattern" in parameter.schema:
            found = [each for each in self.candidates(parameter) if self.free(each)]
            pick = joined(found, self.text) if parameter.many else found[:1]
            self.take(parameter, self.cued_first(parameter, found) or pick)

    def in_quotes(self, parameter: Parameter) -> None:
        """Take a quotation, for a text, or for the parameter that a cue before it names."""
        if parameter.role in (Role.NUMBER, Role.DATE, Role.TIME, *_NOT_TEXT):
            return
        found = [each for each in quoted(self.text) if self.free(each)]
        named = self.cued_first(parameter, found)
        if named or parameter.required or parameter.role in (Role.TEXT, Role.NAME):
            self.take(parameter, named or (found if parameter.many else found[:1]))

    def cued(self, parameter: Parameter) -> None:
        """Take the value behind a cue, such as "to" before a destination."""
        if parameter.role in _SHORT:
            found = [each for each in self.candidates(parameter) if self.free(each)]
            first = self.cued_first(parameter, found)
            if first:
                rest = [each for each in found if each.start >= first[0].start]
                self.take(parameter, joined(rest, self.text))

    def counted(self, parameter: Parameter) -> None:
        """Take a number whose unit fits, converted; then, if one is needed, any number."""
        if parameter.role is not Role.NUMBER:
            return
        found = [each for each in numbers(self.text) if self.free(each)]
        if parameter.unit:
            timed = [each for each in found if each.unit in UNITS]
            if timed:
                self.take(parameter, [_converted(timed[0], parameter)])
                return
        plain = [each for each in found if each.unit not in UNITS]
        if parameter.required and plain:
            self.take(parameter, plain if parameter.many else plain[:1])

    def limited(self, parameter: Parameter) -> None:
        """Take "top 5" and "three results" for a parameter that bounds how many."""
        if parameter.role is Role.NUMBER and _LIMITS & set(words_of(parameter.name)):
            found = [*numbers(self.text), *bare_counts(self.text)]
            for each in found:
                before = self.text[: each.start].lower()
                if self.free(each) and _BOUNDS.search(before):
                    self.take(parameter, [each])
                    return

    def identified(self, parameter: Parameter) -> None:
        """Take an id or a name that nothing has claimed, if the call needs one."""
        if parameter.required and parameter.role in _SHORT:
            found = [each for each in self.candidates(parameter) if self.free(each)]
            self.take(parameter, joined(found, self.text))

    def left_over(self, parameter: Parameter) -> None:
        """Take what is left of the sentence, for a query or a text."""
        text = self.unspent()
        if parameter.role is Role.QUERY or (parameter.role is Role.NAME and self.alone(parameter)):
            value = query_in(text)
        elif parameter.role in (Role.NAME, Role.PLACE, Role.PERSON):
            value = phrase_behind([*_own_words(parameter), *parameter.cues], text)
        elif parameter.role is Role.TEXT:
            value = message_in(text) or phrase_behind(parameter.cues, text)
        else:
            return
        if value:
            self.filled.arguments[parameter.name] = [value] if parameter.many else value

    def nested(self, parameter: Parameter) -> None:
        inner = fill(parameters_of(parameter.schema), self.text, self.today)
        if inner.arguments and not inner.missing:
            self.filled.arguments[parameter.name] = (
                [inner.arguments] if parameter.many else inner.arguments
            )

    # What they share.

    def unspent(self) -> str:
        """Return the text without dates and times that a parameter has taken."""
        spent = {p.name for p in self.parameters if p.role in (Role.DATE, Role.TIME)}
        if not spent & self.filled.arguments.keys():
            return self.text
        text = self.text
        for each in sorted([*dates(text, self.today), *times(text)], key=lambda f: -f.start):
            text = (
                re.sub(r"\s*\b(?:on|at|by|for|this|next)\s*$", "", text[: each.start])
                + text[each.end :]
            )
        return text

    def alone(self, parameter: Parameter) -> bool:
        """Tell whether the call needs this parameter and no other."""
        return [each.name for each in self.parameters if each.required] == [parameter.name]

    def candidates(self, parameter: Parameter) -> list[Found]:
        """Return all that could be a value of *parameter*, in the order of the text."""
        found: list[Found] = []
        for source in _SOURCES.get(parameter.role, (quoted,)):
            found += source(self.text)
        if parameter.role is Role.DATE:
            found = [self.dated(each, parameter) for each in dates(self.text, self.today)]
        if parameter.role is Role.TIME:
            found = [_as_asked(each, parameter, self.text) for each in times(self.text)]
        if "pattern" in parameter.schema:
            found = _fitting(str(parameter.schema["pattern"]), self.text) or found
        found.sort(key=lambda each: (each.start, -each.end))
        apart: list[Found] = []
        for each in found:
            if not apart or each.start >= apart[-1].end:
                apart.append(each)
        return [_typed(each, parameter) for each in apart]

    def dated(self, found: Found, parameter: Parameter) -> Found:
        if parameter.schema.get("format") == "date-time" and "T" not in found.value:
            clock = next(iter(times(self.text)), None)
            time = clock.value if clock else "00:00"
            return Found(f"{found.value}T{time}:00", found.start, found.end)
        return _as_asked(found, parameter, self.text)

    def cued_first(self, parameter: Parameter, found: list[Found]) -> list[Found]:
        for cue in (*_own_words(parameter), *parameter.cues):
            for each in found:
                before = self.text[: each.start].lower().rstrip("\"'\u201c ")
                if re.search(rf"\b{re.escape(cue)}(?:\s+(?:the|a|an|is|of))?[:=]?$", before):
                    return [each]
        return []

    def free(self, found: Found) -> bool:
        return all(found.end <= start or found.start >= end for start, end in self.taken)

    def take(self, parameter: Parameter, found: Iterable[Found]) -> None:
        picked = [each for each in found if self.free(each)]
        if not picked:
            return
        values = list(dict.fromkeys(each.value for each in picked))
        self.taken += [(each.start, each.end) for each in picked if each.end > each.start]
        self.filled.arguments[parameter.name] = values if parameter.many else values[0]
        if len(values) > 1 and not parameter.many:
            self.filled.several[parameter.name] = values


_NOT_TEXT = (Role.CHOICE, Role.FLAG, Role.OBJECT, Role.EXPRESSION)
_SHAPES = (Role.EMAIL, Role.URL, Role.DATE, Role.TIME)
_Source = Callable[[str], Iterator[Found]]


def _numbers_as_ids(text: str) -> Iterator[Found]:
    for found in numbers(text):
        if not found.unit:
            yield Found(str(found.value), found.start, found.end)


_SOURCES: dict[Role, tuple[_Source, ...]] = {
    Role.NUMBER: (numbers, bare_counts),
    Role.EMAIL: (lambda text: matches(EMAIL, text),),
    Role.URL: (lambda text: matches(LINK, text),),
    Role.IDENTIFIER: (quoted, identifiers, _numbers_as_ids, capitals),
    Role.NAME: (quoted, identifiers, capitals),
    Role.PLACE: (quoted, capitals, identifiers),
    Role.PERSON: (quoted, capitals, identifiers, lambda text: matches(EMAIL, text)),
    Role.LANGUAGE: (languages, quoted),
    Role.CURRENCY: (currencies,),
}


def _own_words(parameter: Parameter) -> list[str]:
    return [
        word for word in words_of(parameter.name) if word not in ("id", "name", "code", "number")
    ]


def _fitting(pattern: str, text: str) -> list[Found]:
    """Return the words of *text* that fit a schema's pattern, also written in capitals."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        return []
    found = []
    for word in re.finditer(r"[^\s,;!?\"'()]+", text):
        for value in (word[0].rstrip("."), word[0].rstrip(".").upper()):
            if compiled.search(value):
                found.append(Found(value, word.start(), word.start() + len(value)))
                break
    return found


def _typed(found: Found, parameter: Parameter) -> Found:
    """Return *found* as the schema's type: whole where a whole number is wanted."""
    value = found.value
    if parameter.unit and found.unit in UNITS:
        return _converted(found, parameter)
    if (
        parameter.schema.get("type") == "integer"
        and isinstance(value, float)
        and value.is_integer()
    ):
        value = int(value)
    return Found(value, found.start, found.end, found.unit)


def _converted(found: Found, parameter: Parameter) -> Found:
    value = found.value * UNITS[found.unit] / UNITS[parameter.unit or found.unit]
    whole = parameter.schema.get("type") == "integer" or float(value).is_integer()
    return Found(round(value) if whole else value, found.start, found.end)


def _as_asked(found: Found, parameter: Parameter, text: str) -> Found:
    """Return a date or time as a format demands it, else in the words of the text."""
    said = parameter.description.lower()
    if "format" in parameter.schema or re.search(r"iso|yyyy|hh:mm|24|format|e\.g\. ?\d", said):
        return found
    return Found(text[found.start : found.end].strip(), found.start, found.end)
