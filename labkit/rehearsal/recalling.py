"""
What a question takes from what was said and called before it: "Quarantine it", "the second one".

Glossary:
    past: calls for earlier questions, with what came back.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator

from labkit.rehearsal.clocks import times
from labkit.rehearsal.conversation import Conversation, Result
from labkit.rehearsal.hints import identifies
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.repeating import MAX_CALLS
from labkit.rehearsal.resolving import (
    EVERY,
    antecedent,
    expression_from,
    from_entry,
    named_in,
    ordinal_in,
    ordinals_in,
)
from labkit.rehearsal.results import entries_of
from labkit.rehearsal.roles import Role
from labkit.rehearsal.step import Step
from labkit.rehearsal.words import stem

_BACK = re.compile(
    r"\b(?:it|its|them|same|again|one|he|she|his|her|him|their|thats|both|the (?:whole )?thing|"
    r"(?<!is )(?<!are )there|(?:that|this|those|these)"
    r"(?!\s+(?:morning|afternoon|evening|night|day|week|month|quarter|year|time)))\b",
    re.IGNORECASE,
)


def from_the_past(step: Step, conversation: Conversation) -> None:
    """Fill what a question leaves open with what was said or called before."""
    results = (*conversation.past, *conversation.results)
    for name in step.filled.assumed & (results[-1].call.arguments.keys() if results else set()):
        step.filled.arguments[name] = results[-1].call.arguments[name]
    for parameter in list(step.filled.missing):
        value = _recalled(parameter, step, conversation, results)
        if value is None:
            value = _answered(parameter, step, conversation)
        if value is not None:
            step.filled.arguments[parameter.name] = value
            step.filled.missing.remove(parameter)
            if isinstance(value, list) and not parameter.many:
                step.filled.arguments[parameter.name] = value[0]
                step.filled.several[parameter.name] = value
    if results:
        _carry_on(step, results[-1])


def from_what_is_known(step: Step, conversation: Conversation) -> None:
    """Fill what "my box" means with what the system message says of the user's box."""
    own = {stem(noun) for noun in _OWN.findall(step.clause)}
    lacking = [p for p in step.filled.missing if not own.isdisjoint(p.nouns)]
    if not lacking or not conversation.system:
        return
    known = step.tool.fill(conversation.system, conversation.today)
    for p in lacking:
        if p.name in known.certain:
            step.filled.arguments[p.name] = known.arguments[p.name]
            step.filled.missing.remove(p)


_OWN = re.compile(r"\b(?:my|our)\s+(\w+)", re.IGNORECASE)


def says_all(step: Step, conversation: Conversation) -> bool:
    """Tell whether a question has all that its tool needs, and means nothing found before."""
    last = conversation.past[-1]
    return not (
        step.waits or step.filled.missing or _points_back(step.clause, last, step.tool.described)
    )


def _recalled(
    parameter: Parameter, step: Step, conversation: Conversation, results: tuple[Result, ...]
) -> object:
    """Return what earlier calls have for *parameter*: what is meant, or what has its name."""
    if not results:
        return None
    if not _points_back(step.clause, results[-1]):
        return _of_the_same_name(parameter, step, results[-1])
    if parameter.role is Role.EXPRESSION:
        return expression_from(step.clause, results[-1])
    for result in reversed(results):
        if len(several := list(_several(parameter, step.clause, result))) > 1:
            return several
        value = from_entry(
            parameter, antecedent(_asked(step, conversation, result), result), result
        )
        if value is not None:
            return _at_another_time(parameter, step.clause, value)
    return None


def _asked(step: Step, conversation: Conversation, result: Result) -> str:
    """Return the words that tell which entry is meant; those before it, if its own don't."""
    own = ordinal_in(step.clause) is not None or named_in(step.clause, entries_of(result.value))
    if own or not conversation.earlier:
        return step.clause
    return f"{step.clause} {conversation.said} {conversation.earlier[-1]}"


def _several(parameter: Parameter, clause: str, result: Result) -> Iterator[object]:
    """Yield the values of "both", "all of them", "the first and the third"."""
    entries = entries_of(result.value)
    places = ordinals_in(clause)
    if EVERY.search(clause) and len(entries) <= MAX_CALLS:
        places = list(range(len(entries)))
    for place in places if len(places) > 1 else ():
        if -len(entries) <= place < len(entries):
            value = from_entry(parameter, entries[place], result)
            yield from value if isinstance(value, list) else (value,)


def _of_the_same_name(parameter: Parameter, step: Step, result: Result) -> object:
    """Return what the last call or its result has under the very name, if it names one thing."""
    if parameter.role is Role.QUERY and step.tool.name != result.call.name:
        return result.call.arguments.get(parameter.name)
    if parameter.role in (Role.TEXT, Role.QUERY, Role.FLAG):
        return None
    entries = entries_of(result.value)
    named = parameter.role is Role.IDENTIFIER or identifies(parameter)
    found = result.call.arguments.get(parameter.name)
    if isinstance(result.value, dict) and found is None and named:
        found = result.value.get(parameter.name)
    if len(entries) == 1 and found is None and named:
        found = entries[0].get(parameter.name)
    return _at_another_time(parameter, step.clause, found) if found is not None else None


def _at_another_time(parameter: Parameter, clause: str, value: object) -> object:
    """Return a moment of the past at the time of day that *clause* says: "push it to 5 pm"."""
    clock = next((each.value for each in times(clause)), None)
    if parameter.schema.get("format") == "date-time" and clock and isinstance(value, str):
        return f"{value[:10]}T{clock}:00"
    return value


def _answered(parameter: Parameter, step: Step, conversation: Conversation) -> object:
    """Return what the message before says, if the question only answers one of the assistant's."""
    if not conversation.earlier or not conversation.said.rstrip().endswith("?"):
        return None
    before = step.tool.fill(conversation.earlier[-1], conversation.today)
    return before.arguments.get(parameter.name)


def _carry_on(step: Step, result: Result) -> None:
    """Take over what a call of the same tool had, where "the same" asks for it."""
    if result.call.name == step.tool.name and re.search(r"\bsame\b", step.clause, re.IGNORECASE):
        for name, value in result.call.arguments.items():
            step.filled.arguments.setdefault(name, value)


def _points_back(clause: str, result: Result, besides: frozenset[str] = frozenset()) -> bool:
    """
    Tell whether *clause* means something found before: a pronoun, an ordinal, a name.

    Args:
        besides: Stems that are no name.
    """
    if _BACK.search(clause) or ordinal_in(clause) is not None:
        return True
    return named_in(clause, entries_of(result.value), besides) is not None
