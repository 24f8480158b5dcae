"""
The events of runs in, the messages of a chat out: what stands on the page, without the page.

::

    message   one entry of the log: what the user said, an answer, a call of a tool, a note
    status    whether a run goes on, whether the chat has ended, and the tokens used so far

How a page follows is `labkit.widgets.log`. Everything here was written by strangers: `harmless` has
seen each text.

Floor 4: knows the agent's events.
"""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from labkit.agent.events import (
    ApprovalAsked,
    Done,
    Event,
    Result,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    Usage,
)
from labkit.widgets.harmless import harmless, shown_json
from labkit.widgets.log import Log, Message

OPEN = ("running", "waiting")
"""States of a call that has not ended; any other is an `Outcome`."""

ENDS = {
    "length": "The model's own limit cut this answer short.",
    "filtered": "The endpoint's content filter cut this answer short.",
    "max_turns": "The run used all its turns before it had an answer.",
    "max_calls": "The run used all its tool calls; this is the answer without more.",
    "max_seconds": "The time for this run was up.",
}


STATUS: Mapping[str, int] = MappingProxyType(
    {"busy": False, "stopping": False, "closed": False, "input_tokens": 0, "output_tokens": 0}
)


class Conversation(Log):
    """
    The log of one chat. Nothing in it waits, sends or draws.

    Args:
        clock: Seconds, for the running time of calls.

    Attributes:
        status: ``busy``, ``stopping``, ``closed``, ``input_tokens`` and ``output_tokens``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(STATUS, clock)
        self._calls: dict[str, Message] = {}  # The open calls of this run, by call id.
        self._answer: Message | None = None  # The one that grows.
        self._tokens_before = Usage()

    # --- what the user does --------------------------------------------------------------------

    def say(self, text: str) -> Message:
        """Add what the user said; it waits for its turn until `begin`."""
        return self.add(kind="user", text=harmless(text), state="queued")

    def begin(self, question: Message) -> Message:
        """Let the run of *question* begin. It moves to the end of what was said by now."""
        self.drop(question["id"])
        asked = self.add(**{**question, "state": "sent"})
        self.set_status(busy=True, stopping=False)
        return asked

    def take_back(self, question: Message) -> None:
        """Mark a queued question as one that nobody will answer."""
        self.set(question, state="unsent")

    def approved(self, message_id: object, *, yes: bool) -> str | None:
        """Return the call id of a call that waits for this answer, and note it; None if none."""
        for call_id, message in self._calls.items():
            if message["id"] == message_id and message["state"] == "waiting":
                self.set(message, state="running", note="approved" if yes else "denied")
                return call_id
        return None

    def note(self, text: str, *, is_error: bool = False) -> None:
        """Add a line of the chat's own."""
        self.add(kind="note", text=harmless(text), state="error" if is_error else "info")

    def close(self, reason: str) -> None:
        """Say why nobody will answer here any more."""
        self.note(reason)
        self.set_status(closed=True)

    def rewind(self, question: Message) -> None:
        """Take off *question* and what came after it; what was said and not sent stays."""
        place = self.messages.index(question)
        for message in self.messages[place:]:
            if message["kind"] != "user" or message["state"] == "sent":
                self.drop(message["id"])

    def last_word(self, question: Message) -> Message | None:
        """Return what stands last of the run of *question*: its answer, or why there is none."""
        if question not in self.messages:
            return None
        said = self.messages[self.messages.index(question) :]
        notes = [each for each in said if each["kind"] == "note"]
        answers = [each for each in said if each["kind"] == "answer"]
        return next(iter((answers or notes)[-1:]), None)

    def clear(self) -> None:
        """Take off everything, and count the tokens from 0."""
        for message in list(self.messages):
            self.drop(message["id"])
        self._answer = None
        self._calls.clear()
        self._tokens_before = Usage()
        self.set_status(input_tokens=0, output_tokens=0)

    # --- what the run does ---------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Take the next event of the run."""
        match event:
            case TextDelta(text):
                self._grow(harmless(text))
            case ToolStarted(call_id, name, arguments):
                self._start(call_id, name, arguments)
            case ApprovalAsked(call_id, _, arguments, expires_s):
                note = f"answer within {expires_s:g} s, or it is denied"
                shown = shown_json(arguments)
                self._set_call(call_id, state="waiting", arguments=shown, note=note)
            case ToolProgress(call_id, _, said, fraction):
                part = "" if fraction is None else f" ({fraction:.0%})"
                self._set_call(call_id, note=harmless(said) + part)
            case ToolEnded():
                self._end_call(event)
            case Usage():
                self._count(event)
            case Done(result):
                self.end(result)

    def stopping(self) -> None:
        """Say that the run was told to stop."""
        self.set_status(stopping=True)

    def end(self, result: Result | None = None, *, cancelled: bool = False) -> None:
        """Close what is open. None is a run that left no result: it failed, or never began."""
        stopped = result.stopped if result else "answered"
        if result and self._answer:
            whole, shown = harmless(result.text), self._answer["text"]
            if whole.startswith(shown):  # Some may have come that nobody read before the stop.
                self._grow(whole[len(shown) :])
        self._close_answer("stopped" if cancelled else "done")
        for message in list(self._calls.values()):
            self._close_call(message, "cancelled", "the run was stopped")
        self._calls.clear()
        if cancelled:
            self.note("Stopped.")
        elif stopped in ENDS:
            self.note(ENDS[stopped])
        self._tokens_before = Usage(self.status["input_tokens"], self.status["output_tokens"])
        self.set_status(busy=False, stopping=False)

    def _grow(self, piece: str) -> None:
        if not piece:
            return
        if self._answer is None:
            self._answer = self.add(kind="answer", text="", state="growing")
        self.grow(self._answer, piece)

    def _close_answer(self, state: str) -> None:
        if self._answer:
            self.set(self._answer, state=state)
        self._answer = None

    def _start(self, call_id: str, name: str, arguments: Mapping[str, object]) -> None:
        self._close_answer("done")
        shown = {"name": harmless(name), "arguments": shown_json(arguments)}
        more = {"state": "running", "note": "", "content": "", "seconds": 0.0}
        message = self._calls[call_id] = self.add(kind="tool", **shown, **more)
        self.begin_time(message)

    def _set_call(self, call_id: str, **content: Any) -> None:  # noqa: ANN401  Any JSON.
        if message := self._calls.get(call_id):
            self.set(message, **content)

    def _end_call(self, event: ToolEnded) -> None:
        if message := self._calls.pop(event.call_id, None):
            self._close_call(message, event.outcome, event.content, event.seconds)

    def _close_call(self, message: Message, state: str, content: str, s: float = -1.0) -> None:
        lasted = self.end_time(message)
        seconds = lasted if s < 0 else s
        shown = harmless(content)
        self.set(message, state=state, content=shown, note="", seconds=round(seconds, 2))

    def _count(self, usage: Usage) -> None:
        before = self._tokens_before
        read, written = usage.input_tokens, usage.output_tokens
        read, written = before.input_tokens + read, before.output_tokens + written
        self.set_status(input_tokens=read, output_tokens=written)
