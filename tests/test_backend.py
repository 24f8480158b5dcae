"""The composition root: services that know each other's addresses, all up or none."""

import base64
import os
import tempfile

import httpx2
import pytest

from labkit import backend as backend_module
from labkit.backend import AGENT, Backend
from labkit.client import ServiceClient
from labkit.database import seeded_database
from labkit.errors import PortTaken, ServiceError, StartFailed, StorageError, UsageError
from labkit.server import Server, bind
from labkit.signin import sign_in

FOR_INSPECTIONS = {"audience": "inspections", "scope": "inspections:read"}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The system's temporary folder, for this test alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def backend(cache):
    one = Backend(cache=cache)
    one.start()
    yield one
    one.stop()


def client(backend, name):
    return backend.services[name].client


def test_the_keys_are_those_that_the_issuer_publishes(backend, cache):
    assert client(backend, "issuer").get("/jwks.json").json() == backend.keys.jwk_set()
    with pytest.raises(ServiceError, match="start"):
        _ = Backend(cache=cache).keys


def test_the_issuer_signs_what_the_inspections_service_accepts(backend):
    token = sign_in(client(backend, "issuer"), "quality-lead", **FOR_INSPECTIONS)
    assert client(backend, "inspections").get("/lines", token=token).status_code == 200
    assert client(backend, "inspections").get("/lines").status_code == 401


def test_the_issuer_is_told_its_own_url_and_inspections_that_of_the_issuer(backend):
    metadata = client(backend, "issuer").get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == backend.services["issuer"].url
    resource = client(backend, "inspections").get("/.well-known/oauth-protected-resource").json()
    assert resource["authorization_servers"] == [backend.services["issuer"].url]


def test_a_confidential_client_gets_a_token_with_its_random_secret(backend, cache):
    pair = f"{AGENT}:{backend.client_secrets[AGENT]}".encode()
    answer = client(backend, "issuer").post(
        "/token",
        data={"grant_type": "client_credentials", **FOR_INSPECTIONS},
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )
    assert answer.status_code == 200
    assert Backend(cache=cache).client_secrets[AGENT] != backend.client_secrets[AGENT]


def test_each_backend_has_a_key_of_its_own(backend, cache):
    other = Backend(cache=cache)
    other.start()
    try:
        kids = [client(b, "issuer").get("/jwks.json").json()["keys"] for b in (backend, other)]
        assert kids[0][0]["kid"] != kids[1][0]["kid"]
        token = sign_in(client(other, "issuer"), "quality-lead", **FOR_INSPECTIONS)
        assert client(backend, "inspections").get("/lines", token=token).status_code == 401
    finally:
        other.stop()


def test_requests_are_recorded_over_all_services_in_order(backend):
    token = sign_in(client(backend, "issuer"), "quality-lead", **FOR_INSPECTIONS)
    client(backend, "inspections").get("/lines", token=token, params={"limit": 1})
    assert {(r.service, r.method, r.path, r.status) for r in backend.requests} == {
        ("issuer", "POST", "/token", 200),
        ("issuer", "GET", "/jwks.json", 200),  # The first token makes the service fetch the key.
        ("inspections", "GET", "/lines", 200),
    }
    assert [r.number for r in backend.requests] == [1, 2, 3]


def test_the_services_say_what_they_are_and_where(backend):
    assert list(backend.services) == ["issuer", "inspections"]
    for service in backend.services.values():
        assert service.about
        assert httpx2.get(service.docs_url).status_code == 200
        assert service.docs_url == f"{service.url}/docs"


def test_start_twice_is_once(backend):
    urls = {name: service.url for name, service in backend.services.items()}
    backend.start()
    assert {name: service.url for name, service in backend.services.items()} == urls


def test_stop_leaves_no_file_and_no_service(backend, place):
    assert [p.suffix for p in sorted(place.iterdir())][:1] == [""]
    backend.stop()
    backend.stop()
    assert list(place.iterdir()) == []
    with pytest.raises(ServiceError, match=r"labkit\.start"):
        client(backend, "issuer").get("/health")


def test_a_given_database_is_used_as_it_is_and_stays(cache, place, tmp_path):
    path = seeded_database(cache, tmp_path / "mine.sqlite")
    one = Backend(cache=cache, database_url=f"sqlite:///{path.as_posix()}")
    one.start()
    assert list(place.iterdir()) == []
    token = sign_in(client(one, "issuer"), "quality-lead", **FOR_INSPECTIONS)
    assert client(one, "inspections").get("/lines", token=token).status_code == 200
    one.stop()
    assert path.exists()


def test_a_start_that_failed_can_be_tried_again(cache):
    with bind("test", "127.0.0.1", 0) as taken:
        one = Backend(cache=cache, ports={"inspections": taken.getsockname()[1]})
        with pytest.raises(PortTaken):
            one.start()
    one.start()
    running = [service.server.running for service in one.services.values()]
    one.stop()
    assert running == [True] * (len(backend_module.ABOUT) - len(backend_module.ON_DEMAND))


def test_ports_can_be_chosen_and_a_taken_one_leaves_nothing_running(cache, place):
    with bind("test", "127.0.0.1", 0) as taken:
        one = Backend(cache=cache, ports={"inspections": taken.getsockname()[1]})
        with pytest.raises(PortTaken, match="inspections"):
            one.start()
    with pytest.raises(ServiceError):
        client(one, "issuer").get("/health")
    assert list(place.iterdir()) == []


def test_a_service_that_fails_takes_the_others_down_with_it(cache, place, monkeypatch):
    def broken(config):
        raise RuntimeError("no gate")

    monkeypatch.setattr(backend_module.inspections, "create_app", broken)
    one = Backend(cache=cache)
    with pytest.raises(StartFailed, match=r"inspections didn't start.*no gate"):
        one.start()
    assert list(place.iterdir()) == []


def test_a_full_disk_is_told_before_anything_starts(cache, place, monkeypatch):
    def full(cache, target):
        raise StorageError("the folder is full; free 4 MB")

    monkeypatch.setattr(backend_module, "seeded_database", full)
    one = Backend(cache=cache)
    with pytest.raises(StorageError, match="free 4 MB"):
        one.start()
    assert dict(one.services) == {}
    assert list(place.iterdir()) == []


def test_the_copy_of_a_fork_stops_nothing(backend, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: -1)
    backend.stop()
    monkeypatch.undo()
    assert client(backend, "issuer").get("/health").status_code == 200


@pytest.mark.parametrize("cache", [None, "", 7])
def test_a_cache_that_is_no_path_is_refused(cache):
    with pytest.raises(UsageError, match="cache"):
        Backend(cache=cache)


# --- sign in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"user": ""}, "user is a string"),
        ({"user": None}, "user is a string"),
        ({"audience": " "}, "audience is a string"),
        ({"audience": 7}, "audience is a string"),
        ({"scope": None}, "scope is a string"),
        ({"user": "nobody"}, "no user 'nobody' here: the users are quality-lead"),
        ({"audience": "payroll"}, "no audience 'payroll' here: the services are inspections"),
        (
            {"scope": "lots:write"},
            "no scope 'lots:write' here.*inspections:read and inspections:write",
        ),
        ({"scope": "a  b"}, "no scope"),
        ({"user": "x" * 9000}, "no user 'xxx"),
        ({"user": "x" * 90_000}, "refused .invalid_request."),
    ],
)
def test_what_the_issuer_refuses_is_told_in_the_words_of_the_call(backend, wrong, says):
    good = {"user": "quality-lead", **FOR_INSPECTIONS}
    with pytest.raises(UsageError, match=says) as caught:
        sign_in(client(backend, "issuer"), **{**good, **wrong})
    assert len(str(caught.value)) < 300


def test_a_user_who_asks_for_it_gets_a_token_that_writes(backend):
    both = {"audience": "inspections", "scope": "inspections:read inspections:write"}
    token = sign_in(client(backend, "issuer"), "operator-a", **both)
    wanted = {"quarantined": True, "version": 1}
    answer = client(backend, "inspections").put("/lots/1/quarantine", json=wanted, token=token)
    assert (answer.status_code, answer.json()["quarantined"]) == (200, True)


def test_without_a_scope_the_token_allows_nothing(backend):
    token = sign_in(client(backend, "issuer"), "operator-a", audience="inspections", scope="")
    assert client(backend, "inspections").get("/lines", token=token).status_code == 403


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'"x"', b'{"error": {}}'])
@pytest.mark.parametrize("status", [200, 400, 404])
def test_an_address_that_is_no_issuer_is_told_so(body, status):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only HTTP here")
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    server = Server(lambda url: app, name="stranger")
    server.start()
    stranger = ServiceClient("stranger", server.url)
    try:
        with pytest.raises((ServiceError, UsageError), match="issuer"):
            sign_in(stranger, "quality-lead", **FOR_INSPECTIONS)
    finally:
        stranger.close()
        server.stop()
