"""
A question that goes on from the last call or its result: "What about K2?", "Which is the worst?".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.results import entries_of
from labkit.rehearsal.step import Step, names_its_tool
from labkit.rehearsal.words import stem


def asks_of_the_past(conversation: Conversation) -> bool:
    """Tell whether the last result has the answer: "Which one is the worst?"."""
    if conversation.results or not conversation.past:
        return False
    several = len(entries_of(conversation.past[-1].value)) > 1
    return several and bool(_WHICH.match(conversation.question))


_WHICH = re.compile(
    r"^\W*(?:(?:and|so|ok|now)\W+)*which (?:one|of (?:them|these|those))\s+"
    r"(?:is|was|has|had|does)\b[^,;.?]{0,30}\b(?:\w+est|worst|best|most|least)\b[^,;.?]{0,15}\W*$",
    re.IGNORECASE,
)


def goes_on(step: Step, conversation: Conversation) -> bool:
    """Tell whether a question makes the last call anew, and says less than that did."""
    last = conversation.past[-1].call
    fewer = step.filled.arguments.keys() < last.arguments.keys()
    return step.tool.name == last.name and fewer and not names_its_tool(step)


def again_with(conversation: Conversation, toolbox: Toolbox) -> Step | None:
    """Return the last call once more, with what "What about K2?" changes in it."""
    last = conversation.past[-1].call
    if last.name not in {tool.name for tool in toolbox.tools}:
        return None
    tool = toolbox[last.name]
    filled = tool.fill(conversation.question, conversation.today)
    filled.arguments |= _the_other(tool, last.arguments, conversation.question)
    changed = (
        filled.sure
        or _the_other(tool, last.arguments, conversation.question)
        or len(filled.arguments) > len(last.arguments) / 2
    )
    filled.arguments = {**last.arguments, **filled.arguments}
    for p in widened(conversation, toolbox):
        changed = filled.arguments.pop(p.name, None) is not None or changed
    if not changed:
        return None
    filled.missing = []
    return Step(conversation.question, tool, filled, waits=False, score=0.0)


_EVERY_ONE = re.compile(r"\b(?:both|all|every)\s+(?:the\s+)?(\w+)", re.IGNORECASE)


def widened(conversation: Conversation, toolbox: Toolbox) -> list[Parameter]:
    """Return the choices of the last call that a question gives up: "and both plants?"."""
    last = conversation.past[-1].call
    said = {stem(noun) for noun in _EVERY_ONE.findall(conversation.question)}
    tools = (tool for tool in toolbox.tools if tool.name == last.name)
    choices = [p for tool in tools for p in tool.parameters if p.choices and not p.required]
    return [p for p in choices if p.name in last.arguments and not said.isdisjoint(p.nouns)]


def _the_other(tool: KnownTool, before: Mapping[str, object], question: str) -> dict[str, object]:
    """Return what "the other plant" means where there are two."""
    words = re.search(r"\bthe other (\w+)", question, re.IGNORECASE)
    return {
        p.name: next(each for each in p.choices if each != before.get(p.name))
        for p in tool.parameters
        if words and len(p.choices) == 2 and stem(words[1]) in p.nouns and before.get(p.name)
    }
