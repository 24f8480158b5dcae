"""
Requests that nobody would think of, made from what each service says of itself, to all it offers.

The OpenAPI documents are what a client's author reads; schemathesis makes requests from them, good
ones and bad ones, and compares the answers. The services run on sockets, with all that protects
them. Nothing is drawn at random: the same requests come on each run.
"""

import json
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import schemathesis
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from hardening_kit import live
from pydantic import BaseModel
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)
from service_kit import READ, REPORT, REPORT_SECRET, WRITE, bearer

from labkit.database import seeded_database
from labkit.server import Server
from labkit.services import inspections, issuer, model, search
from labkit.services.app import new_service
from labkit.services.clients import Client, new_client_secret
from labkit.services.grants import LOCAL_CLIENTS, IssuerConfig
from labkit.services.inspections import InspectionsConfig
from labkit.services.model import ModelConfig
from labkit.services.routes import PUBLIC
from labkit.services.search import SearchConfig
from labkit.tokens import KeyRing, issue_access_token

KEYS = KeyRing.generate()
FORGERS_KEYS = KeyRing.generate()
OTHER = Client.confidential("other", new_client_secret(), [READ])  # Its secret nobody knows.
EXAMPLES = 15  # Of each operation and caller, besides those that try each limit of its document.


def _issuer(url, *_):
    clients = {**LOCAL_CLIENTS, **{client.client_id: client for client in (REPORT, OTHER)}}
    return issuer.create_app(IssuerConfig(issuer=url, keys=KEYS, clients=clients))


def _inspections(_url, issuer_url, database):
    jwks_url = f"{issuer_url}/jwks.json"
    return inspections.create_app(
        InspectionsConfig(issuer=issuer_url, jwks_url=jwks_url, database_url=database)
    )


def _search(_url, issuer_url, *_):
    return search.create_app(
        SearchConfig(
            issuer=issuer_url,
            jwks_url=f"{issuer_url}/jwks.json",
            delay_s=0,
            fails_every=50,
            requests_per_minute=100_000,
        )
    )


def _model(*_):
    return model.create_app(ModelConfig())


# A new service is a line here: what makes its app, and the scopes of a token that may do all.
SERVICES = {
    "issuer": (_issuer, ()),
    "inspections": (_inspections, (READ, WRITE)),
    "search": (_search, ("search:read",)),
    "model": (_model, ()),
}

CONFIG = {
    "suppress-health-check": ["all"],  # A busy machine is no fault.
    "generation": {
        "deterministic": True,
        "database": "none",
        "max-examples": EXAMPLES,
        "with-security-parameters": False,
    },
    "phases": {  # Both would make a request depend on the answers before it.
        "fuzzing": {
            "extra-data-sources": {"responses": False},
            "error-feedback": {"enabled": False},
        }
    },
    # The search is down now and then, on purpose; it says so, and in its document.
    "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]}},
    "operations": [
        {  # RFC 6749 section 5.2: what is wrong with a form beyond its shape is a 400 as well.
            "include-path": path,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["200", "400", "401", "429"]}
            },
        }
        for path in ("/token", "/revoke", "/introspect")
    ]
    + [
        {  # A conversation has rules that no schema can say; any model but ours is unknown; a NUL
            # anywhere, also in a member that nobody reads, is refused before the route.
            "include-path": "/v1/chat/completions",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["200", "400", "404", "422"]}
            },
        },
        {
            "include-path": "/v1/models/{model}",
            "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "404"]}},
        },
    ],
}


def _document(app):
    return schemathesis.openapi.from_dict(
        json.loads(json.dumps(app.openapi())), config=SchemathesisConfig.from_dict(CONFIG)
    )


NOWHERE = "http://127.0.0.1:1"
DOCUMENTS = {
    name: _document(make(NOWHERE, NOWHERE, "sqlite:///never-opened.sqlite"))
    for name, (make, _) in SERVICES.items()
}
NAMES = {document.raw_schema["info"]["title"]: name for name, document in DOCUMENTS.items()}


@pytest.fixture(scope="module")
def urls(cache, tmp_path_factory):
    """All services on sockets, over a database that may be written to; gives where they are."""
    database = seeded_database(cache, tmp_path_factory.mktemp("fuzz") / "lab.sqlite")
    found = {}
    with ExitStack() as stack:
        for name, (make, _) in SERVICES.items():
            app_of = _with(make, found, f"sqlite:///{database.as_posix()}")
            server = Server(app_of, name=name)
            server.start()
            stack.callback(server.stop)
            found[name] = server.url
        yield found


def _with(make, found, database):
    return lambda url: make(url, found.get("issuer", url), database)


@pytest.fixture(scope="module")
def session():
    """One connection for each service, as a client keeps it."""
    with requests.Session() as session:
        yield session


def _headers(who, name, issuer_url):
    """Return how somebody asks the service called *name*."""
    if who == "nobody":
        return {}
    if name == "issuer":
        return _basic(REPORT_SECRET, REPORT) if who == "user" else _basic("wrong", OTHER)
    keys = FORGERS_KEYS if who == "forger" else KEYS
    subject = "nobody-knows-them" if who == "stranger" else "quality-lead"
    return bearer(
        issue_access_token(
            keys.active, issuer=issuer_url, subject=subject, audience=name, client_id="notebook",
            scopes=SERVICES[name][1],
        )
    )  # fmt: skip


def _basic(secret, client):
    request = requests.Request("GET", NOWHERE, auth=(client.client_id, secret)).prepare()
    return {"Authorization": request.headers["Authorization"]}


# What no document can say, since only the data can: which cursors were given out, and what belongs
# together in one inspection.
ONLY_DATA_TELLS = {
    "query.cursor", "body.line_id", "body.camera_id", "body.lot_id", "body.model_version_id",
    "body.inspected_at",
}  # fmt: skip
# JSON Schema takes 95.0 for an integer, and has no word for "without a point".
POINT = "Input should be a valid integer"
USED = "this Idempotency-Key stands for another request: take a new one"


def judge(case, response):
    """Fail unless *response* is one that the document of *case* announces for such a request."""
    refused = response.json() if response.status_code == 422 else {}
    expected = refused.get("detail") == USED or all(
        fault["where"] in ONLY_DATA_TELLS or fault["detail"] == POINT
        for fault in refused.get("errors", [{"where": "", "detail": ""}])
    )
    # A parameter broken by null or [[]] isn't sent, and what is left may be a good query.
    sent = parse_qs(urlsplit(response.request.url).query, keep_blank_values=True)
    unsent = not (case.query or {}).keys() <= sent.keys()
    excluded = [positive_data_acceptance] * expected + [negative_data_rejection] * unsent
    case.validate_response(response, excluded_checks=excluded)


SUCCEEDED = {}  # By operation: whether anybody had an answer of 2xx.


@pytest.mark.parametrize("who", ["user", "stranger", "nobody", "forger"])
@schemathesis.pytest.parametrize(**DOCUMENTS)
def test_every_answer_is_one_that_the_document_announces(case, urls, session, who):
    name = NAMES[case.operation.schema.raw_schema["info"]["title"]]
    headers = _headers(who, name, urls["issuer"])
    response = case.call(base_url=urls[name], session=session, headers=headers)
    judge(case, response)
    operation = (name, case.operation.label)
    SUCCEEDED[operation] = SUCCEEDED.get(operation, False) or response.status_code < 300
    if who in ("nobody", "forger") and case.operation.definition.raw["security"]:
        assert response.status_code >= 400


def test_the_requests_above_got_through_to_every_operation():
    offered = {
        (name, operation.ok().label)
        for name, document in DOCUMENTS.items()
        for operation in document.get_all_operations()
    }
    if SUCCEEDED.keys() != offered:
        pytest.skip("a part of the file was run")
    assert {operation for operation, done in SUCCEEDED.items() if not done} == set()


# --- a service whose document is wrong ----------------------------------------------------------


class Shape(BaseModel):
    """What the routes below say that they answer."""

    count: int


def _broken():
    router = APIRouter()

    @router.get("/right", openapi_extra=PUBLIC)
    async def right() -> Shape:
        return Shape(count=1)

    @router.get("/bug", openapi_extra=PUBLIC)
    async def bug() -> Shape:
        raise ZeroDivisionError

    @router.get("/status", openapi_extra=PUBLIC, response_model=Shape)
    async def status() -> JSONResponse:
        return JSONResponse({"count": 1}, 202)

    @router.get("/shape", openapi_extra=PUBLIC, response_model=Shape)
    async def shape() -> JSONResponse:
        return JSONResponse({"count": "many"})

    @router.get("/kind", openapi_extra=PUBLIC, response_model=Shape)
    async def kind() -> PlainTextResponse:
        return PlainTextResponse('{"count": 1}')

    return new_service(title="Broken", description="", routers=[router], profile="local")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/bug", "Server error"), ("/status", "Undocumented status code"),
        ("/shape", "Response violates schema"), ("/kind", "Undocumented Content-Type"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_announced_is_found(path, found):
    app = _broken()
    document = _document(app)
    with live(app) as server:
        right = document["/right"]["GET"].Case()
        judge(right, right.call(base_url=server.url))
        case = document[path]["GET"].Case()
        with pytest.raises(FailureGroup) as caught:
            judge(case, case.call(base_url=server.url))
    assert found in [failure.title for failure in caught.value.exceptions]
