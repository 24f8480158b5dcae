"""
The HTTP server of one thread: uvicorn, waiting on events.

uvicorn's own loop looks every 0.1 s whether it should stop, and sleeps 0.1 s twice more on the way
out (``main_loop``, ``shutdown`` and ``_wait_tasks_to_complete`` of ``uvicorn.server.Server``,
0.54). That is the right choice for a process; a lab starts and stops within a cell.

::

    lifespan    the app's own set-up and tear-down (ASGI specification, "Lifespan Protocol")
    grace       how long what is under way may take once it was asked to stop

Floor 0: imports nothing of labkit.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE_S = 1.0
"""
Requests in flight get this long; then they are cancelled and get it again to clean up; then their
peers get it to read what was written.
"""

LIFESPAN_LIMIT_S = 5.0  # Our choice: closing an engine takes milliseconds; more is a fault.
DATE_REFRESH_S = 1.0  # The Date header has a resolution of one second (RFC 9110 section 5.6.7).
_LOG = logging.getLogger("uvicorn.error")  # Where uvicorn itself says what an app raised.


class _Connections(set[Any]):
    """The open connections, as uvicorn keeps them, with an event for "none left"."""

    def __init__(self) -> None:
        super().__init__()
        self.none_left = asyncio.Event()
        self.none_left.set()

    def add(self, connection: object) -> None:
        """Open one."""
        self.none_left.clear()
        super().add(connection)

    def discard(self, connection: object) -> None:
        """Forget one, and tell when it was the last."""
        super().discard(connection)
        if not self:
            self.none_left.set()


class HttpServer(uvicorn.Server):
    """
    uvicorn that waits for events; the parts that it would poll are written anew.

    Args:
        config: What to serve and how; see `configure`.
        on_started: Called once it answers.

    Attributes:
        stopping: Set it, on the loop, to have it stop.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self.server_state.connections = self.connections = _Connections()
        self.stopping = asyncio.Event()
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the lifespan's first half and listen, then say so."""
        await super().startup(sockets)
        self._on_started()

    async def main_loop(self) -> None:
        """Keep the Date header right until the stop event."""
        while not self.stopping.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), DATE_REFRESH_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  Its name is uvicorn's.
        """Refuse what is new, let the requests in flight finish, close everything, tear down."""
        for listener in self.servers:
            listener.close()
        for connection in list(self.connections):
            connection.shutdown()  # An idle one closes now, a busy one after its answer.
        await self._finish(self.server_state.tasks.copy())
        with suppress(TimeoutError):  # What is written has to reach the peer.
            await asyncio.wait_for(self.connections.none_left.wait(), GRACE_S)
        for connection in list(self.connections):
            connection.transport.abort()  # This peer doesn't read.
        await self.connections.none_left.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.lifespan.shutdown(), LIFESPAN_LIMIT_S)

    async def _finish(self, requests: "set[asyncio.Task[None]]") -> None:
        for last_word in (False, True):
            if requests:
                _, requests = await asyncio.wait(requests, timeout=GRACE_S)
            for late in () if last_word else requests:
                late.cancel("the service stops")


class WatchedApp:
    """
    An app, with an eye on its failures: uvicorn keeps no trace of why a lifespan failed, and closes
    the connection of a request that did (``run_asgi`` in ``h11_impl``) without saying so.

    What the app raises behind a complete answer, such as that of a commit that came too late, is
    logged and goes no further, so the connection stays.

    Attributes:
        fault: Why the lifespan failed, or None.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.fault: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; remember why the lifespan failed, say where a connection ends."""
        if scope["type"] != "lifespan":
            return await self._answer(scope, receive, send)

        async def heard(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.fault = RuntimeError(message.get("message") or "the app gave no reason")
            await send(message)

        try:
            await self._app(scope, receive, heard)
        except BaseException as error:
            self.fault = error
            raise

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        complete = False

        async def noting(message: Message) -> None:
            nonlocal complete
            await send(message)
            body = message["type"] == "http.response.body"
            complete = complete or (body and not message.get("more_body", False))

        try:
            await self._app(scope, receive, _last_after_500(noting))
        except Exception as error:
            if not complete:
                raise
            _LOG.error("Exception in ASGI application\n", exc_info=error)


def _last_after_500(send: Send) -> Send:
    """
    Return *send* with ``Connection: close`` on a 500: the app has most likely raised.

    Without it a client reuses the connection, and its next request is lost in the closing of it
    (RFC 9112 section 9.6).
    """

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return telling


def configure(app: ASGIApp, **options: Any) -> uvicorn.Config:  # noqa: ANN401  As uvicorn has them.
    """Return what all services have in common, whatever else is installed here, and *options*."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        ws="none",
        workers=1,  # Or uvicorn reads WEB_CONCURRENCY.
        log_config=None,  # The default one prints.
        proxy_headers=False,  # Nobody may say who the client is (RFC 7239 section 8.1).
        server_header=False,
        **{"http": "h11", **options},  # Labkit knows its limits; "auto" takes what it finds.
    )
