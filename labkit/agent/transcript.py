"""
The conversation, as the list of messages that every OpenAI-compatible endpoint takes.

A transcript is valid at every moment: each call that an assistant message asks for is followed by
exactly one tool message with its id, before anybody else speaks. An endpoint refuses a conversation
for which that doesn't hold, so a turn with its calls is added whole or not at all.

::

    message      a dict with a role: system, developer, user, assistant or tool
    turn         an assistant message with the tool messages that answer its calls

On disk it is a JSON array of messages, nothing else: other programs can read it.

Floor 2: knows errors.
"""

import copy
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from labkit.agent.content import sendable
from labkit.errors import StorageError, UsageError
from labkit.wholefile import write_whole

Message: TypeAlias = dict[str, Any]

_CLAIMING = threading.Lock()

ROLES = ("system", "developer", "user", "assistant", "tool")


class Transcript:
    """
    Messages in order. A run that is given one adds to it.

    Args:
        messages: A conversation so far, copied.

    Raises:
        UsageError: It isn't one; the text says where and why.
    """

    def __init__(self, messages: Iterable[Mapping[str, object]] = ()) -> None:
        try:
            copied = json.loads(
                sendable(json.dumps(list(messages), ensure_ascii=False, allow_nan=False))
            )
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"a transcript is a list of messages in plain JSON: {error}") from None
        _check(copied)
        self._messages: list[Message] = copied
        self._is_in_use = False

    @property
    def wants_reply(self) -> bool:
        """Whether it's the model's turn: the last message is the user's, or a tool's."""
        return bool(self._messages) and self._messages[-1]["role"] in ("user", "tool")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """
        Hold it for one run: two would write into each other's turns.

        Raises:
            UsageError: Another run holds it.
        """
        with _CLAIMING:
            if self._is_in_use:
                raise UsageError("another run uses this transcript: give each its own copy()")
            self._is_in_use = True
        try:
            yield
        finally:
            self._is_in_use = False

    @property
    def messages(self) -> list[Message]:
        """A copy of the messages: nothing that is done to it reaches the transcript."""
        return copy.deepcopy(self._messages)

    def ask(self, text: str) -> None:
        """
        Add what the user says.

        Raises:
            UsageError: It isn't a string with something in it.
        """
        if not isinstance(text, str) or not text.strip():
            raise UsageError("the question is a string with something in it")
        self._messages.append({"role": "user", "content": sendable(text)})

    def answer(self, assistant: Message, tool_messages: Iterable[Message] = ()) -> None:
        """
        Add one turn, whole.

        Raises:
            UsageError: The tool messages don't answer the calls one by one.
        """
        turn = [assistant, *tool_messages]
        _check(turn)
        self._messages += turn

    def rewind(self) -> str:
        """
        Take back the last question with all that followed, and return its text: to ask it again.

        Raises:
            UsageError: Nobody asked anything yet.
        """
        for place in reversed(range(len(self._messages))):
            if self._messages[place]["role"] == "user":
                question = self._messages[place]["content"]
                del self._messages[place:]
                return question if isinstance(question, str) else json.dumps(question)
        raise UsageError("there is no question in this transcript to take back")

    def copy(self) -> "Transcript":
        """Return another transcript with the same messages, to go on in two ways."""
        twin = Transcript()
        twin._messages = self.messages
        return twin

    def save(self, path: str | os.PathLike[str]) -> None:
        """
        Write it to the file at *path*, whole or not at all.

        Raises:
            StorageError: The file can't be written.
        """
        text = json.dumps(self._messages, indent=1, ensure_ascii=False)
        try:
            write_whole(Path(path), text.encode())
        except OSError as error:
            raise StorageError(f"can't save the transcript to {path}: {error.strerror}") from None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Transcript":
        """
        Read a file that `save` wrote, or any JSON array of messages.

        Raises:
            StorageError: The file can't be read.
            UsageError: It holds no valid conversation; the text says where it breaks.
        """
        try:
            messages = json.loads(Path(path).read_bytes())
        except OSError as error:
            raise StorageError(f"can't read the transcript {path}: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise UsageError(f"{path} is no transcript: it isn't JSON") from None
        if not isinstance(messages, list):
            raise UsageError(f"{path} is no transcript: it has to be a JSON array of messages")
        return cls(messages)

    def wire(self, instructions: str | None = None) -> list[Message]:
        """Return what an endpoint is sent: the instructions, then the messages, not copied."""
        if instructions is None:
            return self._messages
        return [{"role": "system", "content": instructions}, *self._messages]

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Transcript):
            return NotImplemented
        return self._messages == other._messages

    __hash__ = None  # type: ignore[assignment]  # It changes.

    def __repr__(self) -> str:
        """The count only: what was said is for who asks for it."""
        return f"<Transcript of {len(self._messages)} messages>"


def _check(messages: list[Any]) -> None:
    """
    See that *messages* are a conversation.

    Raises:
        UsageError: They aren't.
    """
    waiting: list[str] = []  # Ids of the calls that have no tool message yet.
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ROLES:
            raise UsageError(f"message {number} needs a role, one of {', '.join(ROLES)}")
        if role == "tool":
            _answer(number, message, waiting)
        elif waiting:
            raise UsageError(f"message {number} comes before the answer to call {waiting[0]!r:.80}")
        elif role == "assistant":
            waiting = _ids(number, message)
        if not _has_content(message):
            raise UsageError(f"message {number} needs content: a string, or a list of parts")
    if waiting:
        raise UsageError(f"the call {waiting[0]!r:.80} has no tool message")


def _answer(number: int, message: Message, waiting: list[str]) -> None:
    try:
        waiting.remove(message.get("tool_call_id", ""))
    except ValueError:
        raise UsageError(f"message {number} answers a call that nobody is waiting for") from None


def _ids(number: int, message: Message) -> list[str]:
    """Return the ids of the calls that *message* asks for."""
    try:
        calls = message.get("tool_calls") or ()
        ids = [call["id"] for call in calls if isinstance(call["function"]["name"], str)]
    except (TypeError, KeyError):
        ids, calls = [], (message,)
    if len(set(map(str, ids))) != len(calls) or not all(isinstance(i, str) and i for i in ids):
        raise UsageError(f"message {number}: each tool call needs an id of its own and a function")
    return ids


def _has_content(message: Message) -> bool:
    content = message.get("content")
    if content is None:
        return bool(message["role"] == "assistant")
    return isinstance(content, str | list)
