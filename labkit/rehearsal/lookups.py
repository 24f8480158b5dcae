"""
A call that has to come first, because another one needs an id that nobody has said.

"Quarantine the newest lot" needs the lot's number: a tool that lists lots knows it.

Floor 1: imports nothing of labkit but its neighbours.
"""

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import described
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.roles import IDS
from labkit.rehearsal.step import Step
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
            if not filled.missing:
                return Step(step.clause, tool, filled, waits=False, score=0.0)
    return None


def _lists(tool: KnownTool, nouns: set[str]) -> bool:
    return bool(tool.about & nouns) and bool(tool.about & _LISTS) and not tool.acts
