"""What the tests of the services share: names, an ASGI client, and a running service."""

from contextlib import asynccontextmanager

import httpx2
from sqlalchemy import text

from labkit.services import inspections
from labkit.services.clients import Client, new_client_secret

ISSUER = "http://issuer.test"
HERE = "http://inspections.test"
READ = "inspections:read"
WRITE = "inspections:write"
REPORT_SECRET = new_client_secret()
REPORT = Client.confidential("nightly-report", REPORT_SECRET, [READ])


def client_of(app, url):
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=url)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def running(config):
    """Run the inspections service with *config*; gives its application and a client."""
    app = inspections.create_app(config)
    async with app.router.lifespan_context(app), client_of(app, HERE) as client:
        yield app, client


@asynccontextmanager
async def held_writer(database):
    """Keep a transaction open that no other writer passes."""
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
        yield


def told(response):
    """Return what a refusal tells besides the id of its request, which is new each time."""
    return {name: value for name, value in response.json().items() if name != "request_id"}


async def every(as_user, path, user="quality-lead", **params):
    """Follow `next` to the last page; returns all items and the number of pages."""
    items, pages = [], 0
    while path:
        body = (await as_user(path, user, **params)).json()
        items += body["items"]
        path, params, pages = body["next"], {}, pages + 1
    return items, pages
