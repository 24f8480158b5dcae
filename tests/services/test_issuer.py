"""The token endpoint, in the words of RFC 6749; the keys; the metadata."""

import base64
import dataclasses
import hmac
import logging
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from issuer_kit import (
    AS_A_USER,
    CLIENTS,
    FOR_ITSELF,
    running_issuer,
    signing,
    sqlite_in,
)
from service_kit import ISSUER, READ, REPORT, REPORT_SECRET, WRITE, client_of
from sqlalchemy import exc

from labkit.clock import LESSON_CLOCK, MovableClock
from labkit.errors import StorageError, UsageError
from labkit.services import issuer
from labkit.services.clients import Client, new_client_secret
from labkit.services.grants import (
    CLIENT_CREDENTIALS,
    LOCAL_SIGN_IN,
    TOKEN_EXCHANGE,
    TOKEN_LIFETIME_S,
    IssuerConfig,
)
from labkit.services.scopes import SEARCH_READ
from labkit.tokens import AccessTokenPolicy, JwksClient, JwksLimits, KeyRing, parse_jws
from labkit.tokens.ring import publish_next, rotate
from labkit.tokens.teaching import teaching_key

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id=REPORT.client_id, secret=REPORT_SECRET):
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def claims_in(response, keys):
    policy = AccessTokenPolicy(ISSUER, "inspections")
    return policy.verify(response.json()["access_token"], keys.jwk_set())


def refused(response, code, status=400):
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert set(response.json()) == {"error", "error_description"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in response.headers) == (status == 401)


@pytest.fixture
def ask(issuer_client):
    """Ask as the report service, for itself."""

    def post(*, headers=None, without=(), **changes):
        form = {"grant_type": CLIENT_CREDENTIALS, "audience": "inspections", "scope": READ}
        kept = {k: v for k, v in {**form, **changes}.items() if k not in without}
        return issuer_client.post("/token", data=kept, headers=headers)

    return post


# What is granted


async def test_a_local_user_gets_a_short_token_for_one_audience(sign_in, keys):
    response = await sign_in()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    body = response.json()
    assert {k: v for k, v in body.items() if k != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME_S,
        "scope": READ,
    }
    claims = claims_in(response, keys)
    assert (claims.subject, claims.client_id, claims.audience) == (
        "operator-a", "notebook", "inspections",
    )  # fmt: skip
    assert claims.scopes == {READ}
    assert claims.expires_at - claims.issued_at == TOKEN_LIFETIME_S <= 600


@pytest.mark.parametrize("user", ["quality-lead", "operator-a", "operator-b"])
async def test_each_of_the_three_users_can_sign_in(sign_in, keys, user):
    assert claims_in(await sign_in(username=user), keys).subject == user


async def test_two_tokens_never_share_a_name(sign_in, keys):
    names = {claims_in(await sign_in(), keys).token_id for _ in range(5)}
    assert len(names) == 5


@pytest.mark.parametrize("form", [{"without": ["scope"]}, {"scope": ""}])
async def test_without_a_scope_the_token_has_none(sign_in, keys, form):
    response = await sign_in(**form)
    assert "scope" not in response.json()
    assert claims_in(response, keys).scopes == frozenset()


async def test_a_client_with_a_secret_asks_for_itself(ask, keys):
    for way in (
        {"headers": basic()},
        {"client_id": REPORT.client_id, "client_secret": REPORT_SECRET},
    ):
        claims = claims_in(await ask(**way), keys)
        assert claims.subject == claims.client_id == REPORT.client_id


async def test_basic_may_be_joined_by_the_same_client_name_in_the_form(ask):
    response = await ask(headers=basic(), client_id=REPORT.client_id)
    assert response.status_code == 200


async def test_unknown_parameters_are_ignored_as_rfc_6749_wants_it(sign_in):
    assert (await sign_in(colour="green")).status_code == 200


async def test_name_and_secret_are_form_encoded_inside_basic(keys):
    secret = "50% more / than + needed & so on, twice"
    odd = Client.confidential("re:port", secret, [READ])
    config = IssuerConfig(issuer=ISSUER, keys=keys, clients={odd.client_id: odd})
    form = {"grant_type": CLIENT_CREDENTIALS, "audience": "inspections"}
    async with client_of(issuer.create_app(config), ISSUER) as client:
        headers = basic(quote_plus("re:port"), quote_plus(secret))
        assert (await client.post("/token", data=form, headers=headers)).status_code == 200


# Who asks


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"client_id": "nobody"},
        {"client_id": ""},
        {"client_id": "nightly-report"},
        {"client_id": "nightly-report", "client_secret": "wrong"},
        {"client_id": "nightly-report", "client_secret": REPORT_SECRET + " "},
        {"client_id": "nobody", "client_secret": REPORT_SECRET},
        {"client_id": "notebook", "client_secret": REPORT_SECRET},
        {"client_secret": REPORT_SECRET},
        {"headers": basic(secret="wrong")},
        {"headers": basic(client_id="nobody")},
        {"headers": basic(client_id="notebook", secret="")},
        {"headers": {"Authorization": "Bearer abc"}},
        {"headers": {"Authorization": "Basic"}},
        {"headers": {"Authorization": "Basic ???"}},
        {"headers": {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()}},
        {"headers": {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}},
    ],
)
async def test_a_client_that_did_not_prove_itself_is_invalid(ask, way):
    response = await ask(**way)
    refused(response, "invalid_client", 401)
    assert response.headers["www-authenticate"].startswith("Basic realm=")
    assert "nobody" not in response.text


@pytest.mark.parametrize(
    "way",
    [
        {"headers": basic(), "client_secret": REPORT_SECRET},
        {"headers": basic(), "client_id": "notebook"},
        {"headers": [*basic().items(), *basic().items()]},
    ],
)
async def test_two_ways_at_once_are_a_bad_request_even_if_each_is_right(ask, way):
    refused(await ask(**way), "invalid_request")


async def test_unknown_clients_are_compared_with_something_too(ask, monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(
        "labkit.services.clients.hmac.compare_digest",
        lambda a, b: compared.append(len(a)) or real(a, b),
    )
    await ask(client_id="nobody", client_secret="x")
    await ask(client_id="nightly-report", client_secret="x")
    assert compared == [32, 32]


# How it asks


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_the_token_endpoint_takes_post_only(issuer_client, method):
    response = await issuer_client.request(method, "/token")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.headers["cache-control"] == "no-store"
    if method != "HEAD":
        refused(response, "invalid_request", 405)


GOOD = f"grant_type={LOCAL_SIGN_IN}&client_id=notebook&username=operator-a&audience=inspections"


async def test_the_form_that_the_bad_ones_below_differ_from_is_good(issuer_client):
    response = await issuer_client.post("/token", content=GOOD, headers=FORM)
    assert response.status_code == 200
    charset = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert (await issuer_client.post("/token", content=GOOD, headers=charset)).status_code == 200


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (f"{GOOD}&audience=inspections", FORM),
        (f"{GOOD}&username=quality-lead", FORM),
        (f"{GOOD}&colour=green&colour=red", FORM),
        (f"{GOOD}&username=", FORM),
        (f"{GOOD}&alone", FORM),
        (f"{GOOD}&x=%ff", FORM),
        (f"{GOOD}&x=\u00e9".encode(), FORM),
        (GOOD + "&x=" + "y" * 40_000, FORM),
        (GOOD + "".join(f"&x{n}=y" for n in range(40)), FORM),
        ("", FORM),
        (GOOD, {}),
        (GOOD, {"Content-Type": "text/plain"}),
        (GOOD, {"Content-Type": "application/json"}),
        (GOOD, [*FORM.items(), *FORM.items()]),
        ('{"grant_type": "client_credentials"}', {"Content-Type": "application/json"}),
    ],
)
async def test_a_body_that_is_no_clean_form_is_a_bad_request(issuer_client, content, headers):
    refused(await issuer_client.post("/token", content=content, headers=headers), "invalid_request")


async def test_a_multipart_form_is_a_bad_request(issuer_client):
    response = await issuer_client.post(
        "/token", files={"grant_type": (None, "client_credentials")}
    )
    refused(response, "invalid_request")


@pytest.mark.parametrize(
    "query", [f"client_secret={REPORT_SECRET}", "scope=inspections:read", "x", "="]
)
async def test_nothing_is_taken_from_the_url(issuer_client, query):
    response = await issuer_client.post(f"/token?{query}", content=GOOD, headers=FORM)
    refused(response, "invalid_request")
    assert REPORT_SECRET not in response.text


async def test_a_client_that_goes_away_breaks_nothing(issuer_app):
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/token", "raw_path": b"/token", "scheme": "http",
        "query_string": b"", "headers": [(b"content-type", FORM["Content-Type"].encode())],
        "server": None, "client": None, "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    await issuer_app(scope, receive, send)
    assert sent[0]["status"] == 400


# What it asks for


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": CLIENT_CREDENTIALS}, "unauthorized_client"),
        ({"without": ["grant_type"]}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"without": ["username"]}, "invalid_request"),
        ({"username": "root"}, "invalid_grant"),
        ({"username": "Operator-A"}, "invalid_grant"),
        ({"username": "operator-a\n"}, "invalid_grant"),
        ({"username": "notebook"}, "invalid_grant"),
        ({"without": ["audience"]}, "invalid_target"),
        ({"audience": "payroll"}, "invalid_target"),
        ({"audience": "inspections search"}, "invalid_target"),
        ({"audience": ISSUER}, "invalid_target"),
        ({"scope": "lots:write"}, "invalid_scope"),
        ({"scope": f"{READ} lots:write"}, "invalid_scope"),
        ({"scope": f"{READ}  {READ}"}, "invalid_scope"),
        ({"scope": f" {READ}"}, "invalid_scope"),
        ({"scope": READ.upper()}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
        ({"scope": f"{READ}\t"}, "invalid_scope"),
    ],
)
async def test_what_cannot_be_granted_is_refused_whole(sign_in, changes, code):
    refused(await sign_in(**changes), code)


async def test_a_client_with_a_secret_cannot_be_a_user(ask):
    response = await ask(grant_type=LOCAL_SIGN_IN, username="quality-lead", headers=basic())
    refused(response, "unauthorized_client")


async def test_nobody_gets_more_than_their_own_registration(keys):
    wide = frozenset({READ, "inspections:write"})
    config = IssuerConfig(
        issuer=ISSUER,
        keys=keys,
        clients={
            "notebook": Client.public("notebook", wide),
            "narrow": Client.public("narrow", []),
        },
        users={"lead": wide, "guest": frozenset()},
        audiences={"inspections": wide, "search": frozenset({"search:read"})},
    )
    form = {"grant_type": LOCAL_SIGN_IN, "client_id": "notebook", "username": "lead"}
    form |= {"audience": "inspections", "scope": "inspections:write"}
    async with client_of(issuer.create_app(config), ISSUER) as client:
        assert (await client.post("/token", data=form)).status_code == 200
        for change in (
            {"username": "guest"},
            {"client_id": "narrow"},
            {"audience": "search"},
            {"audience": "search", "scope": "search:read"},
        ):
            refused(await client.post("/token", data=form | change), "invalid_scope")


async def test_the_exposed_profile_has_no_sign_in_and_no_docs(keys, tmp_path):
    config = IssuerConfig(
        issuer=ISSUER, keys=keys, profile="exposed", database_url=sqlite_in(tmp_path)
    )
    async with running_issuer(config) as client:
        response = await client.post("/token", content=GOOD, headers=FORM)
        refused(response, "unsupported_grant_type")
        metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
        assert metadata["grant_types_supported"] == [CLIENT_CREDENTIALS, TOKEN_EXCHANGE]
        for path in ("/docs", "/openapi.json", "/docs/swagger-ui.css"):
            assert (await client.get(path)).status_code == 404


# What nobody may see


async def test_no_secret_and_no_name_reaches_a_log_or_an_answer(ask, sign_in, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [
        await ask(client_id="canary-client", client_secret="canary-secret"),
        await ask(headers=basic(secret="canary-secret")),
        await sign_in(username="canary-user"),
        await sign_in(scope="canary:scope"),
        await sign_in(audience="canary-audience"),
        await sign_in(grant_type="canary-grant"),
    ]
    seen = caplog.text + "".join(f"{answer.text}{answer.headers}" for answer in answers)
    assert "canary" not in seen
    reasons = [r.reason for r in caplog.records if r.name == "labkit.security"]
    assert reasons == [
        "invalid_client", "invalid_client", "invalid_grant", "invalid_scope", "invalid_target",
        "unsupported_grant_type",
    ]  # fmt: skip


def test_the_repr_of_a_client_and_a_configuration_shows_no_secret(keys):
    config = IssuerConfig(issuer=ISSUER, keys=keys, clients={REPORT.client_id: REPORT})
    for secret in (REPORT_SECRET, repr(REPORT.secret_hash)):
        assert secret not in repr(config)


@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda t: t.encode())))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_made_up_body_gets_a_token_or_breaks_anything(issuer_client, body):
    response = await issuer_client.post("/token", content=body, headers=FORM)
    assert response.status_code in (400, 401)
    assert set(response.json()) == {"error", "error_description"}


# The public documents


async def test_the_key_set_is_public_cacheable_and_holds_no_private_member(issuer_client, keys):
    response = await issuer_client.get("/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.json() == keys.jwk_set()
    assert {frozenset(key) for key in response.json()["keys"]} == {
        frozenset({"kty", "use", "alg", "kid", "n", "e"})
    }


async def test_the_key_set_follows_a_rotation():
    keys = KeyRing.generate()
    async with client_of(issuer.create_app(IssuerConfig(issuer=ISSUER, keys=keys)), ISSUER) as it:
        before = (await it.get("/jwks.json")).json()["keys"]
        keys.publish_next()
        keys.rotate()
        after = (await it.get("/jwks.json")).json()["keys"]
    assert len(before) == 1
    assert before[0] in after
    assert len(after) == 2


async def test_the_metadata_leads_to_endpoints_that_answer(issuer_client):
    metadata = (await issuer_client.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == ISSUER
    assert (await issuer_client.get(metadata["jwks_uri"])).status_code == 200
    for name in ("token", "revocation", "introspection"):
        assert (await issuer_client.get(metadata[f"{name}_endpoint"])).status_code == 405
        assert metadata[f"{name}_endpoint_auth_signing_alg_values_supported"] == ["RS256"]
    assert metadata["grant_types_supported"] == [CLIENT_CREDENTIALS, LOCAL_SIGN_IN, TOKEN_EXCHANGE]
    assert metadata["scopes_supported"] == [READ, WRITE, SEARCH_READ]
    assert metadata["response_types_supported"] == []


async def test_each_way_to_authenticate_that_the_metadata_names_works_there(keys):
    """`none` is for a public client: its own name and the token that it holds."""
    token = {"token": "x"}
    ways = {
        "client_secret_basic": {"headers": basic()},
        "client_secret_post": {"client_id": REPORT.client_id, "client_secret": REPORT_SECRET},
        "private_key_jwt": {},
        "none": {"client_id": "notebook"},
    }
    async with running_issuer(IssuerConfig(issuer=ISSUER, keys=keys, clients=CLIENTS)) as client:
        metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
        for name, form in (("token", FOR_ITSELF), ("revocation", token), ("introspection", token)):
            named = metadata[f"{name}_endpoint_auth_methods_supported"]
            for method, way in ways.items():
                proof = signing() if method == "private_key_jwt" else dict(way)
                headers = proof.pop("headers", None)
                asked = AS_A_USER if (name, method) == ("token", "none") else {**form, **proof}
                response = await client.post(
                    metadata[f"{name}_endpoint"], data=asked, headers=headers
                )
                assert (response.status_code == 200) == (method in named), (name, method)


async def test_health_answers(issuer_client):
    assert (await issuer_client.get("/health")).json() == {"status": "ok"}


# The database


async def test_a_database_that_is_busy_or_gone_is_said_so_in_the_words_of_the_endpoint(
    tmp_path, keys, caplog
):
    config = IssuerConfig(
        issuer=ISSUER, keys=keys, clients=CLIENTS, database_url=sqlite_in(tmp_path)
    )
    async with running_issuer(config) as client:
        ring = client.app.state.stores.ring

        for error in (
            exc.TimeoutError("canary"),
            exc.OperationalError("canary", {"a": "canary"}, Exception("database is locked")),
            ConnectionRefusedError("canary"),
            StorageError("canary"),
        ):

            async def fail(error=error):
                raise error

            ring.load = fail
            for path, form in (("/token", FOR_ITSELF), ("/introspect", {"token": "x"})):
                response = await client.post(path, data={**form, **signing()})
                refused(response, "temporarily_unavailable", 503)
                assert response.headers["retry-after"] == "2"
                assert "canary" not in response.text
            assert (await client.get("/jwks.json")).status_code == 503
    assert "canary" not in caplog.text
    assert "the database can't be used: database is locked" in caplog.text


async def test_the_exposed_profile_refuses_a_teaching_key_from_its_database_too(tmp_path):
    url = sqlite_in(tmp_path)
    ring = KeyRing(teaching_key())
    async with running_issuer(IssuerConfig(issuer=ISSUER, keys=ring, database_url=url)) as client:
        assert (await client.get("/jwks.json")).json() == ring.jwk_set()
    with pytest.raises(UsageError, match="teaching keys"):
        async with running_issuer(IssuerConfig(issuer=ISSUER, database_url=url, profile="exposed")):
            pass


async def test_an_issuer_answers_only_while_its_database_is_open(tmp_path):
    config = IssuerConfig(issuer=ISSUER, database_url=sqlite_in(tmp_path))
    async with running_issuer(config) as client:
        first = (await client.get("/jwks.json")).json()
    async with running_issuer(config) as client:
        assert (await client.get("/jwks.json")).json() == first


async def test_rotation_under_traffic_refuses_no_token(tmp_path):
    """Sixty tokens, and a rotation in every ten of them; the verifier fetches by itself."""
    config = IssuerConfig(issuer=ISSUER, clients=CLIENTS, database_url=sqlite_in(tmp_path))
    policy, tokens, signers = AccessTokenPolicy(ISSUER, "inspections"), [], set()
    async with running_issuer(config) as client:
        ring = client.app.state.stores.ring
        http = client_of(client.app, ISSUER)
        limits = JwksLimits(cooldown_s=0.001)
        verifier = JwksClient(f"{ISSUER}/jwks.json", http=http, limits=limits)
        for number in range(60):
            if number % 10 == 5:
                await publish_next(ring)
                await rotate(ring)
            answer = (await client.post("/token", data=AS_A_USER)).json()
            tokens.append(answer["access_token"])
            for token in tokens:
                kid = parse_jws(token).kid
                signers.add(kid)
                policy.verify(token, await verifier.key_set(kid))
        await verifier.aclose()
    assert len(signers) == 7


# Configuration

EXPOSED = {"profile": "exposed", "database_url": "sqlite:////nowhere/issuer.db"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"issuer": ""}, "issuer has to be a URL"),
        ({"issuer": None}, "issuer has to be a URL"),
        ({"issuer": "ftp://x"}, "issuer has to be a URL"),
        ({"issuer": f"{ISSUER}/"}, "without a slash"),
        ({"keys": None}, r"keys=KeyRing.generate\(\), or a database_url"),
        ({"keys": teaching_key()}, "KeyRing"),
        ({"clients": None}, "clients has to be a dict"),
        ({"users": ["operator-a"]}, "users has to be a dict"),
        ({"audiences": "inspections"}, "audiences has to be a dict"),
        ({"clients": {"other": REPORT}}, "each client_id"),
        ({"clients": {"operator-a": Client.public("operator-a", [])}}, "share a name"),
        ({"profile": "public"}, "profile has to be one of local, exposed"),
        ({"profile": "exposed"}, "needs a database_url"),
        ({**EXPOSED, "clock": LESSON_CLOCK}, "frozen clock"),
        ({**EXPOSED, "clock": MovableClock()}, "real time"),
        ({**EXPOSED, "keys": KeyRing(teaching_key())}, "teaching keys"),
        ({"database_url": 7}, "database_url has to be a string"),
    ],
)
def test_a_configuration_that_is_wrong_or_unsafe_is_refused(keys, changes, says):
    with pytest.raises(UsageError, match=says):
        IssuerConfig(**{"issuer": ISSUER, "keys": keys, **changes})


def test_a_lesson_may_have_teaching_keys_and_a_frozen_clock():
    ring = KeyRing(teaching_key())
    assert IssuerConfig(issuer=ISSUER, keys=ring, clock=LESSON_CLOCK).keys is ring


@pytest.mark.parametrize("config", ["x", 7, {}, ()])
def test_create_app_takes_a_configuration(config):
    with pytest.raises(UsageError, match="IssuerConfig"):
        issuer.create_app(config)


def test_without_a_configuration_the_environment_is_read(monkeypatch):
    monkeypatch.delenv("LABKIT_ISSUER_URL", raising=False)
    with pytest.raises(UsageError, match="LABKIT_ISSUER_URL"):
        issuer.create_app()
    monkeypatch.setenv("LABKIT_ISSUER_URL", f"{ISSUER}/")
    assert issuer.create_app().state.config.issuer == ISSUER
    monkeypatch.setenv("LABKIT_PROFILE", "exposed")
    with pytest.raises(UsageError, match="keys that outlive the process"):
        issuer.create_app()


def test_a_configuration_cannot_be_changed_later(keys):
    config = IssuerConfig(issuer=ISSUER, keys=keys)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.issuer = "http://evil"
    with pytest.raises(TypeError):
        config.users["root"] = frozenset()


# Clients


@pytest.mark.parametrize("secret", ["", "hunter2", "x" * 31, None, b"x" * 40])
def test_a_secret_that_somebody_chose_is_refused(secret):
    with pytest.raises(UsageError, match="new_client_secret"):
        Client.confidential("report", secret, [READ])


@pytest.mark.parametrize("client_id", ["", "a b", None, 7])
def test_a_client_needs_a_name(client_id):
    with pytest.raises(UsageError, match="client_id"):
        Client.public(client_id, [READ])


@pytest.mark.parametrize("scopes", [READ, None, 7, [""], ["a b"], [None]])
def test_scopes_are_a_list_of_words(scopes):
    with pytest.raises(UsageError, match="scope"):
        Client.public("report", scopes)


def test_new_secrets_are_long_and_never_the_same():
    assert len({new_client_secret() for _ in range(100)}) == 100
    assert len(new_client_secret()) == 43
