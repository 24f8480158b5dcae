"""
What the ASGI spy keeps of a request: allow-listed, bounded, without credentials.

::

    scope       what is known of a request once its head has come (ASGI HTTP specification, "HTTP
                Connection Scope")
    message     a dict with a ``type``: a piece of the request, or of the answer
    exchange    one request with all of its messages, and its bytes if they are known

A body is kept up to `BODY_BYTES`, and no repr shows it: it may hold anything.

Floor 2: knows errors, and what may not be shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Protocol

from starlette.types import Scope

from labkit.errors import UsageError
from labkit.pictures.wire import without_secrets

MESSAGES = 100  # Of one exchange; a stream of answers can have any number, the rest is counted.
BODY_BYTES = 2048  # Of one message; our choice: a page of text.

SCOPE_MEMBERS = ("type", "http_version", "method", "scheme", "path", "query_string", "headers")
"""What is kept of a scope. Left out: addresses, which differ from run to run, and server state."""

CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers whose values are secrets (RFC 9110 section 11, RFC 6265)."""

REDACTED = "[secret]"

Direction = Literal["receive", "send"]
Headers = tuple[tuple[str, str], ...]


class RawExchange(Protocol):
    """Bytes as they went over a connection, such as `labkit.instruments.RawAnswer`."""

    @property
    def sent(self) -> bytes:
        """What the client sent."""

    @property
    def received(self) -> bytes:
        """What came back."""


@dataclass(frozen=True, slots=True)
class SpiedMessage:
    """
    One message between server and app.

    Attributes:
        step: Its place among the messages of its exchange, from 1.
        direction: "receive", from the server to the app, or "send".
        type: Such as "http.request" or "http.response.start".
        size: Bytes of its body.
        more_body: Whether the body goes on in another message.
        status: Of an ``http.response.start``; None in all others.
        headers: Of the same, names in lower case, credentials left out.
        body: The first `BODY_BYTES` of it.
    """

    step: int
    direction: Direction
    type: str
    size: int = 0
    more_body: bool = False
    status: int | None = None
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SpiedExchange:
    """
    One request and its answer, as the app saw them.

    Attributes:
        scope: `SCOPE_MEMBERS`, credentials left out of its headers. A copy: changing the scope, as
            middleware does, leaves it alone.
        messages: The first `MESSAGES`, in the order in which they were handed over.
        left_out: How many more there were.
        error: The type of the exception that came out of the app, such as "KeyError", or None.
        sent: The bytes of the request, where they were `joined`; else empty.
        received: The bytes of the answer, likewise.
    """

    scope: Mapping[str, object]
    messages: tuple[SpiedMessage, ...] = ()
    left_out: int = 0
    error: str | None = None
    sent: bytes = field(default=b"", repr=False)
    received: bytes = field(default=b"", repr=False)

    def joined(self, raw: RawExchange) -> "SpiedExchange":
        """
        Return this exchange together with its bytes on the wire.

        Raises:
            UsageError: *raw* has no bytes, or belongs to a request with another method.
        """
        sent, received = (getattr(raw, name, None) for name in ("sent", "received"))
        if not isinstance(sent, bytes) or not isinstance(received, bytes):
            raise UsageError("raw is what raw_request returned: it has .sent and .received")
        if not sent.startswith(f"{self.scope['method']} ".encode("latin-1")):
            raise UsageError("these bytes belong to another request: join those of the same one")
        return replace(self, sent=sent, received=received)

    @property
    def body(self) -> bytes:
        """The request's body, as far as the app received it and `BODY_BYTES` keeps it."""
        return b"".join(m.body for m in self.messages if m.direction == "receive")

    @property
    def status(self) -> int | None:
        """The status that the app sent; None if it sent none."""
        return next((m.status for m in self.messages if m.status is not None), None)

    @property
    def answer(self) -> bytes:
        """The answer's body, as far as `BODY_BYTES` keeps it."""
        return b"".join(m.body for m in self.messages if m.direction == "send")


class Notes:
    """What is known of one exchange up to now; filled by the service's thread."""

    def __init__(self, scope: Scope) -> None:
        kept = {name: scope[name] for name in SCOPE_MEMBERS if name in scope}
        kept["query_string"] = without_secrets(bytes(kept.get("query_string", b"")))
        kept["headers"] = tuple(_without_credentials(scope.get("headers") or ()))
        self.error: str | None = None
        self.over = False
        self.count = 0
        self._scope = MappingProxyType(kept)
        self._messages: list[SpiedMessage] = []

    def add(self, direction: Direction, message: object) -> None:
        """Note one message, whatever it is: the server, not we, says what is wrong with it."""
        self.count += 1
        if self.count <= MESSAGES:
            self._messages.append(_noted(self.count, direction, message))

    def exchange(self) -> SpiedExchange:
        """Return a copy that stays as it is."""
        messages = tuple(self._messages)
        return SpiedExchange(self._scope, messages, self.count - len(messages), self.error)


def _noted(step: int, direction: Direction, message: object) -> SpiedMessage:
    if not isinstance(message, Mapping):
        return SpiedMessage(step, direction, type(message).__name__)
    body, status = message.get("body", b""), message.get("status")
    body = body if isinstance(body, bytes) else b""
    return SpiedMessage(
        step,
        direction,
        str(message.get("type")),
        size=len(body),
        more_body=message.get("more_body") is True,
        status=status if isinstance(status, int) else None,
        headers=tuple(_without_credentials(message.get("headers") or ())),
        body=body[:BODY_BYTES],
    )


def _without_credentials(headers: object) -> Iterable[tuple[str, str]]:
    """Yield names in lower case and values, as text; what is no pair of bytes is left out."""
    for pair in headers if isinstance(headers, Iterable) else ():
        match pair:
            case (bytes() as name, bytes() as value):
                lower = name.decode("latin-1").lower()
                yield lower, REDACTED if lower in CREDENTIALS else value.decode("latin-1")
