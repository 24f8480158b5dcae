"""
A call about what was found before: its values from there, the rest from the message.

Glossary:
    sure: of a link, that the member of the thing is named as the parameter is, or is its id.
    recalled: of a value, that it was called for before, or is a member of like kind.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.rehearsal.clauses import refers_back
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import FARTHER, NOUN, SAME, Held, held_for, is_id
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.recalling import NAMED, recall, set_moments
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import asks_or_orders
from labkit.rehearsal.things import Meant
from labkit.rehearsal.words import SMALL, is_weak, kin_of, stem, stems_of, words_of

_FREE = (Role.TEXT, Role.QUERY, Role.EXPRESSION)
NAMES_FROM = 1000  # Numbers that are more likely names than counts; our choice.


@dataclass(slots=True)
class Links:
    """
    A call with what it takes from before.

    Attributes:
        filled: Its arguments.
        sure: The parameters that are linked surely.
        recalled: How many others come from before.
        older: Those that are linked to what an older result was about.
        own: What the message itself says for the tool.
    """

    filled: Filled
    sure: frozenset[str]
    recalled: int
    older: frozenset[str]
    own: Filled

    @property
    def any(self) -> bool:
        """Whether the call takes anything from before."""
        return bool(self.sure or self.older or self.recalled)


def linked_to(tool: KnownTool, what: Meant, conversation: Conversation) -> Links:
    """Return what *tool* would be called with for what the message means."""
    question = core_of(conversation.question)
    own = tool.fill(question, conversation.today)
    filled = replace(
        own, arguments=dict(own.arguments), several=dict(own.several), certain=set(own.certain)
    )
    sure = dict(_sure(tool, filled, what, question))
    if not sure.keys().isdisjoint(filled.arguments):
        filled = tool.fill(question, conversation.today, frozenset(sure))
    _drop_names(filled, what)
    _say_again(tool, filled, what, conversation)
    for parameter in tool.parameters:
        if parameter.name in sure:
            _put(filled, parameter, sure[parameter.name])
    older = dict(_older(tool, filled, what))
    filled.arguments |= older
    before = len(filled.arguments)
    recall(tool, filled, what, conversation)
    _carry(tool, filled, sure, conversation)
    set_moments(tool, filled, what, conversation)
    filled.missing = [p for p in tool.required if p.name not in filled.arguments]
    return Links(filled, frozenset(sure), len(filled.arguments) - before, frozenset(older), own)


def _sure(
    tool: KnownTool, filled: Filled, what: Meant, question: str
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the values of the things that are meant, for each parameter that takes one surely."""
    for parameter in tool.parameters:
        named = is_id(parameter) or parameter.role in (*NAMED, Role.CHOICE)
        welcome = named and (what.pointed or refers_back(question))
        if parameter.role in _FREE or not (parameter.required or welcome):
            continue
        least = NOUN if parameter.required else SAME - 2 * FARTHER * (not what.pointed)
        values = [held_for(parameter, thing) for thing in what.things]
        have = [each for each in values if each is not None and each.sure >= least]
        if have and len(have) == len(values) and not _said_itself(parameter, filled, have[0], what):
            yield parameter.name, [each.value for each in have]


def _said_itself(parameter: Parameter, filled: Filled, held: Held, what: Meant) -> bool:
    """Tell whether the message has a value of its own, built like the one from before."""
    own = filled.arguments.get(parameter.name)
    if own is None or parameter.name in filled.assumed:
        return False
    if parameter.role is Role.NUMBER and not is_id(parameter) and not is_name_like(held.value):
        return True
    if parameter.name not in filled.certain:
        return False
    if is_id(parameter) or parameter.role is Role.NUMBER:
        return is_like(own, held.value)
    stems = {stem(word) for word in words_of(str(own)) if word not in SMALL}
    return bool(stems) and not stems <= what.naming and not stems <= _SELF


_SELF = frozenset(map(stem, ["it", "that", "them", "one", "ones"]))


def is_like(one: object, other: object) -> bool:
    """Tell whether two values are built alike: two ids of one kind, two numbers of like size."""
    first, second = str(one), str(other)
    if first.isdigit() and second.isdigit():
        return abs(len(first) - len(second)) < 2
    return shape_of(first) == shape_of(second)


def is_name_like(value: object) -> bool:
    """Tell whether a value is no number, or one so large that it is more likely a name."""
    return not isinstance(value, int | float) or value >= NAMES_FROM


def _drop_names(filled: Filled, what: Meant) -> None:
    """Take back values that only say which thing is meant: "Gloria" of "take Gloria"."""
    for name, value in list(filled.arguments.items()):
        stems = {stem(word) for word in words_of(str(value)) if word not in SMALL}
        if isinstance(value, str) and stems and stems <= what.naming:
            del filled.arguments[name]
            filled.several.pop(name, None)
            filled.certain.discard(name)


def _say_again(tool: KnownTool, filled: Filled, what: Meant, conversation: Conversation) -> None:
    """Look for the same as before, where a message only says where; give a text what is told."""
    question = core_of(conversation.question)
    for parameter in tool.required:
        value = filled.arguments.get(parameter.name)
        if parameter.name in filled.certain or not isinstance(value, str):
            continue
        if parameter.role is Role.QUERY and (query := _asked_before(tool, question, what)):
            filled.arguments[parameter.name] = query
        pieces = [each for each in re.split(r"[,;:]\s+|\s[-\u2013]\s", question) if each.strip()]
        if parameter.role is Role.TEXT and len(pieces) == 2 and _orders(value, pieces, what):
            filled.arguments[parameter.name] = pieces[1].strip(" .!")


def _orders(value: str, pieces: Sequence[str], what: Meant) -> bool:
    """Tell whether a text is the piece that says what to do with which thing, and no reason."""
    stems = set(stems_of(value))
    points = not what.naming.isdisjoint(map(stem, words_of(pieces[0]))) or bool(what.things)
    if asks_or_orders(pieces[1]) or refers_back(pieces[1]):
        return False
    return points and stems <= set(stems_of(pieces[0])) and not stems <= set(stems_of(pieces[1]))


def _asked_before(tool: KnownTool, question: str, what: Meant) -> str | None:
    """Return what was looked for before, if *question* has no words of its own for that."""
    own = [word for word in stems_of(question) if not is_weak(word)]
    if len([word for word in own if kin_of(word).isdisjoint(tool.described)]) > 1:
        return None
    before = what.things[0].result.call if what.things else None
    asked = before.arguments.get("query") if before and before.name != tool.name else None
    return asked if isinstance(asked, str) else None


def _put(filled: Filled, parameter: Parameter, values: Sequence[Any]) -> None:
    different = [each for n, each in enumerate(values) if each not in values[:n]]
    filled.several.pop(parameter.name, None)
    if parameter.many:
        filled.arguments[parameter.name] = [one for each in different for one in each]
        return
    filled.arguments[parameter.name] = different[0]
    if len(different) > 1:
        filled.several[parameter.name] = different


def _older(tool: KnownTool, filled: Filled, what: Meant) -> Iterator[tuple[str, Any]]:
    """Yield what older results were about, for ids that are still needed."""
    for parameter in tool.required:
        if parameter.name not in filled.arguments and parameter.role not in _FREE:
            held = [held_for(parameter, thing) for thing in what.older]
            own = [each.value for each in held if each is not None and each.sure >= NOUN]
            yield from ((parameter.name, each) for each in own[:1])


def _carry(
    tool: KnownTool, filled: Filled, sure: Mapping[str, Any], conversation: Conversation
) -> None:
    """Take over the rest of a call that asked about the very same: "then reserve"."""
    before = conversation.past[-1].call.arguments if conversation.past else {}
    same = [name for name in sure if before.get(name) == filled.arguments[name]]
    for parameter in tool.parameters if len(same) > 1 else ():
        if parameter.name in before and parameter.role not in _FREE:
            filled.arguments.setdefault(parameter.name, before[parameter.name])
