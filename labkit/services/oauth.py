"""
The token request of OAuth 2.0: read strictly, answered in the words of RFC 6749.

Glossary:
    grant: why a token should be given (RFC 6749 section 1.3).
    form: the parameters of the request body, each at most once; an empty one counts as left out.

What a log or a proxy could see or a second parser could read otherwise is refused: parameters in
the URL, a parameter twice, a body that is no form.

Floor 2: knows Starlette.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

MAX_FORM_BYTES = 32 * 1024  # Two tokens of the largest size, form-encoded, and the rest.
MAX_FIELDS = 32  # RFC 6749 and its extensions name about twenty.
FORM = "application/x-www-form-urlencoded"  # RFC 6749 section 4.1.3 and appendix B.
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 section 5.1.

SECURITY_LOG = logging.getLogger("labkit.security")

_STATUS = {"invalid_client": 401}  # RFC 6749 section 5.2; everything else is 400.
_BASIC = {"WWW-Authenticate": 'Basic realm="issuer", charset="UTF-8"'}  # RFC 7617 section 2.1.


class TokenRefusal(BaseModel):
    """Why there is no token (RFC 6749 section 5.2)."""

    error: str
    error_description: str


class TokenError(Exception):
    """
    A token request that is refused.

    Attributes:
        code: An ``error`` of RFC 6749 section 5.2 or of an extension.
        description: For the programmer of the client; never a word that they sent.
        reason: One word for the security log; by default the code.
        status: HTTP status.
        headers: More headers of the answer.
    """

    def __init__(
        self,
        code: str,
        description: str,
        *,
        reason: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.reason = reason or code
        self.status = status or _STATUS.get(code, 400)
        self.headers = dict(headers or {})


async def on_token_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer a `TokenError` (RFC 6749 section 5.2) and log its reason."""
    assert isinstance(error, TokenError)
    fields = {"status": error.status, "reason": error.reason}
    SECURITY_LOG.warning("no token, %d: %s", error.status, error.reason, extra=fields)
    challenge = _BASIC if error.status == 401 else {}
    return JSONResponse(
        {"error": error.code, "error_description": error.description},
        status_code=error.status,
        headers={**NO_STORE, **challenge, **error.headers},
    )


async def read_form(request: Request) -> dict[str, str]:
    """
    Return the parameters of a token request.

    Raises:
        TokenError: ``invalid_request``: a query string, another media type, too long, a parameter
            twice, or not form-encoded UTF-8.
    """
    if request.scope["query_string"]:
        raise _malformed("query", "send parameters in the body: a URL ends up in logs")
    media_types = request.headers.getlist("content-type")
    if len(media_types) != 1 or media_types[0].partition(";")[0].strip().lower() != FORM:
        raise _malformed("media-type", f"send a body of the type {FORM}")
    try:
        pairs = parse_qsl(
            (await _body(request)).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise _malformed("form", "the body isn't form-encoded UTF-8") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise _malformed("repeated", "a parameter was sent twice")
    return {name: value for name, value in pairs if value}


def address_of(request: Request) -> str | None:
    """Return where *request* comes from, as the socket says: a header is what its sender writes."""
    return request.client.host if request.client else None


def form_of(examples: Mapping[str, str], required: Sequence[str]) -> dict[str, Any]:
    """
    Return the OpenAPI entry of a form with these parameters and *examples* of them.

    Parameters that aren't listed are ignored (RFC 6749 section 3.2), but counted.
    """
    properties: dict[str, dict[str, Any]] = {
        name: {"type": "string", "examples": [text]} for name, text in examples.items()
    }
    for name in required:
        properties[name]["minLength"] = 1  # An empty one counts as left out.
    schema = {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": {"type": "string"},  # Each at most once.
        "maxProperties": MAX_FIELDS,
    }
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM_BYTES:
                raise _malformed("size", f"the body has more than {MAX_FORM_BYTES} bytes")
    except ClientDisconnect:
        raise _malformed("disconnect", "the body ended early") from None
    return bytes(body)


def _malformed(reason: str, description: str) -> TokenError:
    return TokenError("invalid_request", description, reason=reason)
