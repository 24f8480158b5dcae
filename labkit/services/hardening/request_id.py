"""
An id for each request, on every answer: what a caller quotes when something went wrong.

The caller may choose it, in ``X-Request-ID``, to follow a request through several services. What
they send stands in logs and headers, so it has to be short and plain; else it is replaced.

Floor 2: knows logs.
"""

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.logs import REQUEST_ID

HEADER = b"x-request-id"  # No standard names it; proxies and frameworks agree on this one.
ID_BYTES = 16  # As many as a trace id has (W3C Trace Context section 3.2.2.3): no two are alike.

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # A UUID, a ULID, a trace id; no white space.


class RequestId:
    """The middleware that gives the id and writes it on the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id, which `REQUEST_ID` holds meanwhile."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _id_of(scope)
        header = (HEADER, request_id.encode("ascii"))

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        before = REQUEST_ID.set(request_id)
        await self.app(scope, receive, labelled)
        REQUEST_ID.reset(before)  # Not after an error: the server logs it later, in this task.


def _id_of(scope: Scope) -> str:
    sent = [value for name, value in scope["headers"] if name == HEADER]
    if len(sent) == 1 and _WELL_FORMED.fullmatch(sent[0]):
        return str(sent[0], "ascii")
    return secrets.token_hex(ID_BYTES)
