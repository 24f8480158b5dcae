"""
A call that has to come first, because another one needs an id that nobody has said.

"Quarantine the newest lot" needs the lot's number: a tool that lists lots knows it.

Floor 1: imports nothing of labkit but its neighbours.
"""

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import described
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.roles import IDS, Role
from labkit.rehearsal.steps import Step
from labkit.rehearsal.words import stem, words_of

_LISTS = frozenset(map(stem, ("list", "find", "search", "get", "query")))


def lookup(step: Step, toolbox: Toolbox, conversation: Conversation) -> Step | None:
    """Return the step that finds what *step* lacks, or None if its words don't describe it."""
    wanted = [p for p in step.filled.missing if p.role in IDS]
    if not wanted or not described(step.clause):
        return None
    nouns = {noun for p in wanted for noun in (p.nouns or map(stem, words_of(p.name)))}
    for tool in toolbox.tools:
        if tool.name != step.tool.name and _lists(tool, nouns):
            filled = tool.fill(step.clause, conversation.today)
            for name in _said_by_the_verb(step, tool):
                filled.arguments.pop(name, None)
            if not filled.missing:
                return Step(step.clause, tool, filled, waits=False, score=0.0)
    return None


def _said_by_the_verb(step: Step, tool: KnownTool) -> list[str]:
    """Return the switches of *tool* that only the verb names: "seal" asks for no sealed one."""
    verb = stem(next(iter(words_of(step.clause)), ""))
    switches = [p for p in tool.parameters if p.role is Role.FLAG and verb in p.nouns]
    return [each.name for each in switches if verb in step.tool.about]


def _lists(tool: KnownTool, nouns: set[str]) -> bool:
    return bool(tool.about & nouns) and bool(tool.about & _LISTS) and not tool.acts
