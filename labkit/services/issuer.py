"""
The issuer: it knows who is who, signs that, and publishes the keys to check it with.

Glossary:
    token endpoint: ``POST /token``; a grant goes in, an access token comes out (RFC 6749).
    JWK set: ``GET /jwks.json``; the public halves of the keys (RFC 7517).
    metadata: where all of that is (`labkit.services.issuer_metadata`).

What it must not forget is in `labkit.services.stores`; taking a token back and asking about one in
`labkit.services.token_status`.

Floor 2: started by `labkit.server`, or by ``uvicorn --factory labkit.services.issuer:create_app``.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from labkit.database import Database
from labkit.database.failures import log_cause
from labkit.errors import StorageError, UsageError
from labkit.logs import hide_queries
from labkit.services import issuer_metadata, problems, token_status, views
from labkit.services.app import Service, new_service
from labkit.services.authentication import Authenticator
from labkit.services.bearer import RETRY_AFTER_S
from labkit.services.clients import Client
from labkit.services.exchange import exchange_token
from labkit.services.grants import (
    LOCAL_SIGN_IN,
    TOKEN_EXCHANGE,
    IssuerConfig,
    Token,
    grant_token,
    grant_type,
)
from labkit.services.hardening import HardeningConfig
from labkit.services.oauth import (
    NO_STORE,
    TokenError,
    TokenRefusal,
    address_of,
    form_of,
    on_token_error,
    read_form,
)
from labkit.services.routes import PUBLIC
from labkit.services.scopes import INSPECTIONS, INSPECTIONS_READ
from labkit.services.stores import IssuerStores, open_stores
from labkit.settings import Settings
from labkit.tokens import KeyRing

__all__ = ["IssuerConfig", "create_app"]

JWKS_MAX_AGE_S = 60  # Our choice: no cache on the way hides a new key for longer.

TOKEN_PATH = "/token"  # noqa: S105 - a path.
_FORM_PATHS = (TOKEN_PATH, token_status.REVOKE_PATH, token_status.INTROSPECT_PATH)

_DATABASE_TROUBLE = (
    exc.TimeoutError,  # Every connection is in use.
    exc.OperationalError,
    exc.InterfaceError,
    OSError,  # The server isn't there.
    StorageError,
)


class TokenAnswer(BaseModel):
    """An access token (RFC 6749 section 5.1; after an exchange RFC 8693 section 2.2.1)."""

    access_token: str
    issued_token_type: str | None = None
    token_type: str
    expires_in: int
    scope: str | None = None


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
        routers=[router, token_status.router, issuer_metadata.router],
        profile=chosen.profile,
        url=chosen.issuer,
        hardening=chosen.hardening,
        lifespan=_lifespan,
    )
    service.state.config = chosen
    if chosen.database_url is None and chosen.keys is not None:
        _use(service, chosen, IssuerStores.in_memory(chosen.keys, chosen.clock))
    service.add_exception_handler(TokenError, on_token_error)
    service.add_exception_handler(405, _on_other_method)
    for error in _DATABASE_TROUBLE:
        service.add_exception_handler(error, _on_database_trouble)
    return service


@asynccontextmanager
async def _lifespan(service: FastAPI) -> AsyncIterator[None]:
    """Open the database when the service starts, if there is one, and close it when it ends."""
    config: IssuerConfig = service.state.config
    if config.database_url is None:
        yield
        return
    database = Database(config.database_url)
    try:
        _use(service, config, await _open(config, database))
        yield
    finally:
        await database.close()


async def _open(config: IssuerConfig, database: Database) -> IssuerStores:
    first = config.keys.active if config.keys else None
    stores = await open_stores(database, config.issuer, first=first, clock=config.clock)
    config.check_key((await stores.ring.load()).active)
    return stores


def _use(service: FastAPI, config: IssuerConfig, stores: IssuerStores) -> None:
    service.state.stores = stores
    service.state.authenticator = Authenticator(
        issuer=config.issuer, clients=config.clients, seen=stores.seen, clock=config.clock
    )


async def _on_other_method(request: Request, error: Exception) -> JSONResponse:
    """Say where a form is expected, too, in the words of such an endpoint, that it takes POST."""
    assert isinstance(error, HTTPException)
    if request.scope["path"] not in _FORM_PATHS:
        return await problems.on_http_exception(request, error)
    wrong = TokenError(
        "invalid_request", "use POST", reason="method", status=405, headers=error.headers
    )
    return await on_token_error(request, wrong)


async def _on_database_trouble(request: Request, error: Exception) -> JSONResponse:
    """Ask to come back: without its database an issuer can neither say yes nor no."""
    log_cause(error)
    later = {"Retry-After": str(RETRY_AFTER_S)}
    busy = TokenError("temporarily_unavailable", "try again soon", status=503, headers=later)
    return await on_token_error(request, busy)


def _from_environment() -> IssuerConfig:
    hide_queries()  # Nobody but uvicorn --factory comes here: the process is the service's own.
    settings = Settings.from_environment()
    if settings.issuer_url is None:
        raise UsageError(
            "set LABKIT_ISSUER_URL to the URL under which this issuer can be reached, such as "
            "http://127.0.0.1:8001"
        )
    if settings.profile == "exposed":
        raise UsageError(
            "the exposed profile needs keys that outlive the process; pass create_app an "
            "IssuerConfig with a database_url, or start with LABKIT_PROFILE=local"
        )
    return IssuerConfig(
        issuer=settings.issuer_url,
        keys=KeyRing.generate(),
        hardening=HardeningConfig(hosts=settings.hosts),
    )


router = APIRouter(tags=["public"])

_REFUSED = {"model": TokenRefusal}
_TOKEN_FORM = form_of(
    {
        "grant_type": LOCAL_SIGN_IN,
        "client_id": "notebook",
        "client_secret": "",
        "username": "operator-a",
        "audience": INSPECTIONS,
        "scope": INSPECTIONS_READ,
        "subject_token": "",
        "subject_token_type": "",
    },
    required=["grant_type", "audience"],
)


# Public for the walk over the routes: the client proves itself in the request.
@router.post(
    TOKEN_PATH,
    response_model=TokenAnswer,
    response_model_exclude_none=True,
    responses={400: _REFUSED, 401: _REFUSED, 429: _REFUSED, 503: _REFUSED},
    openapi_extra={**PUBLIC, **_TOKEN_FORM},
)
async def issue_token(request: Request) -> JSONResponse:
    """Give a token for a grant: for a client itself, in exchange, or for a local user by name."""
    config: IssuerConfig = request.app.state.config
    form = await read_form(request)
    grant = grant_type(config, form)
    headers = request.headers.getlist("authorization")
    client = await request.app.state.authenticator.client_of(headers, form, address_of(request))
    token = await _granted(config, request.app.state.stores, grant, client, form)
    answer = TokenAnswer(
        access_token=token.access_token,
        issued_token_type=token.issued_type,
        token_type="Bearer",  # noqa: S106 - RFC 6750's name of the type.
        expires_in=token.expires_in,
        scope=" ".join(sorted(token.scopes)) or None,
    )
    return JSONResponse(answer.model_dump(exclude_none=True), headers=NO_STORE)


async def _granted(
    config: IssuerConfig, stores: IssuerStores, grant: str, client: Client, form: Mapping[str, str]
) -> Token:
    if grant == TOKEN_EXCHANGE:
        return await exchange_token(config, stores, client, form)
    return grant_token(config, (await stores.ring.load()).active, grant, client, form)


@router.get(
    "/jwks.json",
    response_class=JwkSetResponse,
    openapi_extra=PUBLIC,
)
async def jwk_set(request: Request) -> JwkSetResponse:
    """Give the public keys; every token of this issuer names one of them."""
    config: IssuerConfig = request.app.state.config
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE_S}"}
    ring = await request.app.state.stores.ring.load()
    return JwkSetResponse(ring.jwk_set(config.clock.now()), headers=headers)


@router.get("/health", openapi_extra=PUBLIC)
async def health() -> views.Health:
    """Tell that the service answers."""
    return views.Health(status="ok")
