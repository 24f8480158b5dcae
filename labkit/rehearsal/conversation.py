"""
A conversation as the rules need it: the question, what was called for it, what came back.

Glossary:
    question: the last thing that the user said.
    result: what a tool gave back for a call.
    past: all that was called for earlier questions.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from labkit.rehearsal.moments import today_of
from labkit.rehearsal.observations import with_tool_messages
from labkit.rehearsal.payloads import Payloads, taken_out
from labkit.rehearsal.standing import names_in, spelt, told_by
from labkit.rehearsal.turn import Call

SYSTEM_CHARACTERS = 2000  # Of the system messages that are read; our choice, as for a question.
_FAILED = re.compile(
    r"^\W*(?:error|failed|failure|exception|traceback|denied|refused|timed? ?out|cancelled|"
    r"unknown tool|not (?:allowed|found|permitted))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Result:
    """
    One call with what came back.

    Attributes:
        call: The call.
        text: What came back, as it came.
        value: The same, parsed if it is JSON.
    """

    call: Call
    text: str
    value: Any = field(hash=False)

    @property
    def error(self) -> str | None:
        """What went wrong, or None."""
        if isinstance(self.value, Mapping):
            told = self.value.get("error")
            if isinstance(told, Mapping):
                told = told.get("message") or told.get("detail") or "it failed"
            return str(told) if told else None
        return self.text if isinstance(self.value, str) and _FAILED.match(self.text) else None


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    What the rules look at.

    Attributes:
        question: The last user message.
        results: What was called since then, with what came back, in order.
        past: The same for all before, oldest first.
        earlier: The user's messages before the question, oldest first.
        said: What the assistant said last, before the question.
        called: Whether anything was called for the message before the question.
        today: The date, if a system message gives it.
        told: What system messages say for all questions, by its label.
        system: The system messages, cut at `SYSTEM_CHARACTERS`.
        payloads: Long texts of the question, which stand as marks in it and in the results.
    """

    question: str
    results: tuple[Result, ...]
    past: tuple[Result, ...]
    earlier: tuple[str, ...]
    said: str
    called: bool
    today: date | None
    told: Mapping[str, str] = field(default_factory=dict, hash=False)
    system: str = ""
    payloads: Payloads = field(default_factory=Payloads)


def read(messages: Sequence[Mapping[str, Any]]) -> Conversation:
    """Return the conversation in the messages of a request."""
    messages = with_tool_messages(messages)
    users = [n for n, message in enumerate(messages) if message["role"] == "user"]
    last = users[-1] if users else len(messages)
    before = users[-2] if len(users) > 1 else 0
    question, payloads = taken_out(str(messages[last]["content"]) if users else "")
    said = [m["content"] for m in messages[:last] if m["role"] == "assistant" and m["content"]]
    systems = [str(m["content"]) for m in messages if m["role"] in ("system", "developer")]
    return Conversation(
        question=spelt(question, names_in(systems)),
        results=_results(messages[last:], payloads),
        past=_results(messages[:last], payloads),
        earlier=tuple(str(messages[n]["content"]) for n in users[:-1]),
        said=str(said[-1]) if said else "",
        called=any(message["role"] == "tool" for message in messages[before:last]),
        today=today_of(systems),
        told=told_by(systems),
        system="\n".join(systems)[:SYSTEM_CHARACTERS],
        payloads=payloads,
    )


def _results(messages: Sequence[Mapping[str, Any]], payloads: Payloads) -> tuple[Result, ...]:
    calls: dict[str, Call] = {}
    found = []
    for message in messages:
        if message["role"] == "assistant":
            for asked in message.get("tool_calls") or ():
                function = asked["function"]
                calls[asked["id"]] = Call(
                    function["name"], payloads.hide(_arguments(function["arguments"]))
                )
        elif message["role"] == "tool" and message["tool_call_id"] in calls:
            text = str(message["content"])
            found.append(Result(calls[message["tool_call_id"]], text, _parsed(text)))
    return tuple(found)


def _arguments(text: str) -> dict[str, Any]:
    value = _parsed(text)
    return value if isinstance(value, dict) else {}


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
