"""
From what an endpoint sends to a `Reply`, whether it comes whole or in pieces.

Endpoints differ in what they call OpenAI-compatible. Some give all calls of a turn the index 0,
some leave ids out, some send arguments as an object, some never say why they ended. What can be
understood is understood; what can't is a `ModelError`, never a `KeyError`.

::

    delta    a piece of a reply: some text, or some of a call's arguments
    index    which call of the turn a delta belongs to, where it has no id

Floor 2: knows errors.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from labkit.agent.content import sendable
from labkit.agent.events import Usage
from labkit.agent.schema import MAX_ARGUMENT_CHARACTERS
from labkit.errors import ModelError

SHOWN_CHARACTERS = 200  # Our choice: of arguments that are no JSON; the model knows the rest.

_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")  # What OpenAI allows in a name; it refuses the rest.


@dataclass(slots=True)
class Call:
    """
    One call that the model asks for.

    Attributes:
        call_id: Its name in the turn; empty until `Reply.number` gave it one.
        name: The tool's name, as the model wrote it.
        arguments: JSON, as the model wrote it.
    """

    call_id: str
    name: str
    arguments: str

    @property
    def plain_name(self) -> str:
        """The name with the characters and the length that endpoints accept."""
        return _NOT_A_NAME.sub("_", self.name)[:64] or "unnamed"

    def parsed(self) -> dict[str, Any]:
        """Return the arguments, or an empty dict if they are no JSON object."""
        try:
            value = json.loads(self.arguments)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def message(self) -> dict[str, Any]:
        """
        Return the call as it stands in the transcript.

        Arguments that no endpoint would read again are replaced by a note of how they began.
        """
        arguments = self.arguments
        if len(arguments) > MAX_ARGUMENT_CHARACTERS or not self.parsed():
            beginning = arguments.strip()[:SHOWN_CHARACTERS]
            is_empty = beginning in ("", "{}")
            arguments = "{}" if is_empty else json.dumps({"unreadable": beginning})
        function = {"name": self.plain_name, "arguments": arguments}
        return {"id": self.call_id, "type": "function", "function": function}


@dataclass(slots=True)
class Reply:
    """
    What the model said in one turn.

    Attributes:
        text: Also beside calls.
        calls: In the order in which they began.
        finish: Why it ended, in the endpoint's words; None if it didn't say.
        usage: Of this turn.
    """

    text: str = ""
    calls: list[Call] = field(default_factory=list)
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)

    def number(self, taken: set[str]) -> None:
        """Give each call an id that no other has, and add it to *taken*."""
        for call in self.calls:
            call.call_id = call.call_id[:64]
            if not call.call_id or call.call_id in taken:
                call.call_id = f"call_{len(taken) + 1}"
                while call.call_id in taken:
                    call.call_id += "_"
            taken.add(call.call_id)

    def message(self) -> dict[str, Any]:
        """Return the turn's assistant message."""
        if not self.calls:
            return {"role": "assistant", "content": self.text}
        calls = [call.message() for call in self.calls]
        return {"role": "assistant", "content": self.text or None, "tool_calls": calls}


def read_reply(body: bytes, api_key: str = "") -> Reply:
    """
    Return the reply in the body of an answer that came whole.

    Args:
        api_key: What no error may quote.

    Raises:
        ModelError: It holds none.
    """
    data = _parse(body, api_key)
    try:
        choice = data["choices"][0]
        message = choice["message"]
        finish = _word(choice.get("finish_reason")) or None
        reply = Reply(_text(message), finish=finish, usage=_usage(data))
        for each in message.get("tool_calls") or ():
            function = each["function"]
            call = Call(_word(each.get("id")), _word(function.get("name")), "")
            call.arguments = sendable(_arguments(function.get("arguments")))
            reply.calls.append(call)
    except (LookupError, TypeError, AttributeError):
        raise _strange() from None
    return reply


class ReplyInPieces:
    """
    A reply that is put together as it comes.

    Args:
        api_key: What no error may quote.

    Attributes:
        reply: What there is of it so far.
    """

    def __init__(self, api_key: str = "") -> None:
        self.reply = Reply()
        self._api_key = api_key
        self._texts: list[str] = []
        self._arguments: dict[int, list[str]] = {}  # By place in `reply.calls`.
        self._by_index: dict[Any, int] = {}

    def add(self, data: bytes) -> str:
        """
        Take in one event; return the text in it, empty if it has none.

        Raises:
            ModelError: It's no piece of a reply, or says that the endpoint failed.
        """
        piece = _parse(data, self._api_key)
        try:
            if piece.get("usage"):
                self.reply.usage = _usage(piece)
            choices = piece.get("choices")
            if not choices:
                return ""
            choice = choices[0]
            if choice.get("finish_reason"):
                self.reply.finish = _word(choice["finish_reason"])
            delta = choice.get("delta") or {}
            for each in delta.get("tool_calls") or ():
                self._add_to_call(each)
            text = _text(delta)
        except (LookupError, TypeError, AttributeError):
            raise _strange() from None
        if text:
            self._texts.append(text)
        return text

    def take(self, reply: Reply) -> str:
        """Take a reply that came whole after all; return its text."""
        self.reply, self._texts = reply, [reply.text]
        return reply.text

    def whole(self) -> Reply:
        """Return the reply with all that came."""
        self.reply.text = "".join(self._texts)
        for place, pieces in self._arguments.items():
            self.reply.calls[place].arguments = sendable("".join(pieces))
        return self.reply

    def _add_to_call(self, piece: dict[str, Any]) -> None:
        """An id that is new begins a call, whatever its index; without one the index decides."""
        function = piece.get("function") or {}
        call_id, index = _word(piece.get("id")), piece.get("index")
        calls = self.reply.calls
        place = self._by_index.get(index)
        if call_id and (place is None or calls[place].call_id not in ("", call_id)):
            known = (at for at, call in enumerate(calls) if call.call_id == call_id)
            place = next(known, None)
        if place is None:
            place = len(calls)
            calls.append(Call(call_id, "", ""))
        self._by_index[index] = place
        call = calls[place]
        call.call_id = call.call_id or call_id
        call.name = call.name or _word(function.get("name"))
        written = function.get("arguments")
        if written:
            self._arguments.setdefault(place, []).append(_arguments(written))


def _parse(body: bytes, api_key: str) -> dict[str, Any]:
    """Return the JSON object in *body*, unless it reports an error."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        if body.lstrip()[:1] == b"<":
            raise ModelError(
                "the endpoint answered with a web page instead of JSON: does base_url lead to the "
                "API? It often ends with /v1"
            ) from None
        raise ModelError(
            "the endpoint's answer isn't JSON: does base_url lead to an OpenAI-compatible API?"
        ) from None
    if not isinstance(data, dict):
        raise _strange()
    if data.get("error"):
        said = said_by(data, api_key)
        raise ModelError(f"the endpoint gave up: {said}. Try again", can_retry=True)
    return data


def said_by(body: object, api_key: str = "") -> str:
    """Return the message of an error in OpenAI's shape, in one line, without *api_key*."""
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) and message.strip() else "it gave no reason"
    if text.lstrip().startswith("<"):
        return "it sent a web page"
    if api_key:  # Before it is cut: half of a key is too much.
        text = text.replace(api_key, "[key]")
    return " ".join(sendable(text).split())[:SHOWN_CHARACTERS].rstrip(".")


def _strange() -> ModelError:
    return ModelError(
        "the endpoint's answer has another shape than a chat completion: does base_url lead to an "
        "OpenAI-compatible API?"
    )


def _text(message: dict[str, Any]) -> str:
    """Return the text of a message or delta; some endpoints send a list of parts."""
    content = message.get("content")
    if content is None:
        content = message.get("refusal") or ""
    if isinstance(content, list):
        content = "".join(part.get("text") or "" for part in content)
    if not isinstance(content, str):
        raise TypeError("content is no text")
    return content if content.isascii() else sendable(content)


def _word(value: object) -> str:
    return sendable(value) if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    if isinstance(value, str):
        return value  # Half a surrogate pair may stand at the end of a piece.
    return "" if value is None else json.dumps(value)


def _usage(data: dict[str, Any]) -> Usage:
    usage = data.get("usage") or {}
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    return Usage(*(count if type(count) is int and count > 0 else 0 for count in counts))
