"""Token exchange (RFC 8693): what an agent gets for its user's token, and what it never gets."""

import asyncio
import time

import pytest
from issuer_kit import running_issuer, sqlite_in
from service_kit import ISSUER, READ

from labkit.clock import Clock
from labkit.services.clients import Client
from labkit.services.exchange import ACCESS_TOKEN_TYPE, DELEGATED_LIFETIME_S
from labkit.services.grants import (
    CLIENT_CREDENTIALS,
    LOCAL_CLIENTS,
    LOCAL_SIGN_IN,
    TOKEN_EXCHANGE,
    TOKEN_LIFETIME_S,
    IssuerConfig,
)
from labkit.services.scopes import AUDIENCES, SEARCH_READ
from labkit.tokens import AccessTokenPolicy, KeyRing, issue_access_token
from labkit.tokens.access import LEEWAY_S
from labkit.tokens.teaching import teaching_key

SECRET = "known-to-every-reader-of-the-tests"
AGENT = Client.confidential("agent", SECRET, [READ, SEARCH_READ])
HELPER = Client.confidential("helper", SECRET, [READ])  # A service that the agent calls.
AUDIENCES_HERE = {**AUDIENCES, "helper": frozenset({READ})}
CLIENTS = {**LOCAL_CLIENTS, **{client.client_id: client for client in (AGENT, HELPER)}}


@pytest.fixture
def ring(keys):
    return KeyRing(keys.active)


@pytest.fixture(params=["memory", "database"])
async def client(request, ring, tmp_path):
    url = sqlite_in(tmp_path) if request.param == "database" else None
    config = IssuerConfig(
        issuer=ISSUER, keys=ring, clients=CLIENTS, audiences=AUDIENCES_HERE, database_url=url
    )
    async with running_issuer(config) as opened:
        yield opened


@pytest.fixture
def users_token(client):
    """Sign a user in at the agent."""

    async def get(user="operator-a", **changes):
        form = {
            "grant_type": LOCAL_SIGN_IN,
            "client_id": "notebook",
            "username": user,
            "audience": "agent",
            "scope": f"{READ} {SEARCH_READ}",
        }
        return (await client.post("/token", data={**form, **changes})).json()["access_token"]

    return get


@pytest.fixture
def exchange(client):
    """Trade a token, by default as the agent for inspections."""

    def post(subject_token, /, *, by=AGENT, **changes):
        form = {
            "grant_type": TOKEN_EXCHANGE,
            "client_id": by.client_id,
            "client_secret": SECRET,
            "subject_token": subject_token,
            "subject_token_type": ACCESS_TOKEN_TYPE,
            "audience": "inspections",
            "scope": READ,
        }
        form |= changes
        return client.post("/token", data={k: v for k, v in form.items() if v is not None})

    return post


def claims_in(response, ring, audience="inspections"):
    assert response.status_code == 200, response.text
    policy = AccessTokenPolicy(ISSUER, audience)
    return policy.verify(response.json()["access_token"], ring.jwk_set())


def refused(response, code, status=400):
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert set(response.json()) == {"error", "error_description"}


# What comes out


async def test_the_token_names_the_user_the_actor_one_audience_and_the_scopes_asked_for(
    exchange, users_token, ring
):
    response = await exchange(await users_token())
    assert response.headers["cache-control"] == "no-store"
    claims = claims_in(response, ring)
    assert claims.subject == "operator-a"
    assert claims.client_id == "agent"
    assert claims.actor == {"sub": "agent"}
    assert claims.scopes == {READ}
    told = {k: v for k, v in response.json().items() if k != "access_token"}
    assert told == {
        "issued_token_type": ACCESS_TOKEN_TYPE,
        "token_type": "Bearer",
        "expires_in": DELEGATED_LIFETIME_S,
        "scope": READ,
    }


async def test_it_lives_for_one_call(exchange, users_token, ring):
    claims = claims_in(await exchange(await users_token()), ring)
    assert claims.expires_at - claims.issued_at == DELEGATED_LIFETIME_S < TOKEN_LIFETIME_S


async def test_it_ends_no_later_than_the_users_token(exchange, ring):
    short = issue_access_token(
        ring.active, issuer=ISSUER, subject="operator-a", audience="agent",
        client_id="notebook", scopes=[READ], lifetime_s=20,
    )  # fmt: skip
    claims = claims_in(await exchange(short), ring)
    assert claims.expires_at - claims.issued_at <= 20


async def test_each_exchange_gives_another_token(exchange, users_token, ring):
    mine = await users_token()
    answers = await asyncio.gather(*(exchange(mine) for _ in range(8)))
    assert len({claims_in(answer, ring).token_id for answer in answers}) == 8


async def test_without_a_scope_it_allows_nothing(exchange, users_token, ring):
    assert claims_in(await exchange(await users_token(), scope=None), ring).scopes == frozenset()


async def test_a_service_trades_on_and_the_chain_says_who_came_before(exchange, users_token, ring):
    first = await exchange(await users_token(), audience="helper")
    second = await exchange(first.json()["access_token"], by=HELPER)
    claims = claims_in(second, ring)
    assert claims.subject == "operator-a"
    assert claims.actor == {"sub": "helper", "act": {"sub": "agent"}}


async def test_inner_actors_allow_nothing_the_last_one_may_not(exchange, users_token):
    """The agent may ask for search, the helper may not, whoever stands inside its token."""
    first = await exchange(await users_token(), audience="helper")
    token = first.json()["access_token"]
    refused(await exchange(token, by=HELPER, audience="search", scope=SEARCH_READ), "invalid_scope")


# What doesn't


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scope": "inspections:delete"}, "invalid_scope"),  # Nobody has it.
        ({"scope": SEARCH_READ}, "invalid_scope"),  # Not a scope of this audience.
        ({"scope": f"{READ} {SEARCH_READ}"}, "invalid_scope"),  # One word too many: nothing.
        ({"audience": None}, "invalid_target"),
        ({"audience": "payroll"}, "invalid_target"),
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": "no.such.token"}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token": "a.b.c"}, "invalid_request"),  # The actor is who asks.
        ({"actor_token_type": ACCESS_TOKEN_TYPE}, "invalid_request"),
        ({"resource": "http://127.0.0.1:1/"}, "invalid_request"),
    ],
)
async def test_a_request_that_says_too_little_or_too_much_gets_nothing(
    exchange, users_token, changes, code
):
    refused(await exchange(await users_token(), **changes), code)


async def test_the_users_token_limits_the_agent(exchange, users_token):
    mine = await users_token(scope=SEARCH_READ)
    refused(await exchange(mine), "invalid_scope")


async def test_the_agents_registration_limits_the_agent(exchange, ring):
    mine = issue_access_token(
        ring.active, issuer=ISSUER, subject="operator-a", audience="helper",
        client_id="agent", scopes=[READ, SEARCH_READ],
    )  # fmt: skip
    refused(await exchange(mine, by=HELPER, audience="search", scope=SEARCH_READ), "invalid_scope")


async def test_a_token_for_somebody_else_is_worth_nothing_here(exchange, users_token):
    for audience, scope in (("inspections", READ), ("helper", READ)):
        token = await users_token(audience=audience, scope=scope)
        refused(await exchange(token), "invalid_request")


async def test_the_agent_is_not_the_helper(exchange, users_token):
    refused(await exchange(await users_token(), by=HELPER), "invalid_request")


def token_of(key, **changes):
    claims = {
        "issuer": ISSUER, "subject": "operator-a", "audience": "agent",
        "client_id": "notebook", "scopes": [READ],
    }  # fmt: skip
    return issue_access_token(key, **{**claims, **changes})


async def test_a_strangers_signature_and_another_issuers_name_are_refused(exchange, ring):
    refused(await exchange(token_of(teaching_key("stranger"))), "invalid_request")
    refused(await exchange(token_of(ring.active, issuer="http://x.example")), "invalid_request")


async def test_leeway_is_no_reason_for_a_new_token(exchange, ring):
    """A verifier still takes a token that ended a moment ago; here it opens nothing new."""
    ended = Clock(time.time() - 100)
    token = token_of(ring.active, lifetime_s=100 - LEEWAY_S // 2, clock=ended)
    AccessTokenPolicy(ISSUER, "agent").verify(token, ring.jwk_set())
    refused(await exchange(token), "invalid_request")


async def test_a_token_that_was_taken_back_is_traded_no_more(client, exchange, users_token):
    mine = await users_token()
    assert (await exchange(mine)).status_code == 200
    await client.post("/revoke", data={"token": mine, "client_id": "notebook"})
    refused(await exchange(mine), "invalid_request")


async def test_a_chain_has_an_end(exchange, ring):
    chain = None
    for name in ("one", "two", "three", "four"):
        chain = {"sub": name, **({"act": chain} if chain else {})}
    full = token_of(ring.active, actor=chain)
    refused(await exchange(full), "invalid_request")
    room = token_of(ring.active, actor=chain["act"])
    assert claims_in(await exchange(room), ring).actor == {"sub": "agent", "act": chain["act"]}


async def test_a_client_that_proves_nothing_acts_for_nobody(client, users_token):
    form = {
        "grant_type": TOKEN_EXCHANGE, "client_id": "notebook", "audience": "inspections",
        "subject_token": await users_token(), "subject_token_type": ACCESS_TOKEN_TYPE,
    }  # fmt: skip
    refused(await client.post("/token", data=form), "unauthorized_client")


async def test_a_wrong_secret_is_told_before_the_token_is_looked_at(exchange, users_token):
    refused(await exchange(await users_token(), client_secret="x" * 40), "invalid_client", 401)


async def test_the_agent_for_itself_is_nobodys_actor(client, ring):
    form = {
        "grant_type": CLIENT_CREDENTIALS, "client_id": "agent", "client_secret": SECRET,
        "audience": "inspections", "scope": READ,
    }  # fmt: skip
    claims = claims_in(await client.post("/token", data=form), ring)
    assert (claims.subject, claims.actor) == ("agent", None)


async def test_the_metadata_lists_the_grant(client):
    metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert TOKEN_EXCHANGE in metadata["grant_types_supported"]
