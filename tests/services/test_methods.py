"""Every route of every real service, asked with the methods that nobody thinks of."""

import json
import re

import pytest
from fastapi.routing import iter_route_contexts
from service_kit import HERE, ISSUER, READ, bearer, client_of

from labkit.services import search
from labkit.services.search import SearchConfig
from labkit.tokens import JwksClient

FORMS = {"/token", "/revoke", "/introspect"}
WHO = {"issuer": None, "inspections": READ, "search": "search:read"}


@pytest.fixture
async def services(issuer_app, app):
    """The services by name."""
    config = SearchConfig(
        issuer=ISSUER, jwks_url=f"{ISSUER}/jwks.json", url=HERE, delay_s=0, fails_every=0,
        new_jwks_client=lambda url: JwksClient(url, http=client_of(issuer_app, ISSUER)),
    )  # fmt: skip
    outside = search.create_app(config)
    async with outside.router.lifespan_context(outside):
        yield {"issuer": issuer_app, "inspections": app, "search": outside}


@pytest.fixture(params=sorted(WHO))
async def asked(request, services, token_of):
    """One of the services: its methods by path, and how to send it a request with all rights."""
    name = request.param
    methods = {}
    for route in iter_route_contexts(services[name].routes):
        methods.setdefault(route.path, set()).update(route.methods)
    head = bearer(token_of(audience=name, scopes=[WHO[name]])) if WHO[name] else {}
    async with client_of(services[name], HERE) as client:

        async def ask(method, path, **options):
            options = {"headers": head, **options}
            return await client.request(method, re.sub(r"\{\w+\}", "1", path), **options)

        yield methods, ask


async def test_head_is_get_without_the_body_wherever_there_is_get(asked):
    methods, ask = asked
    gets = [path for path, offered in methods.items() if "GET" in offered]
    assert len(gets) > 4
    for path in gets:
        got, head = await ask("GET", path), await ask("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.status_code < 500
        assert same_headers(head) == same_headers(got), path


def same_headers(response):
    new_each_time = ("x-request-id", "date")
    kept = {name: value for name, value in response.headers.items() if name not in new_each_time}
    if response.status_code >= 400:
        kept.pop("content-length", None)  # The id of the request is in the body.
    return kept


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"])
async def test_another_method_is_refused_with_all_that_the_path_has(asked, method):
    methods, ask = asked
    for path, offered in methods.items():
        response = await ask(method, path)
        allowed = {*offered, "HEAD"} if "GET" in offered else offered
        assert response.status_code == 405, path
        assert response.headers["allow"] == ", ".join(sorted(allowed)), path
        if path in FORMS:
            assert response.json()["error"] == "invalid_request"
        else:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["status"] == 405


async def test_head_without_a_token_is_refused_as_get_is(client):
    response = await client.head("/lines")
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["www-authenticate"].startswith("Bearer ")


async def test_head_of_a_post_only_path_is_refused(issuer_client, send_as):
    for response in (
        await issuer_client.head("/token"),
        await send_as("HEAD", "/lots/1/quarantine"),
    ):
        assert response.status_code == 405
        assert "HEAD" not in response.headers["allow"]


async def test_the_access_log_names_method_and_route_of_a_head(as_user, send_as, caplog):
    caplog.set_level("INFO", "labkit.access")
    assert (await send_as("HEAD", "/lines/A1")).status_code == 200
    assert (await send_as("HEAD", "/lots/1/quarantine")).status_code == 405
    lines = [
        json.loads(record.message) for record in caplog.records if record.name == "labkit.access"
    ]
    asked = [(line["method"], line["route"], line["status"], line["bytes"]) for line in lines]
    assert ("HEAD", "/lines/{line_id}", 200, 0) in asked
    assert ("HEAD", "/lots/{lot_id}/quarantine", 405, 0) in asked


async def test_no_byte_of_the_body_reaches_the_server(issuer_app):
    """The clients of the other tests drop it themselves, as a server does."""
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "HEAD", "path": "/health",
        "raw_path": b"/health", "query_string": b"", "scheme": "http", "root_path": "",
        "headers": [(b"host", b"localhost")], "server": ("localhost", 80),
    }  # fmt: skip
    await issuer_app(scope, receive, send)
    assert sent[0]["status"] == 200
    assert [message["body"] for message in sent[1:]] == [b""] * len(sent[1:])
    assert int(dict(sent[0]["headers"])[b"content-length"]) > 0
