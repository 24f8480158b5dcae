"""
What an agent's loop did for one question, put together from its conversation and its spans.

Glossary:
    turn: one request to the model and what it said: calls, or the answer.
    call: a tool that the model asked for; its *tail* is the end of its id, enough to tell it apart.
    asked, ended, back: a call's place in three orders, each counted from 1: in which the model
        asked, in which the tools were done, in which the results went back.

The conversation says who asked for what and what went back; the spans, when it ran. They are
matched by the call's id, never by their order.

Floor 0: imports nothing of labkit but its errors.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.errors import UsageError
from labkit.pictures.spans import NEVER_RAN, SpanLike
from labkit.pictures.writing import counted, plain, shorten

MAX_TURNS = 5  # Drawn at most; of more, the first ones and the last.
MAX_CALLS = 8  # Of one turn, drawn.
TAIL = 4  # Characters of an id.
_NAME, _TEXT = 40, 400  # Characters that are kept.
_NO_CONVERSATION = (
    "messages is a conversation: a list of dicts with a role, as a model's endpoint takes it"
)
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call and what became of it.

    Attributes:
        name: Of the tool.
        arguments: Such as "line='A4'".
        tail: The end of its id.
        result: What went back; None if nothing did.
        failed: Whether that says an error.
        started_ns: When it began; None if no span was recorded.
        ended_ns: The same.
        ended: Its place among the calls of its turn; None without spans.
        back: The same among the results.
        refused: Whether its span says that the tool never ran.
    """

    name: str
    arguments: str
    tail: str
    result: str | None
    failed: bool
    started_ns: int | None
    ended_ns: int | None
    ended: int | None
    back: int | None
    refused: bool

    @property
    def written(self) -> str:
        """The call as Python would write it."""
        return f"{self.name}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Turn:
    """
    One request to the model.

    Attributes:
        number: From 1.
        reads: How many messages it was sent.
        text: What it said.
        calls: What it asked for, in that order.
    """

    number: int
    reads: int
    text: str
    calls: tuple[Call, ...]

    @property
    def says(self) -> str:
        """What it did, in words."""
        if not self.calls:
            return "answers"
        return f"asks for {counted(len(self.calls), 'call')}"


@dataclass(frozen=True, slots=True)
class Loop:
    """
    All turns of one question.

    Attributes:
        question: What was asked.
        turns: In order.
    """

    question: str
    turns: tuple[Turn, ...]

    @property
    def shown(self) -> tuple[Turn | int, ...]:
        """The turns that there is room for; a number counts those left out in its place."""
        if len(self.turns) <= MAX_TURNS:
            return self.turns
        first = self.turns[: MAX_TURNS - 1]
        return (*first, len(self.turns) - MAX_TURNS, self.turns[-1])

    @property
    def summary(self) -> str:
        """How much there is."""
        calls = sum(len(turn.calls) for turn in self.turns)
        return f"{counted(len(self.turns), 'request')}, {counted(calls, 'call')}"


def loop_of(messages: Iterable[Message], spans: Iterable[SpanLike]) -> Loop:
    """
    Return what was done for the last question in *messages*.

    Raises:
        UsageError: They are no conversation with a question, or the model never spoke after it.
    """
    said = _conversation(messages)
    asked = [place for place, message in enumerate(said) if message["role"] == "user"]
    if not asked:
        raise UsageError(f"{_NO_CONVERSATION}; this one has no question, no message of the user")
    spoke = [place for place in range(asked[-1], len(said)) if said[place]["role"] == "assistant"]
    if not spoke:
        raise UsageError("the model hasn't said anything to the last question: run the loop first")
    ran = _by_call_id(spans)
    turns = []
    for number, (place, end) in enumerate(zip(spoke, [*spoke[1:], len(said)], strict=True), 1):
        calls = _calls(said[place], said[place + 1 : end], ran)
        turns.append(Turn(number, place, _shown(said[place].get("content"), _TEXT), calls))
    return Loop(_shown(said[asked[-1]].get("content"), _TEXT), tuple(turns))


def _conversation(messages: Iterable[Message]) -> list[Message]:
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Iterable):
        raise UsageError(_NO_CONVERSATION)
    said = list(messages)
    for message in said:
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise UsageError(_NO_CONVERSATION)
    return said


def _by_call_id(spans: Iterable[SpanLike]) -> dict[object, SpanLike]:
    try:
        tools = [span for span in spans if span.kind == "tool"]
        return {span.attributes["call_id"]: span for span in tools if "call_id" in span.attributes}
    except (TypeError, AttributeError):
        raise UsageError("spans is a list of recorded spans, such as a trace") from None


def _calls(
    message: Message, after: Sequence[Message], ran: Mapping[object, SpanLike]
) -> tuple[Call, ...]:
    """Return the calls of one turn, each with the result and the span of its id."""
    asked = _asked(message)
    back = [message.get("tool_call_id") for message in after if message["role"] == "tool"]
    results = {m.get("tool_call_id"): m.get("content") for m in after if m["role"] == "tool"}
    refused = {key for key, span in ran.items() if span.attributes.get("outcome") in NEVER_RAN}
    ran = {key: span for key, span in ran.items() if key not in refused}
    spans = sorted(
        (ran[call_id] for call_id, *_ in asked if call_id in ran), key=lambda s: s.end_ns
    )
    calls = []
    for call_id, name, arguments in asked:
        span, content = ran.get(call_id), results.get(call_id)
        calls.append(
            Call(
                name=_shown(name, _NAME),
                arguments=_arguments(arguments),
                tail=_shown(str(call_id)[-TAIL:], TAIL),
                result=None if call_id not in results else _shown(content, _TEXT),
                failed=_says_error(content),
                started_ns=span.start_ns if span else None,
                ended_ns=span.end_ns if span else None,
                ended=spans.index(span) + 1 if span else None,
                back=back.index(call_id) + 1 if call_id in back else None,
                refused=call_id in refused,
            )
        )
    return tuple(calls)


def _asked(message: Message) -> list[tuple[Any, Any, Any]]:
    """Return the id, the name and the arguments of each call in *message*, as it has them."""
    try:
        return [
            (call["id"], call["function"]["name"], call["function"].get("arguments"))
            for call in message.get("tool_calls") or ()
        ]
    except (TypeError, LookupError, AttributeError):
        raise UsageError(f"{_NO_CONVERSATION}; each call needs an id and a function") from None


def _shown(value: object, most: int) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return shorten(plain(" ".join(text.split())), most)


def _arguments(text: object) -> str:
    """Return arguments in JSON as Python would write them; as they are if they can't be read."""
    try:
        given: Any = json.loads(text) if isinstance(text, str) else text
        written = ", ".join(f"{name}={value!r}" for name, value in given.items())
    except (ValueError, AttributeError, RecursionError):
        written = _shown(text, _TEXT)
    return shorten(plain(written), 60)


def _says_error(content: object) -> bool:
    try:
        value = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "error" in value
