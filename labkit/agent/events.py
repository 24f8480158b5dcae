"""
What a run tells while it goes on, and what it leaves behind.

Glossary:
    run: one question, with all the requests and tool calls until its answer.
    turn: one request to the model and its reply.
    call: one use of a tool that the model asked for. Each has a ``call_id`` of its own in its run.
    content: the text that the model gets back from a call.

The order that holds in every stream: a call's `ToolStarted` comes first, then perhaps one
`ApprovalAsked` and any number of `ToolProgress`, then its one `ToolEnded`. Calls of one turn run
side by side, so their events mix. A `Usage` follows the text of each turn. `Done` is the last
event; a stream that ends with an error, or that is left early, has none.

All of these are values: frozen, comparable, safe to keep and to hand to another thread.

Floor 2: knows transcripts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from labkit.agent.transcript import Transcript

Outcome: TypeAlias = Literal[
    "ok", "failed", "unknown", "invalid", "denied", "limited", "timeout", "cancelled"
]
"""
How a call ended. Whatever it is, the model gets one content for it.

========= ====================================================================================
ok        the tool returned; content is its result
failed    it raised, or returned something that can't be sent
unknown   there is no tool of that name
invalid   the arguments don't fit its schema
denied    the user may not, nobody approved, or there was no token to be had
limited   the run's budget of calls or turns was used up
timeout   it took longer than its `timeout_s`
cancelled the run was stopped, or its time was up
========= ====================================================================================
"""

Stopped: TypeAlias = Literal[
    "answered", "length", "filtered", "max_turns", "max_calls", "max_seconds", "cancelled"
]
"""
Why a run ended.

=========== ==================================================================================
answered    the model gave its answer
length      the model's own limit cut the answer short
filtered    the endpoint's content filter did
max_turns   the last turn that was allowed asked for tools again
max_calls   the calls were used up; the answer was made with what there was
max_seconds the time was up; text is what had come by then
cancelled   somebody stopped it; text is what had come by then
=========== ==================================================================================
"""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """
    A piece of the model's text, in the order in which it was written.

    Attributes:
        text: Never empty. All pieces of a turn, joined, are its text.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """
    The model asked for a call, and labkit took it up.

    Attributes:
        call_id: Names the call in all events that follow, and in the transcript.
        name: What the model wrote: it may be no tool of ours. At most 64 characters.
        arguments: As the model wrote them, before validation; empty if they were no JSON object.
    """

    call_id: str
    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """
    A running tool says how far it is (`ToolContext.report`).

    Attributes:
        message: Such as "2 of 7 files"; at most `REPORT_CHARACTERS`.
        fraction: From 0 to 1, or None if nobody can tell.
    """

    call_id: str
    name: str
    message: str
    fraction: float | None


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """
    A call has ended, and *content* is what the model will read of it.

    Attributes:
        outcome: See `Outcome`.
        content: The result as text or JSON; ``{"error": "..."}`` for any outcome but "ok".
        seconds: From `ToolStarted` on, with the time that an approval took.
    """

    call_id: str
    name: str
    outcome: Outcome
    content: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """
    A call that writes waits for a yes; the answer counts for this call alone, once.

    The callable given as ``approve=`` is asked with this very value. Nothing but ``True`` is a yes.

    Attributes:
        arguments: What the tool would get, validated; a copy, so changing it changes nothing.
        expires_s: Seconds after which no answer means no.
    """

    call_id: str
    name: str
    arguments: Mapping[str, object]
    expires_s: float


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Tokens of the run so far, as the endpoint counts them; 0 if it doesn't.

    Attributes:
        input_tokens: Read by the model, over all turns: the conversation counts again each time.
        output_tokens: Written by it.
    """

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a finished run: `ToolStarted` and `ToolEnded` in one."""

    call_id: str
    name: str
    arguments: Mapping[str, object]
    outcome: Outcome
    content: str
    seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """
    What a run leaves behind. A cell that ends with it shows the answer.

    Attributes:
        text: The answer: the text of the last turn. What came of it, if the run was stopped.
        tool_calls: All calls, in the order in which the model asked for them.
        usage: The tokens of the whole run.
        transcript: The conversation with this run at its end; give it to the next run.
        stopped: See `Stopped`; "answered" is the good end.
        run_id: Names the run in the audit trail.
    """

    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    transcript: Transcript
    stopped: Stopped
    run_id: str

    def __repr__(self) -> str:
        """The answer, and why there is no more of it: the same for the same answer."""
        return self.text if self.stopped == "answered" else f"{self.text} [{self.stopped}]".strip()


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a run that wasn't broken off."""

    result: Result


Event: TypeAlias = TextDelta | ToolStarted | ToolProgress | ToolEnded | ApprovalAsked | Usage | Done
