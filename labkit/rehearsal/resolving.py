"""
What "it" stands for: values that an earlier call found, put where a later one needs them.

Glossary:
    antecedent: the entry of a result that a pronoun means; of a list, the one that was asked for.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.rehearsal.arithmetic import SHARE_OF_TWO, expression_with_hole
from labkit.rehearsal.conversation import Conversation, Result
from labkit.rehearsal.meaning import SYNONYM, alike
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.repeating import MAX_CALLS
from labkit.rehearsal.results import (
    SHORT_CHARACTERS,
    Entry,
    direction_of,
    entries_of,
    label_of,
    number_in,
    places_in,
    plain,
    ranked,
)
from labkit.rehearsal.roles import Role
from labkit.rehearsal.step import Step
from labkit.rehearsal.turn import Call
from labkit.rehearsal.words import SMALL, stem, stems_of, words_of

_TEXTS = ("note", "reason", "comment", "description", "summary", "text", "message", "title")


def resolved(step: Step, steps: Sequence[Step], conversation: Conversation) -> list[Call] | None:
    """Return the calls of a step that waited, or None if the results don't have what it needs."""
    result = conversation.results[-1]
    arguments = dict(step.filled.arguments)
    before = next((s.clause for s in steps if s.tool.name == result.call.name), step.clause)
    for parameter in step.tool.parameters:
        value = _value(parameter, step, before, result)
        if value is not None:
            arguments[parameter.name] = value
        elif parameter.required and parameter.name not in arguments:
            return None
    return [Call(step.tool.name, each) for each in _for_each(step, arguments, result)]


def _for_each(step: Step, arguments: dict[str, Any], result: Result) -> list[dict[str, Any]]:
    """Return the arguments once for each entry that was found, if "every" is meant."""
    if not EVERY.search(step.clause):
        return [arguments]
    ids = [p for p in step.filled.missing if p.role in (*_NAMES, Role.NUMBER) and p.nouns]
    values = [
        {p.name: from_entry(p, entry, result) for p in ids}
        for entry in entries_of(result.value)[:MAX_CALLS]
    ]
    return [{**arguments, **each} for each in values] if ids and values else [arguments]


EVERY = re.compile(r"\b(?:every|all|each|both)\b(?!\s+(?:day|week|month|hour|time))", re.IGNORECASE)


def _value(parameter: Parameter, step: Step, before: str, result: Result) -> object:
    if not parameter.required:
        return _carried(parameter, step, result)
    if parameter.role is Role.EXPRESSION:
        return expression_from(f"{step.clause} {before}", result)
    lacks = parameter in step.filled.missing
    if parameter.role is Role.QUERY or (parameter.role is Role.NAME and not lacks):
        return _query(step, before, result) if step.waits else None
    if lacks:
        return from_entry(parameter, antecedent(f"{step.clause} {before}", result), result)
    return None


def _carried(parameter: Parameter, step: Step, result: Result) -> object:
    """Return an optional argument of the earlier call, where "the same" asks for it."""
    if parameter.name in step.filled.arguments or not re.search(r"\bsame\b", step.clause, re.I):
        return None
    return result.call.arguments.get(parameter.name)


def expression_from(clause: str, result: Result) -> str | None:
    """Return the sum that *clause* asks for, with the numbers that a result has for it."""
    form = expression_with_hole(clause)
    if form is None and _ASKS_SHARE.search(clause):
        form = SHARE_OF_TWO
    if form and "{part}" in form:
        both = part_and_whole(result.value)
        return form.format(part=both[0], whole=both[1]) if both else None
    number = number_in(clause, result.value)
    return form.format(x=number) if form and number is not None else None


_ASKS_SHARE = re.compile(r"\b(?:share|percent(?:age)?|proportion)\b", re.IGNORECASE)


def part_and_whole(value: object) -> tuple[str, str] | None:
    """Return the two numbers that all entries have, summed, the less first; None if not two."""
    entries = entries_of(value) or ([value] if isinstance(value, Mapping) else [])
    keys = [key for key, one in (entries[0] if entries else {}).items() if type(one) is int]
    rows = [[each.get(key) for each in entries] for key in keys if not _is_id(key)]
    counts = sorted(([n for n in row if type(n) is int] for row in rows), key=sum)
    if len(counts) != 2 or any(len(row) < len(entries) for row in counts):
        return None
    return _added(counts[0]), _added(counts[1])


def _is_id(key: str) -> bool:
    return not {"id", "number", "lot", "no"}.isdisjoint(words_of(key))


def _added(numbers: Sequence[int]) -> str:
    told = " + ".join(map(str, sorted(numbers)))
    return f"({told})" if len(numbers) > 1 else told


def _query(step: Step, before: str, result: Result) -> str:
    """Return words to look for: what the pronoun means, and what both clauses are about."""
    entry = antecedent(before, result)
    found = [str(v) for v in entry.values() if isinstance(v, str) and len(v) <= SHORT_CHARACTERS]
    own = [word for word in words_of(step.clause) if word not in SMALL]
    kept = {stem(word) for word in words_of(step.tool.name)}
    about = [word for word in words_of(before) if word not in SMALL and word not in _TIMES]
    words = [*found[:2], *(word for word in [*about, *own] if stem(word) not in kept)]
    return " ".join(dict.fromkeys(words))


_TIMES = {"last", "past", "week", "weeks", "day", "days", "month", "year", "today", "yesterday"}


def antecedent(question: str, result: Result) -> Entry:
    """Return the entry of *result* that "it" means: named, counted, asked for, or the only one."""
    entries = entries_of(result.value)
    if not entries:
        return result.value if isinstance(result.value, Mapping) else {}
    named = named_in(question, entries)
    if named is not None:
        return named
    place = next(iter(places_in(question).values()), None)
    if place is not None and not direction_of(question):
        return entries[place] if -len(entries) <= place < len(entries) else {}
    _, order = ranked(question, entries)
    return (order or entries)[0]


def named_in(question: str, entries: Sequence[Entry]) -> Entry | None:
    """Return the entry of whose short texts the question has the most words, if it has any."""
    asked = set(stems_of(plain(question)))
    scored = [len(asked & set(stems_of(plain(" ".join(_texts(entry)))))) for entry in entries]
    best = max(scored, default=0)
    return entries[scored.index(best)] if best and scored.count(best) == 1 else None


def _texts(entry: Entry) -> Iterator[str]:
    texts = (value for value in entry.values() if isinstance(value, str))
    return (text for text in texts if len(text) <= SHORT_CHARACTERS)


def from_entry(parameter: Parameter, entry: Entry, result: Result) -> object:
    """Return the member that the parameter's name fits, else the label for a name or an id."""
    wanted = set(parameter.nouns) or {stem(word) for word in words_of(parameter.name)}
    for key, value in _members(entry):
        named = key == parameter.name or {stem(word) for word in words_of(key)} & wanted
        if parameter.role is Role.NUMBER and not _same_words(key, parameter.name):
            continue  # What was "inspected" is no "inspection".
        if named and (typed := _as_type(parameter, value)) is not None:
            return typed
    if parameter.name in result.call.arguments:
        return result.call.arguments[parameter.name]
    return _by_role(parameter, entry, result)


def _same_words(key: str, name: str) -> bool:
    """Tell whether two names have a word in common, "s" aside."""
    one, other = ({word.removesuffix("s") for word in words_of(each)} for each in (key, name))
    return not one.isdisjoint(other)


def _by_role(parameter: Parameter, entry: Entry, result: Result) -> object:
    if parameter.role is Role.TEXT:
        return next((entry[key] for key in _TEXTS if isinstance(entry.get(key), str)), None)
    if parameter.role is Role.OBJECT:
        keys = parameter.schema.get("properties") or {}
        return {key: entry[key] for key in keys if key in entry} or None
    ids = [key for key, _ in _members(entry) if key == "id" or key.endswith(("_id", "Id"))]
    own = next((key for key in ids if _is_id_of(key, parameter, result)), None)
    if parameter.role is Role.NUMBER:
        return _as_type(parameter, entry[own] if own else number_in("", result.value))
    if not entry or parameter.role not in _NAMES or (ids and own is None):
        return None
    return _as_type(parameter, entry[own] if own else _label(entry))


def _label(entry: Entry) -> str | None:
    """Return what *entry* is called, or None if it has no name of its own."""
    label = label_of(entry)
    return label if label in map(str, entry.values()) else None


_NAMES = (Role.IDENTIFIER, Role.NAME, Role.PLACE, Role.PERSON)


def _is_id_of(key: str, parameter: Parameter, result: Result) -> bool:
    """Tell whether an id can be *parameter*'s: what a search for runbooks found is no line's."""
    named = [word for word in words_of(key) if word != "id"] or words_of(result.call.name)
    wanted = [word for word in words_of(parameter.name) if stem(word) in parameter.nouns]
    return not wanted or any(alike(one, other) >= SYNONYM for one in named for other in wanted)


def _members(entry: Entry) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield key, value


def _as_type(parameter: Parameter, value: object) -> object:
    if parameter.role is Role.NUMBER:
        whole = parameter.schema.get("type") == "integer"
        return value if isinstance(value, int if whole else int | float) else None
    if parameter.choices:
        return value if value in parameter.choices else None
    return [str(value)] if parameter.many else str(value)
