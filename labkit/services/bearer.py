"""
The way in: from an ``Authorization`` header to `Claims`, or to the right refusal.

Who is refused learns what to bring, never which check failed: that would help who forges more than
who erred (RFC 6750 section 3.1). The reason goes to the log ``labkit.security``, one word, without
any value of the token.

Glossary:
    challenge: the ``WWW-Authenticate`` header of a refusal; it says what to bring and from where.
    gate: what a service needs to judge a token: its policy and the issuer's keys.

Floor 2: knows tokens and FastAPI.
"""

import logging
import re
from dataclasses import dataclass
from typing import Annotated, NoReturn

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException

from labkit.errors import InvalidToken, KeySourceDown, UsageError
from labkit.services import problems
from labkit.tokens import AccessTokenPolicy, Claims, JwksClient, parse_jws
from labkit.tracing import Kind, span

METADATA_PATH = "/.well-known/oauth-protected-resource"  # RFC 9728 section 3.
RETRY_AFTER_S = 2  # Our choice: the key client asks the issuer at most once a second.

SECURITY_LOG = logging.getLogger("labkit.security")

ANSWERS = problems.answers(400, 401, 403, 503)
"""The OpenAPI entries of every refusal here."""

_INVALID_TOKEN = "the token can't be used here; ask the issuer for a new one"  # noqa: S105 - text.
# RFC 6750 section 2.1, but for one thing: it allows several spaces, we take one. A request has one
# spelling here, as a token has.
_CREDENTIALS = re.compile(r"(?i:bearer) ([A-Za-z0-9._~+/-]+=*)")


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What a service needs to judge a token. It lives in ``app.state.gate``.

    Attributes:
        policy: Whose tokens are accepted, and for whom they have to be meant.
        keys: The issuer's keys; bound to the loop of the service.
        url: Where the service is, as its users write it; None means the socket's own address.
    """

    policy: AccessTokenPolicy
    keys: JwksClient
    url: str | None = None

    async def admit(self, token: str) -> Claims:
        """
        Return the claims of *token*, whose keys are fetched if need be.

        Raises:
            InvalidToken: The token proves nothing.
            KeySourceDown: Nobody can tell, since the issuer doesn't answer.
        """
        with span("verify token", Kind.AUTH):
            kid = parse_jws(token).kid
            return self.policy.verify(token, await self.keys.key_set(kid))


class AccessToken(SecurityBase):
    """The one access token of a request, not yet verified: a dependency and its OpenAPI entry."""

    model = HTTPBearer(bearerFormat="JWT", description="An access token from the issuer's /token.")
    scheme_name = "AccessToken"

    async def __call__(self, request: Request) -> str:
        """
        Return the token without the word Bearer.

        Raises:
            HTTPException: 401 without credentials, 400 with too many or unreadable ones.

        Source: RFC 6750 sections 2 and 3.
        """
        if "access_token" in request.query_params:
            _refuse_request(request, "query", "send the token in the Authorization header only")
        headers = request.headers.getlist("authorization")
        if not headers or (len(headers) == 1 and _is_another_scheme(headers[0])):
            _refuse(request, 401, "absent", "bring an access token: Authorization: Bearer ...")
        if len(headers) > 1:
            _refuse_request(request, "repeated", "send the Authorization header once")
        found = _CREDENTIALS.fullmatch(headers[0])
        if found is None:
            _refuse_request(request, "malformed", "write it so: Authorization: Bearer <token>")
        return found[1]


ACCESS_TOKEN = AccessToken()


class Require:
    """
    A dependency that lets in who has all of *scopes*, and gives their claims.

    ``claims: Annotated[Claims, Depends(Require("inspections:read"))]``
    """

    def __init__(self, *scopes: str) -> None:
        if not scopes or not all(isinstance(s, str) and s and " " not in s for s in scopes):
            raise UsageError('Require takes scopes, each a word: Require("inspections:read")')
        self.scopes = frozenset(scopes)

    async def __call__(
        self, request: Request, token: Annotated[str, Depends(ACCESS_TOKEN)]
    ) -> Claims:
        """
        Return the verified claims of the caller.

        Raises:
            HTTPException: 401 for a token that can't be used, 403 for one that lacks a scope, 503
                while the issuer's keys can't be had.
        """
        gate: Gate = request.app.state.gate
        try:
            claims = await gate.admit(token)
        except InvalidToken as error:
            _refuse(request, 401, error.reason, _INVALID_TOKEN, error="invalid_token")
        except KeySourceDown:
            _refuse_for_now()
        if not self.scopes <= claims.scopes:
            wanted = " ".join(sorted(self.scopes))
            detail = f"the token lacks a scope: ask the issuer for {wanted}"
            _refuse(request, 403, "scope", detail, error="insufficient_scope", scope=wanted)
        return claims

    def __repr__(self) -> str:
        return f"Require({', '.join(map(repr, sorted(self.scopes)))})"


def own_url(request: Request) -> str | None:
    """
    Return the URL of this service without a path, or None if it can't be known.

    It comes from the configuration or the socket, not from the ``Host`` header, which the caller
    writes.
    """
    gate: Gate = request.app.state.gate
    server = request.scope.get("server")
    if gate.url is not None or server is None or server[1] is None:
        return gate.url
    host = f"[{server[0]}]" if ":" in server[0] else server[0]
    return f"{request.scope['scheme']}://{host}:{server[1]}"


def _is_another_scheme(header: str) -> bool:
    """Tell whether *header* is well-formed but for another scheme, such as Basic."""
    scheme, space, _rest = header.partition(" ")
    return bool(scheme and space) and scheme.lower() != "bearer"


def _refuse_request(request: Request, reason: str, detail: str) -> NoReturn:
    _refuse(request, 400, reason, detail, error="invalid_request")


def _refuse(request: Request, status: int, reason: str, detail: str, **challenge: str) -> NoReturn:
    """Raise the refusal, with a challenge (RFC 6750 section 3), and log its reason."""
    _log(status, reason)
    parts = {"realm": request.app.state.gate.policy.audience, **challenge}
    if "error" in challenge:
        parts["error_description"] = detail
    if (url := own_url(request)) is not None:
        parts["resource_metadata"] = url + METADATA_PATH  # RFC 9728 section 5.1.
    text = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    raise HTTPException(status, detail, headers={"WWW-Authenticate": f"Bearer {text}"})


def _refuse_for_now() -> NoReturn:
    _log(503, "keys")
    detail = "the issuer's keys can't be had just now; try again soon"
    raise HTTPException(503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _log(status: int, reason: str) -> None:
    fields = {"status": status, "reason": reason}
    SECURITY_LOG.warning("refused with %d: %s", status, reason, extra=fields)
