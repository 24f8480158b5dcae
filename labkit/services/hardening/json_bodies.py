"""
JSON bodies that every parser reads alike, or none.

Python's parser takes more than JSON has (``NaN``), gives way to a member that occurs twice, and
makes strings that can't be encoded (lone surrogates); what it makes fails later, in a database or
in an answer, as a 500. Here the body is checked as its last piece goes by, before it's parsed.

Floor 2: knows problems.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import pydantic_core
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.services.problems import Fault, ProblemException

# A NUL is legal in JSON; PostgreSQL can't store one.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class StrictJson:
    """The middleware that refuses with 422 a JSON body that isn't RFC 8259's, read in one way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a body is refused where the application reads it."""
        strict = scope["type"] == "http" and _is_json(scope)
        await self.app(scope, _checked(receive) if strict else receive, send)


def _is_json(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
            return bool(kind.endswith((b"/json", b"+json")))
    return False


def _checked(receive: Receive) -> Receive:
    body = bytearray()

    async def checked() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            body.extend(message.get("body", b""))
            if not message.get("more_body", False) and body:
                _check(bytes(body))
        return message

    return checked


def _check(body: bytes) -> None:
    """
    Raise the refusal of a body that isn't strict JSON.

    Two parsers: pydantic's bounds depth (at 200) and refuses ``NaN``, other encodings and lone
    surrogates; Python's shows every member. Neither's message is passed on: it may quote the body.
    """
    try:
        pydantic_core.from_json(body, allow_inf_nan=False, cache_strings=False)
    except ValueError:
        raise _refusal("isn't JSON (RFC 8259), or is nested too deeply") from None
    if _NUL.search(body):
        raise _refusal("holds a NUL character")
    json.loads(body, object_pairs_hook=_no_member_twice, parse_float=_finite)


def _no_member_twice(pairs: Iterable[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise _refusal("has a member twice")


def _finite(text: str) -> None:
    if not math.isfinite(float(text)):
        raise _refusal("has a number that is too large")


def _refusal(detail: str) -> ProblemException:
    return ProblemException(422, "see errors", errors=[Fault(where="body", detail=detail)])
