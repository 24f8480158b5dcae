"""Events arrive as they happen, and leaving the block really stops the run."""

import asyncio
import threading

import pytest
from model_kit import calls, event, pieces, says, start

from labkit import tool
from labkit.agent import (
    Done,
    TextDelta,
    ToolContext,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    Transcript,
    Usage,
    loop,
)
from labkit.errors import UsageError


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Endless:
    """A tool that waits for ever and says when it began and ended."""

    def __init__(self):
        self.began, self.ended = asyncio.Event(), asyncio.Event()

        @tool
        async def endless() -> str:
            """Never ends."""
            self.began.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)  # Cleaning up takes a turn of the loop.
                self.ended.set()
            return "never"

        self.tool = endless


async def read(agent, question="go", **more):
    async with agent.stream(question, **more) as events:
        return [each async for each in events]


# --- what is told ----------------------------------------------------------------------------


async def test_the_events_of_a_run_in_their_order(model, agent_of):
    model.answers(calls(("add", {"a": 2, "b": 3}), text="One moment."), says("It is 5"))
    one, moment, usage, started, ended, *answer, total, done = await read(agent_of(add))
    assert [one, moment] == [TextDelta("One "), TextDelta("moment. ")]
    assert usage == Usage(10, 3)
    assert started == ToolStarted("call_0", "add", {"a": 2, "b": 3})
    assert (ended.call_id, ended.name, ended.outcome, ended.content) == ("call_0", "add", "ok", "5")
    assert answer == [TextDelta("It "), TextDelta("is "), TextDelta("5 ")]
    assert total == Usage(20, 6)
    assert isinstance(done, Done)
    assert (done.result.text, done.result.usage) == ("It is 5 ", total)
    assert done.result.transcript.messages[1]["content"] == "One moment. "


async def test_text_arrives_before_the_reply_is_whole(model, agent_of):
    go_on = threading.Event()

    async def in_two_halves(send):
        await start(send, 200, "text/event-stream")
        await send(
            {"type": "http.response.body", "body": event({"content": "a"}), "more_body": True}
        )
        await asyncio.to_thread(go_on.wait)
        rest = event({"content": "b"}, "stop") + b"data: [DONE]\n\n"
        await send({"type": "http.response.body", "body": rest})

    model.answers(in_two_halves)
    async with agent_of().stream("go") as events:
        assert await anext(events) == TextDelta("a")
        go_on.set()
        assert await anext(events) == TextDelta("b")


async def test_the_first_of_a_burst_is_read_before_its_last(model, agent_of):
    model.answers(pieces(b"".join(event({"content": f"{n} "}) for n in range(1000))))
    async with agent_of().stream("go") as events:
        waiting = [len(events._events) async for each in events if isinstance(each, TextDelta)]
    assert len(waiting) == 1000
    assert waiting[0] == 0


async def test_progress_is_told_from_a_coroutine_and_from_a_thread(model, agent_of):
    async def near(context: ToolContext) -> str:
        """Report."""
        context.report("half", 0.5)
        return "ok"

    def far(n: int, context: ToolContext) -> str:
        """Report."""
        context.report("x" * 1000)
        context.report(f"{n} of 2", 1)
        return "ok"

    model.answers(calls(("near", {}), ("far", {"n": 2})), says("done"))
    events = await read(agent_of(near, far))
    assert [each for each in events if isinstance(each, ToolProgress)] == [
        ToolProgress("call_0", "near", "half", 0.5),
        ToolProgress("call_1", "far", "x" * 200, None),
        ToolProgress("call_1", "far", "2 of 2", 1),
    ]
    names = [type(each).__name__ for each in events if getattr(each, "name", "") == "far"]
    assert names == ["ToolStarted", "ToolProgress", "ToolProgress", "ToolEnded"]


async def test_a_report_after_the_end_is_not_told(model, agent_of):
    kept = []

    async def keeps(context: ToolContext) -> str:
        """Keep the context."""
        kept.append(context)
        return "ok"

    model.answers(calls(("keeps", {})), says("done"))
    async with agent_of(keeps).stream("go") as events:
        async for each in events:
            if isinstance(each, ToolEnded):
                kept[0].report("too late")
            assert not isinstance(each, ToolProgress)
    await asyncio.to_thread(kept[0].report, "much too late")


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
async def test_a_fraction_goes_from_nought_to_one(fraction):
    context = ToolContext("run", "call", lambda message, fraction: None)
    with pytest.raises(UsageError, match="from 0 to 1"):
        context.report("x", fraction)
    with pytest.raises(UsageError, match="declare @tool"):
        _ = context.http
    assert repr(context) == "<ToolContext call>"


# --- stopping --------------------------------------------------------------------------------


async def test_leaving_the_block_stops_the_tools_and_the_transcript_is_valid(model, agent_of):
    endless, talk = Endless(), Transcript()
    model.answers(
        calls(("endless", {}), ("add", {"a": 1, "b": 1})), says("again"), says("and again")
    )
    agent = agent_of(endless.tool, add)
    async with agent.stream("go", transcript=talk) as events:
        async for each in events:
            if isinstance(each, ToolEnded):
                await endless.began.wait()
                break
    assert endless.ended.is_set()
    assert events.result.stopped == "cancelled"
    assert [call.outcome for call in events.result.tool_calls] == ["cancelled", "ok"]
    assert events.result.usage == Usage(10, 3)
    assert [m["role"] for m in talk] == ["user", "assistant", "tool", "tool"]
    assert "the run was stopped" in talk.messages[2]["content"]
    assert (await agent.run(transcript=talk)).text == "again"


async def test_a_run_that_is_cancelled_stops_its_tools_too(model, agent_of):
    endless, talk = Endless(), Transcript()
    model.answers(calls(("endless", {})))
    run = asyncio.create_task(agent_of(endless.tool).run("go", transcript=talk))
    await endless.began.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert endless.ended.is_set()
    assert [m["role"] for m in talk] == ["user", "assistant", "tool"]


async def test_stopped_before_the_first_turn_nothing_but_the_question_is_there(model, agent_of):
    talk = Transcript()
    async with agent_of().stream("go", transcript=talk) as events:
        pass
    assert events.result.stopped == "cancelled"
    assert len(talk) <= 1


async def test_stopped_in_the_text_what_was_said_is_kept(model, agent_of):
    async def says_half(send):
        await start(send, 200, "text/event-stream")
        await send(
            {"type": "http.response.body", "body": event({"content": "Half"}), "more_body": True}
        )
        await asyncio.Event().wait()

    model.answers(says_half)
    async with agent_of().stream("go") as events:
        assert await anext(events) == TextDelta("Half")
    assert (events.result.text, events.result.stopped) == ("Half", "cancelled")
    assert events.result.transcript.messages[-1] == {"role": "assistant", "content": "Half"}
    assert await asyncio.to_thread(model.gone.wait, 30)


async def test_stopped_after_a_tool_its_result_is_kept(model, agent_of):
    asked_again = threading.Event()

    async def never(send):
        asked_again.set()
        await asyncio.Event().wait()

    model.answers(calls(("add", {"a": 2, "b": 3})), never)
    async with agent_of(add).stream("go") as events:
        async for each in events:
            if isinstance(each, ToolEnded):
                await asyncio.to_thread(asked_again.wait, 30)
                break
    assert events.result.transcript.messages[-1]["content"] == "5"


async def test_a_sync_tool_that_is_stopped_is_left_behind_and_said_so(model, agent_of):
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def stuck() -> str:
        """Block."""
        began.set()
        go_on.wait(30)
        ended.set()
        return "late"

    model.answers(calls(("stuck", {})))
    async with agent_of(stuck).stream("go") as events:
        await asyncio.to_thread(began.wait, 30)
    (call,) = events.result.tool_calls
    assert call.outcome == "cancelled"
    assert "may still be at work" in call.content
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(30)


async def test_a_tool_that_will_not_stop_is_left_behind_and_said_so(model, agent_of, monkeypatch):
    monkeypatch.setattr(loop, "GRACE_S", 0.05)
    began, go_on = asyncio.Event(), asyncio.Event()

    async def stubborn() -> str:
        """Ignore the order to stop."""
        began.set()
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    model.answers(calls(("stubborn", {})))
    async with agent_of(stubborn).stream("go") as events:
        await began.wait()
    (call,) = events.result.tool_calls
    assert (call.outcome, "didn't end when it was told" in call.content) == ("cancelled", True)
    assert len(events.result.transcript) == 3
    go_on.set()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        await task


async def test_after_a_stop_the_agent_goes_on_as_if_nothing_had_been(model, agent_of):
    endless = Endless()
    model.answers(calls(("endless", {})), says("fine"))
    agent = agent_of(endless.tool)
    async with agent.stream("go"):
        await endless.began.wait()
    assert (await agent.run("Hi")).text == "fine"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_in_the_block_stops_the_run_and_is_raised(model, agent_of):
    endless = Endless()
    model.answers(calls(("endless", {})))

    async def fails():
        async with agent_of(endless.tool).stream("go"):
            await endless.began.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert endless.ended.is_set()


# --- reading it wrongly ----------------------------------------------------------------------


async def test_a_stream_is_opened_first_and_once(model, agent_of):
    model.always = says("Hi")
    events = agent_of().stream("go")
    with pytest.raises(UsageError, match="async with"):
        await anext(events)
    assert repr(events) == "<EventStream new>"
    async with events:
        assert repr(events) == "<EventStream going on>"
        assert [each async for each in events]
        with pytest.raises(StopAsyncIteration):
            await anext(events)
    assert repr(events) == "<EventStream ended>"
    with pytest.raises(UsageError, match="opened before"):
        async with events:
            pass


async def test_a_stream_has_one_reader(model, agent_of):
    endless = Endless()
    model.answers(calls(("endless", {})))
    async with agent_of(endless.tool).stream("go") as events:
        await endless.began.wait()
        while events._events:
            await anext(events)
        first = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        with pytest.raises(UsageError, match="somebody reads"):
            await anext(events)
        first.cancel()
        await asyncio.wait([first])


async def test_a_stream_is_read_on_the_loop_where_it_began(model, agent_of):
    model.answers(says("Hi"))
    async with agent_of().stream("go") as events:

        async def elsewhere():
            return await anext(events)

        with pytest.raises(UsageError, match="another event loop"):
            await asyncio.to_thread(asyncio.run, elsewhere())
        assert await anext(events) == TextDelta("Hi ")
