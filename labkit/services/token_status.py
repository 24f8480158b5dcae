"""
Is this token still good? Take it back (RFC 7009), or ask about it (RFC 7662).

A service that verifies by itself doesn't ask: a token that was taken back lives on there until it
expires, minutes at most. Who can't accept even that asks the issuer each time, and pays a request.

Whoever may ask has authenticated, and learns about tokens that are theirs or meant for them. About
all others they learn nothing, not even that they exist.

Floor 2: knows clients, tokens and what the issuer remembers.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from labkit.errors import InvalidToken
from labkit.services.clients import Client
from labkit.services.grants import IssuerConfig
from labkit.services.oauth import (
    NO_STORE,
    TokenError,
    TokenRefusal,
    address_of,
    form_of,
    read_form,
)
from labkit.services.routes import PUBLIC
from labkit.services.stores import IssuerStores
from labkit.tokens import AccessTokenPolicy, Claims, parse_jws
from labkit.tokens.access import LEEWAY_S
from labkit.tokens.encoding import json_object

REVOKE_PATH = "/revoke"
INTROSPECT_PATH = "/introspect"
INACTIVE: dict[str, Any] = {"active": False}  # RFC 7662 section 2.2: nothing but that.

router = APIRouter(tags=["public"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": TokenRefusal} for status in (400, 401, 429)
}
_TOKEN_FORM = form_of({"token": "", "client_id": "notebook", "client_secret": ""}, ["token"])


# Public for the walk over the routes, as the token endpoint is: the client proves itself.
@router.post(
    REVOKE_PATH,
    response_class=Response,  # Without a body.
    responses=_REFUSED,
    openapi_extra={**PUBLIC, **_TOKEN_FORM},
)
async def revoke_token(request: Request) -> Response:
    """Take a token back; 200 means that nobody can use it here, whether it was ever good or not."""
    client, token = await _asked(request)
    await revoke(request.app.state.config, request.app.state.stores, client, token)
    return Response(headers=NO_STORE)


@router.post(INTROSPECT_PATH, responses=_REFUSED, openapi_extra={**PUBLIC, **_TOKEN_FORM})
async def introspect_token(request: Request) -> JSONResponse:
    """Tell the client of a token, and the service that it's meant for, whether it is good."""
    client, token = await _asked(request)
    state = request.app.state
    answer = await introspect(state.config, state.stores, client, token)
    return JSONResponse(answer, headers=NO_STORE)


async def _asked(request: Request) -> tuple[Client, str]:
    """Return who asks, and about which token."""
    form = await read_form(request)
    headers = request.headers.getlist("authorization")
    client = await request.app.state.authenticator.client_of(headers, form, address_of(request))
    if "token" not in form:
        raise TokenError("invalid_request", "token is missing")
    return client, form["token"]


async def revoke(config: IssuerConfig, stores: IssuerStores, client: Client, token: str) -> None:
    """
    Take *token* back, if it's one of ours; anything else is as good as taken back already.

    Raises:
        TokenError: The token was given to another client.

    Source: RFC 7009 sections 2.1 and 2.2.
    """
    claims = await _claims(config, stores, token)
    if claims is None:
        return
    if claims.client_id != client.client_id:
        raise TokenError("unauthorized_client", "only the client that got a token takes it back")
    await stores.revoked.add(claims.issuer, claims.token_id, claims.expires_at + LEEWAY_S)


async def introspect(
    config: IssuerConfig, stores: IssuerStores, client: Client, token: str
) -> dict[str, Any]:
    """
    Return what *token* says, if it's good, not revoked, and the business of *client*.

    It is the business of the client that it was given to, and of the service that it's meant for:
    a confidential client with the name of that audience.

    Raises:
        TokenError: The client proved nothing, so it might be anybody.

    Source: RFC 7662 section 2.
    """
    if client.is_public:
        raise TokenError("invalid_client", "only a client that proves itself may ask")
    claims = await _claims(config, stores, token)
    if claims is None or client.client_id not in (claims.client_id, claims.audience):
        return INACTIVE
    if await stores.revoked.has(claims.issuer, claims.token_id):
        return INACTIVE
    return _shown(claims)


async def _claims(config: IssuerConfig, stores: IssuerStores, token: str) -> Claims | None:
    """Return what a token of ours says; None if it isn't ours, or isn't good any more."""
    ring = await stores.ring.load()
    try:
        policy = AccessTokenPolicy(config.issuer, _audience(config, token), clock=config.clock)
        return policy.verify(token, ring.jwk_set(config.clock.now()))
    except InvalidToken:
        return None


def _audience(config: IssuerConfig, token: str) -> str:
    """Return for which of our services the token claims to be, still unproven."""
    try:
        audience = json_object(parse_jws(token).payload).get("aud")
    except (ValueError, RecursionError):
        audience = None
    if not isinstance(audience, str) or audience not in config.audiences:
        raise InvalidToken("audience", "none of our services is named")
    return audience


def _shown(claims: Claims) -> dict[str, Any]:
    """List the members one by one, so that nothing slips out."""
    members = {
        "active": True,
        "token_type": "Bearer",
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "client_id": claims.client_id,
        "jti": claims.token_id,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "scope": " ".join(sorted(claims.scopes)) or None,
        "act": claims.actor,
    }
    return {name: value for name, value in members.items() if value is not None}
