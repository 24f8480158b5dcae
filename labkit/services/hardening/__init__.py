"""
What stands between the network and every service: middlewares, each with one thing to watch.

The order is a decision. From the outermost to the innermost:

1. `RequestId`: whatever happens further in, the answer and the log lines have an id.
2. `AccessLog`: sees every answer that leaves, refusals of the others among them, and needs the id.
3. `Errors`: an exception further in becomes a 500 that passes through the two above.

Each is pure ASGI: it wraps ``send`` or ``receive`` and hands messages on as they come, so a stream
stays a stream (Starlette's ``BaseHTTPMiddleware`` three times over costs six times the requests).

Floor 2: knows logs, problems and Starlette.
"""

from starlette.middleware import Middleware

from labkit.services.hardening.access_log import AccessLog
from labkit.services.hardening.errors import Errors
from labkit.services.hardening.request_id import RequestId

__all__ = ["AccessLog", "Errors", "RequestId", "middlewares"]


def middlewares() -> list[Middleware]:
    """Return the middlewares of a service, the outermost first."""
    return [Middleware(RequestId), Middleware(AccessLog), Middleware(Errors)]
