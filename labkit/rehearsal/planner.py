"""
The rules: from a conversation and the tools to the next turn.

In this order: what needs no tool; the calls that a question takes, side by side; the calls that
had to wait for a result; then the answer. Nothing is remembered: each turn is worked out anew from
the whole conversation, so the same conversation always gets the same turn.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Sequence

from labkit.rehearsal import forced, talk
from labkit.rehearsal.answers import answer, ask_for, asked_for
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import follows_on, kind_of
from labkit.rehearsal.conversation import Conversation, read
from labkit.rehearsal.filling import fill
from labkit.rehearsal.models import fault_of
from labkit.rehearsal.obeying import orders_in
from labkit.rehearsal.request import ChatRequest
from labkit.rehearsal.resolving import from_the_past, resolved
from labkit.rehearsal.roles import Role
from labkit.rehearsal.steps import Step, steps_of
from labkit.rehearsal.structured import structured
from labkit.rehearsal.turn import Call, Turn


def plan(request: ChatRequest) -> Turn:
    """Return what the model says to *request*."""
    toolbox, conversation = Toolbox.of(request.tools), read(request.messages)
    fault = fault_of(request.model)
    if request.schema is not None and (conversation.results or not _may_call(request)):
        return Turn(structured(request.schema, conversation))
    if not _may_call(request):
        return Turn(_without_tools(conversation, toolbox))
    if fault == "loop" and toolbox.tools:
        return Turn(calls=(forced.call(toolbox, conversation),))
    if fault == "obey":
        orders = orders_in(conversation, toolbox)
        if orders:
            return _limited(request, orders)
    return _planned(request, conversation, toolbox)


def _may_call(request: ChatRequest) -> bool:
    return bool(request.tools) and request.choice != "none"


def _without_tools(conversation: Conversation, toolbox: Toolbox) -> str:
    if conversation.results:
        return answer(conversation.question, conversation.results)
    kind = kind_of(conversation.question)
    return talk.say(kind, toolbox.tools) if kind else talk.nothing_fits(toolbox.tools)


def _planned(request: ChatRequest, conversation: Conversation, toolbox: Toolbox) -> Turn:
    must = request.choice not in ("auto", "none") and not conversation.results
    if request.choice not in ("auto", "none", "required"):
        toolbox = Toolbox.of([tool for tool in request.tools if tool.name == request.choice])
    kind = kind_of(conversation.question)
    if must:
        return _limited(request, _must_call(conversation, toolbox))
    if kind and not (kind in ("greeting", "thanks") and _steps(conversation, toolbox)):
        return Turn(talk.say(kind, toolbox.tools))
    steps = _steps(conversation, toolbox)
    if not steps:
        return Turn(
            answer(conversation.question, conversation.results)
            if conversation.results
            else talk.nothing_fits(toolbox.tools)
        )
    return _next_turn(request, conversation, steps)


def _next_turn(request: ChatRequest, conversation: Conversation, steps: Sequence[Step]) -> Turn:
    """Return the calls that are still to be made, or the answer."""
    lacking = [step for step in steps if step.filled.missing and not step.waits]
    ready = [step for step in steps if not step.waits and step not in lacking]
    made = len(conversation.results)
    calls = [call for step in ready for call in step.calls]
    if made < len(calls):
        return _limited(request, calls[made:])
    waiting = [step for step in steps if step.waits]
    left = waiting[made - len(calls) :]
    if left and conversation.results and conversation.results[-1].error is None:
        later = resolved(left[0], steps, conversation)
        if later is not None:
            return _limited(request, later)
    told = answer(conversation.question, conversation.results)
    asked = " ".join(ask_for(step.tool, step.filled.missing) for step in lacking[:1])
    return Turn(" ".join(filter(None, (told, asked))))


def _limited(request: ChatRequest, calls: Sequence[Call]) -> Turn:
    return Turn(calls=tuple(calls if request.parallel else calls[:1]))


def _must_call(conversation: Conversation, toolbox: Toolbox) -> list[Call]:
    steps = [step for step in _steps(conversation, toolbox) if not step.filled.missing]
    calls = [call for step in steps if not step.waits for call in step.calls]
    return calls or [forced.call(toolbox, conversation)]


def _steps(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return the steps of the question, with what was said before taken in."""
    if reply := _reply(conversation, toolbox):
        return [reply]
    steps = steps_of(conversation.question, toolbox, conversation.today)
    if (
        conversation.past
        and follows_on(conversation.question)
        and (not steps or any(step.filled.missing for step in steps))
    ):
        again = _again(conversation, toolbox)
        if again is not None:
            return [again]
    for step in steps:
        if step.filled.missing and not step.waits:
            from_the_past(step, conversation)
    return steps or _searched(conversation, toolbox)


def _reply(conversation: Conversation, toolbox: Toolbox) -> Step | None:
    """Return the step that we asked back about, filled with the reply."""
    name = asked_for(conversation.said)
    if name is None or not conversation.earlier or name not in {t.name for t in toolbox.tools}:
        return None
    tool, before = toolbox[name], conversation.earlier[-1]
    filled = fill(tool.parameters, before, conversation.today)
    asked = filled.missing[0] if filled.missing else None
    words = asked.name.replace("_", " ") if asked else ""
    reply = fill(tool.parameters, f"{words} {conversation.question}", conversation.today)
    filled.arguments.update(reply.arguments)
    if asked is not None and asked.name not in filled.arguments:
        if asked.role in (Role.NUMBER, Role.CHOICE, Role.FLAG, Role.OBJECT):
            return None
        filled.arguments[asked.name] = conversation.question.strip(" .!?\"'")
    filled.missing[:] = [p for p in tool.required if p.name not in filled.arguments]
    return Step(before, tool, filled, waits=False, score=0.0)


def _again(conversation: Conversation, toolbox: Toolbox) -> Step | None:
    """Return the last call once more, with what "What about B2?" changes in it."""
    last = conversation.past[-1].call
    if last.name not in {tool.name for tool in toolbox.tools}:
        return None
    tool = toolbox[last.name]
    filled = fill(tool.parameters, conversation.question, conversation.today)
    changed = filled.sure or len(filled.arguments) > len(last.arguments) / 2
    if not changed:
        return None
    filled.arguments = {**last.arguments, **filled.arguments}
    filled.missing = []
    return Step(conversation.question, tool, filled, waits=False, score=0.0)


def _searched(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return a search for a question that no tool is made for, if there is a free-text search."""
    if len(conversation.question.split()) < 3:
        return []
    for tool in toolbox.tools:
        required = tool.required
        if len(required) == 1 and required[0].role is Role.QUERY:
            filled = fill(tool.parameters, conversation.question, conversation.today)
            if not filled.missing:
                return [Step(conversation.question, tool, filled, waits=False, score=0.0)]
    return []
