"""
What every protected service says of itself to anybody: that it answers, and whom it trusts.

Floor 2: knows the gate.
"""

from fastapi import APIRouter, Request

from labkit.services import views
from labkit.services.bearer import METADATA_PATH, Gate, own_url
from labkit.services.routes import PUBLIC
from labkit.services.scopes import AUDIENCES

router = APIRouter(tags=["public"])


@router.get("/health", openapi_extra=PUBLIC)
async def health() -> views.Health:
    """Tell that the service answers."""
    return views.Health(status="ok")


@router.get(METADATA_PATH, openapi_extra=PUBLIC)
async def protected_resource_metadata(request: Request) -> views.ResourceMetadata:
    """Tell a client which issuer to ask for a token, and for which scopes (RFC 9728)."""
    gate: Gate = request.app.state.gate
    audience = gate.policy.audience
    return views.ResourceMetadata(
        resource=own_url(request) or audience,
        authorization_servers=[gate.policy.issuer],
        scopes_supported=sorted(AUDIENCES.get(audience, ())),
        bearer_methods_supported=["header"],
        resource_name=audience,
    )
