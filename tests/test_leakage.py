"""
A canary in every secret, looked for wherever something is shown, logged, raised or kept.

Canaries are looked for as they are and as base64; a private key by its numbers, in every spelling
in which somebody could read them.
"""

import asyncio
import base64
import json
import logging
import pickle
import traceback

import httpx2
import pytest
import sqlalchemy
from cryptography.hazmat.primitives import serialization
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from sqlalchemy.exc import SQLAlchemyError

from labkit.backend import AGENT, Backend
from labkit.client import ServiceClient
from labkit.database import Database, seeded_database
from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.services.clients import Client
from labkit.services.grants import IssuerConfig, Token
from labkit.services.inspections import InspectionsConfig
from labkit.settings import Settings
from labkit.signin import sign_in
from labkit.tokens import (
    AccessTokenPolicy,
    JwksClient,
    KeyRing,
    SigningKey,
    issue_access_token,
    sign_jws,
    verify_jws,
)
from labkit.tokens.encoding import b64url_encode
from labkit.tracing import Trace, otlp, span

CANARY = "canary7f3a9c"
PASSWORD_URL = f"postgresql://lab:{CANARY}@127.0.0.1:1/lab"
PUBLIC = ("/openapi.json", "/docs", "/health")
URL_SAFE = str.maketrans("+/", "-_")
MIN_SECRET_PART = 16  # Characters of a key's number that nobody meets by chance.


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


def spellings(key):
    """Return how a private key's numbers could be written: decimal, hex, base64, PEM lines."""
    numbers = key.private_key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp):
        raw = number.to_bytes((number.bit_length() + 7) // 8)
        for text in (str(number), raw.hex(), base64.b64encode(raw).decode(), b64url_encode(raw)):
            yield text[:MIN_SECRET_PART]
        yield repr(raw)[2:30]
    for kind in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        pem = key.private_key.private_bytes(
            serialization.Encoding.PEM, kind, serialization.NoEncryption()
        )
        for line in pem.decode().splitlines()[2:-2]:
            if line.translate(URL_SAFE) not in key.public_jwk()["n"]:  # The public half is told.
                yield line


def find(secrets, text):
    """Return those of *secrets* that stand in *text*, shortened so that a failure leaks little."""
    return {secret[:12] for secret in secrets if secret in text}


def in_a_token(token):
    """Return what of a token must be nowhere: the signature, and the payload with its claims."""
    _header, payload, signature = token.split(".")
    return {payload[:40], signature[:40]}


def told(error):
    """Return all that an exception says, with every exception that it came from."""
    texts, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        texts += [
            str(error),
            repr(error),
            repr(error.args),
            *map(str, getattr(error, "__notes__", ())),
        ]
        texts.append("".join(traceback.format_exception(error, chain=True)))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


class Everything(logging.Handler):
    """Keeps all that any library logs, formatted as a user's own handler would."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.texts = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record):
        self.texts.append(self.format(record) + repr(record.args) + repr(record.__dict__))


@pytest.fixture
def logged():
    """Switch every logger of the process to DEBUG, diverted ones too; give what they say."""
    handler = Everything()
    names = [None, *logging.root.manager.loggerDict]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.root.addHandler(handler)
    yield handler.texts
    logging.root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def backend(logged, cache):
    one = Backend(cache=cache)
    one.start()
    yield one
    one.stop()


def asked_in_every_way(backend):
    """Send requests good and bad; return the answers, and the secrets and tokens sent."""
    issuer, inspections = (backend.services[name].client for name in ("issuer", "inspections"))
    form = {"audience": "inspections", "scope": "inspections:read"}
    agent = {**form, "grant_type": "client_credentials"}
    secret = backend.client_secrets[AGENT]
    basic = base64.b64encode(f"{AGENT}:{secret}".encode()).decode()
    marked = {
        "issuer": issuer.url, "subject": CANARY, "audience": "inspections", "client_id": CANARY,
        "scopes": ["inspections:read"], "token_id": CANARY, "actor": {"sub": CANARY},
    }  # fmt: skip
    tokens = [
        sign_in(issuer, "operator-a", **form),
        issuer.post("/token", data=agent, headers={"Authorization": f"Basic {basic}"}).json()[
            "access_token"
        ],
        issue_access_token(backend.keys.active, **marked),
        issue_access_token(SigningKey.generate(), **marked),
        issue_access_token(backend.keys.active, **{**marked, "audience": CANARY}),
    ]
    answers = [
        issuer.post("/token", data={**agent, "client_id": AGENT, "client_secret": f"{secret}x"}),
        issuer.post("/token", data={**agent, "client_id": CANARY, "client_secret": CANARY * 4}),
        issuer.post("/token", data=agent, params={"client_secret": secret}),
        issuer.post("/token", json={"client_secret": secret}),
        issuer.post("/token", data={**form, "grant_type": CANARY, "scope": CANARY}),
        issuer.get("/token", params={"client_secret": secret}),
        issuer.get("/jwks.json"),
        issuer.get("/.well-known/oauth-authorization-server"),
        *(service.get(path) for service in (issuer, inspections) for path in PUBLIC),
    ]
    for token in tokens:
        answers += [
            inspections.get("/lines", token=token),
            inspections.get("/lines", params={"access_token": token}),
            inspections.get("/lines", headers={"Authorization": f"Bearer {token} {token}"}),
            inspections.get("/lines", token=token[:-4] + "AAAA"),
            inspections.get("/inspections", token=token, params={"cursor": CANARY, "x": token}),
            inspections.get(f"/lines/{CANARY}", token=token),
            inspections.post("/lines", token=token, json={"x": token}),
        ]
    return answers, {secret, basic, *(part for token in tokens for part in in_a_token(token))}


def test_no_log_and_no_answer_holds_a_secret_a_token_or_a_claim(backend, logged):
    answers, secrets = asked_in_every_way(backend)
    secrets |= {CANARY, *spellings(backend.keys.active)}
    shown = [f"{answer.headers!r} {answer.text}" for answer in answers]
    logs = [service.log.text() for service in backend.services.values()]
    assert any("SELECT" in text for text in logged)  # The libraries did speak.
    assert any("refused with 401" in text for text in logs)
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 405, 422}
    for text in (*shown, *logs, *logged):
        # The test's own client logs the URL that the test wrote the canary into.
        if not text.startswith("INFO httpx2 HTTP Request"):
            assert not find(secrets, text), text[:300]
    requests = repr(backend.requests)
    assert not find(secrets - {CANARY}, requests)  # Paths are kept, so what stands in a path is.


async def statements_with_values(url):
    """Send values in every way in which SQL takes them, right and wrong."""
    database = Database(url)
    async with database.session() as session:
        bound = {"secret": CANARY}
        await session.execute(sqlalchemy.text("SELECT id FROM lines WHERE name = :secret"), bound)
        await session.execute(
            sqlalchemy.text(f"SELECT id FROM lines WHERE name = '{CANARY}' OR 1 = 7107734912556")
        )
        with pytest.raises(SQLAlchemyError):
            await session.execute(
                sqlalchemy.text("SELECT nonsense FROM lines WHERE name = :secret"), bound
            )
    await database.close()


def test_no_trace_holds_a_secret_a_token_or_a_claim_in_any_of_its_forms(backend, cache, tmp_path):
    database = seeded_database(cache, tmp_path / "rows.sqlite")
    with Trace() as trace:
        _, secrets = asked_in_every_way(backend)
        backend.services["issuer"].client.get("/nowhere", params={"x": CANARY})
        asyncio.run(statements_with_values(f"sqlite:///{database.as_posix()}"))
        with pytest.raises(ValueError, match=CANARY), span("tool", tool_name="x"):
            raise ValueError(CANARY)
    secrets |= {
        CANARY,
        "7107734912556",
        *spellings(backend.keys.active),
        *backend.client_secrets.values(),
    }
    assert len(trace) > 200
    assert trace.find("SELECT lines")
    sent = encode_spans([otlp._readable(one) for one in trace]).SerializeToString()
    forms = [
        repr(list(trace)), repr(trace), trace.spans.to_csv(), repr(trace.spans.to_dict()),
        json.dumps(trace.layout.as_json()), repr(sent), trace.picture.text, *displayed(trace),
    ]  # fmt: skip
    for form in forms:
        assert not find(secrets, form)


MALFORMED = [
    b'{"sub": "%s"' % CANARY.encode(),
    b'{"sub": "%s", "sub": "b"}' % CANARY.encode(),
    b'{"%s": 1, "%s": 2}' % (CANARY.encode(), CANARY.encode()),
    b'\xff{"sub": "%s"}' % CANARY.encode(),
    b'{"sub": NaN, "x": "%s"}' % CANARY.encode(),
    b'["%s"]' % CANARY.encode(),
    b'{"exp": "%s"}' % CANARY.encode(),
    json.dumps(dict.fromkeys(("iss", "sub", "aud", "exp", "iat", "jti"), CANARY)).encode(),
]


@pytest.mark.parametrize("data", MALFORMED)
def test_no_refusal_of_a_token_quotes_it_nor_does_anything_it_came_from(key, data):
    policy = AccessTokenPolicy("http://issuer.test", "inspections")
    keys = {"keys": [key.public_jwk()]}
    signed = sign_jws(data, key, typ="at+jwt")
    unsigned = f"{b64url_encode(data)}.{b64url_encode(data)}.{CANARY}"
    spoiled = f"{signed.rpartition('.')[0]}.{b64url_encode(CANARY.encode())}"
    other = sign_jws(data, SigningKey.generate(), typ="at+jwt")
    for token in (signed, unsigned, spoiled, other, CANARY, f"{CANARY}=.{CANARY}.{CANARY}"):
        with pytest.raises(LabkitError) as refused:
            policy.verify(token, keys)
        encoded = b64url_encode(CANARY.encode())[:12]
        assert not find({CANARY, encoded, b64url_encode(data)[:24]}, told(refused.value))


def weak_pem(key):
    pem = key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    lines = pem.splitlines()
    yield "\n".join([*lines[:5], *lines[6:]])  # A line is missing.
    yield pem.replace("-----END", "----END")
    yield pem.replace(lines[3], lines[3][:-4] + "!!!!")
    yield "\n".join(lines[1:-1])


def test_a_private_key_that_cannot_be_loaded_is_not_quoted(key):
    for pem in weak_pem(key):
        with pytest.raises(LabkitError) as refused:
            SigningKey.from_pem(pem)
        assert not find(spellings(key), told(refused.value))


async def error_of(url):
    """Open the database at *url*, which fails; each somewhere else."""
    try:
        database = Database(url)
    except LabkitError as error:
        return error
    assert CANARY not in repr(database)
    try:
        async with database.session() as session:
            await session.connection()
    except Exception as error:
        return error
    finally:
        await database.close()
    return None


@pytest.mark.parametrize(
    "url",
    [PASSWORD_URL, PASSWORD_URL.replace(":1/", ":port/"), f"oracle://u:{CANARY}@h/x",
     f"nonsense {CANARY}", f"sqlite://u:{CANARY}@/folder/x"],
)  # fmt: skip
async def test_the_password_of_a_database_is_in_no_error_and_no_repr(url):
    error = await error_of(url)
    assert error is not None
    assert not find({CANARY}, told(error))


async def test_a_key_source_is_not_quoted_when_it_sends_something_else():
    async def other(_request):
        return httpx2.Response(200, stream=httpx2.ByteStream(b'\xff{"keys": "' + CANARY.encode()))

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(other))
    client = JwksClient("http://issuer.test/jwks.json", http=http)
    with pytest.raises(LabkitError) as refused:
        await client.key_set(CANARY)
    assert not find({CANARY}, told(refused.value))
    await client.aclose()


def test_a_client_quotes_no_token_and_no_header_that_it_cannot_send():
    client = ServiceClient("issuer", "http://127.0.0.1:1")
    for arguments in ({"token": f"{CANARY}\n"}, {"headers": {"Authorization": f"{CANARY}\n"}},
                      {"headers": {"Authorization": f"{CANARY}"}}, {"token": CANARY}):  # fmt: skip
        with pytest.raises(LabkitError) as refused:
            client.get("/lines", **arguments)
        assert not find({CANARY}, told(refused.value))
    with pytest.raises(LabkitError) as refused:
        client.post("/token", json={CANARY: object()})
    assert not find({CANARY}, told(refused.value))
    client.close()


def things_with_secrets(key, backend):
    secret = CANARY * 4
    ring = KeyRing(key)
    ring.publish_next()
    client = Client.confidential("agent", secret, ["inspections:read"])
    return [
        key, ring, client,
        IssuerConfig(issuer="http://x", keys=ring, clients={"agent": client}),
        InspectionsConfig(issuer="http://x", jwks_url="http://x/j", database_url=PASSWORD_URL),
        Settings.from_environment({"DATABASE_URL": PASSWORD_URL}),
        Token(CANARY, 300, frozenset()),
        backend, *backend.services.values(), *(s.client for s in backend.services.values()),
        backend.services, backend.requests,
    ]  # fmt: skip


def test_nothing_shows_a_secret_when_it_is_printed_displayed_or_formatted(key, backend):
    secrets = {CANARY, *spellings(key), *spellings(backend.keys.active)}
    secrets |= set(backend.client_secrets.values())
    for thing in things_with_secrets(key, backend):
        for text in (repr(thing), str(thing), f"{thing}", repr([thing]), *displayed(thing)):
            assert not find(secrets, text), type(thing)


def displayed(thing):
    """Return what a notebook would save for *thing* as the output of a cell."""
    for name in ("_repr_html_", "_repr_markdown_", "_repr_json_", "_repr_mimebundle_"):
        show = getattr(thing, name, None)
        if callable(show):
            yield repr(show())


def test_a_lab_as_the_output_of_a_cell_holds_no_secret(cache):
    settings = Settings(home=cache, cache=cache)
    with Lab(settings=settings) as lab:
        token = lab.token()
        lab.inspections.get("/lines", token=token)
        secrets = {*in_a_token(token), *spellings(lab._backend.keys.active)}
        secrets |= set(lab._backend.client_secrets.values())
        for thing in (lab, lab.services, lab.requests, lab.log(), lab.issuer, lab.progress()):
            for text in (repr(thing), str(thing), *displayed(thing)):
                assert not find(secrets, text), type(thing)


def test_what_holds_a_private_key_or_a_whole_backend_is_not_pickled(key, backend):
    config = IssuerConfig(issuer="http://x", keys=KeyRing(key))
    for thing in (key, KeyRing(key), config, backend, backend.services["issuer"]):
        with pytest.raises((LabkitError, TypeError, AttributeError)) as refused:
            pickle.dumps(thing)
        assert not find(spellings(key), told(refused.value))


def test_what_is_pickled_holds_no_secret(key):
    """A registered client and an error can travel; the secret and the token stay behind."""
    client = Client.confidential("agent", CANARY * 4, ["inspections:read"])
    assert CANARY.encode() not in pickle.dumps(client)
    with pytest.raises(LabkitError) as refused:
        verify_jws(sign_jws(CANARY.encode(), SigningKey.generate()), key.public_jwk())
    pickled = repr(pickle.dumps(refused.value))
    assert not find({CANARY, b64url_encode(CANARY.encode())}, pickled)
