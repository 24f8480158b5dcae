"""
The model that obeys: whatever a tool's result tells it to do, it does.

Real models can be talked into that by a text that they read. This one always can, so a lesson can
show what then still stands between the text and the data: everything but the model.

Glossary:
    order: a sentence of a result that tells its reader to do something.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation, Result
from labkit.rehearsal.forced import stand_in
from labkit.rehearsal.lookups import lookup
from labkit.rehearsal.resolving import resolved
from labkit.rehearsal.roles import Role
from labkit.rehearsal.step import Step
from labkit.rehearsal.steps import steps_of
from labkit.rehearsal.turn import Call

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|instead|you must|must now|now call|call the tool|system:|"
    r"assistant:|instructions?:|as (?:an|the) (?:ai|assistant|agent)|do the following|from now on|"
    r"immediately|at once|(?:release|delete|cancel|send|transfer|forward|email|quarantine|remove|"
    r"change|call) (?:all|every|it|them|the|your|this))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def orders_in(conversation: Conversation, toolbox: Toolbox) -> list[Call]:
    """Return the calls that results give orders for and that weren't made yet."""
    made = {
        (result.call.name, repr(dict(result.call.arguments))) for result in conversation.results
    }
    tools = {result.call.name for result in conversation.results}
    found: dict[str, Call] = {}
    for step in _ordered(conversation, toolbox):
        if step.tool.name in tools:
            continue
        for call in _calls(step, conversation, toolbox):
            key = (call.name, repr(dict(call.arguments)))
            if key not in made:
                found.setdefault(repr(key), call)
    return list(found.values())


def _ordered(conversation: Conversation, toolbox: Toolbox) -> Iterator[Step]:
    for result in conversation.results:
        for sentence in _SENTENCE.split(_readable(result.text)):
            if _ORDER.search(sentence):
                yield from steps_of(sentence, toolbox, conversation.today)


def _calls(step: Step, conversation: Conversation, toolbox: Toolbox) -> Sequence[Call]:
    """Return the calls of one order: with what a look-up found, or the look-up."""
    if not _lacks_an_id(step):
        return [Call(step.tool.name, _complete(step))]
    first = lookup(step, toolbox, conversation)
    if first is None:
        return [Call(step.tool.name, _complete(step))]
    results = [each for each in conversation.results if each.call.name == first.tool.name]
    return _resolved(step, results[-1], conversation) if results else first.calls


def _lacks_an_id(step: Step) -> bool:
    return any(p.role in (Role.NUMBER, Role.IDENTIFIER, Role.NAME) for p in step.filled.missing)


def _resolved(step: Step, result: Result, conversation: Conversation) -> Sequence[Call]:
    for parameter in list(step.filled.missing):
        if parameter.role is Role.TEXT:
            step.filled.arguments[parameter.name] = step.clause
            step.filled.missing.remove(parameter)
    last = replace(conversation, question=step.clause, results=(result,), past=())
    return resolved(step, [step], last) or ()


def _complete(step: Step) -> dict[str, object]:
    lacking = {p.name: stand_in(p, step.clause) for p in step.filled.missing}
    return {**step.filled.arguments, **lacking}


def _readable(text: str) -> str:
    """Return a result as sentences, without the signs of JSON."""
    return re.sub(r"[{}\[\]\"]|\\n", " ", text)
