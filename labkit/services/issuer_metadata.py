"""
Where an issuer's endpoints are and what they take, for programs that ask (RFC 8414).

Floor 2: knows what the issuer offers.
"""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from labkit.services import token_status
from labkit.services.authentication import CONFIDENTIAL_METHODS
from labkit.services.grants import IssuerConfig, grants_of
from labkit.services.routes import PUBLIC
from labkit.tokens.keys import ALGORITHM

METADATA_PATH = "/.well-known/oauth-authorization-server"  # RFC 8414 section 3.

router = APIRouter(tags=["public"])


class Metadata(BaseModel):
    """Where this issuer's endpoints are and what they take (RFC 8414 section 2)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint: str
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    introspection_endpoint: str
    introspection_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_signing_alg_values_supported: list[str]


@router.get(METADATA_PATH, openapi_extra=PUBLIC)
async def metadata(request: Request) -> Metadata:
    """Tell a client where to ask, and for what."""
    config: IssuerConfig = request.app.state.config
    url, signed_with = config.issuer, [ALGORITHM]
    return Metadata(
        issuer=url,
        token_endpoint=f"{url}/token",
        jwks_uri=f"{url}/jwks.json",
        grant_types_supported=list(grants_of(config)),
        response_types_supported=[],  # There is no authorization endpoint.
        scopes_supported=sorted(frozenset().union(*config.audiences.values())),
        token_endpoint_auth_methods_supported=[*CONFIDENTIAL_METHODS, "none"],
        token_endpoint_auth_signing_alg_values_supported=signed_with,
        revocation_endpoint=url + token_status.REVOKE_PATH,
        revocation_endpoint_auth_methods_supported=[*CONFIDENTIAL_METHODS, "none"],
        revocation_endpoint_auth_signing_alg_values_supported=signed_with,
        introspection_endpoint=url + token_status.INTROSPECT_PATH,
        introspection_endpoint_auth_methods_supported=list(CONFIDENTIAL_METHODS),
        introspection_endpoint_auth_signing_alg_values_supported=signed_with,
    )
