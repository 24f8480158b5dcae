"""
Requests without a socket: what a server would call an app with, and what it would hear.

::

    answer    the messages that an app sent for one request, and the error that it ended in
    turn      one round of the event loop: everybody who can go on has gone on once

Every request runs as a task of its own, as a server runs it, so that what one request sets in its
context stays its own.

Floor 4: knows findings.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import TypeGuard, cast

from starlette.types import ASGIApp, Message, Scope

from labkit.course.findings import TODO, Finding, NotAttempted, expect_type
from labkit.course.text import sentence

TURNS = 100  # Our choice: an app that passes a message on takes one to four of them.

Heard = Callable[[Message], None]


@dataclass(slots=True)
class Answer:
    """
    What an app did with one request.

    Attributes:
        messages: What it sent, in order.
        error: What it raised, or None.
    """

    messages: list[Message] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def status(self) -> int | None:
        """The status code; None if no answer began."""
        return next((int(m["status"]) for m in self.messages if "status" in m), None)

    @property
    def body(self) -> bytes:
        """All pieces of the body."""
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def headers(self) -> list[object]:
        """The headers as they were sent; each should be a pair of bytes."""
        return [pair for message in self.messages for pair in message.get("headers", ())]

    def header(self, name: bytes) -> list[bytes]:
        """Return the values of a header, whose *name* is in lower case."""
        pairs = [pair for pair in self.headers if is_pair_of_bytes(pair)]
        return [value for key, value in pairs if key.lower() == name]


def is_pair_of_bytes(pair: object) -> TypeGuard[tuple[bytes, bytes]]:
    """Tell whether *pair* is a header as ASGI wants it ("Response Start")."""
    return (
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and all(isinstance(part, bytes) for part in pair)
    )


def as_asgi(made: object) -> ASGIApp:
    """Return what a submission *made*, if it can be called as an ASGI app."""
    if not callable(made):
        expect_type(made, FunctionType)
    return cast("ASGIApp", made)


def http_scope(path: str, headers: Mapping[str, str] | None = None) -> Scope:
    """Return the scope of ``GET path`` as a server writes it (ASGI, "HTTP Connection Scope")."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50000),
        "state": {},
    }


async def ask(app: ASGIApp, scope: Scope, heard: Heard | None = None) -> Answer:
    """
    Give *app* one request and return its answer, whatever it does.

    Args:
        heard: Called with each message at the moment when it would leave for the network.
    """
    return await asyncio.get_running_loop().create_task(_serve(app, scope, heard))


async def _serve(app: ASGIApp, scope: Scope, heard: Heard | None) -> Answer:
    answer, asked = Answer(), False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # The client stays and says no more.
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answer.messages.append(message)
        if heard is not None:
            heard(message)

    try:
        if await app(scope, receive, send) is TODO:  # type: ignore[func-returns-value]
            answer.error = NotAttempted("the app returned TODO")
    except Exception as error:
        answer.error = error
    return answer


def expect_no_error(answer: Answer, but: BaseException | None = None) -> None:
    """Raise the finding ``raises`` if the submission's app ended in another error than *but*."""
    error = answer.error
    if error is not None and error is not but:
        raise Finding("raises", f"The app that you made raised {sentence(error)}") from error


async def lifespan(app: ASGIApp) -> Answer:
    """Give *app* what a server says once, before the first request (ASGI, "Lifespan")."""
    return await ask(app, {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})


async def turns_until(event: asyncio.Event) -> bool:
    """Let the loop turn until *event* is set; False if `TURNS` turns don't bring it."""
    for _ in range(TURNS):
        if event.is_set():
            return True
        await asyncio.sleep(0)
    return False


def start_message(status: int, *headers: tuple[bytes, bytes]) -> Message:
    """Return the message that begins an answer."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body_message(body: bytes, *, more: bool = False) -> Message:
    """Return a message with one piece of an answer's body."""
    return {"type": "http.response.body", "body": body, "more_body": more}
