"""A user's token is traded for small ones: fetched once, renewed in time."""

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from labkit import Lab
from labkit.agent.exchange import RENEW_S, TokenClient, TokenExchange
from labkit.background import BackgroundLoop
from labkit.errors import ServiceError
from labkit.server import Server
from labkit.tokens.encoding import b64url_decode

READ = ("inspections", "inspections:read")


@pytest.fixture
def lab():
    with Lab() as running:
        yield running


@pytest.fixture
def source(lab):
    return lab.agent("operator-a")._authority.source


def trade(source, audience="inspections", scope="inspections:read"):
    return BackgroundLoop.shared().run(source.credential(audience, scope))


def asked(lab):
    """How many requests the issuer's token endpoint has had."""
    return len([r for r in lab.requests if (r.service, r.path) == ("issuer", "/token")])


def claims_of(token):
    return json.loads(b64url_decode(token.split(".")[1]))


def test_each_call_gets_a_token_of_its_own_for_one_audience_and_scope(source):
    first, second = trade(source), trade(source, "search", "search:read")
    claims = claims_of(first.token)
    assert (claims["sub"], claims["act"], claims["aud"]) == (
        "operator-a",
        {"sub": "agent"},
        "inspections",
    )
    assert (claims["scope"], claims["jti"]) == ("inspections:read", first.token_id)
    assert claims_of(second.token)["aud"] == "search"
    assert first.token_id != second.token_id
    both = trade(source, scope="inspections:read inspections:write")
    assert set(claims_of(both.token)["scope"].split()) == {"inspections:read", "inspections:write"}


def test_the_users_token_is_fetched_once_for_calls_side_by_side(lab, source):
    async def many():
        return await asyncio.gather(*(source.credential(*READ) for _ in range(5)))

    given = BackgroundLoop.shared().run(many())
    assert len({each.token_id for each in given}) == 5
    assert asked(lab) == 1 + 5


def test_it_is_renewed_before_it_ends_so_that_each_call_has_its_full_minute(lab, source):
    trade(source)
    lab.clock.advance(300 - RENEW_S - 5)
    assert trade(source).lifetime_s == 60
    assert asked(lab) == 3
    lab.clock.advance(10)
    assert trade(source).lifetime_s == 60
    assert asked(lab) == 5


def test_each_loop_has_a_connection_and_a_token_of_its_own(lab, source):
    async def one():
        return await source.credential(*READ)

    for _ in range(2):
        assert asyncio.run(one()).lifetime_s == 60
    trade(source)
    assert asked(lab) == 6


def test_what_the_issuer_refuses_is_said_in_its_words(source):
    with pytest.raises(ServiceError, match="the issuer refused \\(invalid_target\\)"):
        trade(source, audience="payroll")
    with pytest.raises(ServiceError, match="the issuer refused \\(invalid_scope\\)"):
        trade(source, scope="inspections:delete")


def test_a_users_token_that_is_refused_is_fetched_anew_at_the_next_call(lab, source):
    """Its key was stolen and removed: this call fails, the next one works."""
    trade(source)
    keys = lab.issuer_keys
    stolen = keys.active.kid
    keys.publish_next()
    keys.rotate()
    keys.remove(stolen)
    with pytest.raises(ServiceError, match="invalid_request"):
        trade(source)
    assert claims_of(trade(source).token)["sub"] == "operator-a"


def test_an_issuer_that_is_gone_is_said_so(lab, source):
    lab.services["issuer"].server.stop()
    with pytest.raises(ServiceError, match="the issuer didn't answer"):
        trade(source)


@pytest.fixture
def stranger():
    """An issuer that answers as a test says."""
    servers = []

    def make(answer):
        async def token(_request):
            return answer

        routes = [Route("/token", token, methods=["POST"])]
        server = Server(lambda _url: Starlette(routes=routes), name="stranger")
        server.start()
        servers.append(server)
        return TokenExchange(TokenClient(server.url, "agent", "secret-canary"), {"a": "b"})

    yield make
    for server in servers:
        server.stop()


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>"),
        JSONResponse([]),
        JSONResponse({"access_token": "x"}),
        JSONResponse({}, 400),
        JSONResponse("no", 500),
    ],
)
def test_what_no_issuer_would_answer_is_no_token(stranger, answer):
    with pytest.raises(ServiceError, match="no issuer answers like that"):
        trade(stranger(answer))


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.e30.c", "a.!!.c"])
def test_a_token_that_says_nothing_of_itself_is_as_good(stranger, token):
    given = trade(stranger(JSONResponse({"access_token": token, "expires_in": 60})))
    assert (given.token, given.token_id) == (token, "")


def test_the_secret_is_in_no_repr(lab, source):
    client = TokenClient("http://x", "agent", "secret-canary")
    assert "secret-canary" not in repr(client) + repr(TokenExchange(client, {}))
    assert lab._backend.client_secrets["agent"] not in repr(source)
