"""Every route requires a scope or is marked public; what may go wrong is documented."""

import re

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import iter_route_contexts
from service_kit import READ, WRITE
from starlette.responses import PlainTextResponse

from labkit.errors import UsageError
from labkit.services.app import Service, new_service
from labkit.services.bearer import Require
from labkit.services.routes import PUBLIC, check_every_route, is_public, required_scopes

PUBLIC_PATHS = {
    "issuer": {
        "/token", "/revoke", "/introspect", "/jwks.json",
        "/.well-known/oauth-authorization-server", "/health", "/docs", "/docs/{name}",
        "/openapi.json",
    },
    "inspections": {
        "/.well-known/oauth-protected-resource", "/health", "/docs", "/docs/{name}",
        "/openapi.json",
    },
}  # fmt: skip


@pytest.fixture(params=["issuer", "inspections"])
def named(request, issuer_app, app):
    return request.param, {"issuer": issuer_app, "inspections": app}[request.param]


async def test_exactly_the_routes_listed_here_are_public_and_all_others_require_a_scope(named):
    name, service = named
    routes = list(iter_route_contexts(service.routes))
    assert {route.path for route in routes if is_public(route)} == PUBLIC_PATHS[name]
    for route in routes:
        assert is_public(route) != bool(required_scopes(route)), route.path


async def test_what_the_walk_calls_protected_is_closed_to_strangers(app, client):
    protected = [r for r in iter_route_contexts(app.routes) if not is_public(r)]
    assert len(protected) == 22
    for route in protected:
        [method] = route.methods
        assert required_scopes(route) == {READ if method == "GET" else WRITE}
        response = await client.request(method, re.sub(r"\{\w+\}", "1", route.path), json={})
        assert response.status_code == 401, route.path
        assert "invalid" not in response.headers["www-authenticate"]


def undecided():
    return "anybody"


def with_route(router):
    return new_service(title="x", description="", routers=[router], profile="local")


def test_a_route_that_nobody_decided_about_stops_the_service():
    router = APIRouter()
    router.get("/forgotten")(undecided)
    with pytest.raises(UsageError, match="who may use /forgotten"):
        with_route(router)


@pytest.mark.parametrize("extra", [{}, {"security": [{}]}, {"security": None}])
def test_only_an_empty_list_of_requirements_marks_a_route_public(extra):
    router = APIRouter()
    router.get("/x", openapi_extra=extra)(undecided)
    with pytest.raises(UsageError, match="/x"):
        with_route(router)
    router = APIRouter()
    router.get("/x", openapi_extra=PUBLIC)(undecided)
    with_route(router)


def test_a_scope_required_by_the_router_or_deep_in_a_dependency_counts():
    def deep(_claims=Depends(Require("a:b"))):  # noqa: B008 - the older way to write it.
        return None

    for router in (
        APIRouter(dependencies=[Depends(Require("a:b"))]),
        APIRouter(dependencies=[Depends(deep)]),
    ):
        router.get("/x")(undecided)
        with_route(router)


def test_a_plain_starlette_route_has_to_be_decided_too():
    service = Service()
    service.add_route("/raw", lambda _request: PlainTextResponse("x"))
    with pytest.raises(UsageError):
        check_every_route(service)


async def test_every_answer_of_a_protected_route_is_documented(app):
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            documented = set(operation["responses"])
            if operation["security"]:
                assert {"400", "401", "403", "422", "503"} <= documented, path
                assert ("404" in documented) == ("{" in path)
                assert ("413" in documented) == ("requestBody" in operation)
                assert len(documented & {"200", "201"}) == 1
            else:
                assert documented == {"200"}, path


async def test_problems_are_documented_as_what_they_are(app):
    document = app.openapi()
    answer = document["paths"]["/lines"]["get"]["responses"]["401"]
    assert answer == {
        "description": "Unauthorized",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    assert {"Problem", "Fault"} <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_names_of_the_operations_are_plain(app, issuer_app):
    names = [
        operation["operationId"]
        for service in (app, issuer_app)
        for methods in service.openapi()["paths"].values()
        for operation in methods.values()
    ]
    assert names == [
        "list_plants", "get_plant", "list_lines", "get_line", "list_daily_statistics",
        "list_cameras", "get_camera", "list_lots", "get_lot", "list_runbooks", "get_runbook",
        "edit_runbook",
        "list_inspections", "record_inspection", "get_inspection", "list_defects", "get_defect",
        "list_model_versions", "get_model_version", "list_line_totals",
        "list_runbook_matches", "set_quarantine", "health", "protected_resource_metadata",
        "issue_token", "jwk_set", "health", "revoke_token", "introspect_token",
        "metadata",
    ]  # fmt: skip


async def test_authorize_takes_a_bearer_token(app):
    scheme = app.openapi()["components"]["securitySchemes"]["AccessToken"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
