"""
What all services share: the frame that a service is put into.

Floor 2: knows FastAPI.
"""

from collections.abc import Sequence
from typing import Any, get_args

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import Lifespan

from labkit.clock import Clock, MovableClock
from labkit.errors import UsageError
from labkit.services import docs, problems
from labkit.services.hardening import DEFAULTS, HardeningConfig, middlewares
from labkit.services.methods import Methods
from labkit.services.routes import check_every_route
from labkit.settings import Profile

VERSION = "1"  # Of the HTTP interface; it grows when a client has to change.

# Tracing is a part of its own; FastAPI's would record what we don't want recorded.
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class Service(FastAPI):
    """A FastAPI application that answers with problems and documents itself offline."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, with the shape of a problem in it."""
        document = super().openapi()
        shapes = document.setdefault("components", {}).setdefault("schemas", {})
        shapes.update(problems.schemas())
        return document


def new_service(
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    profile: Profile,
    lifespan: Lifespan[Service] | None = None,
    url: str | None = None,
    hardening: HardeningConfig = DEFAULTS,
) -> Service:
    """
    Return a service with the routes of *routers*.

    Args:
        url: Where it is, as its users write it; None means the socket's own address.
        hardening: What it refuses before any route sees a request.

    Raises:
        UsageError: A route neither requires a scope nor says that it is public, or an exposed
            service doesn't know its own name.
    """
    service = Service(
        title=title,
        description=description,
        version=VERSION,
        lifespan=lifespan,
        servers=[docs.RELATIVE_SERVER],
        openapi_url=None,  # `docs` has its own pages,
        docs_url=None,  # which work offline
        redoc_url=None,  # and under a prefix.
        redirect_slashes=False,  # A redirect would leave the prefix of a proxy.
        generate_unique_id_function=_operation_id,
        telemetry=_NO_TELEMETRY,
    )
    problems.install(service)
    for middleware in reversed(middlewares(hardening, profile, url=url)):
        # Starlette puts each around those that are there.
        service.add_middleware(middleware.cls, *middleware.args, **middleware.kwargs)
    for router in routers if profile == "exposed" else (*routers, docs.router):
        service.include_router(router)
    service.router.middleware_stack = Methods(service.router.middleware_stack, service.routes)
    check_every_route(service)
    return service


def check_profile(profile: str, clock: Clock) -> None:
    """
    Refuse what a service on a network mustn't have.

    Raises:
        UsageError: There is no such profile, or "exposed" was given a clock that stands still or
            can be moved.
    """
    if profile not in get_args(Profile):
        raise UsageError(f"profile has to be one of {', '.join(get_args(Profile))}")
    is_the_lessons = clock.frozen_at is not None or isinstance(clock, MovableClock)
    if profile == "exposed" and is_the_lessons:
        raise UsageError("the exposed profile needs the real time: a frozen clock keeps all tokens")


def _operation_id(route: APIRoute) -> str:
    return route.name
