"""
The rules: from a conversation and the tools to the next turn.

In this order: what needs no tool; the calls that a question takes, side by side; the calls that
had to wait for a result; then the answer. Nothing is remembered: each turn is worked out anew from
the whole conversation, so the same conversation always gets the same turn.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Sequence

from labkit.rehearsal import forced, talk
from labkit.rehearsal.answers import answer
from labkit.rehearsal.asking import ask_for
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import kind_of
from labkit.rehearsal.conversation import Conversation, read
from labkit.rehearsal.ending import ended, ending_of, without
from labkit.rehearsal.following import asks_which, followed, with_links
from labkit.rehearsal.knowing import searches
from labkit.rehearsal.known import asks_of_the_past, from_what_is_known
from labkit.rehearsal.lookups import lookup
from labkit.rehearsal.models import fault_of
from labkit.rehearsal.obeying import orders_in
from labkit.rehearsal.replying import reply_to_us
from labkit.rehearsal.request import ChatRequest
from labkit.rehearsal.resolving import resolved
from labkit.rehearsal.roles import Role
from labkit.rehearsal.step import Step
from labkit.rehearsal.steps import steps_of
from labkit.rehearsal.structured import structured
from labkit.rehearsal.turn import Call, Turn


def plan(request: ChatRequest) -> Turn:
    """Return what the model says to *request*."""
    conversation = read(request.messages)
    ending = ending_of(request)
    if ending is None:
        turn = _turn(request, conversation)
    else:
        turn = ended(ending, _turn(without(request, ending), conversation), conversation)
    return conversation.payloads.restore(turn)


def _turn(request: ChatRequest, conversation: Conversation) -> Turn:
    toolbox = Toolbox.of(request.tools, conversation.told)
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
        toolbox = Toolbox((toolbox[request.choice],))
    kind = kind_of(conversation.question)
    if asks_of_the_past(conversation):
        return Turn(answer(conversation.question, conversation.past[-1:]))
    if must:
        return _limited(request, _must_call(conversation, toolbox))
    steps = _steps(conversation, toolbox) if kind in ("", "greeting", "thanks") else []
    if kind and not steps:
        return Turn(talk.say(kind, toolbox.tools))
    if not steps:
        known = conversation.results or (conversation.past[-1:] if asks_which(conversation) else ())
        return Turn(
            answer(conversation.question, known) if known else talk.nothing_fits(toolbox.tools)
        )
    return _next_turn(request, conversation, steps)


def _next_turn(request: ChatRequest, conversation: Conversation, steps: Sequence[Step]) -> Turn:
    """Return the calls that are still to be made, or the answer."""
    made = [(result.call.name, dict(result.call.arguments)) for result in conversation.results]
    lacking: list[Step] = []
    for step in steps:
        calls = _calls_of(step, steps, conversation)
        if calls is None and not conversation.results:
            first = lookup(step, Toolbox.of(request.tools, conversation.told), conversation)
            calls = first.calls if first else None
        if calls is None:
            lacking.append(step)
            continue
        left = [call for call in calls if (call.name, dict(call.arguments)) not in made]
        if left:
            return _limited(request, [*left, *_ready(steps[steps.index(step) + 1 :], made)])
    told = answer(conversation.question, conversation.results)
    served = {name for name, _ in made}  # A step that waited has its call by now.
    unasked = [
        step
        for step in lacking
        if step.filled.missing and step.tool.name not in served and not _failed(conversation)
    ]
    asked = " ".join(ask_for(step.tool, step.filled.missing) for step in unasked[:1])
    return Turn(" ".join(filter(None, (told, asked))))


def _calls_of(
    step: Step, steps: Sequence[Step], conversation: Conversation
) -> Sequence[Call] | None:
    """Return the calls of one step, or None if it lacks something that no result has."""
    if not step.waits and not step.filled.missing:
        return step.calls
    if not conversation.results or _failed(conversation):
        return None
    last = conversation.results[-1].call.name
    return None if last == step.tool.name else resolved(step, steps, conversation)


def _failed(conversation: Conversation) -> bool:
    return bool(conversation.results) and conversation.results[-1].error is not None


def _ready(steps: Sequence[Step], made: Sequence[object]) -> list[Call]:
    """Return the calls that go side by side with others: those that wait for nothing."""
    calls = [c for step in steps if not step.waits and not step.filled.missing for c in step.calls]
    return [call for call in calls if (call.name, dict(call.arguments)) not in made]


def _limited(request: ChatRequest, calls: Sequence[Call]) -> Turn:
    return Turn(calls=tuple(calls if request.parallel else calls[:1]))


def _must_call(conversation: Conversation, toolbox: Toolbox) -> list[Call]:
    steps = [step for step in _steps(conversation, toolbox) if not step.filled.missing]
    calls = [call for step in steps if not step.waits for call in step.calls]
    return calls or [forced.call(toolbox, conversation)]


def _steps(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return the steps of the question, with what was said before taken in."""
    if reply := reply_to_us(conversation, toolbox):
        return [reply]
    if conversation.past:
        steps = followed(conversation, toolbox)
    else:
        steps = steps_of(conversation.question, toolbox, conversation.today)
        steps = [with_links(step, conversation) for step in steps]
    for step in steps:
        from_what_is_known(step, conversation)
    return steps or _searched(conversation, toolbox)


def _searched(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return a search for a question that no tool is made for, if there is a free-text search."""
    question = conversation.question
    if len(question.split()) < 3 or kind_of(question):
        return []
    for tool in toolbox.tools:
        required = tool.required
        if len(required) == 1 and required[0].role is Role.QUERY and searches(tool, question):
            filled = tool.fill(question, conversation.today)
            if not filled.missing:
                return [Step(question, tool, filled, waits=False, score=0.0)]
    return []
