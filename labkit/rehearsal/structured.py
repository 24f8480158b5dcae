"""
An answer that has to be JSON of a given schema: members filled from results, then the question.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from labkit.rehearsal.answers import answer
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.filling import fill
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.results import entries_of, number_in, ranked
from labkit.rehearsal.roles import Role
from labkit.rehearsal.words import stem, words_of


def structured(schema: Mapping[str, Any], conversation: Conversation) -> str:
    """Return a JSON text that *schema* describes."""
    parameters = parameters_of(schema)
    if not parameters:
        return json.dumps({"answer": _told(conversation)}, ensure_ascii=False)
    value = {each.name: _member(each, conversation) for each in parameters}
    return json.dumps(conversation.payloads.whole(value), ensure_ascii=False)


def _told(conversation: Conversation) -> str:
    return answer(conversation.question, conversation.results) or conversation.question


def _member(parameter: Parameter, conversation: Conversation) -> object:
    value = _from_results(parameter, conversation)
    if value is None:
        found = fill([parameter], conversation.question, conversation.today)
        value = found.arguments.get(parameter.name)
        if isinstance(value, list) and parameter.many:
            return value
    if value is None:
        value = _empty(parameter, conversation)
    return [value] if parameter.many and not isinstance(value, list) else value


def _from_results(parameter: Parameter, conversation: Conversation) -> object:
    wanted = {stem(word) for word in words_of(parameter.name)}
    for result in reversed(conversation.results):
        for key, value in _pairs(result.value, conversation.question):
            words = {stem(word) for word in words_of(key)}
            if (words & wanted) and _fits(parameter, value):
                return value
        if parameter.role is Role.NUMBER:
            number = number_in(parameter.name, result.value)
            return number if _fits(parameter, number) else None
    return None


def _pairs(value: object, question: str) -> Iterator[tuple[str, Any]]:
    """Yield members of a result: of a list those of the entry that was asked for."""
    entries = entries_of(value)
    if entries:
        _, order = ranked(question, entries)
        yield from (order or entries)[0].items()
    if isinstance(value, Mapping):
        yield from value.items()


def _fits(parameter: Parameter, value: object) -> bool:
    if parameter.choices:
        return value in parameter.choices
    if parameter.role is Role.NUMBER:
        whole = parameter.schema.get("type") == "integer"
        kinds: tuple[type, ...] = (int,) if whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    if parameter.role is Role.FLAG:
        return isinstance(value, bool)
    return isinstance(value, str) and parameter.role is not Role.OBJECT


def _empty(parameter: Parameter, conversation: Conversation) -> object:
    if parameter.choices:
        return parameter.choices[0]
    if parameter.role is Role.OBJECT:
        inner = parameters_of(parameter.schema)
        return {each.name: _member(each, conversation) for each in inner}
    if parameter.many:
        return []
    if parameter.role is Role.NUMBER:
        return 0
    if parameter.role is Role.FLAG:
        return False
    return _told(conversation) if parameter.role in (Role.TEXT, Role.QUERY) else ""
