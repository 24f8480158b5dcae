"""Taking a token back (RFC 7009), asking about one (RFC 7662), and what a stranger learns."""

import asyncio

import pytest
from issuer_kit import (
    AS_A_USER,
    AS_THE_SERVICE,
    CLIENTS,
    FOR_ITSELF,
    running_issuer,
    signing,
    sqlite_in,
)
from service_kit import ISSUER, READ, REPORT, REPORT_SECRET

from labkit.services.grants import IssuerConfig
from labkit.tokens import KeyRing, issue_access_token
from labkit.tokens.access import LEEWAY_S

AS_THE_REPORT = {"client_id": REPORT.client_id, "client_secret": REPORT_SECRET}
NOTEBOOK = {"client_id": "notebook"}


@pytest.fixture
def ring(keys):
    return KeyRing(keys.active)


@pytest.fixture(params=["memory", "database"])
async def client(request, ring, tmp_path):
    url = sqlite_in(tmp_path) if request.param == "database" else None
    config = IssuerConfig(issuer=ISSUER, keys=ring, clients=CLIENTS, database_url=url)
    async with running_issuer(config) as opened:
        yield opened


@pytest.fixture
def token_for(client):
    async def get(**form):
        return (await client.post("/token", data=form or AS_A_USER)).json()["access_token"]

    return get


@pytest.fixture
def revoke(client):
    def post(token, who=NOTEBOOK, **form):
        return client.post("/revoke", data={"token": token, **who, **form})

    return post


@pytest.fixture
def introspect(client):
    async def post(token, who=AS_THE_SERVICE):
        response = await client.post("/introspect", data={"token": token, **who})
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        return response.json()

    return post


def outcome(response):
    return response.status_code, response.json().get("error")


# Asking


async def test_the_service_that_a_token_is_meant_for_learns_what_it_says(token_for, introspect):
    answer = await introspect(await token_for())
    assert answer.pop("exp") - answer.pop("iat") == 300
    assert answer.pop("jti")
    assert answer == {
        "active": True, "token_type": "Bearer", "iss": ISSUER, "sub": "operator-a",
        "aud": "inspections", "client_id": "notebook", "scope": READ,
    }  # fmt: skip


async def test_so_does_the_client_that_it_was_given_to(token_for, introspect):
    token = await token_for(**FOR_ITSELF, **AS_THE_REPORT)
    assert (await introspect(token, AS_THE_REPORT))["sub"] == REPORT.client_id


async def test_another_client_learns_nothing_about_a_token(token_for, introspect):
    assert await introspect(await token_for(), AS_THE_REPORT) == {"active": False}
    token = await token_for(**FOR_ITSELF, **AS_THE_REPORT)
    assert await introspect(token, signing()) == {"active": False}


async def test_who_proves_nothing_learns_nothing(client, token_for):
    token = await token_for()
    for who in (NOTEBOOK, {}, {"client_id": "inspections"}, {**AS_THE_SERVICE, "client_id": "x"}):
        response = await client.post("/introspect", data={"token": token, **who})
        assert outcome(response) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://other.test"},
        {"audience": "search"},
        {"audience": ISSUER},
    ],
)
async def test_a_token_that_is_not_from_here_is_not_active(ring, introspect, changes):
    claims = {"issuer": ISSUER, "subject": "s", "audience": "inspections", "client_id": "notebook"}
    assert (await introspect(issue_access_token(ring.active, **claims)))["active"]
    assert await introspect(issue_access_token(ring.active, **claims | changes)) == {
        "active": False
    }


async def test_a_token_of_a_key_that_is_not_ours_is_not_active(introspect):
    forged = issue_access_token(
        KeyRing.generate().active, issuer=ISSUER, subject="s", audience="inspections",
        client_id="notebook",
    )  # fmt: skip
    assert await introspect(forged) == {"active": False}


@pytest.mark.parametrize("text", ["x", "a.b.c", "e30.W10.e30", "\x00", "x" * 9000, "\u00e9"])
async def test_what_is_no_token_is_not_active_and_taken_back_already(introspect, revoke, text):
    assert await introspect(text) == {"active": False}
    assert (await revoke(text)).status_code == 200


# Taking back


async def test_a_token_that_was_taken_back_is_not_active(token_for, introspect, revoke):
    token, neighbour = await token_for(), await token_for()
    response = await revoke(token)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["cache-control"] == "no-store"
    assert await introspect(token) == {"active": False}
    assert (await introspect(neighbour))["active"]


async def test_a_twin_of_a_token_that_was_taken_back_is_not_active_either(
    token_for, introspect, revoke
):
    token = await token_for()
    await revoke(token)
    head, payload, signature = token.split(".")
    for twin in (
        token + "=", token + "==", f"{head}=.{payload}.{signature}",
        f"{head}.{payload}==.{signature}",
        token + "\n", " " + token, token[:-1] + chr(ord(token[-1]) ^ 1), token + ".",
    ):  # fmt: skip
        assert await introspect(twin) == {"active": False}


async def test_a_token_is_taken_back_by_its_jti_whatever_the_text(ring, introspect, revoke):
    """Two texts with one jti are one token, whoever was able to sign twice."""
    claims = {"issuer": ISSUER, "subject": "s", "audience": "inspections", "client_id": "notebook"}
    first, second = (
        issue_access_token(ring.active, **claims, token_id="1", lifetime_s=life)
        for life in (200, 300)
    )
    await revoke(first)
    assert await introspect(second) == {"active": False}


async def test_taking_back_in_a_padded_twin_takes_nothing_back(token_for, introspect, revoke):
    token = await token_for()
    assert (await revoke(token + "=")).status_code == 200
    assert (await introspect(token))["active"]


async def test_taking_back_twice_is_once_and_fifty_times_at_once_too(token_for, introspect, revoke):
    token = await token_for()
    answers = await asyncio.gather(*(revoke(token) for _ in range(50)))
    assert {response.status_code for response in answers} == {200}
    assert await introspect(token) == {"active": False}


async def test_the_hint_is_not_needed_and_not_believed(token_for, introspect, revoke):
    token = await token_for()
    assert (await revoke(token, token_type_hint="refresh_token")).status_code == 200
    assert await introspect(token) == {"active": False}


async def test_nobody_takes_back_the_token_of_another_client(token_for, introspect, revoke):
    token = await token_for()
    for who in (AS_THE_REPORT, AS_THE_SERVICE, signing()):
        assert outcome(await revoke(token, who)) == (400, "unauthorized_client")
    assert (await introspect(token))["active"]


@pytest.mark.parametrize("who", [{}, {"client_id": "nobody"}, {"client_id": REPORT.client_id}])
async def test_who_is_not_a_client_takes_nothing_back(token_for, introspect, revoke, who):
    token = await token_for()
    assert outcome(await revoke(token, who)) == (401, "invalid_client")
    assert (await introspect(token))["active"]


async def test_a_token_taken_back_stays_so_when_the_key_that_signed_it_is_retired(
    client, token_for, introspect, revoke
):
    token, other = await token_for(), await token_for()
    await revoke(token)
    store = client.app.state.stores.ring
    new = KeyRing.generate().active
    await store.change(lambda state: state.publishing(new, 0).rotated(4e9))
    assert await introspect(token) == {"active": False}
    assert (await introspect(other))["active"]


async def test_a_token_of_a_removed_key_is_not_active(client, token_for, introspect):
    token = await token_for()
    store = client.app.state.stores.ring
    kid = (await store.load()).active.kid
    await store.change(lambda state: state.without(kid, KeyRing.generate().active))
    assert await introspect(token) == {"active": False}


async def test_it_is_remembered_for_as_long_as_anybody_could_accept_the_token(
    client, ring, revoke, monkeypatch
):
    added = []
    revoked = client.app.state.stores.revoked

    async def add(_store, *entry):
        added.append(entry)
        return True

    monkeypatch.setattr(type(revoked), "add", add)
    claims = {"issuer": ISSUER, "subject": "s", "audience": "inspections", "client_id": "notebook"}
    token = issue_access_token(ring.active, **claims, token_id="1")
    await revoke(token)
    ((issuer, token_id, until),) = added
    assert (issuer, token_id) == (ISSUER, "1")
    assert until >= client.app.state.config.clock.now() + 299 + LEEWAY_S


# How it is asked


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
async def test_both_are_as_strict_as_the_token_endpoint(client, path):
    token = "x"
    good = {"token": token, **AS_THE_SERVICE}
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        response = await client.request(method, path)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    for response in (
        await client.post(path, data=AS_THE_SERVICE),
        await client.post(path, data={**good, "token": ""}),
        await client.post(path, json=good),
        await client.post(f"{path}?token=x", data=good),
        await client.post(path, data={**good, "token": ["x", "x"]}),
        await client.post(path, data={**good, "client_assertion": "x"}),
    ):
        assert outcome(response) == (400, "invalid_request")
    assert (await client.post(path, data=good)).status_code == 200


async def test_no_token_reaches_a_log_or_a_refusal(client, token_for, revoke, introspect, caplog):
    caplog.set_level("DEBUG")
    token = await token_for()
    refused = await revoke(token, AS_THE_REPORT)
    await revoke(token)
    await introspect(token)
    for part in token.split("."):
        assert part not in caplog.text
        assert part not in refused.text
