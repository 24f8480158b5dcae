"""Every answer and every line of the log say which request they belong to, over real sockets."""

import json
import logging
import re

import pytest
from hardening_kit import Probe, access, live, request
from service_kit import client_of

from labkit.instruments import RawConnection, raw_request
from labkit.logs import REQUEST_ID

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def probe():
    return Probe()


@pytest.fixture
def server(probe):
    with live(probe.app()) as server:
        yield server


def id_of(answer):
    (request_id,) = answer.values("x-request-id")
    return request_id


@pytest.mark.parametrize("sent", ["a", "7f3e-b.C_9", "x" * 64])
def test_a_well_formed_id_of_the_caller_is_kept(server, sent):
    answer = raw_request(server.url, request("/ok", headers=[f"X-Request-ID: {sent}"]))
    assert id_of(answer) == sent
    assert [line["request_id"] for line in access(server)] == [sent]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["X-Request-ID: "],
        ["X-Request-ID: " + "x" * 65],
        ["X-Request-ID: " + "x" * 10_000],
        ["X-Request-ID: two words"],
        ["X-Request-ID: caf\xe9"],
        ["X-Request-ID: <script>"],
        ["X-Request-ID: one", "X-Request-ID: two"],
    ],
)
def test_any_other_is_replaced_by_one_of_ours(server, lines):
    answers = [raw_request(server.url, request("/ok", headers=lines)) for _ in range(2)]
    assert all(MADE.fullmatch(id_of(answer)) for answer in answers)
    assert id_of(answers[0]) != id_of(answers[1])


def test_an_id_with_a_line_break_ends_at_it(server):
    """What follows is a header of the request, never one of the answer or a line of the log."""
    answer = raw_request(server.url, request("/ok", headers=["X-Request-ID: a\r\nX-Evil: 1"]))
    assert id_of(answer) == "a"
    assert answer.values("x-evil") == []
    assert len(access(server)) == 1


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/ok", "GET", 200), ("/ok", "POST", 405), ("/none", "GET", 404), ("/boom", "GET", 500),
     ("/orders", "POST", 422), ("/ok", "HEAD", 200), ("/orders", "HEAD", 405),
     ("/ok", "OPTIONS", 405)],
)  # fmt: skip
def test_every_answer_has_it_and_so_has_every_problem(server, path, method, status):
    answer = raw_request(server.url, request(path, method, body=b"" if status != 422 else b"{}"))
    assert answer.status == status
    if status >= 400 and method != "HEAD":
        assert json.loads(answer.body)["request_id"] == id_of(answer)
        assert answer.values("content-type") == ["application/problem+json"]
    server.stop()
    assert access(server, id_of(answer))[0]["status"] == status


def test_an_exception_tells_the_caller_nothing_and_the_log_all(server):
    answer = raw_request(server.url, request("/boom"))
    server.stop()  # The log of its thread is complete.
    assert b"canary" not in answer.received
    assert json.loads(answer.body) == {
        "type": "about:blank", "title": "Internal Server Error", "status": 500,
        "detail": "a fault of ours; the log of the service says which",
        "request_id": id_of(answer),
    }  # fmt: skip
    log = server.log.text()
    assert log.count("ZeroDivisionError: the canary sings") == 1
    assert log.endswith(f"request id: {id_of(answer)}")


def test_the_log_can_be_read_for_one_request(server):
    answers = [raw_request(server.url, request(path)) for path in ("/boom", "/boom", "/ok")]
    server.stop()
    for answer in answers:
        others = [id_of(other) for other in answers if other is not answer]
        text = server.log.text(id_of(answer)) + server.log.access_text(id_of(answer))
        assert id_of(answer) in text
        assert not any(other in text for other in others)
    assert "canary" in server.log.text(id_of(answers[0]))
    assert server.log.text(id_of(answers[2])) == ""
    assert len(server.log.access_text().splitlines()) == 3
    assert "labkit.access" not in server.log.text()


async def test_nothing_is_left_behind_after_a_request():
    async with client_of(Probe().app(), "http://probe.test") as client:
        assert MADE.fullmatch((await client.get("/ok")).headers["x-request-id"])
    assert REQUEST_ID.get() is None


def test_two_requests_at_once_keep_their_ids(server, probe):
    with RawConnection(server.url) as held:
        held.send(request("/hold", headers=["X-Request-ID: held"]))
        assert probe.holding.wait(30)
        assert id_of(raw_request(server.url, request("/boom", headers=["X-Request-ID: b"]))) == "b"
        assert access(server, "held") == []
        server.stop()
    assert [line["ended"] for line in access(server, "held")] == ["cancelled"]


# --- the access log ---------------------------------------------------------------------------


def test_a_line_says_all_about_a_request(server):
    answer = raw_request(server.url, request("/items/7?secret=canary"))
    (line,) = access(server)
    assert line.pop("ms") >= 0
    assert line == {
        "request_id": id_of(answer), "method": "GET", "path": "/items/7",
        "route": "/items/{item_id}", "status": 200, "bytes": len(answer.body), "ended": "complete",
    }  # fmt: skip


def test_an_answer_to_head_has_no_bytes(server):
    raw_request(server.url, request("/ok", "HEAD"))
    server.stop()
    assert [line["bytes"] for line in access(server)] == [0]


def test_a_failing_request_is_logged_once(server):
    raw_request(server.url, request("/boom"))
    assert [(line["status"], line["ended"]) for line in access(server)] == [(500, "complete")]


def test_an_answer_that_breaks_off_is_logged_as_failed_and_closed(server):
    with RawConnection(server.url) as connection:
        connection.send(request("/late-boom"))
        assert connection.rest().endswith(b"begun\r\n")
    server.stop()
    assert [(line["status"], line["ended"]) for line in access(server)] == [(200, "failed")]
    assert server.log.text().count("ZeroDivisionError: the") == 1


def test_a_token_in_a_path_is_not_logged(server):
    raw_request(server.url, request("/items/eyJjYW5hcnk.eyJjYW5hcnk.Y2FuYXJ5"))
    assert access(server)[0]["path"] == "/items/[token]"


@pytest.mark.parametrize(
    "path",
    ["/%0d%0a%7b%22status%22%3a200%7d", "/%1b%5b31mred", "/%e2%80%a8line", "/%c2%85next",
     "/%7f", "/%ff", "/%22quote", "/%ed%a0%80"],
)  # fmt: skip
def test_no_path_can_pass_for_a_line_of_the_log(server, path):
    raw_request(server.url, request(path))
    text = server.log.access_text()
    assert len(text.splitlines()) == 1
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["status"] in {400, 404}


def test_a_long_path_is_cut(server):
    raw_request(server.url, request("/" + "x" * 5000))
    assert access(server)[0]["path"] == "/" + "x" * 199


async def test_outside_of_a_lab_the_lines_go_through_the_logger(caplog):
    with caplog.at_level(logging.INFO, "labkit.access"):
        async with client_of(Probe().app(), "http://probe.test") as client:
            await client.get("/ok")
    (record,) = [r for r in caplog.records if r.name == "labkit.access"]
    assert json.loads(record.getMessage()) == record.fields
    caplog.clear()
    with caplog.at_level(logging.WARNING, "labkit.access"):
        async with client_of(Probe().app(), "http://probe.test") as client:
            assert (await client.get("/ok")).status_code == 200
    assert not caplog.records
