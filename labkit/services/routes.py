"""
Every route says who may use it: it requires a scope, or it says that it's public.

A route that says neither is a mistake that nobody notices until it's found from outside. So a
service with such a route doesn't start.

Floor 2: knows FastAPI.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from labkit.errors import UsageError
from labkit.services.bearer import Require

PUBLIC: dict[str, Any] = {"security": []}
"""
``openapi_extra=PUBLIC`` marks a route that anybody may use, in OpenAPI's own words: an empty list
of what is required (OpenAPI 3.1 section 4.8.10).
"""


def check_every_route(app: FastAPI) -> None:
    """
    Refuse an application with a route that nobody decided about.

    Raises:
        UsageError: A route neither requires a scope nor is marked `PUBLIC`; the text names it.
    """
    for route in iter_route_contexts(app.routes):
        if not is_public(route) and not required_scopes(route):
            raise UsageError(
                f"nobody said who may use {route.path}: add Depends(Require(...)), "
                "or openapi_extra=PUBLIC"
            )


def is_public(route: RouteContext) -> bool:
    """Tell whether *route* is marked as open to anybody."""
    extra = getattr(route, "openapi_extra", None) or {}
    return bool(extra.get("security", None) == PUBLIC["security"])


def required_scopes(route: RouteContext) -> frozenset[str]:
    """Return the scopes that *route* requires, through any of its dependencies."""
    dependant = getattr(route, "dependant", None)
    if dependant is None:
        return frozenset()
    return frozenset().union(*(require.scopes for require in _requires(dependant)))


def _requires(dependant: Dependant) -> Iterator[Require]:
    if isinstance(dependant.call, Require):
        yield dependant.call
    for part in dependant.dependencies:
        yield from _requires(part)
