"""The services' documentation pages in a real browser: nothing from outside, any prefix."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from labkit.database import seeded_database
from labkit.server import Server
from labkit.services import inspections, issuer
from labkit.services.grants import LOCAL_SIGN_IN, IssuerConfig
from labkit.services.inspections import InspectionsConfig
from labkit.tokens import KeyRing

PREFIX = "/user/x/proxy/8001"  # As jupyter-server-proxy serves a port, and takes it off again.


def behind(prefix, app):
    """Do what a proxy does that serves *app* under *prefix* and doesn't tell it."""

    async def proxy(scope, receive, send):
        if scope["type"] == "http":
            inside = scope["path"].startswith(prefix)
            path = scope["path"].removeprefix(prefix) if inside else "/outside"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return proxy


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("docs")
    url = f"sqlite:///{seeded_database(folder, folder / 'lab.sqlite')}"

    def new_issuer(own_url):
        return issuer.create_app(IssuerConfig(issuer=own_url, keys=KeyRing.generate()))

    def new_inspections(_url):
        config = InspectionsConfig(
            issuer=first.url, jwks_url=f"{first.url}/jwks.json", database_url=url
        )
        return inspections.create_app(config)

    first = Server(new_issuer, name="issuer")
    plain = Server(new_inspections, name="inspections")
    hidden = Server(lambda u: behind(PREFIX, new_inspections(u)), name="proxy")
    started = (first, plain, hidden)
    for server in started:
        server.start()
    yield {"issuer": first.url, "plain": plain.url, "proxied": hidden.url + PREFIX}
    for server in started:
        server.stop()


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.seen = []
    page.errors = []
    page.on("request", lambda request: page.seen.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text))
    yield page
    page.close()


def open_docs(page, base):
    page.goto(f"{base}/docs")
    page.wait_for_selector(".opblock")
    return page.locator(".opblock").count()


@pytest.mark.parametrize("name", ["issuer", "plain", "proxied"])
def test_the_page_shows_every_operation_and_asks_nobody_else(services, page, name):
    base = services[name]
    paths = httpx2.get(f"{base}/openapi.json").json()["paths"]
    assert open_docs(page, base) == sum(map(len, paths.values())) > 1
    assert page.errors == []
    assert {urlsplit(url).netloc for url in page.seen} == {urlsplit(base).netloc}
    assert all(url.startswith(base) for url in page.seen)


@pytest.mark.parametrize("name", ["plain", "proxied"])
def test_a_request_can_be_tried_with_a_pasted_token(services, page, name):
    form = {
        "grant_type": LOCAL_SIGN_IN, "client_id": "notebook", "username": "operator-a",
        "audience": "inspections", "scope": "inspections:read",
    }  # fmt: skip
    token = httpx2.post(f"{services['issuer']}/token", data=form).json()["access_token"]
    open_docs(page, services[name])
    page.click("button.authorize")
    page.fill("[aria-label='auth-bearer-value']", token)
    page.click("button.modal-btn.authorize")
    page.click("button.btn-done")
    page.click("#operations-read-list_lines .opblock-summary")
    page.click("#operations-read-list_lines button.execute")
    answer = page.locator("#operations-read-list_lines .live-responses-table .response")
    answer.wait_for()
    assert answer.inner_text().startswith("200")
    assert "brake discs" in answer.inner_text()
    assert [u for u in page.seen if "/lines" in u] == [f"{services[name]}/lines?limit=50"]
