"""
Which pages of other origins may call a service from a browser: none, or those on a list.

Starlette's middleware does the protocol (Fetch standard, "HTTP CORS protocol"). Here is what may be
asked of it: exact origins, no wildcard, no cookies. A token travels in a header that the page sets
itself, so nothing is sent that the page doesn't have.

Floor 2: knows Starlette.
"""

import re
from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from labkit.errors import UsageError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS = ("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-Request-ID")
ANSWER_HEADERS = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Request-ID")
PREFLIGHT_S = 600  # Our choice: a shortened list is in force soon; browsers' cap is higher.

# RFC 6454 section 6.2: what a browser sends, character by character.
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)


def cors(origins: tuple[str, ...]) -> list[Middleware]:
    """Return the middleware for *origins*, or none if there are none."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=ANSWER_HEADERS,
            allow_credentials=False,
            max_age=PREFLIGHT_S,
        )
    ]


def checked_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """
    Return *origins* as they are.

    Raises:
        UsageError: One isn't an exact origin: a wildcard, ``null``, a path, capitals.
    """
    if isinstance(origins, str) or not all(isinstance(origin, str) for origin in origins):
        raise UsageError("origins are strings in a tuple, such as ('https://lab.example.org',)")
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise UsageError(
                f"{origin!r:.60} is no origin: write it as a browser does, scheme and host in "
                "small letters, a port if it has one, nothing after it, and no *"
            )
    return tuple(origins)
