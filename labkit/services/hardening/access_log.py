"""
One line for each request: a JSON object, through the logger ``labkit.access``.

::

    path    what was asked for, without the query, where secrets end up by mistake
    route   the template that it matched, such as ``/lines/{line_id}``; null if none did
    bytes   of the answer's body, as handed to the server
    ms      milliseconds from the head of the request to the last piece of the answer
    ended   "complete", or why the answer isn't: "client left", "failed" (an exception),
            "cancelled" (the service stopped), "unfinished" (it hung up before the end)

JSON in ASCII writes out line breaks, terminal controls and separators of any script, so a path
can't pass for a line of its own (CWE-117).

Floor 2: knows logs.
"""

import asyncio
import json
import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.logs import ACCESS, REQUEST_ID

ACCESS_LOG = logging.getLogger(ACCESS)
PATH_CHARACTERS = 200  # Our choice: no path of ours is longer; an attacker's may be.
METHOD_CHARACTERS = 20  # Our choice: the longest registered one, UPDATEREDIRECTREF, has 17.

_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*")  # Any JWS: its header begins with {".


class AccessLog:
    """The middleware that writes the line when the request is over, however it ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and log it once."""
        if scope["type"] != "http" or not ACCESS_LOG.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        line = _Line(scope)

        async def noting(message: Message) -> None:
            line.note(message)
            await send(message)

        ended = "unfinished"
        try:
            await self.app(scope, receive, noting)
        except BaseException as error:
            ended = "cancelled" if isinstance(error, asyncio.CancelledError) else "failed"
            raise
        finally:
            line.write(ended)


class _Line:
    """What becomes the line of one request."""

    __slots__ = ("begun", "scope", "size", "status", "written")

    def __init__(self, scope: Scope) -> None:
        self.begun = time.perf_counter()
        self.scope = scope
        self.status: int | None = None
        self.size = 0
        self.written = False

    def note(self, message: Message) -> None:
        """Write the line before the last piece is sent: who has the whole answer finds it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.write("complete")

    def write(self, ended: str) -> None:
        if self.written:
            return
        self.written = True
        scope, took_s = self.scope, time.perf_counter() - self.begun
        left = scope.get("state", {}).get("client_left")  # `labkit.deadlines` saw it go.
        fields = {
            "request_id": REQUEST_ID.get(),
            "method": scope["method"][:METHOD_CHARACTERS],
            "path": _TOKEN.sub("[token]", scope["path"])[:PATH_CHARACTERS],
            "route": getattr(scope.get("route"), "path", None),
            "status": self.status,
            "bytes": 0 if scope["method"] == "HEAD" else self.size,
            "ms": round(1e3 * took_s, 1),
            "ended": "client left" if left else ended,
        }
        ACCESS_LOG.info("%s", json.dumps(fields), extra={"fields": fields})
