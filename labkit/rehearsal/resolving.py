"""
What "it" stands for: values that an earlier call found, put where a later one needs them.

Glossary:
    antecedent: the entry of a result that a pronoun means; of a list, the one that was asked for.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.conversation import Conversation, Result
from labkit.rehearsal.results import Entry, entries_of, label_of, number_in, ranked
from labkit.rehearsal.roles import Parameter, Role
from labkit.rehearsal.steps import Step
from labkit.rehearsal.turn import Call
from labkit.rehearsal.words import SMALL, stem, words_of

SHORT_CHARACTERS = 40  # Of a text that is worth looking for again; our choice.


def resolved(step: Step, steps: Sequence[Step], conversation: Conversation) -> list[Call] | None:
    """Return the calls of a step that waited, or None if the results don't have what it needs."""
    result = conversation.results[-1]
    arguments = dict(step.filled.arguments)
    before = next((s.clause for s in steps if s.tool.name == result.call.name), "")
    for parameter in step.tool.required:
        value = _value(parameter, step, before, result)
        if value is not None:
            arguments[parameter.name] = value
        elif parameter.name not in arguments:
            return None
    return [Call(step.tool.name, arguments)]


def _value(parameter: Parameter, step: Step, before: str, result: Result) -> object:
    if parameter.role is Role.EXPRESSION:
        return _expression(step.clause, result)
    if parameter.role in (Role.QUERY, Role.NAME) and parameter not in step.filled.missing:
        return _query(step, before, result)
    if parameter in step.filled.missing:
        return _from_entry(parameter, antecedent(before, result), result)
    return None


def _expression(clause: str, result: Result) -> str | None:
    form, number = expression_with_hole(clause), number_in(clause, result.value)
    return form.format(x=number) if form and number is not None else None


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
    """Return the entry of *result* that "it" means: the asked for, or the only one."""
    entries = entries_of(result.value)
    if entries:
        _, order = ranked(question, entries)
        return (order or entries)[0]
    return result.value if isinstance(result.value, Mapping) else {}


def _from_entry(parameter: Parameter, entry: Entry, result: Result) -> object:
    """Return the member that the parameter's name fits, else the label for a name or an id."""
    wanted = set(parameter.nouns) or {stem(word) for word in words_of(parameter.name)}
    for key, value in _members(entry):
        if key == parameter.name or {stem(word) for word in words_of(key)} & wanted:
            return _as_type(parameter, value)
    for name, value in result.call.arguments.items():
        if name == parameter.name:
            return value
    if parameter.role is Role.NUMBER:
        return number_in(parameter.name, result.value)
    return _as_type(parameter, entry["id"] if "id" in entry else label_of(entry)) if entry else None


def _members(entry: Entry) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield key, value


def _as_type(parameter: Parameter, value: object) -> object:
    if parameter.role is Role.NUMBER:
        return value if isinstance(value, int | float) else None
    return [str(value)] if parameter.many else str(value)


def from_the_past(step: Step, conversation: Conversation) -> None:
    """Fill what a question leaves open with what earlier calls were about: "Quarantine it"."""
    if not re.search(r"\b(it|that|this|them|same|there|its|those|again)\b", step.clause, re.I):
        return
    for parameter in list(step.filled.missing):
        for result in reversed((*conversation.past, *conversation.results)):
            value = result.call.arguments.get(parameter.name)
            if value is None:
                question = conversation.earlier[-1] if conversation.earlier else ""
                entry = antecedent(question, result)
                value = _from_entry(parameter, entry, result) if entry else None
            if value is not None:
                step.filled.arguments[parameter.name] = value
                step.filled.missing.remove(parameter)
                break
