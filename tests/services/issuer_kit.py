"""What the tests of the issuer share: one that runs, and clients that prove themselves."""

from contextlib import asynccontextmanager

from service_kit import ISSUER, READ, REPORT, client_of

from labkit.services import issuer
from labkit.services.authentication import JWT_BEARER
from labkit.services.clients import Client
from labkit.services.grants import CLIENT_CREDENTIALS, LOCAL_CLIENTS, LOCAL_SIGN_IN
from labkit.tokens.assertion import sign_client_assertion
from labkit.tokens.teaching import teaching_key

SIGNER_KEY = teaching_key("stranger")  # The same in each process of a test, as is the secret.
SIGNER = Client.signing("signer", {"keys": [SIGNER_KEY.public_jwk()]}, [READ])
SERVICE_SECRET = "known-to-every-reader-of-the-tests"
SERVICE = Client.confidential("inspections", SERVICE_SECRET, [])  # It asks about tokens for it.
CLIENTS = {**LOCAL_CLIENTS, **{client.client_id: client for client in (REPORT, SIGNER, SERVICE)}}

FOR_ITSELF = {"grant_type": CLIENT_CREDENTIALS, "audience": "inspections", "scope": READ}
AS_A_USER = {
    "grant_type": LOCAL_SIGN_IN, "client_id": "notebook", "username": "operator-a",
    "audience": "inspections", "scope": READ,
}  # fmt: skip
AS_THE_SERVICE = {"client_id": SERVICE.client_id, "client_secret": SERVICE_SECRET}


def sqlite_in(folder, name="issuer.db"):
    return f"sqlite:///{(folder / name).as_posix()}"


def assertion(issuer_url=ISSUER, **changes):
    """Return a new assertion of the signer."""
    arguments = {"client_id": SIGNER.client_id, "issuer": issuer_url, **changes}
    return sign_client_assertion(arguments.pop("key", SIGNER_KEY), **arguments)


def signing(text=None, **changes):
    """Return the parameters by which the signer proves itself."""
    return {
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion() if text is None else text,
        **changes,
    }


@asynccontextmanager
async def running_issuer(config):
    """Run an issuer with *config*; gives a client."""
    app = issuer.create_app(config)
    async with app.router.lifespan_context(app), client_of(app, config.issuer) as client:
        client.app = app
        yield client
