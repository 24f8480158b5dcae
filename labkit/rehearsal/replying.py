"""
A reply to a question that came back: "Which box?", "the red one".

Floor 1: imports nothing of labkit but its neighbours.
"""

from labkit.rehearsal.asking import asked_for
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import asks_or_orders
from labkit.rehearsal.step import Step, best_step, names_its_tool, step_for
from labkit.rehearsal.words import stems_of


def reply_to_us(conversation: Conversation, toolbox: Toolbox) -> Step | None:
    """Return the step that we asked back about, filled with the reply."""
    before = conversation.earlier[-1] if conversation.earlier else ""
    name = asked_for(conversation.said) or _asked_by_others(before, conversation, toolbox)
    if name is None or not before or name not in {t.name for t in toolbox.tools}:
        return None
    if _asks_for_another(name, conversation, toolbox):
        return None
    tool = toolbox[name]
    filled = tool.fill(before, conversation.today)
    asked = filled.missing[0] if filled.missing else None
    words = asked.name.replace("_", " ") if asked else ""
    reply = tool.fill(f"{words} {conversation.question}", conversation.today)
    filled.arguments.update(reply.arguments)
    if asked is not None and asked.name not in filled.arguments:
        if asked.role in (Role.NUMBER, Role.CHOICE, Role.FLAG, Role.OBJECT):
            return None
        filled.arguments[asked.name] = conversation.question.strip(" .!?\"'")
    filled.missing[:] = [p for p in tool.required if p.name not in filled.arguments]
    return Step(before, tool, filled, waits=False, score=0.0)


def _asks_for_another(name: str, conversation: Conversation, toolbox: Toolbox) -> bool:
    """Tell whether the message is a request of its own, which no question of ours holds up."""
    own = best_step(conversation.question, toolbox, conversation.today)
    asks = own is not None and asks_or_orders(own.clause) and names_its_tool(own)
    return asks and own is not None and own.tool.name != name and not own.filled.missing


def _asked_by_others(before: str, conversation: Conversation, toolbox: Toolbox) -> str | None:
    """Return the tool of the message before, if a question in anybody's words came back for it."""
    if (
        not (before and toolbox.tools)
        or conversation.called
        or not conversation.said.rstrip().endswith("?")
    ):
        return None
    asked, today = set(stems_of(conversation.said)), conversation.today
    steps = [step_for(before, tool, toolbox, today) for tool in toolbox.tools]
    lacking = [s for s in steps if any(not asked.isdisjoint(p.nouns) for p in s.filled.missing)]
    step = max(lacking or steps, key=lambda step: step.score)
    if not step.filled.missing or step.score < ENOUGH:
        return None
    own = best_step(conversation.question, toolbox, conversation.today)
    return None if own and own.tool != step.tool and asks_or_orders(own.clause) else step.tool.name
