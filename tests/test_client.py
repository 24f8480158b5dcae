"""One HTTP client per service: paths only, connections reused, errors that a learner can read."""

import pytest

from labkit import client
from labkit.client import ServiceClient
from labkit.errors import ServiceError, UsageError
from labkit.server import Server

SECRET = "c2VjcmV0.dG9rZW4.c2ln"


@pytest.fixture(scope="module")
def echo():
    """A service that answers with what it was asked."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only HTTP here")
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        said = [
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            headers.get(b"authorization", b"-").decode(),
            headers.get(b"x-extra", b"-").decode(),
            body.decode(),
            str(scope["client"][1]),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": "|".join(said).encode()})

    one = Server(lambda url: app, name="echo")
    one.start()
    yield one
    one.stop()


@pytest.fixture
def talk(echo):
    one = ServiceClient("echo", echo.url)
    yield one
    one.close()


def asked(response):
    return response.text.split("|")[:-1]


def test_get_sends_path_parameters_token_and_headers(talk):
    response = talk.get("/lines", token=SECRET, params={"page": 2}, headers={"X-Extra": "yes"})
    assert asked(response) == ["GET", "/lines", "page=2", f"Bearer {SECRET}", "yes", ""]


def test_without_a_token_no_authorization_is_sent(talk):
    assert asked(talk.get("/lines"))[3] == "-"


def test_put_sends_json(talk):
    said = asked(talk.put("/lots/1/quarantine", json={"version": 1}, token=SECRET))
    assert said == ["PUT", "/lots/1/quarantine", "", f"Bearer {SECRET}", "-", '{"version":1}']


def test_post_sends_a_form_or_json(talk):
    assert asked(talk.post("/token", data={"scope": "a b"}))[5] == "scope=a+b"
    assert asked(talk.post("/lots", json={"stock": 9}, token=SECRET))[5] == '{"stock":9}'


def test_any_other_method_can_be_sent(talk):
    assert asked(talk.request("DELETE", "/lots/3"))[:2] == ["DELETE", "/lots/3"]


def test_connections_are_reused(talk):
    ports = {talk.get("/").text.rpartition("|")[2] for _ in range(5)}
    assert len(ports) == 1


def test_a_proxy_of_the_environment_is_not_asked(echo, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    one = ServiceClient("echo", echo.url)
    assert one.get("/").status_code == 200
    one.close()


@pytest.mark.parametrize(
    "path", ["", "lines", "//evil.example/x", "http://evil.example/", None, 7, "/a\nb", "/\udc80"]
)
def test_a_path_that_leaves_the_service_or_cannot_be_sent_is_refused(talk, path):
    with pytest.raises(UsageError):
        talk.get(path, token=SECRET)


@pytest.mark.parametrize("token", ["", " ", 7, {}, f"{SECRET}\n", f"{SECRET}\r\nX: y", " a", "é"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_and_not_quoted(talk, token):
    with pytest.raises(UsageError, match="token") as caught:
        talk.get("/", token=token)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": 7},
        {"headers": {"X-Extra": 7}},
        {"headers": {"X-Extra": f"{SECRET}\n"}},
        {"headers": {"": "x"}},
        {"params": 7},
        {"params": [1]},
        {"json": object()},
        {"json": float("nan")},
        {"data": 7},
        {"method": ""},
        {"method": None},
    ],
)
def test_what_http_cannot_carry_is_refused_without_quoting_it(talk, wrong):
    with pytest.raises(UsageError, match="can't be sent") as caught:
        talk.request(**{"method": "POST", "path": "/", **wrong})
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_after_close_the_error_says_how_to_go_on(talk):
    talk.close()
    talk.close()
    with pytest.raises(ServiceError, match=r"labkit\.start"):
        talk.get("/lines")
    assert repr(talk) == "<ServiceClient echo (stopped)>"


def test_a_close_while_a_request_is_on_its_way_says_the_same(talk, monkeypatch):
    def request(*args, **options):
        talk.close()
        raise RuntimeError("Cannot send a request, as the client has been closed.")

    monkeypatch.setattr(talk._http, "request", request)
    with pytest.raises(ServiceError, match=r"labkit\.start"):
        talk.get("/lines")


def test_a_service_that_is_gone_is_told_from_a_bad_request():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    gone = Server(lambda url: app, name="gone")
    gone.start()
    url = gone.url
    gone.stop()
    one = ServiceClient("gone", url)
    with pytest.raises(ServiceError, match=r"gone at http.* didn't answer") as caught:
        one.get("/")
    assert caught.value.__suppress_context__
    one.close()


def test_a_service_that_is_stuck_is_named(monkeypatch):
    import socket

    monkeypatch.setattr(client, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = ServiceClient("stuck", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ServiceError, match="stuck gave no answer") as caught:
            one.get("/")
        assert caught.value.__suppress_context__
        one.close()


@pytest.mark.parametrize("url", ["", None, 7, "127.0.0.1:8001", "ftp://127.0.0.1", "http://a\nb"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(UsageError):
        ServiceClient("nowhere", url)


def test_a_peer_that_speaks_tls_is_checked_against_the_authorities_of_the_web():
    one = ServiceClient("outside", "https://issuer.example")
    assert one._http._transport._pool._ssl_context is not client.TRUSTS_NOBODY
    one.close()


def test_it_names_its_documentation_and_hides_its_port(talk, echo):
    assert talk.docs_url == f"{echo.url}/docs"
    assert repr(talk) == "<ServiceClient echo>"
