"""Who comes in, and what everybody else is told: security.md's table, case by case."""

import dataclasses
import logging

import httpx2
import pytest
from fastapi import Depends, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_kit import HERE, ISSUER, READ, bearer, client_of, running

from labkit.attacks import CONTROLS, FORGERIES, Workshop
from labkit.clock import Clock
from labkit.errors import UsageError
from labkit.services.app import Service
from labkit.services.bearer import Gate, Require, own_url
from labkit.tokens import AccessTokenPolicy, JwksClient, KeyRing, issue_access_token

METADATA = f'resource_metadata="{HERE}/.well-known/oauth-protected-resource"'
ONE_DESCRIPTION = "the token can't be used here; ask the issuer for a new one"
BAD_TOKEN = (
    f'Bearer realm="inspections", error="invalid_token", '
    f'error_description="{ONE_DESCRIPTION}", {METADATA}'
)


@pytest.fixture
def reasons(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: [r.reason for r in caplog.records if r.name == "labkit.security"]


def problem(response):
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body["status"] == response.status_code
    return body


async def test_a_good_token_comes_in(client, token_of, reasons):
    response = await client.get("/lines", headers=bearer(token_of()))
    assert response.status_code == 200
    assert reasons() == []


@pytest.mark.parametrize("header", [None, "Basic bm9ib2R5OnNlY3JldA==", "Digest a=b", "DPoP abc"])
async def test_without_a_bearer_token_the_challenge_names_no_error(client, reasons, header):
    headers = {"Authorization": header} if header else {}
    response = await client.get("/lines", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == f'Bearer realm="inspections", {METADATA}'
    assert problem(response)["detail"].startswith("bring an access token")
    assert reasons() == ["absent"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "bearer", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "a.b.c",
     "Bearer  a", "Bearer =", "Bearer a=b", "Bearer \u00e9", "Bearer\ta", " x", 'Bearer "a"'],
)  # fmt: skip
async def test_a_malformed_header_is_a_bad_request(client, reasons, header):
    request = client.build_request("GET", "/lines")
    request.headers = httpx2.Headers(
        [(b"host", b"localhost"), (b"authorization", header.encode("latin-1"))]
    )
    response = await client.send(request)
    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]
    problem(response)
    assert reasons() == ["malformed"]


async def test_two_headers_are_a_bad_request_even_when_both_are_good(client, token_of, reasons):
    good = ("Authorization", f"Bearer {token_of()}")
    response = await client.get("/lines", headers=[good, good])
    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]
    assert reasons() == ["repeated"]


@pytest.mark.parametrize("also_header", [True, False])
async def test_a_token_in_the_url_is_a_bad_request(client, token_of, reasons, also_header):
    token = token_of()
    headers = bearer(token) if also_header else {}
    response = await client.get("/lines", params={"access_token": token}, headers=headers)
    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]
    assert token not in response.text
    assert reasons() == ["query"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "BeArEr"])
async def test_the_scheme_may_be_written_in_any_case(client, token_of, scheme):
    response = await client.get("/lines", headers={"Authorization": f"{scheme} {token_of()}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"audience": "search"}, "audience"),
        ({"issuer": "http://other.test"}, "issuer"),
        ({"clock": Clock(1)}, "expired"),
        ({"clock": Clock(4e9)}, "early"),
    ],
)
async def test_every_bad_token_gets_the_same_answer_and_the_log_gets_the_reason(
    client, token_of, reasons, changes, reason
):
    response = await client.get("/lines", headers=bearer(token_of(**changes)))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == BAD_TOKEN
    assert problem(response)["detail"] == ONE_DESCRIPTION
    assert reasons() == [reason]


@pytest.mark.parametrize("token", ["x", "a.b.c", "a" * 9000, "..", "a.b.c="])
async def test_what_is_no_token_gets_that_answer_too(client, token):
    response = await client.get("/lines", headers=bearer(token))
    assert (response.status_code, response.headers["www-authenticate"]) == (401, BAD_TOKEN)


async def test_a_strangers_key_is_refused_after_one_more_look(client, token_of, reasons):
    stranger = issue_access_token(
        KeyRing.generate().active, issuer=ISSUER, subject="quality-lead", audience="inspections",
        client_id="notebook", scopes=[READ],
    )  # fmt: skip
    response = await client.get("/lines", headers=bearer(stranger))
    assert (response.status_code, reasons()) == (401, ["kid"])


@pytest.mark.parametrize("scopes", [(), ("inspections:write",), ("inspections",), ("read",)])
async def test_a_missing_scope_is_named(client, token_of, reasons, scopes):
    response = await client.get("/lines", headers=bearer(token_of(scopes=scopes)))
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
    assert f'scope="{READ}"' in response.headers["www-authenticate"]
    assert READ in problem(response)["detail"]
    assert reasons() == ["scope"]


async def test_who_may_come_in_is_decided_before_the_parameters_are_read(client):
    response = await client.get("/inspections/not-a-number?nonsense=1")
    assert response.status_code == 401


class Issuer:
    """A key source that can be switched off."""

    def __init__(self, app):
        self.app, self.up, self.asked = app, True, 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        if not self.up:
            raise httpx2.ConnectError("down")
        await self.app(scope, receive, send)


@pytest.fixture
def switchable(issuer_app, inspections_config):
    source = Issuer(issuer_app)
    transport = httpx2.ASGITransport(app=source)
    config = dataclasses.replace(
        inspections_config,
        new_jwks_client=lambda url: JwksClient(url, http=httpx2.AsyncClient(transport=transport)),
    )
    return source, config


async def test_without_any_key_the_answer_is_later_and_never_yes(switchable, token_of, reasons):
    source, config = switchable
    source.up = False
    async with running(config) as (_app, client):
        response = await client.get("/lines", headers=bearer(token_of()))
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "www-authenticate" not in response.headers
    problem(response)
    assert reasons() == ["keys"]


async def test_known_keys_outlive_an_outage(switchable, token_of):
    source, config = switchable
    async with running(config) as (_app, client):
        assert (await client.get("/lines", headers=bearer(token_of()))).status_code == 200
        source.up = False
        assert (await client.get("/lines", headers=bearer(token_of()))).status_code == 200
        assert source.asked == 1


async def test_a_malformed_token_makes_nobody_fetch_keys(switchable):
    source, config = switchable
    async with running(config) as (_app, client):
        assert (await client.get("/lines", headers=bearer("x.y.z"))).status_code == 401
        assert source.asked == 0


async def test_no_answer_and_no_log_shows_a_value_of_a_token(client, token_of, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("aiosqlite", "sqlalchemy.engine", "httpx2", "httpcore2", "uvicorn"):
        caplog.set_level(logging.DEBUG, logger=name)
    for changes in ({}, {"audience": "canary-aud"}, {"scopes": ["canary:scope"]}):
        token = token_of("canary-sub", client_id="canary-client", token_id="canary-jti", **changes)
        response = await client.get("/lines", headers=bearer(token))
        seen = f"{response.text}{response.headers}{caplog.text}"
        assert "canary" not in seen
        assert not any(part in seen for part in token.split("."))


HEADERS = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(lambda tail: b"Bearer " + tail),
    st.from_regex(rb"(?i)bearer +[A-Za-z0-9._~+/-]+={0,2}", fullmatch=True),
)


@given(values=st.lists(HEADERS, max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_made_up_header_comes_in_or_breaks_anything(client, values):
    request = client.build_request("GET", "/lines")
    request.headers = httpx2.Headers([(b"authorization", value) for value in values])
    response = await client.send(request)
    assert response.status_code in (400, 401)
    assert response.headers["content-type"] == "application/problem+json"


class OneSet:
    """Keys that are already here."""

    def __init__(self, jwk_set):
        self.jwk_set = jwk_set

    async def key_set(self, _kid):
        return self.jwk_set


@pytest.fixture(scope="module")
def workshop():
    return Workshop()


def guarded(workshop, jwk_set):
    app = Service()
    policy = AccessTokenPolicy(workshop.issuer, workshop.audience, clock=workshop.clock)
    app.state.gate = Gate(policy, OneSet(jwk_set), HERE)

    @app.get("/", dependencies=[Depends(Require(READ))])
    async def read():
        return "in"

    return app


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.id)
async def test_each_forged_token_is_refused_over_http(workshop, forgery, reasons):
    attempt = forgery.forge(workshop)
    async with client_of(guarded(workshop, attempt.jwk_set), HERE) as client:
        request = client.build_request("GET", "/")
        header = f"Bearer {attempt.token}".encode()
        request.headers = httpx2.Headers([(b"authorization", header)])
        response = await client.send(request)
    assert response.status_code in (400, 401)
    assert reasons() in ([forgery.reason], ["malformed"])
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
async def test_each_control_is_let_in_or_lacks_nothing_but_the_scope(workshop, control):
    attempt = control.forge(workshop)
    async with client_of(guarded(workshop, attempt.jwk_set), HERE) as client:
        response = await client.get("/", headers=bearer(attempt.token))
    assert response.status_code in (200, 403)


@pytest.mark.parametrize("scopes", [(), ("",), ("a b",), (7,), (None,), (["a"],)])
def test_require_takes_words(scopes):
    with pytest.raises(UsageError, match="Require takes scopes"):
        Require(*scopes)


def test_require_says_what_it_requires():
    assert repr(Require("b:x", "a:y")) == "Require('a:y', 'b:x')"


@pytest.mark.parametrize(
    ("url", "server", "expected"),
    [
        ("http://told", ("10.0.0.1", 80), "http://told"),
        (None, ("127.0.0.1", 8001), "http://127.0.0.1:8001"),
        (None, ("::1", 8001), "http://[::1]:8001"),
        (None, ("/run/lab.sock", None), None),
        (None, None, None),
    ],
)
def test_the_own_url_comes_from_configuration_or_socket_never_from_the_host_header(
    url, server, expected
):
    app = Service()
    app.state.gate = Gate(AccessTokenPolicy("http://i", "a"), OneSet({}), url)
    scope = {
        "type": "http", "scheme": "http", "server": server, "app": app,
        "headers": [(b"host", b'evil"')],
    }  # fmt: skip
    assert own_url(Request(scope)) == expected


async def test_without_an_address_the_challenge_stays_valid(inspections_config):
    config = dataclasses.replace(inspections_config, url=None)
    async with running(config) as (app, _client):
        transport = httpx2.ASGITransport(app=no_server(app))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            response = await client.get("/lines")
            assert response.headers["www-authenticate"] == 'Bearer realm="inspections"'
            metadata = await client.get("/.well-known/oauth-protected-resource")
            assert metadata.json()["resource"] == "inspections"


def no_server(app):
    async def wrapped(scope, receive, send):
        await app({**scope, "server": None}, receive, send)

    return wrapped
