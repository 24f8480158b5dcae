"""
One chat at work: what the page asks for comes in, runs begin and end, changes go out.

All of it lives on the `BackgroundLoop`, so a chat goes on while a cell computes. Nothing here is
called from another thread but `Session.receive` and `Session.leave`, which only hand over.

::

    request   what a page sends: {"type": "state" | "send" | "stop" | "answer" | "retry" | "edit" |
              "clear" | "trace" | "export"}

Floor 4: knows the agent and the background loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from labkit.agent import Transcript
from labkit.agent.stream import EventStream
from labkit.background import BackgroundLoop
from labkit.errors import LabkitError, UsageError
from labkit.tracing import Trace
from labkit.widgets import run_traces
from labkit.widgets.approvals import Approvals
from labkit.widgets.conversation import Conversation
from labkit.widgets.export import Form, exported
from labkit.widgets.log import Message
from labkit.widgets.outbox import Outbox, Send
from labkit.widgets.run_traces import RunTraces

MAX_CHARACTERS = 100_000  # Of one message; our choice: more than any model here reads.
MAX_QUEUED = 20  # Our choice: somebody holds the Enter key down.
ERROR_CHARACTERS = 500  # As in the agent's gateway.
TOO_LONG = f"That message was cut to its first {MAX_CHARACTERS:,} characters."
TOO_MANY = f"{MAX_QUEUED} messages wait already: that one was not taken. Stop, or wait for them."

Ask = Callable[..., EventStream]
"""``stream`` of an agent, with its user: takes the question, ``transcript=`` and ``approve=``."""


class Session:
    """
    The conversation of one chat with one agent.

    Args:
        ask: Begins a run.
        send: Sends a message to all pages. Called on the background loop.
        on_end: Called on the background loop after each run, after `leave`, and after a "clear".
        traces: Whether runs are recorded.

    Attributes:
        conversation: What stands on the page.
        transcript: What the model is told; another one after "clear", "edit" and "retry".
        traces: Those of the newest runs.
        left: Why nobody answers any more; empty while somebody does.
    """

    def __init__(
        self, ask: Ask, send: Send, on_end: Callable[[], None], *, traces: bool = False
    ) -> None:
        self.conversation = Conversation()
        self.transcript = Transcript()
        self.traces = RunTraces()
        self._outbox = Outbox(self.conversation, send)
        self._stream_of, self._on_end, self._records = ask, on_end, traces
        self._loop = BackgroundLoop.shared()
        self.left = ""
        self._queue: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stream: EventStream | None = None
        self._trace: Trace | None = None  # Of the run that goes on.
        self._keeping: set[asyncio.Task[None]] = set()  # Traces of those before that end.
        self._question: Message | None = None  # The last one that was asked.
        self._before = Transcript()  # What was said before it.
        self._approvals = Approvals()

    def receive(self, request: object) -> None:
        """Take a request of a page, on any thread; what is none is left."""
        BackgroundLoop.shared().submit(self.handle(request))

    def leave(self, reason: str) -> None:
        """
        Stop, say *reason*, and answer nobody any more. Any thread may call it, and none waits.

        Whoever stops a lab may hold a lock that a tool of the run waits for.
        """
        self.left = self.left or reason
        if self._loop.alive:  # At exit it may have ended.
            with suppress(UsageError):
                self._loop.submit(self._leave())

    async def handle(self, request: object) -> None:
        """Do what a page asks for. Runs on the background loop."""
        match request:
            case {"type": "state"}:
                self._outbox.send_state()
            case {"type": "send", "text": str(text)}:
                self._ask(text)
            case {"type": "stop"}:
                await self.stop()
            case {"type": "answer", "id": int(message_id), "yes": bool(yes)}:
                if call_id := self.conversation.approved(message_id, yes=yes):
                    self._approvals.answer(call_id, yes=yes)
            case {"type": "retry"}:
                await self._retry()
            case {"type": "edit", "id": int(message_id), "text": str(text)}:
                await self._edit(message_id, text)
            case {"type": "clear"}:
                await self._clear()
            case {"type": "trace", "id": int(message_id)}:
                data = await self.traces.data(message_id)
                self._outbox.send({"type": "trace", "id": message_id, "data": data})
            case {"type": "export", "form": ("json" | "markdown") as form}:
                self._outbox.send({"type": "export", "form": form, "text": self.export(form)})
        self._outbox.changed()

    def export(self, form: Form) -> str:
        """Return what was said, as one text."""
        return exported(form, self.transcript, self.conversation.messages)

    async def idle(self) -> None:
        """Wait until nothing is being answered, nothing waits for its turn, and traces are kept."""
        while pending := [*self._keeping, *([self._task] if self._task else [])]:
            await asyncio.wait(pending)

    # --- questions -----------------------------------------------------------------------------

    def _ask(self, text: str) -> None:
        if not text.strip():
            return
        if self.left:
            self.conversation.take_back(self.conversation.say(text[:MAX_CHARACTERS]))
            return
        if len(self._queue) >= MAX_QUEUED:
            self.conversation.note(TOO_MANY)
            return
        if len(text) > MAX_CHARACTERS:
            self.conversation.note(TOO_LONG)
        self._queue.append(self.conversation.say(text[:MAX_CHARACTERS]))
        self._begin_next()

    async def _retry(self) -> None:
        if self._task is not None and not self.conversation.status["busy"]:
            await asyncio.wait([self._task])  # Its last word is there, and it's about to end.
        if self._task is None and self._question is not None and not self.left:
            text = str(self._question["text"])
            self._take_back()
            self._ask(text)

    async def _edit(self, message_id: int, text: str) -> None:
        """Ask *text* instead of the last question; if that isn't the last any more, as well."""
        if not text.strip() or self.left:
            return
        await self.stop()
        if self._question is not None and self._question["id"] == message_id:
            self._take_back()
        self._ask(text)

    def _take_back(self) -> None:
        """Forget the last question and what came of it."""
        assert self._question is not None
        self.conversation.rewind(self._question)
        self.transcript, self._question = self._before, None

    async def _clear(self) -> None:
        await self.stop()
        self.conversation.clear()
        self.transcript, self._question = Transcript(), None
        self.traces.only(())
        if self.left:
            self.conversation.close(self.left)
        self._on_end()

    async def _leave(self) -> None:
        await self.stop()
        self.conversation.close(self.left)  # Not in the transcript, which holds what was said.
        self._outbox.changed()

    # --- runs ----------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Stop the run and wait for its end; what is queued is taken back."""
        while self._queue or self._task:  # Again, if somebody sent a message meanwhile.
            while self._queue:
                self.conversation.take_back(self._queue.popleft())
            if self._task is not None:
                self.conversation.stopping()
                self._outbox.changed()
                self._task.cancel()
                await asyncio.wait([self._task])

    def _begin_next(self) -> None:
        if self._task is None and self._queue:
            question = self._queue.popleft()
            self._question = self.conversation.begin(question)
            self._before = self.transcript.copy()
            self._task = asyncio.create_task(self._run(str(question["text"])))
            self._task.add_done_callback(self._ended)

    async def _run(self, question: str) -> None:
        if self._records:
            self._trace = run_traces.begin()
        stream = self._stream = self._stream_of(
            question, transcript=self.transcript, approve=self._approvals.wait
        )
        async with stream as events:
            async for event in events:
                self.conversation.take(event)
                self._outbox.changed()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Close the run, however it ended, also before its first step; begin the next."""
        result = self._stream.result if self._stream else None
        self._task = self._stream = None
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if task.cancelled():
            self.conversation.end(result, cancelled=True)
        elif error is not None:
            self.conversation.end()
            self.conversation.note(_said(error), is_error=True)
            while self._queue:
                self.conversation.take_back(self._queue.popleft())
        self._on_end()
        if self._trace is not None:
            keeping = asyncio.create_task(self._keep(self._trace, self._question, error))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)
            self._trace = None
        self._begin_next()
        self._outbox.changed()

    async def _keep(
        self, trace: Trace, question: Message | None, error: BaseException | None
    ) -> None:
        """Keep the trace of the run of *question* where its last word stands."""
        await run_traces.end(trace, error)
        messages = {each["id"]: each for each in self.conversation.messages}
        self.traces.only(messages)
        if question and (word := self.conversation.last_word(question)):
            self.conversation.set(word, trace=True)
            for gone in self.traces.keep(word["id"], trace):
                self.conversation.set(messages[gone], trace=False)
            self._outbox.changed()


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:ERROR_CHARACTERS]
    return text if isinstance(error, LabkitError) else f"{type(error).__name__}: {text}"
