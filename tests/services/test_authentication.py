"""Which client sent this: one way each, one use of each signature, and guessing that gets slow."""

import asyncio
import base64
import json
import logging
from collections import Counter

import httpx2
import pytest
from issuer_kit import (
    CLIENTS,
    FOR_ITSELF,
    SIGNER_KEY,
    assertion,
    running_issuer,
    signing,
    sqlite_in,
)
from service_kit import ISSUER, READ, REPORT, REPORT_SECRET

from labkit.clock import SYSTEM_CLOCK
from labkit.errors import UsageError
from labkit.services.authentication import JWT_BEARER
from labkit.services.clients import Client, new_client_secret
from labkit.services.grants import IssuerConfig
from labkit.services.throttle import MAX_FAILURES
from labkit.tokens import SigningKey, issue_access_token, sign_jws
from labkit.tokens.teaching import teaching_key

BASIC = {
    "Authorization": "Basic "
    + base64.b64encode(f"{REPORT.client_id}:{REPORT_SECRET}".encode()).decode()
}
POST = {"client_id": REPORT.client_id, "client_secret": REPORT_SECRET}
WRONG = {"client_id": REPORT.client_id, "client_secret": new_client_secret()}


@pytest.fixture(params=["memory", "database"])
async def client(request, keys, tmp_path):
    url = sqlite_in(tmp_path) if request.param == "database" else None
    config = IssuerConfig(issuer=ISSUER, keys=keys, clients=CLIENTS, database_url=url)
    async with running_issuer(config) as opened:
        yield opened


@pytest.fixture
def ask(client):
    def post(headers=None, **form):
        return client.post("/token", data={**FOR_ITSELF, **form}, headers=headers)

    return post


def outcome(response):
    return response.status_code, response.json().get("error")


# Signatures


async def test_a_client_that_signs_gets_a_token(ask):
    assert (await ask(**signing())).status_code == 200
    assert (await ask(**signing(client_id="signer"))).status_code == 200


async def test_an_assertion_brought_fifty_times_at_once_counts_once(ask, caplog):
    text = assertion()
    answers = await asyncio.gather(*(ask(**signing(text)) for _ in range(50)))
    assert sorted(map(outcome, answers)) == [(200, None)] + [(401, "invalid_client")] * 49
    assert caplog.text.count("no token, 401: assertion-replay") == 49
    assert text not in caplog.text


async def test_an_assertion_is_used_up_even_if_nothing_is_granted_for_it(ask):
    used = signing()
    assert outcome(await ask(**used, audience="payroll")) == (400, "invalid_target")
    assert outcome(await ask(**used)) == (401, "invalid_client")


async def test_an_altered_twin_of_a_used_assertion_is_no_second_one(ask):
    text = assertion()
    assert (await ask(**signing(text))).status_code == 200
    for twin in (text + "=", text + "==", text.replace(".", "=.", 1), " " + text, text + "\n"):
        assert outcome(await ask(**signing(twin))) == (401, "invalid_client")


def told(**members):
    whole = {"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": "1", **members}
    whole.setdefault("exp", int(SYSTEM_CLOCK.now()) + 60)
    return sign_jws(json.dumps(whole).encode(), SIGNER_KEY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lambda: "x", "parts"),
        (lambda: assertion(key=SigningKey.generate()), "kid"),
        (
            lambda: assertion(key=SigningKey(teaching_key().private_key, SIGNER_KEY.kid)),
            "signature",
        ),
        (lambda: assertion(client_id="nightly-report"), "client"),
        (lambda: assertion(client_id="notebook"), "client"),
        (lambda: assertion(client_id="nobody"), "client"),
        (lambda: assertion("http://other.test"), "audience"),
        (lambda: assertion(f"{ISSUER}/token"), "audience"),
        (lambda: told(exp=4_000_000_000), "lifetime"),
        (lambda: told(sub="nightly-report", iss="signer"), "client"),
        (lambda: told(iss="nightly-report"), "issuer"),
        (lambda: told(exp=4e9), "claims"),
        (
            lambda: issue_access_token(
                SIGNER_KEY, issuer="signer", subject="signer", audience=ISSUER, client_id="signer"
            ),
            "typ",
        ),
    ],
)
async def test_an_assertion_with_a_fault_is_refused_and_only_the_log_says_why(
    ask, caplog, text, reason
):
    response = await ask(**signing(text()))
    assert outcome(response) == (401, "invalid_client")
    assert f"assertion-{reason}" in caplog.text
    refused = await ask(**signing("x.y.z"))
    assert response.json() == refused.json()


async def test_a_client_may_change_from_one_key_to_the_next(keys):
    old, new = SigningKey.generate(), SigningKey.generate()
    jwks = {"keys": [old.public_jwk(), new.public_jwk()]}
    clients = {"signer": Client.signing("signer", jwks, [READ])}
    async with running_issuer(IssuerConfig(issuer=ISSUER, keys=keys, clients=clients)) as client:
        for key in (old, new):
            form = {**FOR_ITSELF, **signing(assertion(key=key))}
            assert (await client.post("/token", data=form)).status_code == 200


# One way


@pytest.mark.parametrize(
    "way",
    [
        {"headers": BASIC, "client_secret": REPORT_SECRET},
        {"headers": [*BASIC.items(), *BASIC.items()]},
        {"headers": BASIC, "client_id": "signer"},
        {"headers": BASIC, "client_assertion": "x"},
        {"headers": BASIC, "client_assertion_type": JWT_BEARER},
        {"client_secret": REPORT_SECRET, "client_assertion": "x"},
        {"client_id": "signer", "client_secret": "x", "client_assertion_type": JWT_BEARER},
        {"client_assertion": "x"},
        {"client_assertion_type": JWT_BEARER},
        {"client_assertion": "x", "client_assertion_type": "jwt"},
        {
            "client_assertion": "x",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        },
    ],
)
async def test_two_ways_at_once_or_half_a_way_are_a_bad_request(ask, way):
    assert outcome(await ask(**way)) == (400, "invalid_request")


async def test_two_ways_at_once_are_refused_even_if_each_is_right_and_use_nothing_up(ask):
    good = signing()
    assert outcome(await ask(headers=BASIC, **good)) == (400, "invalid_request")
    assert outcome(await ask(**POST | good)) == (400, "invalid_request")
    assert outcome(await ask(**good, client_id="nightly-report")) == (400, "invalid_request")
    assert (await ask(**good)).status_code == 200


@pytest.mark.parametrize(
    "way",
    [
        {"client_id": "signer"},
        {"client_id": "signer", "client_secret": REPORT_SECRET},
        {"client_id": "nightly-report"},
    ],
)
async def test_a_client_cannot_choose_a_weaker_way_than_it_is_registered_for(ask, way):
    assert outcome(await ask(**way)) == (401, "invalid_client")


# Guessing


async def test_guessing_at_one_client_slows_that_one_and_no_other(ask, client):
    for _ in range(MAX_FAILURES):
        assert outcome(await ask(**WRONG)) == (401, "invalid_client")
    for form in (WRONG, POST):
        slowed = await ask(**form)
        assert outcome(slowed) == (429, "invalid_client")
        assert 0 < int(slowed.headers["retry-after"]) <= 60
        assert slowed.headers["cache-control"] == "no-store"
        assert "www-authenticate" not in slowed.headers
    assert outcome(await ask(headers=BASIC)) == (429, "invalid_client")
    assert (await ask(**signing())).status_code == 200
    state = client.app.state.authenticator
    state.limit._monotonic = lambda: 1e9
    assert (await ask(**POST)).status_code == 200


async def test_fifty_guesses_at_once_are_not_judged_more_often_than_one_after_the_other(ask):
    answers = await asyncio.gather(*(ask(**WRONG) for _ in range(50)))
    judged = [response for response in answers if response.status_code == 401]
    assert len(judged) == MAX_FAILURES


async def test_others_work_while_somebody_guesses_at_one_client(ask):
    asked = [ask(**(signing() if number % 3 == 0 else WRONG)) for number in range(75)]
    answers = await asyncio.gather(*asked)
    assert Counter(map(outcome, answers)) == {
        (401, "invalid_client"): MAX_FAILURES,
        (429, "invalid_client"): 50 - MAX_FAILURES,
        (200, None): 25,
    }


async def test_a_client_that_signs_or_proves_nothing_is_never_slowed_down(ask, client):
    for form in (
        signing("x.y.z"),
        signing(assertion(key=SigningKey.generate())),
        {"client_id": "signer", "client_secret": "guess"},
        {"client_id": "notebook", "client_secret": "guess"},
        {"client_id": "nobody", "client_secret": "guess"},
    ):
        for _ in range(MAX_FAILURES + 1):
            assert outcome(await ask(**form)) == (401, "invalid_client")
    assert (await ask(**signing())).status_code == 200
    limit = client.app.state.authenticator.limit
    assert repr(limit) == "<FailureLimit, 0 clients and addresses have failed>"


async def test_a_stranger_who_guesses_elsewhere_keeps_no_client_out(client):
    def at(address):
        transport = httpx2.ASGITransport(app=client.app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url=ISSUER)

    async with at("192.0.2.66") as stranger, at("192.0.2.1") as owner:
        for path, form in (("/token", FOR_ITSELF), ("/revoke", {"token": "x"})):
            for _ in range(MAX_FAILURES + 1):
                guessed = await stranger.post(path, data={**form, **WRONG})
            assert outcome(guessed) == (429, "invalid_client")
            named = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
            guessed = await stranger.post(path, data={**form, **WRONG}, headers=named)
            assert guessed.status_code == 429, "an address is what the socket says"
            assert (await owner.post(path, data={**form, **POST})).status_code == 200


async def test_what_succeeds_is_not_counted(ask):
    for _ in range(MAX_FAILURES * 2):
        assert (await ask(**POST)).status_code == 200


# What nobody may see


async def test_no_log_and_no_answer_holds_what_was_sent(ask, caplog):
    for name in (None, "sqlalchemy", "aiosqlite"):
        caplog.set_level(logging.DEBUG, name)
    text = assertion()
    answers = [await ask(**signing(text)), await ask(**signing(text)), await ask(**WRONG)]
    for sent in (text, text.split(".")[2], WRONG["client_secret"]):
        assert sent not in caplog.text
        assert all(sent not in response.text for response in answers)


def test_a_client_and_what_it_needs_show_no_key_and_no_hash():
    shown = repr(CLIENTS["signer"]) + repr(REPORT)
    assert SIGNER_KEY.public_jwk()["n"] not in shown
    assert "secret_hash" not in shown
    assert hash(CLIENTS["signer"]) == hash(CLIENTS["signer"])


# Registration


@pytest.mark.parametrize(
    "jwk_set",
    [
        None, "keys", [], {}, {"keys": []}, {"keys": {}}, {"keys": ["x"]}, {"keys": [{}]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{**SIGNER_KEY.public_jwk(), "d": "AQAB"}]},
        {"keys": [{**SIGNER_KEY.public_jwk(), "use": "enc"}]},
        {"keys": [{**SIGNER_KEY.public_jwk(), "e": "Aw"}]},
        {"keys": [SIGNER_KEY.public_jwk(), {"kty": "RSA"}]},
    ],
)  # fmt: skip
def test_a_client_that_signs_has_public_keys_and_all_of_them_can_be_used(jwk_set):
    with pytest.raises(UsageError, match="jwk_set"):
        Client.signing("signer", jwk_set, [READ])


def test_keys_that_are_changed_later_change_no_client():
    jwk = SIGNER_KEY.public_jwk()
    jwk_set = {"keys": [jwk]}
    client = Client.signing("signer", jwk_set, [])
    jwk["kid"] = "other"
    jwk_set["keys"].clear()
    assert client.jwk_set == {"keys": [SIGNER_KEY.public_jwk()]}
    assert not client.is_public
