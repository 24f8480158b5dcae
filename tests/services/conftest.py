"""An issuer and an inspections service in one event loop, joined by ASGI instead of sockets."""

import pytest
from service_kit import HERE, ISSUER, READ, REPORT, WRITE, bearer, client_of, running

from labkit.database import seeded_database
from labkit.services import issuer
from labkit.services.grants import LOCAL_CLIENTS, LOCAL_SIGN_IN, IssuerConfig
from labkit.services.inspections import InspectionsConfig
from labkit.tokens import JwksClient, KeyRing, issue_access_token


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    seeded_database(folder, folder / "first.sqlite")
    return folder


@pytest.fixture(scope="session")
def keys():
    return KeyRing.generate()


@pytest.fixture
def issuer_app(keys):
    clients = {**LOCAL_CLIENTS, REPORT.client_id: REPORT}
    return issuer.create_app(IssuerConfig(issuer=ISSUER, keys=keys, clients=clients))


@pytest.fixture
async def issuer_client(issuer_app):
    async with client_of(issuer_app, ISSUER) as client:
        yield client


@pytest.fixture
def token_of(keys):
    """Make tokens as the issuer would, or as it never would."""

    def make(subject="quality-lead", **changes):
        claims = {
            "issuer": ISSUER,
            "subject": subject,
            "audience": "inspections",
            "client_id": "notebook",
            "scopes": [READ],
        }
        return issue_access_token(keys.active, **{**claims, **changes})

    return make


@pytest.fixture
def inspections_config(cache, tmp_path, issuer_app):
    return InspectionsConfig(
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks.json",
        database_url=f"sqlite:///{seeded_database(cache, tmp_path / 'lab.sqlite')}",
        url=HERE,
        new_jwks_client=lambda url: JwksClient(url, http=client_of(issuer_app, ISSUER)),
    )


@pytest.fixture
async def service(inspections_config):
    async with running(inspections_config) as (app, client):
        yield app, client


@pytest.fixture
def app(service):
    return service[0]


@pytest.fixture
def client(service):
    return service[1]


@pytest.fixture
def as_user(client, token_of):
    """Return an awaitable GET as one of the users."""

    def get(path, user="quality-lead", **params):
        return client.get(path, headers=bearer(token_of(user)), params=params or None)

    return get


@pytest.fixture
def send_as(client, token_of):
    """Return an awaitable request as one of the users, by default with all rights."""

    def send(method, path, user="quality-lead", *, scopes=(READ, WRITE), headers=None, **body):
        headers = {**bearer(token_of(user, scopes=scopes)), **(headers or {})}
        return client.request(method, path, headers=headers, **body)

    return send


@pytest.fixture
def sign_in(issuer_client):
    """Ask the token endpoint, by default as the notebook for operator-a."""

    def post(*, headers=None, without=(), **changes):
        form = {
            "grant_type": LOCAL_SIGN_IN,
            "client_id": "notebook",
            "username": "operator-a",
            "audience": "inspections",
            "scope": READ,
            **changes,
        }
        kept = {name: value for name, value in form.items() if name not in without}
        return issuer_client.post("/token", data=kept, headers=headers)

    return post
