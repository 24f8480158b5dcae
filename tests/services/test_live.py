"""The same applications over real sockets: two services that know each other by URL only."""

import asyncio
import os
import re
import socket
import subprocess
import sys

import httpx2
import pytest
from service_kit import READ, WRITE, bearer

from labkit.database import seeded_database
from labkit.server import Server
from labkit.services import inspections, issuer
from labkit.services.grants import LOCAL_SIGN_IN, IssuerConfig
from labkit.services.inspections import InspectionsConfig

SIGN_IN = {
    "grant_type": LOCAL_SIGN_IN, "client_id": "notebook", "username": "operator-a",
    "audience": "inspections", "scope": READ,
}  # fmt: skip


@pytest.fixture(scope="module")
def live_issuer(keys):
    def app(url):
        return issuer.create_app(IssuerConfig(issuer=url, keys=keys))

    server = Server(app, name="issuer")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def live_inspections(live_issuer, cache, tmp_path_factory):
    path = seeded_database(cache, tmp_path_factory.mktemp("live") / "lab.sqlite")
    config = InspectionsConfig(
        issuer=live_issuer,
        jwks_url=f"{live_issuer}/jwks.json",
        database_url=f"sqlite:///{path}",
    )
    server = Server(lambda _url: inspections.create_app(config), name="inspections")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def token(live_issuer):
    return httpx2.post(f"{live_issuer}/token", data=SIGN_IN).json()["access_token"]


def test_a_token_from_one_service_opens_the_other(live_inspections, token):
    response = httpx2.get(f"{live_inspections}/lines", headers=bearer(token))
    assert [line["id"] for line in response.json()["items"]] == ["A1", "A2", "A3", "A4"]


@pytest.fixture(scope="module")
def writer(live_issuer):
    form = {**SIGN_IN, "scope": f"{READ} {WRITE}"}
    return bearer(httpx2.post(f"{live_issuer}/token", data=form).json()["access_token"])


async def test_of_forty_quarantines_at_once_one_wins_and_all_others_see_what_it_did(
    live_inspections, writer
):
    body = {"quarantined": True, "version": 1}
    async with httpx2.AsyncClient(base_url=live_inspections, headers=writer) as client:
        path = "/lots/15/quarantine"
        answers = await asyncio.gather(*(client.put(path, json=body) for _ in range(40)))
        lot = (await client.get("/lots/15")).json()
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 39
    assert [answer.json().get("current", answer.json()) for answer in answers] == [lot] * 40
    assert (lot["quarantined"], lot["version"]) == (True, 2)


async def test_fifty_requests_at_once_with_one_key_record_one_inspection(live_inspections, writer):
    body = {
        "line_id": "A1", "camera_id": "A1-1", "lot_id": 85, "model_version_id": "v2.0",
        "inspected_at": "2026-03-01T21:59:59Z", "score": 0.125,
    }  # fmt: skip
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    asked = {"line": "A1", "since": "2026-03-01T21:59:59Z"}
    async with httpx2.AsyncClient(base_url=live_inspections, headers=writer) as client:
        before = (await client.get("/inspections", params=asked)).json()["items"]
        posts = [client.post("/inspections", json=body, headers=key) for _ in range(50)]
        answers = await asyncio.gather(*posts)
        after = (await client.get("/inspections", params=asked)).json()["items"]
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json() for answer in answers] == [after[0]] * 50
    assert after == [after[0], *before]


def test_the_challenge_leads_a_stranger_to_a_token(live_inspections):
    refused = httpx2.get(f"{live_inspections}/lines")
    metadata_url = re.search('resource_metadata="([^"]+)"', refused.headers["www-authenticate"])[1]
    resource = httpx2.get(metadata_url).json()
    assert resource["resource"] == live_inspections
    server = resource["authorization_servers"][0]
    metadata = httpx2.get(f"{server}/.well-known/oauth-authorization-server").json()
    asked = {**SIGN_IN, "scope": resource["scopes_supported"][0]}
    token = httpx2.post(metadata["token_endpoint"], data=asked).json()["access_token"]
    assert httpx2.get(f"{live_inspections}/lines", headers=bearer(token)).status_code == 200


def test_a_request_for_another_host_is_refused_before_anybody_reads_its_token(
    live_inspections, token
):
    headers = {"Host": "evil.test", **bearer(token)}
    response = httpx2.get(f"{live_inspections}/lines", headers=headers)
    assert response.status_code == 400
    assert "evil" not in response.text


def test_two_headers_stay_two_on_the_wire(live_inspections, token):
    line = f"Authorization: Bearer {token}\r\n"
    for headers, status in ((line, b"200"), (line * 2, b"400")):
        request = f"GET /lines HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n"
        address = live_inspections.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1])), timeout=30) as connection:
            connection.sendall(request.encode())
            assert connection.makefile("rb").readline().split()[1] == status


def test_uvicorn_starts_the_factory_from_the_environment(live_issuer, token, tmp_path):
    environ = {
        **os.environ,
        "LABKIT_ISSUER_URL": live_issuer,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite'}",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "--port", "0"]
    with subprocess.Popen(
        [*command, "labkit.services.inspections:create_app"],
        env=environ, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            running = (re.search(r"running on (http://\S+)", line) for line in process.stderr)
            url = next(found[1] for found in running if found)
            response = httpx2.get(f"{url}/lines", headers=bearer(token))
            assert len(response.json()["items"]) == 4
            assert httpx2.get(f"{url}/lines").status_code == 401
            httpx2.get(f"{url}/lines", params={"access_token": token})
        finally:
            process.terminate()
        log = process.stderr.read()
    assert "refused with 401: absent" in log
    assert token not in log


def test_uvicorn_says_what_the_environment_lacks():
    environ = {
        k: v for k, v in os.environ.items() if k not in ("LABKIT_ISSUER_URL", "DATABASE_URL")
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "--port", "0"]
    for name, says in (("issuer", "LABKIT_ISSUER_URL"), ("inspections", "and DATABASE_URL")):
        done = subprocess.run(
            [*command, f"labkit.services.{name}:create_app"],
            env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode != 0
        assert says in done.stderr
