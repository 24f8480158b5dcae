"""
The issuer: it knows who is who, signs that, and publishes the keys to check it with.

Glossary:
    token endpoint: ``POST /token``; a grant goes in, an access token comes out (RFC 6749).
    JWK set: ``GET /jwks.json``; the public halves of the keys (RFC 7517).
    metadata: where all of that is (RFC 8414).

Floor 2: started by `labkit.server`, or by ``uvicorn --factory labkit.services.issuer:create_app``.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from labkit.errors import UsageError
from labkit.services import views
from labkit.services.app import Service, new_service
from labkit.services.clients import authenticate
from labkit.services.grants import (
    LOCAL_SIGN_IN,
    IssuerConfig,
    grant_token,
    grant_type,
    grants_of,
)
from labkit.services.oauth import FORM, NO_STORE, TokenError, on_token_error, read_form
from labkit.services.routes import PUBLIC
from labkit.services.scopes import INSPECTIONS, INSPECTIONS_READ
from labkit.settings import Settings
from labkit.tokens import KeyRing

__all__ = ["IssuerConfig", "create_app"]

JWKS_MAX_AGE_S = 60  # Our choice: no cache on the way hides a new key for longer.
METADATA_PATH = "/.well-known/oauth-authorization-server"  # RFC 8414 section 3.


class TokenAnswer(BaseModel):
    """An access token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | None = None


class TokenRefusal(BaseModel):
    """Why there is no token (RFC 6749 section 5.2)."""

    error: str
    error_description: str


class Metadata(BaseModel):
    """Where this issuer's endpoints are and what they take (RFC 8414 section 2)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]


class JwkSetResponse(JSONResponse):
    """A JWK set on its way out."""

    media_type = "application/jwk-set+json"  # RFC 7517 section 8.5.


def create_app(config: IssuerConfig | None = None) -> Service:
    """
    Return the service.

    Args:
        config: None reads the environment, and signs with a new key that is gone with the process.

    Raises:
        UsageError: The configuration can't work; the text names what to change.
    """
    chosen = _from_environment() if config is None else config
    if not isinstance(chosen, IssuerConfig):
        raise UsageError("config has to be an IssuerConfig, or None for the environment")
    service = new_service(
        title="Issuer",
        description="Gives access tokens to registered clients, and the keys to check them with.",
        routers=[router],
        profile=chosen.profile,
    )
    service.state.config = chosen
    service.add_exception_handler(TokenError, on_token_error)
    return service


def _from_environment() -> IssuerConfig:
    settings = Settings.from_environment()
    if settings.issuer_url is None:
        raise UsageError(
            "set LABKIT_ISSUER_URL to the URL under which this issuer can be reached, such as "
            "http://127.0.0.1:8001"
        )
    if settings.profile == "exposed":
        raise UsageError(
            "the exposed profile needs keys that outlive the process; pass create_app an "
            "IssuerConfig with them, or start with LABKIT_PROFILE=local"
        )
    return IssuerConfig(issuer=settings.issuer_url, keys=KeyRing.generate())


router = APIRouter(tags=["public"])

_REFUSED = {"model": TokenRefusal}
_EXAMPLES = {
    "grant_type": LOCAL_SIGN_IN,
    "client_id": "notebook",
    "client_secret": "",
    "username": "operator-a",
    "audience": INSPECTIONS,
    "scope": INSPECTIONS_READ,
}
_SCHEMA = {
    "type": "object",
    "required": ["grant_type", "audience"],
    "properties": {
        name: {"type": "string", "examples": [example]} for name, example in _EXAMPLES.items()
    },
}
_TOKEN_FORM: dict[str, Any] = {
    "requestBody": {"required": True, "content": {FORM: {"schema": _SCHEMA}}}
}


# Public for the walk over the routes: the client proves itself in the request.
@router.post(
    "/token",
    response_model=TokenAnswer,
    response_model_exclude_none=True,
    responses={400: _REFUSED, 401: _REFUSED},
    openapi_extra={**PUBLIC, **_TOKEN_FORM},
)
async def issue_token(request: Request) -> JSONResponse:
    """Give a token for a grant: `client_credentials`, or the local sign-in of the lab."""
    config: IssuerConfig = request.app.state.config
    form = await read_form(request)
    grant = grant_type(config, form)
    client = authenticate(request.headers.getlist("authorization"), form, config.clients)
    token = grant_token(config, grant, client, form)
    answer = TokenAnswer(
        access_token=token.access_token,
        token_type="Bearer",  # noqa: S106 - RFC 6750's name of the type.
        expires_in=token.expires_in,
        scope=" ".join(sorted(token.scopes)) or None,
    )
    return JSONResponse(answer.model_dump(exclude_none=True), headers=NO_STORE)


@router.api_route(
    "/token",
    methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
    include_in_schema=False,
    openapi_extra=PUBLIC,
)
async def refuse_other_methods() -> None:
    """Say at the token endpoint, too, in its own words that it takes POST only."""
    raise TokenError(
        "invalid_request", "use POST", reason="method", status=405, headers={"Allow": "POST"}
    )


@router.get(
    "/jwks.json",
    response_class=JwkSetResponse,
    openapi_extra=PUBLIC,
)
async def jwk_set(request: Request) -> JwkSetResponse:
    """Give the public keys; every token of this issuer names one of them."""
    config: IssuerConfig = request.app.state.config
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE_S}"}
    return JwkSetResponse(config.keys.jwk_set(), headers=headers)


@router.get(METADATA_PATH, openapi_extra=PUBLIC)
async def metadata(request: Request) -> Metadata:
    """Tell a client where to ask, and for what."""
    config: IssuerConfig = request.app.state.config
    return Metadata(
        issuer=config.issuer,
        token_endpoint=f"{config.issuer}/token",
        jwks_uri=f"{config.issuer}/jwks.json",
        grant_types_supported=list(grants_of(config)),
        response_types_supported=[],  # There is no authorization endpoint.
        scopes_supported=sorted(frozenset().union(*config.audiences.values())),
        token_endpoint_auth_methods_supported=[
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
    )


@router.get("/health", openapi_extra=PUBLIC)
async def health() -> views.Health:
    """Tell that the service answers."""
    return views.Health(status="ok")
