"""
11.2 Side by side: the calls of one turn, each with a session of its own, each with its one result.

The check asks a model endpoint for calls, arranges by events which tool ends before which, and
sends what comes back to the endpoint, which is as strict as any.

The stage, its tools and its sessions are in `parallel_stage`.

Floor 4: knows the endpoint, and the kit.
"""

import asyncio
import inspect
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from labkit.course.findings import Finding, expect_type
from labkit.course.lessons.the_agent_loop.endpoint import (
    Endpoint,
    Message,
    Refused,
    ids_of,
    parsed,
)
from labkit.course.lessons.the_agent_loop.parallel_answers import WRONG, make_calls, starter
from labkit.course.lessons.the_agent_loop.parallel_hints import HINTS
from labkit.course.lessons.the_agent_loop.parallel_stage import (
    ENDS,
    LINES,
    REWORK,
    Session,
    Stage,
    report_of,
)
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence
from labkit.rehearsal import Call, Turn

FAILING = "B1"
QUESTION = {"role": "user", "content": "How are A4, B1 and C2?"}


async def _check(submission: Submission, _room: Room | None) -> None:
    model = Endpoint()
    with model.served():
        await _side_by_side(submission, model)
        await _alike(submission, model)
        await _one_fails(submission, model)
        await _bad_calls(submission, model)


def _asked_for(model: Endpoint, calls: Sequence[Call]) -> Message:
    """Have the model ask for *calls*; return its message."""
    model.begin([Turn(calls=tuple(calls))])
    return model.post([QUESTION])


async def _made(
    submission: Submission, model: Endpoint, asked: Message, stage: Stage
) -> list[Message]:
    """Return what *submission* made of a turn, if the endpoint takes it."""
    making: Any = submission(asked["tool_calls"], stage.tools(), stage.open_session)
    try:
        made = await making
    finally:
        _awaited(stage.called, "a tool")
    if isinstance(made, asyncio.Future):
        made.cancel()
        says = "What your function returned is still to be awaited: it isn't there yet."
        raise Finding("forgotten-await", says, type(made).__name__)
    if stage.strange:
        says = "A tool gets the session, and each argument by its name."
        raise Finding("other-messages", says, stage.strange)
    expect_type(made, list)
    assert isinstance(made, list)
    _awaited([each for each in made if inspect.iscoroutine(each)], "a function of yours")
    _sessions(stage)
    try:
        model.post([QUESTION, asked, *made])
    except Refused as refused:
        says = "The endpoint doesn't take these results."
        raise Finding("other-messages", says, f"the endpoint: 400, {refused}") from None
    return made


def _awaited(called: Iterable[Coroutine[Any, Any, object]], what: str) -> None:
    idle = [each for each in called if inspect.getcoroutinestate(each) == inspect.CORO_CREATED]
    for coroutine in idle:
        coroutine.close()  # Else Python complains of it, later and elsewhere.
    if idle:
        says = f"You called {what} and didn't await what it gave: it never ran."
        raise Finding("forgotten-await", says, f"{len(idle)} times")


def _sessions(stage: Stage) -> None:
    given = list(stage.given.values())
    for line, session in stage.given.items():
        if not isinstance(session, Session):
            says = f"The tool for {line} was given no session that was open until it ended."
            raise Finding("no-session", says, f"open_session was called {stage.opened} times")
    if len(set(map(id, given))) < len(given):
        says = "Calls that ran side by side were given the same session."
        raise Finding("shared-session", says, f"{len(given)} calls, {stage.opened} sessions")
    if stage.is_open:
        says = "When your function had returned, sessions were still open."
        raise Finding("leaked-session", says, f"{len(stage.is_open)} of {stage.opened}")


def _reports() -> list[Call]:
    return [Call("line_report", {"line": line, "rework": REWORK}) for line in LINES]


async def _side_by_side(submission: Submission, model: Endpoint) -> None:
    stage = Stage(together=len(LINES))
    asked = _asked_for(model, _reports())
    made = await _made(submission, model, asked, stage)
    if stage.late:
        says = "A call waited for the one before it: they didn't run side by side."
        raise Finding("serial", says, f"began: {', '.join(stage.begun)}")
    ids = ids_of(asked)
    wanted = dict(zip(ids, map(report_of, LINES), strict=True))
    for message in made:
        value = parsed(message.get("content"))
        if value in wanted.values() and value != wanted[message["tool_call_id"]]:
            says = "A result bears the id of another call."
            raise Finding("mismatched-id", says, f"the tools ended in the order {', '.join(ENDS)}")
        if value != wanted[message["tool_call_id"]] or not isinstance(message["content"], str):
            says = "The content of a result is what the tool returned, as JSON text."
            raise Finding("other-messages", says, message.get("content"))
    if [message["tool_call_id"] for message in made] != ids:
        says = f"The results stand in the order in which the tools ended: {', '.join(ENDS)}."
        raise Finding("completion-order", says, f"the model asked for {', '.join(LINES)}")


async def _alike(submission: Submission, model: Endpoint) -> None:
    """Ask for the same thing twice: two calls, since a tool may do something each time."""
    calls = _reports()[:1] * 2
    asked, stage = _asked_for(model, calls), Stage()
    try:
        made = await _made(submission, model, asked, stage)
    except Finding as found:
        if found.code != "other-messages":
            raise
        made = []  # The endpoint misses a result.
    if len(made) < len(calls) or len(stage.begun) < len(calls):
        says = "The model asked for the same thing twice, in two calls; one of them was left out."
        evidence = f"{len(stage.begun)} calls of the tool, {len(made)} results that fit"
        raise Finding("merges-equal-calls", says, evidence)


async def _one_fails(submission: Submission, model: Endpoint) -> None:
    calls = _reports()
    calls[1] = Call("broken_report", {"line": FAILING})
    asked, stage = _asked_for(model, calls), Stage()
    await _survived("one-failure-kills-all", submission, model, asked, stage)


async def _bad_calls(submission: Submission, model: Endpoint) -> None:
    calls = _reports()
    asked, stage = _asked_for(model, calls), Stage()
    asked["tool_calls"][0]["function"]["name"] = "line_weather"
    asked["tool_calls"][2]["function"]["arguments"] = '{"line": "C2'
    await _survived("bad-call-kills-all", submission, model, asked, stage, bad=(0, 2))


async def _survived(
    code: str,
    submission: Submission,
    model: Endpoint,
    asked: Message,
    stage: Stage,
    bad: tuple[int, ...] = (1,),
) -> None:
    """Expect a result for each call, and an error in those that are *bad*."""
    what = "One tool raised" if code == "one-failure-kills-all" else "One call couldn't be made"
    try:
        made = await _made(submission, model, asked, stage)
    except (Finding, asyncio.CancelledError):
        raise
    except BaseException as error:
        if isinstance(error, SystemExit | KeyboardInterrupt):
            raise
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
        says = f"{what}, and your function raised: the other results are lost."
        raise Finding(code, says, sentence(inner)) from None
    values = [parsed(message.get("content")) for message in made]
    for place, value in enumerate(values):
        says_error = isinstance(value, dict) and bool(value.get("error"))
        if place in bad and isinstance(value, str) and value.lstrip().startswith("{"):
            says = "The content of a failed call is no JSON: what the error says broke it."
            raise Finding("other-messages", says, value)
        if place in bad and not (says_error and isinstance(value["error"], str)):  # type: ignore[index]
            says = 'A call that failed has to go back as {"error": "..."}, with a few words.'
            raise Finding("hides-error", says, made[place].get("content"))
        if place not in bad and says_error:
            says = f"{what}, and a call that was good came to nothing."
            raise Finding(code, says, made[place].get("content"))


PARALLEL = Task(
    id="11.2",
    title="calls side by side",
    task="Write make_calls(calls, tools, open_session): make the calls of one message side by "
    "side, each with a session of its own, and return their tool messages in the order of the "
    "calls, each with its call's id. A call that fails, for whatever reason, gives the content "
    '{"error": "..."} and does no harm to the others.',
    starter=starter,
    check=_check,
    solution=make_calls,
    wrong=WRONG,
    hints=HINTS,
)
