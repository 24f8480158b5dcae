"""
A model endpoint for a check: the real service over HTTP, saying what the check has written down.

::

    script    what the model says, one `Turn` for each request
    seen      the conversations that came over the wire, in order, also those that were refused
    replies   the messages that went back

Floor 4: knows the model service and its server.
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from labkit.client import ServiceClient
from labkit.rehearsal import Turn
from labkit.server import Server
from labkit.services.model import ModelConfig, create_app

Message = dict[str, Any]


class Refused(Exception):
    """The endpoint refused a conversation; the text is its own."""


class Endpoint:
    """
    The client's side of it.

    Attributes:
        seen: See above; each as JSON brings it.
        replies: See above.
    """

    def __init__(self) -> None:
        self.seen: list[list[Message]] = []
        self.replies: list[Message] = []
        self._script: Iterator[Turn] = iter(())
        self._client: ServiceClient | None = None

    def begin(self, script: Iterable[Turn]) -> None:
        """Forget what was said, and say *script* from now on; behind its end, nothing."""
        self.seen, self.replies = [], []
        self._script = itertools.chain(script, itertools.repeat(Turn("There is nothing more.")))

    def post(self, messages: object) -> Message:
        """
        Send *messages* and return what the model says.

        Raises:
            Refused: They are no conversation that the endpoint takes.
        """
        try:
            sent = json.loads(json.dumps(messages))
        except (TypeError, ValueError, RecursionError) as error:
            raise Refused(f"the messages aren't plain JSON: {error}") from None
        self.seen.append(sent)
        assert self._client is not None, "served"
        answer = self._client.post(
            "/v1/chat/completions", json={"model": "rehearsal", "messages": sent}
        )
        if not answer.is_success:
            raise Refused(answer.json()["error"]["message"])
        message: Message = answer.json()["choices"][0]["message"]
        message.pop("refusal", None)  # Always None here, and one thing more to explain.
        self.replies.append(message)
        return json.loads(json.dumps(message))  # type: ignore[no-any-return]  # Theirs to change.

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it on a port of its own in the block."""
        app = create_app(ModelConfig(planner=lambda _request: next(self._script)))
        server = Server(lambda _url: app, name="model of the check")
        server.start()
        self._client = ServiceClient("model", server.url)
        try:
            yield
        finally:
            self._client.close()
            server.stop()


def results_in(messages: Iterable[Message]) -> dict[object, object]:
    """Return the content of each tool message by the id of its call."""
    return {m.get("tool_call_id"): m.get("content") for m in messages if m.get("role") == "tool"}


def ids_of(message: Message) -> list[str]:
    """Return the ids of the calls in an assistant's message, in its order."""
    return [call["id"] for call in message.get("tool_calls") or ()]


def parsed(content: object) -> object:
    """Return the value of a content in JSON; a text that is none is returned as it is."""
    try:
        return json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return content
