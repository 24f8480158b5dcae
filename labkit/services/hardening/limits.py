"""
How much a request may be: its head at once, its body while it streams by.

The parser has limits of its own on what it holds while a head is incomplete; what comes in one
piece passes them. Here nothing does. A body is counted as it's read, whatever its length says, and
the clock runs for all of it: a byte now and then doesn't help a slow sender (CWE-400).

Floor 2: knows problems.
"""

import asyncio
import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.services.problems import ProblemResponse

Refusal = tuple[int, str]  # Status and detail.

_CLOSE = {"Connection": "close"}  # What follows can't be trusted to be where it should be.
# %00 to %1F and %7F: no name of ours has them, and PostgreSQL stores no NUL.
_ENCODED_CONTROLS = re.compile(rb"%(?:[01][0-9A-Fa-f]|7[Ff])")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # All but the tab (RFC 9110 section 5.5).
_VERSIONS = ("1.1", "1.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    How much a request may be.

    Attributes:
        headers: How many. Our choice: Apache's default; a browser sends about twenty.
        head_bytes: Of all names and values. h11's default for what it holds; nginx has 32 KiB.
        target_bytes: Of path and query; RFC 9110 section 4.1 asks for at least 8000.
        body_bytes: Of the body. Our choice: nginx's default; a long chat has a tenth of it.
        body_s: Seconds for the whole body. Our choice: 50 KiB/s for the largest.
    """

    headers: int = 100
    head_bytes: int = 16 * 1024
    target_bytes: int = 8000
    body_bytes: int = 1024 * 1024
    body_s: float = 20.0


class HeadLimits:
    """The middleware that refuses a head that is too large, or that has two meanings."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        refusal = _fault_of_head(scope, self.limits) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await ProblemResponse(*refusal, headers=_CLOSE)(scope, receive, send)


class BodyLimits:
    """The middleware that counts a body and the seconds that it takes."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it; a body is refused where the application reads it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _announced(scope) > self.limits.body_bytes:
            await ProblemResponse(413, self._too_large)(scope, receive, send)
        else:
            await self.app(scope, self._limited(receive), send)

    def _limited(self, receive: Receive) -> Receive:
        ends_at = asyncio.get_running_loop().time() + self.limits.body_s
        size, whole = 0, False

        async def limited() -> Message:
            nonlocal size, whole
            if whole:  # What comes now is that the client left.
                return await receive()
            try:
                async with asyncio.timeout_at(ends_at):
                    message = await receive()
            except TimeoutError:
                detail = f"the body has to be here within {self.limits.body_s:g} s"
                raise HTTPException(408, detail, headers=_CLOSE) from None
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > self.limits.body_bytes:
                raise HTTPException(413, self._too_large)
            return message

        return limited

    @property
    def _too_large(self) -> str:
        return f"the body may have {self.limits.body_bytes} bytes"


def _fault_of_head(scope: Scope, limits: Limits) -> Refusal | None:
    headers = scope["headers"]
    text = b"".join(part for header in headers for part in header)
    if len(headers) > limits.headers:
        return 431, f"send {limits.headers} headers at most"
    if len(text) > limits.head_bytes:
        return 431, f"the headers may have {limits.head_bytes} bytes together"
    if _CONTROLS.search(text):
        return 400, "a header holds a control character"
    return _fault_of_target(scope, limits) or _fault_of_framing(scope)


def _fault_of_target(scope: Scope, limits: Limits) -> Refusal | None:
    path, query = scope.get("raw_path") or b"/", scope["query_string"]
    if len(path) + len(query) > limits.target_bytes:
        return 414, f"path and query may have {limits.target_bytes} bytes"
    if not path.startswith(b"/"):  # RFC 9112 section 3.2.2: a proxy's form, and we are none.
        return 400, "the target is a path, such as /lines, without scheme and host"
    if _ENCODED_CONTROLS.search(path) or _ENCODED_CONTROLS.search(query):
        return 400, "the target holds a control character"
    return None


def _fault_of_framing(scope: Scope) -> Refusal | None:
    """Find what lets one request hide in another (RFC 9112 sections 2.5, 6.1 and 11.2)."""
    names = [name for name, _ in scope["headers"]]
    twice = b"content-length" in names or scope["http_version"] == "1.0"
    if scope["http_version"] not in _VERSIONS:
        return 400, "the version is HTTP/1.1"
    if b"transfer-encoding" in names and twice:
        return 400, "say the length of the body once, in one way"
    return None


def _announced(scope: Scope) -> int:
    """Return the length that the head names; the parser has checked that it is a number."""
    return next((int(v) for name, v in scope["headers"] if name == b"content-length"), 0)
