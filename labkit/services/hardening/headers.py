"""
The headers that tell a browser what it may do with an answer.

An answer here is data for a program; a browser should neither run it, frame it, guess its type nor
keep it. What needs more, such as the docs page, says so itself: what an answer has already, stays.

Floor 2: knows Starlette.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

# The list of the OWASP REST Security Cheat Sheet, without what `frame-ancestors` has replaced.
ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
OVER_TLS: tuple[Header, ...] = ((b"strict-transport-security", b"max-age=31536000"),)
"""A year. RFC 6797 section 7.2: over plain HTTP it mustn't be sent."""


class SecurityHeaders:
    """The middleware that adds what an answer doesn't say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = ALWAYS + (OVER_TLS if scope["scheme"] == "https" else ())

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with(message.get("headers", ()), wanted)}
            await send(message)

        await self.app(scope, receive, adding)


def _with(headers: Iterable[Header], wanted: tuple[Header, ...]) -> list[Header]:
    there = list(headers)
    names = {name for name, _ in there}  # In small letters, says ASGI.
    return there + [header for header in wanted if header[0] not in names]
