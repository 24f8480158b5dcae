"""One question, until its answer: over a real socket, on any loop, many at once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from model_kit import calls, error, says

from labkit import Agent, tool
from labkit.agent import Limits, Transcript, Usage
from labkit.agent.agent import OPENAI_URL
from labkit.background import BackgroundLoop
from labkit.errors import ModelError, UsageError

ROOT = Path(__file__).parents[2]


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def thread_name() -> str:
    """Say where it runs."""
    return threading.current_thread().name


# --- one run ---------------------------------------------------------------------------------


async def test_an_answer_without_tools(model, agent_of):
    model.answers(says("Hello."))
    result = await agent_of(instructions="Be brief.").run("Hi")
    assert (result.text, result.stopped, result.tool_calls) == ("Hello.", "answered", ())
    assert result.usage == Usage(10, 3)
    (request,) = model.requests
    assert request == {
        "model": "scripted",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
    }
    assert model.headers[0]["authorization"] == "Bearer key-canary"


async def test_a_tool_is_called_and_its_result_told(model, agent_of):
    model.answers(calls(("add", {"a": 2, "b": 3}), text="One moment."), says("5"))
    result = await agent_of(add).run("2 + 3?")
    (call,) = result.tool_calls
    assert (call.name, call.arguments, call.outcome, call.content) == (
        "add",
        {"a": 2, "b": 3},
        "ok",
        "5",
    )
    assert (result.text, result.usage) == ("5", Usage(20, 6))
    assert model.requests[0]["tools"] == [add.schema]
    user, asks, answer, last = result.transcript.messages
    assert asks["content"] == "One moment."
    assert answer == {"role": "tool", "tool_call_id": asks["tool_calls"][0]["id"], "content": "5"}
    assert model.requests[1]["messages"] == [user, asks, answer]
    assert last == {"role": "assistant", "content": "5"}


async def test_calls_of_one_turn_run_side_by_side_and_are_told_in_their_order(model, agent_of):
    both = asyncio.Barrier(2)

    async def first() -> str:
        """Wait for the other."""
        await both.wait()
        await asyncio.sleep(0)
        return "1"

    async def second() -> str:
        """Wait for the other."""
        await both.wait()
        return "2"

    model.answers(calls(("first", {}), ("second", {})), says("done"))
    result = await asyncio.wait_for(agent_of(first, second).run("go"), 30)
    assert [call.content for call in result.tool_calls] == ["1", "2"]


async def test_a_sync_tool_runs_in_a_thread(model, agent_of):
    model.answers(calls(("thread_name", {})), says("done"))
    result = await agent_of(thread_name).run("where?")
    assert result.tool_calls[0].content == "labkit-tool"


async def test_a_conversation_goes_on_and_can_be_saved_and_loaded_between(
    model, agent_of, tmp_path
):
    model.answers(says("I'm fine."), calls(("add", {"a": 1, "b": 1})), says("2"), says("Bye."))
    agent = agent_of(add)
    talk = (await agent.run("How are you?")).transcript
    await agent.run("1 + 1?", transcript=talk)
    talk.save(tmp_path / "talk.json")
    again = Transcript.load(tmp_path / "talk.json")
    result = await agent.run("Bye", transcript=again)
    assert result.transcript is again
    assert [m["role"] for m in again] == [
        *("user", "assistant", "user", "assistant", "tool", "assistant", "user", "assistant"),
    ]
    assert model.requests[-1]["messages"] == again.messages[:-1]
    assert len(talk) == 6


async def test_a_question_that_found_no_endpoint_can_be_asked_again(model, agent_of):
    talk = Transcript()
    model.answers(error(400, "not today"), says("Now."))
    agent = agent_of()
    with pytest.raises(ModelError, match="not today"):
        await agent.run("Hi", transcript=talk)
    assert talk.wants_reply
    assert (await agent.run(transcript=talk)).text == "Now."
    assert [m["role"] for m in talk] == ["user", "assistant"]


@pytest.mark.parametrize(
    ("arguments", "says_what"),
    [
        ({"question": ""}, "something in it"),
        ({"question": " \n"}, "something in it"),
        ({"question": 7}, "something in it"),
        ({}, "nothing to answer"),
        ({"transcript": Transcript()}, "nothing to answer"),
        (
            {"transcript": Transcript([{"role": "assistant", "content": "Hello."}])},
            "nothing to answer",
        ),
        ({"question": "Hi", "transcript": [{"role": "user", "content": "Hi"}]}, "Transcript"),
    ],
)
async def test_what_can_not_be_asked_is_refused_and_nothing_is_sent(
    model, agent_of, arguments, says_what
):
    agent = agent_of()
    with pytest.raises(UsageError, match=says_what):
        await agent.run(**arguments)
    with pytest.raises(UsageError, match=says_what):
        async with agent.stream(**arguments):
            pass
    assert model.requests == []


async def test_two_runs_do_not_write_into_one_transcript(model, agent_of):
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        inside.set()
        await go_on.wait()
        return "ok"

    model.answers(calls(("wait", {})), says("done"), says("other"))
    agent, talk = agent_of(wait), Transcript()
    first = asyncio.create_task(agent.run("one", transcript=talk))
    await inside.wait()
    with pytest.raises(UsageError, match="its own copy"):
        await agent.run("two", transcript=talk)
    go_on.set()
    assert (await first).text == "done"
    assert (await agent.run("two", transcript=talk)).text == "other"
    assert [m["content"] for m in talk if m["role"] == "user"] == ["one", "two"]


# --- limits ----------------------------------------------------------------------------------


async def test_the_last_turn_makes_no_call_whose_result_nobody_would_read(model, agent_of):
    made = []

    async def note() -> str:
        """Note."""
        made.append(1)
        return "ok"

    model.always = calls(("note", {}), text="again")
    result = await agent_of(note, limits=Limits(turns=3)).run("loop")
    assert (result.stopped, len(made), len(model.requests)) == ("max_turns", 2, 3)
    assert [call.outcome for call in result.tool_calls] == ["ok", "ok", "limited"]
    assert "no turn left" in result.tool_calls[-1].content
    assert result.text == "again"


async def test_when_the_calls_are_used_up_the_model_has_to_answer(model, agent_of):
    model.answers(calls(*[("add", {"a": 1, "b": 1})] * 4), says("enough"))
    result = await agent_of(add, limits=Limits(calls=3)).run("many")
    assert [call.outcome for call in result.tool_calls] == ["ok", "ok", "ok", "limited"]
    assert model.requests[1]["tool_choice"] == "none"
    assert (result.stopped, result.text) == ("max_calls", "enough")


async def test_no_more_tools_at_once_than_the_limit(model, agent_of):
    at_work, most = 0, 0
    pair = asyncio.Barrier(2)

    async def work() -> str:
        """Work."""
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await pair.wait()
        at_work -= 1
        return "ok"

    model.answers(calls(*[("work", {})] * 6), says("done"))
    result = await agent_of(work, limits=Limits(parallel=2)).run("go")
    assert {call.outcome for call in result.tool_calls} == {"ok"}
    assert most == 2


async def test_a_run_whose_time_is_up_returns_what_there_is(model, agent_of):
    model.answers(calls(("forever", {}), ("add", {"a": 1, "b": 1}), text="I try."))
    ended = asyncio.Event()

    async def forever() -> str:
        """Never ends."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    result = await agent_of(forever, add, limits=Limits(seconds=0.5)).run("go")
    assert (result.stopped, result.text) == ("max_seconds", "I try.")
    assert [call.outcome for call in result.tool_calls] == ["cancelled", "ok"]
    assert ended.is_set()
    assert [m["role"] for m in result.transcript] == ["user", "assistant", "tool", "tool"]


@pytest.mark.parametrize(
    ("finish", "stopped"),
    [("length", "length"), ("content_filter", "filtered"), (None, "answered"), ("odd", "answered")],
)
async def test_why_the_model_ended_is_told(model, agent_of, finish, stopped):
    model.answers(says("As far as", finish=finish))
    assert (await agent_of().run("Hi")).stopped == stopped


@pytest.mark.parametrize("name", ["turns", "calls", "parallel", "seconds", "output_characters"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "7", None, True])
def test_a_limit_is_a_number_over_zero(name, value):
    with pytest.raises(UsageError, match=name):
        Limits(**{name: value})


# --- loops and threads -----------------------------------------------------------------------


def test_run_sync_works_in_a_script(model, agent_of):
    model.answers(calls(("add", {"a": 2, "b": 3})), says("5"))
    assert agent_of(add).run_sync("2 + 3?").text == "5"


async def test_run_sync_works_where_a_loop_runs_already(model, agent_of):
    model.answers(says("one"), says("two"))
    agent = agent_of()
    assert [agent.run_sync("1").text, agent.run_sync("2").text] == ["one", "two"]
    assert len(set(model.connections)) == 1


def test_run_sync_in_a_coroutine_of_the_background_loop_says_use_await(agent_of):
    async def inside():
        agent_of().run_sync("Hi")

    with pytest.raises(UsageError, match="await"):
        BackgroundLoop.shared().run(inside())


def test_one_agent_serves_many_loops_one_after_the_other(model, agent_of, loops_end):
    model.answers(*(says(str(n)) for n in range(6)))
    agent = agent_of()

    async def twice():
        return [(await agent.run("Hi")).text for _ in range(2)]

    assert [loops_end(twice()) for _ in range(3)] == [["0", "1"], ["2", "3"], ["4", "5"]]
    assert len(set(model.connections)) == 3
    assert len(agent._setup.per_loop._kept) == 1


def test_loops_of_many_threads_share_one_agent(model, agent_of):
    model.always = says("same")
    agent = agent_of()
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(asyncio.run(agent.run("Hi")).text))
        for _ in range(5)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert texts == ["same"] * 5


async def test_an_agent_that_nobody_uses_any_more_closes_its_connections(model, url):
    model.answers(says("Hi"))
    agent = Agent("scripted", base_url=url)
    await agent.run("Hi")
    client = (await agent._setup.per_loop.here()).model
    del agent
    (closing,) = asyncio.all_tasks() - {asyncio.current_task()} or await next_task()
    await closing
    assert client.is_closed()


async def next_task():
    """Let the loop begin what was put before it from elsewhere."""
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_twenty_runs_of_one_agent_do_not_mix(model, agent_of):
    together = asyncio.Barrier(20)

    async def echo(word: str) -> str:
        """Say it again."""
        await together.wait()
        return word

    class Echo:
        """Answers each conversation with its own word."""

        def __call__(self, request):
            *_, last = request["messages"]
            word = request["messages"][0]["content"]
            return (
                says(last["content"]) if last["role"] == "tool" else calls(("echo", {"word": word}))
            )

    model.reacts = Echo()
    agent = agent_of(echo)
    results = await asyncio.gather(*(agent.run(f"word {n}") for n in range(20)))
    assert [result.text for result in results] == [f"word {n}" for n in range(20)]
    assert all(len(result.transcript) == 4 for result in results)
    assert len({result.run_id for result in results}) == 20


def test_a_learners_own_lock_works_in_their_tool(model, agent_of, loops_end):
    async def both():
        lock = asyncio.Lock()

        async def guarded() -> str:
            """Take the lock."""
            async with lock:
                return "ok"

        model.answers(calls(("guarded", {}), ("guarded", {})), says("done"))
        async with lock:
            run = asyncio.create_task(agent_of(guarded).run("go"))
            await asyncio.sleep(0)
        return await run

    assert {call.outcome for call in loops_end(both()).tool_calls} == {"ok"}


# --- Ctrl-C ----------------------------------------------------------------------------------

INTERRUPTED = """
import asyncio, sys, os, signal
from labkit import Agent, tool
from labkit.agent import Transcript

said = []

@tool
async def forever() -> str:
    '''Never ends.'''
    print("began", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        said.append("tool ended")

agent, talk = Agent("scripted", [forever], base_url=sys.argv[1]), Transcript()
try:
    agent.run_sync("go", transcript=talk)
except KeyboardInterrupt:
    said.append("interrupted")
print(said, [m["role"] for m in talk], talk.messages[-1]["content"])
print(agent.run_sync("again", transcript=talk).text)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
def test_ctrl_c_stops_the_run_with_its_tools_and_the_agent_works_on(model, url):
    model.answers(calls(("forever", {})), says("fine"))
    program = [sys.executable, "-W", "error", "-c", textwrap.dedent(INTERRUPTED), url]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as run:
        assert run.stdout.readline() == "began\n"
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert err == ""
    told, answer = out.splitlines()
    assert told.startswith("['tool ended', 'interrupted'] ['user', 'assistant', 'tool']")
    assert "the run was stopped" in told
    assert answer == "fine"


def test_a_script_ends_cleanly_also_with_warnings_as_errors(model, url):
    model.answers(says("one"), says("two"), *[says("more")] * 5)
    script = """
import asyncio, gc, sys
from labkit import Agent
agent = Agent("scripted", base_url=sys.argv[1])
print(asyncio.run(agent.run("Hi")).text, agent.run_sync("Hi").text)

async def with_an_agent_that_ends_before_its_loop():
    agent = Agent("scripted", base_url=sys.argv[1])
    runs = [agent.run("Hi") for _ in range(5)]
    return len(await asyncio.gather(*runs))

print(asyncio.run(with_an_agent_that_ends_before_its_loop()))
gc.collect()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, url],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.stdout, done.stderr) == ("one two\n5\n", "")


# --- what an agent is made of ----------------------------------------------------------------


def agent_with(settings, **options):
    made = Agent(settings=settings, **options)._setup.endpoint
    return made.model, made.base_url, made.api_key


@pytest.mark.parametrize(
    ("environment", "options", "made"),
    [
        ({}, {"model": "m", "base_url": "http://a/v1/"}, ("m", "http://a/v1", "no-key-given")),
        ({"model": "e", "model_url": "http://e/v1"}, {}, ("e", "http://e/v1", "no-key-given")),
        (
            {"model": "e", "model_url": "http://e/v1", "model_key": "k"},
            {"model": "m"},
            ("m", "http://e/v1", "k"),
        ),
        (
            {"model": "e", "model_url": "http://e/v1", "model_key": "k"},
            {"base_url": "http://a/v1"},
            ("e", "http://a/v1", "no-key-given"),
        ),
        ({"model": "e", "model_key": "k"}, {}, ("e", OPENAI_URL, "k")),
        ({}, {"model": "m", "api_key": "k"}, ("m", OPENAI_URL, "k")),
    ],
)
def test_a_key_of_the_environment_goes_nowhere_but_where_the_environment_says(
    tmp_path, environment, options, made
):
    from labkit.settings import Settings

    settings = Settings(home=tmp_path, cache=tmp_path, **environment)
    assert agent_with(settings, **options) == made


def test_the_environment_is_read(monkeypatch, model, url):
    model.answers(says("Hi"))
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "from-outside")
    monkeypatch.setenv("LABKIT_MODEL", "theirs")
    assert Agent().run_sync("Hi").text == "Hi"
    assert model.requests[0]["model"] == "theirs"
    assert model.headers[0]["authorization"] == "Bearer from-outside"


@pytest.mark.parametrize(
    ("options", "says_what"),
    [
        ({"model": None}, "model=, or LABKIT_MODEL"),
        ({"model": " "}, "model is a string"),
        ({"base_url": None}, "base_url=, or OPENAI_BASE_URL"),
        ({"base_url": "127.0.0.1:8004"}, "begins with http"),
        ({"base_url": 7}, "base_url is a string"),
        ({"api_key": ""}, "api_key is a string"),
        ({"api_key": "a\nb"}, "can't stand in a header"),
        ({"api_key": "schlüssel"}, "can't stand in a header"),
        ({"instructions": 7}, "instructions is a string"),
        ({"tools": add}, "tools is a list"),
        ({"tools": [add, add]}, "two tools"),
        ({"services": {"x": "ftp://a"}}, "is a URL"),
        ({"limits": {"turns": 3}}, "limits is a Limits"),
    ],
)
def test_what_an_agent_can_not_be_made_of_is_named(settings, options, says_what):
    given = {"model": "m", "base_url": "http://127.0.0.1:1/v1", **options}
    with pytest.raises(UsageError, match=says_what):
        Agent(settings=settings, **given)


def test_nothing_of_an_agent_shows_its_key(agent_of):
    agent = agent_of(add)
    assert repr(agent) == "<Agent scripted: <Toolset add>>"
    assert "key-canary" not in repr(agent._setup)


def test_the_whole_of_a_result_can_be_written_as_json(model, agent_of):
    from dataclasses import asdict

    model.answers(calls(("add", {"a": 2, "b": 3})), says("5"))
    result = agent_of(add).run_sync("2 + 3?")
    told = [asdict(call) for call in result.tool_calls]
    assert json.loads(json.dumps(told))[0]["content"] == "5"
