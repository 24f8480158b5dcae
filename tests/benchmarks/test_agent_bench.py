"""
What the agent costs, as ratios to a loop written by hand on the OpenAI SDK, measured in turns.

`make bench` shows the table. In the test suite each is measured once, to see that it still works;
no time is asserted.

::

    floor    the hand-written loop: the SDK's typed client, no events, no limits, no audit
    CPU      of this process; the model is in another
    ideal    how long the slowest of the tools takes
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from labkit import Agent
from labkit.agent import TextDelta

ROOT = Path(__file__).parents[2]
ROUNDS, RUNS = 7, 40
SLOW_S = 0.1


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def slow() -> str:
    """Take a while."""
    await asyncio.sleep(SLOW_S)
    return "ok"


TOOLS = {"add": add, "slow": slow}


@pytest.fixture(scope="module")
def url():
    script = Path(__file__).with_name("bench_model.py")
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        yield f"{process.stdout.readline().strip()}/v1"
        process.stdin.close()


@pytest.fixture
def rounds(request):
    """How many rounds and runs: many only when somebody looks (`make bench` passes -s)."""
    return (ROUNDS, RUNS) if request.config.getoption("capture") == "no" else (1, 1)


class Floor:
    """The loop by hand."""

    def __init__(self, url, model, schemas):
        self.client = AsyncOpenAI(base_url=url, api_key="none")
        self.asked = {"model": model, "tools": schemas}

    async def run(self):
        messages = [{"role": "user", "content": "go"}]
        while True:
            answer = await self.client.chat.completions.create(messages=messages, **self.asked)
            message = answer.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message.model_dump(exclude_none=True))
            made = (call(wanted) for wanted in message.tool_calls)
            messages += await asyncio.gather(*made)

    async def stream(self):
        """Return the text, and the seconds until the first of it."""
        begun, first, texts = time.perf_counter(), None, []
        messages = [{"role": "user", "content": "go"}]
        chunks = await self.client.chat.completions.create(
            messages=messages, stream=True, **self.asked
        )
        async for chunk in chunks:
            first = first or time.perf_counter() - begun
            texts.append(chunk.choices[0].delta.content)
        return "".join(texts), first

    async def close(self):
        await self.client.close()


async def call(wanted):
    value = await TOOLS[wanted.function.name](**json.loads(wanted.function.arguments))
    return {"role": "tool", "tool_call_id": wanted.id, "content": str(value)}


class Ours:
    """The agent."""

    def __init__(self, url, model, tools):
        self.agent = Agent(model, tools, base_url=url)

    async def run(self):
        return (await self.agent.run("go")).text

    async def stream(self):
        begun, first, texts = time.perf_counter(), None, []
        async with self.agent.stream("go") as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    first = first or time.perf_counter() - begun
                    texts.append(event.text)
        return "".join(texts), first


async def measured(run, times):
    """Return CPU and wall seconds of one *run*, and all that the runs returned."""
    cpu, wall = time.process_time(), time.perf_counter()
    returned = [await run() for _ in range(times)]
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return [each / times for each in spent], returned


async def both(url, model, tools, how, rounds, times):
    """Measure ours and the floor in turns; return the two lists of (cpu, wall), and all returns."""
    ours = Ours(url, model, tools)
    floor = Floor(url, model, ours.agent.tools.schemas)
    rows, returned = ([], []), []
    for number in range(rounds + 1):  # The first opens what stays open.
        for which, peer in enumerate((ours, floor)):
            spent, back = await measured(getattr(peer, how), times)
            returned.append((which, back))
            if number or rounds == 1:
                rows[which].append(spent)
    await floor.close()
    return rows, returned


def show(what, ours, floor, unit="ms"):
    ratios = sorted(a / b for a, b in zip(ours, floor, strict=True))
    print(
        f"\n  {what:<44} {1e3 * statistics.median(ours):8.2f} {unit}   floor "
        f"{1e3 * statistics.median(floor):8.2f} {unit}   ratio {statistics.median(ratios):5.2f} "
        f"[{ratios[0]:.2f} to {ratios[-1]:.2f}]"
    )


async def test_one_tool_call(url, rounds):
    (ours, floor), returned = await both(url, "one", [add], "run", *rounds)
    assert {text for _, back in returned for text in back} == {"done"}
    show("one tool call: CPU", [cpu for cpu, _ in ours], [cpu for cpu, _ in floor])


async def test_two_hundred_streamed_tokens(url, rounds):
    (ours, floor), returned = await both(url, "text", [], "stream", *rounds)
    assert {text for _, back in returned for text, _ in back} == {"word " * 200}
    firsts = [
        [statistics.median(first for _, first in back) for which, back in returned if which == one]
        for one in (0, 1)
    ]
    show("200 streamed tokens: CPU", [cpu for cpu, _ in ours], [cpu for cpu, _ in floor])
    show("200 streamed tokens: first token", *firsts)


async def test_twenty_tools_at_once(url, rounds):
    count, times = rounds
    (ours, _), returned = await both(url, "twenty", [slow], "run", count, min(times, 3))
    assert {text for _, back in returned for text in back} == {"done"}
    walls = [wall for _, wall in ours]
    show("twenty tools of 100 ms, against the ideal", walls, [SLOW_S] * len(walls))
