"""Whatever an endpoint does wrong: one error that says what to do, and a valid transcript."""

import asyncio
import json
import socket

import httpx2
import openai
import pytest
from model_kit import calls, error, event, pieces, raw, says, start

from labkit import Agent, tool
from labkit.agent import Limits, TextDelta, Transcript, endpoint
from labkit.agent.refusals import explain
from labkit.errors import ModelError


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def run(agent, transcript):
    return await agent.run("Hi", transcript=transcript)


async def stream(agent, transcript):
    async with agent.stream("Hi", transcript=transcript) as events:
        async for _ in events:
            pass
    return events.result


both_ways = pytest.mark.parametrize("how", [run, stream])


async def refused(how, agent, transcript=None):
    """Return the error of a run that told no secret and left a valid transcript."""
    talk = Transcript() if transcript is None else transcript
    with pytest.raises(ModelError) as caught:
        await how(agent, talk)
    assert Transcript(talk.messages) == talk
    assert "key-canary" not in str(caught.value) + repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


# --- no reply at all -------------------------------------------------------------------------


@both_ways
async def test_nothing_listens(how):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    agent = Agent("m", base_url=f"http://127.0.0.1:{port}/v1", api_key="key-canary")
    failed = await refused(how, agent)
    assert str(failed).startswith(f"nothing answers at http://127.0.0.1:{port}/v1: start")
    assert (failed.status, failed.can_retry) == (None, True)


@pytest.mark.parametrize(
    ("url", "todo"),
    [
        ("http://localhost:9/v1", "start the endpoint, or mend base_url"),
        ("http://[::1]:9/v1", "start the endpoint, or mend base_url"),
        ("https://models.example/v1", "see that this machine is online, or mend base_url"),
    ],
)
def test_nobody_is_told_to_start_an_endpoint_that_runs_elsewhere(url, todo):
    failed = openai.APIConnectionError(request=httpx2.Request("POST", url))
    failed.__cause__ = httpx2.ConnectError("no address")
    assert str(explain(failed, url, "m", "key")) == f"nothing answers at {url}: {todo}"


FATAL = [
    (
        error(401, "bad key key-canary"),
        401,
        "refused the API key (401): give the right one as api_",
    ),
    (error(403, "no"), 403, "refused the API key (403)"),
    (error(404, "no such model"), 404, "has no model 'scripted', or isn't"),
    (error(400, "you sent key-canary"), 400, "refused the request (400: you sent [key])"),
    (error(422, "odd"), 422, "refused the request (422: odd)"),
    (error(400, "This model's maximum context length is 8 tokens"), 400, "begin a new transcript"),
    (
        error(307, headers=[("location", "http://127.0.0.1:1/v1/chat/completions")]),
        307,
        "leads elsewhere (307)",
    ),
    (error(400, body=b"<html>", content_type="text/html"), 400, "it sent a web page"),
    (error(404, body=b"\xff", content_type="text/plain"), 404, "has no model"),
]


@both_ways
@pytest.mark.parametrize(("line", "status", "says_what"), FATAL)
async def test_an_error_says_what_to_do_and_is_not_tried_again(
    model, agent_of, how, line, status, says_what
):
    model.answers(line)
    failed = await refused(how, agent_of())
    assert says_what in str(failed)
    assert (failed.status, failed.can_retry) == (status, False)
    assert len(model.requests) == 1


def soon(status, message="busy"):
    return error(status, message, headers=[("retry-after-ms", "1")])


@both_ways
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_what_may_work_later_is_tried_three_times(model, agent_of, how, status):
    model.answers(*[soon(status)] * 3)
    failed = await refused(how, agent_of())
    assert f"({status}: busy)" in str(failed)
    assert str(failed).endswith("Try again later")
    assert (failed.status, failed.can_retry) == (status, True)
    assert len(model.requests) == 3


@both_ways
async def test_a_retry_that_works_is_all_that_the_run_needed(model, agent_of, how):
    model.answers(soon(429), soon(500), says("Hello."))
    assert (await how(agent_of(), Transcript())).text.strip() == "Hello."


async def test_the_wait_that_the_endpoint_asks_for_is_told(model, agent_of):
    model.answers(error(429, "slow down", headers=[("retry-after", "3600")]))
    failed = await refused(run, agent_of())
    assert str(failed).endswith("asked too often (429: slow down). Try again in 3600 s")
    assert failed.retry_after_s == 3600
    assert len(model.requests) == 1  # It's longer than the SDK waits.


@pytest.mark.parametrize("header", ["soon", "-1", "inf", "nan"])
async def test_a_wait_that_is_no_number_is_not_told(model, agent_of, header):
    model.answers(error(429, headers=[("retry-after", header), ("x-should-retry", "false")]))
    assert (await refused(run, agent_of())).retry_after_s is None


async def test_an_endpoint_that_hangs_up_before_it_answers(model, agent_of):
    async def nothing(send):
        await start(send, 200, "application/json", [("content-length", "100")])
        await send({"type": "http.response.body", "body": b"{", "more_body": False})

    model.answers(*[nothing] * 3)
    assert "broke before the reply came" in str(await refused(run, agent_of()))


async def test_an_endpoint_that_never_answers_ends_with_the_time_of_the_run(model, agent_of):
    model.always = silence
    result = await agent_of(limits=Limits(seconds=0.3)).run("Hi")
    assert (result.stopped, result.text) == ("max_seconds", "")
    assert result.transcript.wants_reply


async def silence(send):
    await asyncio.Event().wait()


# --- what is no reply ------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize(
    ("line", "says_what"),
    [
        (raw(b"<html>Welcome</html>", "text/html"), "a web page instead of JSON"),
        (raw(b"Welcome"), "isn't JSON"),
        (raw(b""), "isn't JSON"),
        (raw(b"{}"), "another shape"),
        (raw(b'{"error": {"message": "out of memory"}}'), "gave up: out of memory"),
    ],
)
async def test_a_page_instead_of_a_reply(model, agent_of, how, line, says_what):
    model.answers(line)
    assert says_what in str(await refused(how, agent_of()))


async def test_an_endpoint_that_can_not_stream_is_read_all_the_same(model, agent_of):
    body = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
    model.answers(raw(json.dumps(body).encode()), raw(b'{"choices": [{"message": {}}]}'))
    assert (await stream(agent_of(), Transcript())).text == "whole"
    assert (await stream(agent_of(), Transcript())).text == ""


# --- a stream that breaks --------------------------------------------------------------------

HELLO = {"content": "Hel"}
ADD = {"index": 0, "id": "c", "function": {"name": "add", "arguments": '{"a": 1, "b"'}}


def cut(*deltas):
    """Announce more than is sent, so that the client sees the connection break."""

    async def send_all(send):
        await start(send, 200, "text/event-stream", [("content-length", "100000")])
        for delta in deltas:
            await send({"type": "http.response.body", "body": event(delta), "more_body": True})
        await send({"type": "http.response.body", "body": b'data: {"cho'})

    return send_all


async def test_a_stream_that_is_cut_keeps_the_text_that_came(model, agent_of):
    model.answers(cut(HELLO), says("Hello."))
    agent, talk, seen = agent_of(), Transcript(), []

    async def watch():
        async with agent.stream("Hi", transcript=talk) as events:
            while True:
                seen.append(await anext(events))

    with pytest.raises(ModelError, match="broke off") as caught:
        await watch()
    assert caught.value.can_retry
    assert seen == [TextDelta("Hel")]
    assert talk.messages[-1] == {"role": "assistant", "content": "Hel"}
    assert talk.rewind() == "Hi"
    assert (await agent.run("Hi", transcript=talk)).text == "Hello."


async def test_a_stream_that_is_cut_in_a_call_makes_no_call(model, agent_of):
    model.answers(cut({"tool_calls": [ADD]}))
    talk = Transcript()
    await refused(stream, agent_of(add), talk)
    assert [m["role"] for m in talk] == ["user"]


async def test_a_stream_that_ends_too_soon_without_saying_so_counts_as_cut(model, agent_of):
    model.answers(pieces(HELLO, finish=None, done=False))
    assert "broke off" in str(await refused(stream, agent_of()))


@pytest.mark.parametrize(("finish", "done"), [(None, True), ("stop", False), ("stop", True)])
async def test_an_end_may_be_told_in_either_way(model, agent_of, finish, done):
    model.answers(pieces(HELLO, {"content": "lo"}, finish=finish, done=done))
    assert (await stream(agent_of(), Transcript())).text == "Hello"


async def test_an_end_without_an_empty_line_is_an_end(model, agent_of):
    model.answers(pieces(HELLO, event({}, "stop").strip(), finish=None, done=False))
    assert (await stream(agent_of(), Transcript())).text == "Hel"


async def test_an_error_in_the_stream_is_told(model, agent_of):
    model.answers(pieces(HELLO, b'data: {"error": {"message": "out of memory"}}\n\n'))
    assert "gave up: out of memory" in str(await refused(stream, agent_of()))


@pytest.mark.parametrize("data", [b"{", b"7", b'{"choices": [7]}', b"\xff"])
async def test_an_event_that_is_no_piece_of_a_reply(model, agent_of, data):
    model.answers(pieces(HELLO, b"data: " + data + b"\n\n"))
    assert "base_url" in str(await refused(stream, agent_of()))


async def endless(send):
    await start(send, 200, "text/event-stream")
    while True:
        await send({"type": "http.response.body", "body": event(HELLO), "more_body": True})
        await asyncio.sleep(0.001)


async def test_a_stream_that_never_ends_is_left_when_the_time_is_up(model, agent_of):
    model.answers(endless)
    result = await stream(agent_of(limits=Limits(seconds=0.5)), Transcript())
    assert result.stopped == "max_seconds"
    assert result.text.startswith("HelHel")
    assert result.transcript.messages[-1]["content"] == result.text
    assert await asyncio.to_thread(model.gone.wait, 30)


async def test_a_reply_without_measure_is_given_up(model, agent_of, monkeypatch):
    monkeypatch.setattr(endpoint, "REPLY_BYTES", 10_000)
    model.answers(endless)
    assert "more than 10000 bytes" in str(await refused(stream, agent_of()))
    assert await asyncio.to_thread(model.gone.wait, 30)


async def test_an_end_after_which_the_connection_stays_open_is_an_end(model, agent_of, monkeypatch):
    monkeypatch.setattr(endpoint, "DRAIN_S", 0.05)

    async def stays(send):
        await start(send, 200, "text/event-stream")
        whole = event(HELLO, "stop") + b"data: [DONE]\n\n"
        await send({"type": "http.response.body", "body": whole, "more_body": True})
        await asyncio.Event().wait()

    model.answers(stays)
    assert (await stream(agent_of(), Transcript())).text == "Hel"
    assert await asyncio.to_thread(model.gone.wait, 30)


QUOTED = json.dumps({"error": {"message": "key-canary is over its quota"}}).encode()


@pytest.mark.parametrize(
    ("how", "line", "said"),
    [
        (run, raw(QUOTED), "gave up: [key] is over its quota"),
        (stream, raw(QUOTED), "gave up: [key] is over its quota"),
        (stream, pieces(b"data: " + QUOTED + b"\n\n"), "gave up: [key] is over its quota"),
        (run, error(400, "x" * 195 + " key-canary"), "x" * 195 + " [key"),  # It was cut in half.
    ],
)
async def test_an_error_that_quotes_the_key_is_told_without_it(how, line, said, model, agent_of):
    model.answers(line)
    assert said in str(await refused(how, agent_of()))


async def test_a_connection_that_breaks_after_the_end_takes_nothing_back(model, agent_of):
    left = asyncio.Event()

    async def breaks(send):
        await start(send, 200, "text/event-stream")
        whole = event(HELLO, "stop") + b"data: [DONE]\n\n"
        await send({"type": "http.response.body", "body": whole, "more_body": True})
        left.set()
        raise RuntimeError("uvicorn closes the connection in the middle of the body")

    model.answers(breaks)
    result = await stream(agent_of(), Transcript())
    assert (result.text, result.stopped, left.is_set()) == ("Hel", "answered", True)


async def test_turns_of_a_stream_share_one_connection(model, agent_of):
    model.answers(calls(("add", {"a": 1, "b": 1})), calls(("add", {"a": 1, "b": 1})), says("2"))
    await stream(agent_of(add), Transcript())
    assert len(model.connections) == 3
    assert len(set(model.connections)) == 1


async def test_calls_at_one_index_are_told_apart_by_their_ids(model, agent_of):
    whole = {"index": 0, "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
    model.answers(
        pieces({"tool_calls": [{**whole, "id": "x"}]}, {"tool_calls": [{**whole, "id": "y"}]}),
        says("3, twice"),
    )
    result = await stream(agent_of(add), Transcript())
    assert [(call.call_id, call.content) for call in result.tool_calls] == [("x", "3"), ("y", "3")]
