"""Requests that nobody should send, byte by byte, to a service with all that protects it."""

import json

import pytest
from hardening_kit import Order, Probe, access, live, request
from service_kit import client_of

from labkit.errors import UsageError
from labkit.instruments import RawConnection, raw_request
from labkit.services.hardening import HardeningConfig, Limits
from labkit.services.hardening.hosts import ANY

GOOD = {"lot": "L1", "count": 2}
JSON = "Content-Type: application/json"
SMALL = Limits(body_bytes=1000, body_s=0.05, headers=20, head_bytes=2000, target_bytes=500)


@pytest.fixture
def probe():
    return Probe()


@pytest.fixture
def server(probe):
    with live(probe.app()) as server:
        yield server


@pytest.fixture
def strict(probe):
    """The same with limits that a test can reach."""
    with live(probe.app(hardening=HardeningConfig(limits=SMALL))) as server:
        yield server


def refused(answer, status):
    """Check that *answer* is a problem with *status*; returns it."""
    assert answer.status == status
    assert answer.values("content-type") == ["application/problem+json"]
    problem = json.loads(answer.body)
    assert problem["status"] == status
    assert answer.values("x-request-id") == [problem["request_id"]]
    return problem


def order(body, headers=(JSON,)):
    return request("/orders", "POST", headers=headers, body=body)


# --- hosts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8888", "localhost", "LOCALHOST:1", "[::1]", "[::1]:80"]
)
def test_a_service_answers_to_the_names_of_this_machine_at_any_port(server, host):
    assert raw_request(server.url, request("/ok", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:80", "127.0.0.1.evil.test", "127.0.0.1@evil.test", "localhost.", "",
     "127.0.0.1:evil", "127.0.0.1:", "127.0.0.1, evil.test", "10.0.0.1", "2130706433", "0.0.0.0",
     "127.1", "[::1", "[::1]evil", "[::ffff:127.0.0.1]", "http://127.0.0.1", "localhost/", "\xe4"],
)  # fmt: skip
def test_any_other_name_is_refused_and_not_repeated(server, probe, host):
    answer = raw_request(server.url, request("/ok", host=host))
    assert answer.status == 400
    assert b"evil" not in answer.received
    assert probe.reached == []


def test_http_1_0_without_a_host_is_refused(server, probe):
    refused(raw_request(server.url, b"GET /ok HTTP/1.0\r\n\r\n"), 400)
    assert probe.reached == []
    assert raw_request(server.url, b"GET /ok HTTP/1.0\r\nHost: localhost\r\n\r\n").status == 200


async def status_for(host, at="http://lab.example.org", **options):
    app = Probe().app(**options)
    async with client_of(app, at) as client:
        return (await client.get("/ok", headers={"Host": host})).status_code


async def test_names_can_be_added_and_the_own_url_is_one():
    config = HardeningConfig(hosts=("Hub.Example.org",))
    for profile in ("local", "exposed"):
        options = {"hardening": config, "profile": profile, "url": "https://api.example.org/x"}
        assert await status_for("hub.example.org", **options) == 200
        assert await status_for("api.example.org:443", **options) == 200
        assert await status_for("evil.test", **options) == 400


async def test_the_address_of_the_socket_is_a_name_on_this_machine_only():
    assert await status_for("lab.example.org") == 200
    assert await status_for("[::2]", at="http://[::2]:80") == 200
    exposed = {"profile": "exposed", "hardening": HardeningConfig(hosts=("a.example.org",))}
    assert await status_for("lab.example.org", **exposed) == 400
    assert await status_for("127.0.0.1", **exposed) == 400


async def test_behind_a_hub_any_name_will_do_but_never_on_a_network():
    anything = HardeningConfig(hosts=(ANY,))
    assert await status_for("hub.example.org", hardening=anything) == 200
    for config in (anything, HardeningConfig()):
        with pytest.raises(UsageError, match="needs a list of the names"):
            Probe().app(profile="exposed", hardening=config)


@pytest.mark.parametrize(
    "hosts",
    ["localhost", (1,), ("http://a",), ("a:80",), ("a b",), ("",), ("a/b",), ("\u0430.test",)],
)
def test_what_is_no_name_of_a_host_is_refused(hosts):
    with pytest.raises(UsageError, match="host"):
        HardeningConfig(hosts=hosts)


def test_limits_of_another_kind_are_refused():
    with pytest.raises(UsageError, match="limits"):
        HardeningConfig(limits=5)


# --- heads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("http://evil.test/ok", 400), ("https://127.0.0.1/ok", 400), ("*", 400), ("ok", 400),
        ("//evil.test/ok", 404), ("///ok", 404), ("/ok/", 404), ("/./ok", 404),
        ("/items/../ok", 404),
        ("/items%2f7", 200), ("/items/%2e%2e", 200), ("/items/%252f", 200), ("/items/a%2fb", 404),
        ("/ok%00", 400), ("/items/%00", 400), ("/items/%0d%0aX:1", 400), ("/items/%7F", 400),
        ("/ok?a=%00", 400), ("/ok?a=%1b", 400), ("/items/%ff%fe", 200), ("/items/%zz", 200),
        ("/ok?%e2%80%a8", 200), ("/OK", 404), ("/ok;a=b", 404), ("/ok#fragment", 404),
    ],
)  # fmt: skip
def test_strange_targets_reach_nothing_by_surprise(server, path, status):
    answer = raw_request(server.url, request(path))
    assert answer.status == status
    assert b"evil" not in answer.received
    assert access(server)[-1]["status"] == status


@pytest.mark.parametrize(
    "headers",
    [["X: a\x1b[31mb"], ["X: \x01"], ["X: \x7f"]],
)
def test_a_header_with_a_control_character_is_refused(server, probe, headers):
    problem = refused(raw_request(server.url, request("/ok", headers=headers)), 400)
    assert problem["detail"] == "a header holds a control character"
    assert probe.reached == []
    assert raw_request(server.url, request("/ok", headers=["X: a\tb\xe9"])).status == 200


def test_limits_of_a_head(strict):
    url = strict.url
    fits = [f"X-{n}: y" for n in range(19)]
    assert raw_request(url, request("/ok", headers=fits)).status == 200
    refused(raw_request(url, request("/ok", headers=[*fits, "Z: z"])), 431)
    used = len("hosthost127.0.0.1xy") - len("host")
    assert raw_request(url, request("/ok", headers=["X: " + "y" * (2000 - used + 1)])).status == 200
    refused(raw_request(url, request("/ok", headers=["X: " + "y" * (2000 - used + 2)])), 431)
    assert raw_request(url, request("/ok?" + "x" * 497)).status == 200
    refused(raw_request(url, request("/ok?" + "x" * 498)), 414)


def test_a_head_that_arrives_at_once_is_limited_too(server):
    """The parser's limit counts what is incomplete; this one never is."""
    answer = raw_request(server.url, request("/ok", headers=["X: " + "y" * 17_000]))
    assert answer.status == 431


@pytest.mark.parametrize("version", ["2.0", "1.2", "0.9", "9.9"])
def test_another_version_is_refused(server, probe, version):
    data = f"GET /ok HTTP/{version}\r\nHost: 127.0.0.1\r\n\r\n".encode()
    refused(raw_request(server.url, data), 400)
    assert probe.reached == []


# --- one request in another ---------------------------------------------------------------------

HIDDEN = b"GET /ok HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: hidden\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: {n}\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: {n}",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Content-Length: 0\r\nContent-Length: {n}",
        "Content-Length: {n}, 0",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\x0bchunked",
        "Content-Length: +0",
    ],
)
def test_a_request_cannot_hide_in_the_body_of_another(server, probe, head):
    body = b"0\r\n\r\n" + HIDDEN
    lines = head.format(n=len(body))
    data = f"POST /orders HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n\r\n".encode("latin-1") + body
    with RawConnection(server.url) as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer.status in {400, 501}
        assert connection.rest() == b""  # The connection is over: nothing after it is a request.
    assert probe.reached == []
    assert access(server, "hidden") == []


def test_chunks_under_http_1_0_are_refused(server, probe):
    data = (
        b"POST /orders HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    answer = raw_request(server.url, data)
    assert answer.status == 400
    assert probe.reached == []


# --- bodies -----------------------------------------------------------------------------------


def chunked(body, size=100):
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = b"POST /orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def test_a_body_up_to_the_limit_is_taken_and_one_byte_more_is_not(strict, probe):
    fits = json.dumps({**GOOD, "lot": "x" * (1000 - len(json.dumps({**GOOD, "lot": ""})))}).encode()
    assert len(fits) == 1000
    assert raw_request(strict.url, order(fits)).status == 200
    refused(raw_request(strict.url, order(fits + b" ")), 413)
    chunks = CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n"
    assert raw_request(strict.url, chunks + chunked(fits)).status == 200
    refused(raw_request(strict.url, chunks + chunked(fits + b" ")), 413)
    assert probe.reached == ["order"] * 2


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(strict, probe):
    with RawConnection(strict.url) as connection:
        connection.send(CHUNKED + b"Content-Length: 20000000\r\nExpect: 100-continue\r\n\r\n")
        answer = connection.answer()
    refused(answer, 413)
    assert b"100 Continue" not in answer.received


def test_a_body_without_end_is_refused_while_it_comes(strict):
    with RawConnection(strict.url) as connection:
        connection.send(CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + b"x" * 1000)
        connection.send(b"\r\n1\r\ny\r\n")  # No end.
        refused(connection.answer(), 413)


def test_a_body_that_is_too_slow_is_refused_and_its_connection_closed(strict, probe):
    with RawConnection(strict.url) as connection:
        connection.send(order(json.dumps(GOOD).encode())[:-1])
        answer = connection.answer()
        refused(answer, 408)
        assert answer.values("connection") == ["close"]
        assert connection.rest() == b""
    assert probe.reached == []


def test_the_time_of_a_body_is_not_the_time_of_an_answer(strict, probe):
    """The slow body's deadline began later than the one of the request that is being answered."""
    with RawConnection(strict.url) as long, RawConnection(strict.url) as slow:
        long.send(request("/gated"))
        assert long._read(1e9)
        slow.send(order(json.dumps(GOOD).encode())[:-1])
        assert slow.answer().status == 408
        probe.gate.set()
        assert long.answer().body.endswith(b"done\r\n0\r\n\r\n")


def test_a_body_shorter_than_said_reaches_nothing(server, probe):
    with RawConnection(server.url) as connection:
        connection.send(order(json.dumps(GOOD).encode())[:-1])
    assert raw_request(server.url, request("/ok")).status == 200
    server.stop()
    assert probe.reached == ["ok"]
    assert "Traceback" not in server.log.text()
    assert [line["ended"] for line in access(server)].count("client left") == 1


def test_a_body_larger_than_said_is_cut_and_the_rest_refused(server, probe):
    body = json.dumps(GOOD).encode()
    data = order(body) + b"xx\r\n\r\n"
    with RawConnection(server.url) as connection:
        connection.send(data)
        assert connection.answer().status == 200
        assert connection.answer().status == 400
        assert connection.rest() == b""
    assert probe.reached == ["order"]


DEEP = b"[" * 10_000 + b"]" * 10_000
BAD_JSON = [
    b"{", b"nonsense", b"'lot'", b"{lot: 1}", b"[1,]", b"\xff", b"\xef\xbb\xbf{}", b"{}x", b"\x00",
    b'{"lot": "L1", "count": NaN}', b'{"lot": "L1", "count": Infinity}',
    b'{"lot": "L1", "count": -Infinity}', b'{"lot": "L1", "count": 1e999}',
    b'{"lot": "L1", "count": ' + b"9" * 5000 + b"}",
    b'{"lot": "\\ud800"}', b'{"lot": "\\udc00\\ud800"}', b'{"lot": "\\u0000"}', b'{"lot": "a\x00"}',
    b'{"lot": "a\nb"}', b'{"lot": "L1", "lot": "L2"}', b'{"lot": "L1", "x": {"a": 1, "a": 1}}',
    b'{"lot": "L1", "l\\u006ft": "L2"}', '{"lot": "L1"}'.encode("utf-16"),
    DEEP, b'{"lot": ' + DEEP + b"}", b'{"a":' * 5000 + b"1" + b"}" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_JSON, ids=lambda body: repr(body[:24]))
def test_json_that_parsers_disagree_about_is_refused_for_what_it_is(server, probe, body):
    problem = refused(raw_request(server.url, order(body)), 422)
    (fault,) = problem["errors"]
    assert fault["where"] == "body"
    assert probe.reached == []
    server.stop()
    assert "Traceback" not in server.log.text()


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"null", b"1", b'"text"', b"[" * 150 + b"]" * 150, b'{"lot": 5}',
     b'{"lot": null}', b'{"lot": "L1", "count": "canary"}', b'{"lot": "L1", "canary": 1}',
     b'{"lot": "L1", "count": []}'],
)  # fmt: skip
def test_good_json_of_the_wrong_shape_is_refused_without_an_echo(server, probe, body):
    problem = refused(raw_request(server.url, order(body)), 422)
    assert problem["errors"]
    assert "canary" not in json.dumps(problem)
    assert probe.reached == []


@pytest.mark.parametrize(
    "body",
    [b'{"lot": "caf\\u00e9 \\ud83d\\ude00 \\\\u0000"}', '{"lot": "é"}'.encode(), b' {"lot":""} '],
)
def test_json_that_is_good_passes(server, body):
    answer = raw_request(server.url, order(body))
    assert answer.status == 200
    assert json.loads(answer.body)["lot"] == json.loads(body)["lot"]


@pytest.mark.parametrize(
    "headers", [[], ["Content-Type: text/plain"], ["Content-Type: application/xml"]]
)
def test_a_body_that_is_not_said_to_be_json_is_not_read_as_json(server, probe, headers):
    refused(raw_request(server.url, order(json.dumps(GOOD).encode(), headers)), 422)
    assert probe.reached == []


def test_json_by_another_name_is_checked_too(server, probe):
    for kind in ("application/merge-patch+json", "APPLICATION/JSON; charset=utf-8"):
        data = order(b'{"lot": "a", "lot": "b"}', [f"Content-Type: {kind}"])
        assert (
            refused(raw_request(server.url, data), 422)["errors"][0]["detail"]
            == "has a member twice"
        )


def test_an_empty_body_is_no_json_and_only_a_fault_where_one_is_needed(server, probe):
    refused(raw_request(server.url, order(b"")), 422)
    probe.gate.set()
    assert b"done" in raw_request(server.url, request("/gated", headers=[JSON])).body
    server.stop()
    assert server.log.text() == ""


def test_a_stream_passes_through_unbuffered_and_a_client_that_leaves_ends_it(server, probe):
    """The answer is 64 MB: the middle of it can only be here if nobody collects it first."""
    with RawConnection(server.url) as connection:
        connection.send(request("/stream", headers=["X-Request-ID: left"]))
        while len(connection._unread) < 1_000_000:
            assert connection._read(1e9)
        assert not probe.closed.is_set()
    assert probe.closed.wait(30)
    server.stop()
    (line,) = access(server, "left")
    assert (line["status"], line["ended"]) == (200, "client left")
    assert line["bytes"] < 1000 * 65536
    assert server.log.text() == ""


def test_a_model_of_the_probe_is_what_it_seems():
    assert Order(lot="L1").model_dump() == {"lot": "L1", "count": 0}
