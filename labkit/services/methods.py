"""
Which methods a path has: HEAD wherever it has GET, and a 405 that names all of them.

HEAD is GET without the body (RFC 9110 section 9.3.2), and every server that has GET has it (section
9.1); FastAPI leaves it out. A path whose methods are different routes, such as GET and PUT of one
runbook, has them all in ``Allow`` (section 10.2.1); the router would name those of the first route.

OPTIONS isn't offered: its answer would say no more than ``Allow`` does, and a 405 has that. What a
browser asks before it calls another origin is answered by `labkit.services.hardening`.

Floor 2: knows Starlette.
"""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OFFERED = ("DELETE", "GET", "PATCH", "POST", "PUT")
"""What a route of a service can have; HEAD comes with GET."""


class Methods:
    """
    What stands around the routes of a service.

    Args:
        app: Finds the route and calls it.
        routes: All there are.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            await (self._head if scope["method"] == "HEAD" else self.app)(scope, receive, send)
        except HTTPException as error:  # One of an endpoint's is answered further in.
            if error.status_code == 405:
                error.headers = {"Allow": ", ".join(self._allowed(scope))}
            raise

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "method": "GET"}

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(scope, inner)
            elif message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, without_body)
        finally:
            _tell(scope, inner)

    def _allowed(self, scope: Scope) -> list[str]:
        """Return the methods of the path in *scope*, sorted."""
        offered = [method for method in OFFERED if self._has({**scope, "method": method})]
        return sorted([*offered, "HEAD"] if "GET" in offered else offered)

    def _has(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self.routes)


def _tell(outer: Scope, inner: Scope) -> None:
    """Let the access log outside know which route was found."""
    outer.update({**inner, "method": outer["method"]})
