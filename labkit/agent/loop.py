"""
The loop: ask the model, make the calls that it asks for side by side, tell it what came, repeat.

::

    setup    what all runs of an agent share; none of it changes
    run      one question; all that changes lives here, so runs don't know of each other
    grace    how long a call that was stopped may take to clean up; then it is left behind

Floor 2: knows errors and how a hop is recorded.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from labkit.agent.audit import AuditSink
from labkit.agent.authority import Authority
from labkit.agent.connections import Connections, PerLoop
from labkit.agent.content import error_content
from labkit.agent.endpoint import Body, Endpoint
from labkit.agent.events import Event, Result, Stopped, TextDelta, ToolCall, ToolEnded, Usage
from labkit.agent.gateway import Approve, Gateway, expect_approve
from labkit.agent.limits import Limits
from labkit.agent.replies import Call, Reply, ReplyInPieces
from labkit.agent.tools import Toolset
from labkit.agent.transcript import Transcript
from labkit.errors import UsageError
from labkit.tracing import Kind, span

GRACE_S = 1.0  # Our choice, as for a service that stops.
LEFT_BEHIND = "the run was stopped, and this call didn't end when it was told to"
FINISHES: dict[str | None, Stopped] = {"length": "length", "content_filter": "filtered"}


@dataclass(frozen=True, slots=True)
class Setup:
    """What all runs of an agent share."""

    endpoint: Endpoint
    instructions: str | None
    tools: Toolset
    limits: Limits
    audit: AuditSink
    per_loop: PerLoop[Connections]

    def body(self) -> Body:
        """Return what each request says, but for the messages."""
        body: Body = {"model": self.endpoint.model}
        return {**body, "tools": self.tools.schemas} if self.tools else body


@dataclass(frozen=True, slots=True)
class Watcher:
    """
    Who reads the events of a run while it goes on.

    Attributes:
        emit: Takes an event, at once.
        let_read: Gives the reader a turn, if it waits for one.
    """

    emit: Callable[[Event], None]
    let_read: Callable[[], Awaitable[None]]


class Run:
    """
    One question, until its answer.

    Args:
        setup: The agent's.
        question: What is asked; None lets the transcript end with it.
        transcript: The conversation so far; grows with each turn. None begins a new one.
        authority: Who asks.
        approve: Who is asked about writes.
        watcher: Who reads along; None asks the model for whole replies.

    Raises:
        UsageError: There is nothing to ask, or *approve* can't be asked.
    """

    def __init__(
        self,
        setup: Setup,
        question: str | None,
        transcript: Transcript | None,
        authority: Authority | None,
        approve: Approve | None,
        watcher: Watcher | None = None,
    ) -> None:
        self.run_id = uuid.uuid4().hex
        self._setup = setup
        self._question = question
        self._transcript = _conversation(question, transcript)
        self._authority, self._approve = authority, expect_approve(approve)
        self._watcher = watcher
        self._emit = watcher.emit if watcher else _ignore
        self._body = setup.body()
        self._text = ""
        self._calls: list[ToolCall] = []
        self._call_ids: set[str] = set()
        self._usage = Usage()

    async def play(self) -> Result:
        """
        Go on until the answer, or until a limit.

        Raises:
            UsageError: Another run holds the transcript.
            ModelError: The endpoint gave no usable reply.
        """
        with self._transcript.in_use():
            if self._question is not None:
                self._transcript.ask(self._question)
            with span("agent", Kind.AGENT, model_name=self._setup.endpoint.model) as hop:
                result = await self._play()
                hop.set(outcome=result.stopped, count=len(result.tool_calls))
            return result

    async def _play(self) -> Result:
        connections = await self._setup.per_loop.here()
        try:
            async with asyncio.timeout(self._setup.limits.seconds) as limit:
                return self.result(await self._turns(connections))
        except TimeoutError:
            if not limit.expired():
                raise
            return self.result("max_seconds")

    def result(self, stopped: Stopped) -> Result:
        """Return what there is by now."""
        calls, usage = tuple(self._calls), self._usage
        return Result(self._text, calls, usage, self._transcript, stopped, self.run_id)

    async def _turns(self, connections: Connections) -> Stopped:
        setup = self._setup
        gateway = Gateway(
            run_id=self.run_id,
            tools=setup.tools,
            limits=setup.limits,
            emit=self._emit,
            audit=setup.audit,
            service=connections.service,
            authority=self._authority,
            approve=self._approve,
        )
        for turn in range(setup.limits.turns):
            if turn == setup.limits.turns - 1:
                gateway.closed = "this run has no turn left in which to read the result"
            if gateway.used_up and setup.tools:
                self._body["tool_choice"] = "none"
            reply = await self._ask(connections)
            if not reply.calls:
                self._transcript.answer(reply.message())
                return "max_calls" if gateway.used_up else FINISHES.get(reply.finish, "answered")
            await self._make(gateway, reply)
        return "max_turns"

    async def _ask(self, connections: Connections) -> Reply:
        body = {**self._body, "messages": self._transcript.wire(self._setup.instructions)}
        endpoint = self._setup.endpoint
        with span("model", Kind.MODEL, model_name=endpoint.model) as hop:
            if self._watcher is None:
                reply = await endpoint.ask(connections.model, body)
            else:
                reply = await self._listen(connections, body, self._watcher)
            used = reply.usage
            hop.set(input_tokens=used.input_tokens, output_tokens=used.output_tokens)
        self._text = reply.text
        self._usage = _sum(self._usage, reply.usage)
        self._emit(self._usage)
        return reply

    async def _listen(self, connections: Connections, body: Body, watcher: Watcher) -> Reply:
        """Pass the text on as it comes; what came stays in the transcript if it breaks off."""
        pieces = ReplyInPieces(self._setup.endpoint.api_key)
        stream = self._setup.endpoint.stream(connections.model, body, pieces)
        try:
            async with aclosing(stream) as texts:
                async for text in texts:
                    watcher.emit(TextDelta(text))
                    await watcher.let_read()
        except BaseException:
            self._text = pieces.whole().text
            if self._text:
                self._transcript.answer({"role": "assistant", "content": self._text})
            raise
        return pieces.whole()

    async def _make(self, gateway: Gateway, reply: Reply) -> None:
        """Make the calls of one turn side by side; add the turn, whole, whatever happens."""
        reply.number(self._call_ids)
        tasks = [asyncio.create_task(gateway.dispatch(call)) for call in reply.calls]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=GRACE_S)
            raise
        finally:
            ended = [self._ended(*pair) for pair in zip(reply.calls, tasks, strict=True)]
            self._calls += ended
            self._transcript.answer(reply.message(), _tool_messages(ended))

    def _ended(self, call: Call, task: "asyncio.Task[ToolCall]") -> ToolCall:
        """Return how the call ended; one that didn't is left behind, and said so."""
        if task.done() and not task.cancelled():
            return task.result()
        content = error_content(LEFT_BEHIND)
        self._emit(ToolEnded(call.call_id, call.plain_name, "cancelled", content, GRACE_S))
        return ToolCall(call.call_id, call.plain_name, call.parsed(), "cancelled", content, GRACE_S)


def _conversation(question: str | None, transcript: Transcript | None) -> Transcript:
    if not isinstance(transcript, Transcript | None):
        raise UsageError("transcript is a Transcript(messages), or Transcript.load(path)")
    if question is not None and (not isinstance(question, str) or not question.strip()):
        raise UsageError("the question is a string with something in it")
    conversation = Transcript() if transcript is None else transcript
    if question is None and not conversation.wants_reply:
        raise UsageError("there is nothing to answer: ask a question")
    return conversation


def _tool_messages(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    return [
        {"role": "tool", "tool_call_id": call.call_id, "content": call.content} for call in calls
    ]


def _sum(a: Usage, b: Usage) -> Usage:
    return Usage(a.input_tokens + b.input_tokens, a.output_tokens + b.output_tokens)


def _ignore(_: Event) -> None:
    """Take an event that nobody reads."""
