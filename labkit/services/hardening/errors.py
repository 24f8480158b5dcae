"""
The last resort for an exception: a problem for the caller, the traceback for the log.

Starlette's own answer to an exception is sent outside of all middlewares, so it would lack the
request id, the security headers and the line in the access log. Here it passes through them.

Floor 2: knows logs and problems.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.logs import REQUEST_ID
from labkit.services.problems import BUG, ProblemResponse


class Errors:
    """The middleware that answers 500, then lets the exception go on to the server's log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            error.add_note(f"request id: {REQUEST_ID.get()}")  # Below the traceback in the log.
            if not started:
                await ProblemResponse(500, BUG)(scope, receive, send)
            raise
