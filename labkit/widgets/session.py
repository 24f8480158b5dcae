"""
One chat at work: what the page asks for comes in, runs begin and end, changes go out.

All of it lives on the `BackgroundLoop`, so a chat goes on while a cell computes. Nothing here is
called from another thread but `Session.receive`, which only hands over.

::

    request   what a page sends: {"type": "state" | "send" | "stop" | "answer" | "retry" | "clear"}
    flush     one message to all pages with the changes since the last one, numbered by ``seq``

A page that misses a number asks for the state; one that gets a number twice leaves it.

Floor 4: knows the agent and the background loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from labkit.agent import ApprovalAsked, Transcript
from labkit.agent.stream import EventStream
from labkit.background import BackgroundLoop
from labkit.errors import LabkitError, UsageError
from labkit.widgets.conversation import Conversation, Message

FLUSH_S = 0.05  # Our choice: nobody reads faster, and 1,000 tokens stay far below 150 KiB.
MAX_CHARACTERS = 100_000  # Of one message; our choice: more than any model here reads.
MAX_QUEUED = 20  # Our choice: somebody holds the Enter key down.
ERROR_CHARACTERS = 500  # As in the agent's gateway.
TOO_LONG = f"That message was cut to its first {MAX_CHARACTERS:,} characters."
TOO_MANY = f"{MAX_QUEUED} messages wait already: that one was not taken. Stop, or wait for them."

Send = Callable[[dict[str, Any]], None]
Ask = Callable[..., EventStream]
"""``stream`` of an agent, with its user: takes the question, ``transcript=`` and ``approve=``."""


class Session:
    """
    The conversation of one chat with one agent.

    Args:
        ask: Begins a run.
        send: Sends a message to all pages. Called on the background loop.
        on_end: Called on the background loop after each run, and after `clear`.

    Attributes:
        conversation: What stands on the page.
        transcript: What the model is told; another one after `clear` and `retry`.
    """

    def __init__(
        self,
        ask: Ask,
        send: Send,
        on_end: Callable[[], None],
    ) -> None:
        self.conversation = Conversation()
        self.transcript = Transcript()
        self._stream_of, self._send, self._on_end = ask, send, on_end
        self._loop = BackgroundLoop.shared()
        self._left = ""  # Why nobody answers any more.
        self._queue: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stream: EventStream | None = None
        self._question: Message | None = None  # The last one that was asked.
        self._before = Transcript()  # What was said before it.
        self._approvals: dict[str, asyncio.Future[bool]] = {}
        self._seq = 0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._last_flush = 0.0

    def receive(self, request: object) -> None:
        """Take a request of a page, on any thread; what is none is left."""
        BackgroundLoop.shared().submit(self.handle(request))

    def leave(self, reason: str) -> None:
        """
        Stop, say *reason*, and answer nobody any more. Any thread may call it, and none waits.

        Whoever stops a lab may hold a lock that a tool of the run waits for.
        """
        self._left = self._left or reason
        if self._loop.alive:  # At exit it may have ended.
            with suppress(UsageError):
                self._loop.submit(self._leave())

    async def handle(self, request: object) -> None:
        """Do what a page asks for. Runs on the background loop."""
        match request:
            case {"type": "state"}:
                self._send_state()
            case {"type": "send", "text": str(text)}:
                self._ask(text)
            case {"type": "stop"}:
                await self.stop()
            case {"type": "answer", "id": int(message_id), "yes": bool(yes)}:
                self._answer_approval(message_id, yes=yes)
            case {"type": "retry"}:
                self._retry()
            case {"type": "clear"}:
                await self._clear()
        self._changed()

    async def stop(self) -> None:
        """Stop the run and wait for its end; what is queued is taken back."""
        while self._queue:
            self.conversation.take_back(self._queue.popleft())
        if self._task is not None:
            self.conversation.stopping()
            self._changed()
            self._task.cancel()
            await asyncio.wait([self._task])

    async def idle(self) -> None:
        """Wait until nothing is being answered, and nothing waits for its turn."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _leave(self) -> None:
        await self.stop()
        self.conversation.close(self._left)
        self._on_end()
        self._changed()

    def _ask(self, text: str) -> None:
        if not text.strip():
            return
        if self._left:
            self.conversation.take_back(self.conversation.say(text[:MAX_CHARACTERS]))
            return
        if len(self._queue) >= MAX_QUEUED:
            self.conversation.note(TOO_MANY)
            return
        if len(text) > MAX_CHARACTERS:
            self.conversation.note(TOO_LONG)
        self._queue.append(self.conversation.say(text[:MAX_CHARACTERS]))
        self._begin_next()

    def _begin_next(self) -> None:
        if self._task is None and self._queue:
            question = self._queue.popleft()
            self._question = self.conversation.begin(question)
            self._before = self.transcript.copy()
            self._task = asyncio.create_task(self._run(str(question["text"])))
            self._task.add_done_callback(self._ended)

    async def _run(self, question: str) -> None:
        stream = self._stream = self._stream_of(
            question, transcript=self.transcript, approve=self._approve
        )
        async with stream as events:
            async for event in events:
                self.conversation.take(event)
                self._changed()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Close the run, however it ended, also before its first step; begin the next."""
        result = self._stream.result if self._stream else None
        self._task = self._stream = None
        self._approvals.clear()
        if task.cancelled():
            self.conversation.end(result, cancelled=True)
        elif error := task.exception():
            self.conversation.end()
            self.conversation.note(_said(error), is_error=True)
            while self._queue:
                self.conversation.take_back(self._queue.popleft())
        self._on_end()
        self._begin_next()
        self._changed()

    async def _approve(self, asked: ApprovalAsked) -> bool:
        """Wait for a page's answer; the gateway gives up when its time is over."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._approvals[asked.call_id] = answer
        try:
            return await answer
        finally:
            self._approvals.pop(asked.call_id, None)

    def _answer_approval(self, message_id: int, *, yes: bool) -> None:
        call_id = self.conversation.approved(message_id, yes=yes)
        answer = self._approvals.get(call_id) if call_id else None
        if answer and not answer.done():
            answer.set_result(yes)

    def _retry(self) -> None:
        if self._task is None and self._question is not None and not self._left:
            text = str(self._question["text"])
            self.conversation.rewind(self._question)
            self.transcript = self._before
            self._ask(text)

    async def _clear(self) -> None:
        await self.stop()
        while self._task is not None:  # Somebody sent a message meanwhile.
            await self.stop()
        self.conversation.clear()
        self.transcript, self._question = Transcript(), None
        if self._left:
            self.conversation.close(self._left)
        self._on_end()

    # --- to the pages --------------------------------------------------------------------------

    def _changed(self) -> None:
        if self._flush_timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(self._last_flush + FLUSH_S - loop.time(), 0)
            self._flush_timer = loop.call_later(wait_s, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        if changes := self.conversation.changes():
            self._last_flush = asyncio.get_running_loop().time()
            self._seq += 1
            self._send({"type": "changes", "seq": self._seq, "changes": changes})

    def _send_state(self) -> None:
        """Send all there is. What was waiting goes first, so that the number fits every page."""
        self._flush()
        self._send({"type": "state", "seq": self._seq, **self.conversation.snapshot()})


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:ERROR_CHARACTERS]
    return text if isinstance(error, LabkitError) else f"{type(error).__name__}: {text}"
