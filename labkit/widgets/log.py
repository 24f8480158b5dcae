"""
A log of messages that pages follow: each change once and in order, or all there is at once.

::

    message   one entry: a dict with an ``id`` that no other has, and whatever else it says
    change    one step from a log to the next, as the page gets it:
              ["put", message], ["text", id, piece], ["drop", id], ["status", status]

A page that has a `Log.snapshot` and gets every change after it shows the same as one that asks for
a snapshot now.

Floor 4: imports nothing of labkit.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]
Change: TypeAlias = list[Any]


class Log:
    """
    Messages in order, and what goes for all of them.

    Args:
        status: What goes for all of them, by name.
        clock: Seconds, for the running time of messages.

    Attributes:
        messages: All of them, oldest first.
        status: As given; changed by `set_status` alone.
    """

    def __init__(self, status: Mapping[str, int], clock: Callable[[], float]) -> None:
        self.messages: list[Message] = []
        self.status = dict(status)
        self._clock = clock
        self._changes: list[Change] = []
        self._last_id = 0
        self._begun: dict[int, float] = {}  # When messages with a running time began.

    def snapshot(self) -> dict[str, Any]:
        """Return all that a new page has to know."""
        return {"messages": [self._now(each) for each in self.messages], "status": self.status}

    def changes(self) -> list[Change]:
        """Return the changes since the last time, each once; neighbouring text is one."""
        taken, self._changes = self._changes, []
        return taken

    def add(self, **content: Any) -> Message:  # noqa: ANN401  Any JSON.
        """Add a message, and return it."""
        self._last_id += 1
        message: Message = {**content, "id": self._last_id}
        self.messages.append(message)
        self._put(message)
        return message

    def set(self, message: Message, **content: Any) -> None:  # noqa: ANN401  Any JSON.
        """Change what *message* says."""
        message.update(content)
        self._put(message)

    def grow(self, message: Message, piece: str) -> None:
        """Add to the text of *message*."""
        message["text"] += piece
        last = self._changes[-1] if self._changes else None
        if last and last[:2] == ["text", message["id"]]:
            last[2] += piece
        else:
            self._changes.append(["text", message["id"], piece])

    def drop(self, message_id: int) -> None:
        """Take off a message."""
        self.messages = [each for each in self.messages if each["id"] != message_id]
        self._begun.pop(message_id, None)
        self._changes.append(["drop", message_id])

    def set_status(self, **status: int) -> None:
        """Change what goes for all messages."""
        self.status = {**self.status, **status}
        self._changes.append(["status", self.status])

    def begin_time(self, message: Message) -> None:
        """Let the running time of *message* begin; its ``seconds`` are told as they are then."""
        self._begun[message["id"]] = self._clock()

    def end_time(self, message: Message) -> float:
        """End it, and return it in seconds."""
        return self._clock() - self._begun.pop(message["id"])

    def _put(self, message: Message) -> None:
        self._changes.append(["put", self._now(message)])

    def _now(self, message: Message) -> Message:
        begun = self._begun.get(message["id"])
        if begun is None:
            return dict(message)
        return {**message, "seconds": round(self._clock() - begun, 2)}
