"""
Who keeps a connection waiting is closed on, while others are served: over real sockets.

No test measures how long it takes: each waits for the event of the close, with deadlines so short
that they pass at once, or so long that only another limit can end the wait.
"""

import contextlib
import json
import pickle
import threading

import pytest

from labkit.deadlines import WireLimits, uvicorn_options
from labkit.errors import ServiceError, UsageError
from labkit.instruments import RawConnection, raw_request
from labkit.server import Server

SOON_S, NEVER_S = 0.05, 3600.0
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


class App:
    """Answers at once and reads no body, but for /read; /hold waits until it's released."""

    def __init__(self):
        self.holding, self.left = threading.Event(), threading.Event()
        self.states = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only HTTP here")
        self.states.append(scope["state"])
        if scope["path"] in ("/hold", "/read"):
            self.holding.set()
            while (message := await receive())["type"] == "http.request" and (
                message["more_body"] or scope["path"] == "/hold"
            ):
                pass
            if message["type"] == "http.disconnect":
                self.left.set()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
        )
        await send({"type": "http.response.body", "body": b"ok"})


@contextlib.contextmanager
def serving(app=None, **limits):
    server = Server(lambda _url: app or App(), name="wire", limits=WireLimits(**limits))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def refusals(server):
    lines = map(json.loads, server.log.access_text().splitlines())
    return [line["status"] for line in lines if line["ended"] == "refused"]


@pytest.mark.parametrize("half", [GET[:-2], GET[:5], b"G", GET + GET[:9]])
def test_half_a_head_is_refused_at_the_deadline(half):
    with serving(head_s=SOON_S, idle_s=3600) as server, RawConnection(server.url) as slow:
        slow.send(half)
        if half.startswith(GET):
            assert slow.answer().status == 200
        answer = slow.answer()
        assert (answer.status, slow.rest()) == (408, b"")
        problem = json.loads(answer.body)
        assert (problem["status"], problem["title"]) == (408, "Request Timeout")
        assert answer.values("x-request-id") == [problem["request_id"]]
        assert answer.values("connection") == ["close"]
        assert refusals(server) == [408]


def test_a_byte_now_and_then_does_not_move_the_deadline():
    """It sends a header every millisecond, until the service has had enough."""
    with serving(head_s=SOON_S, idle_s=3600) as server:
        with RawConnection(server.url, timeout_s=0.001) as slow:
            slow.send(GET[:-2])
            answer = None
            while answer is None:
                slow.send(b"X: y\r\n")
                with contextlib.suppress(ServiceError):  # Nothing yet.
                    answer = slow.answer()
        server.stop()
        assert refusals(server) == [408]


def test_others_are_served_while_somebody_holds_half_a_head():
    with serving(head_s=NEVER_S) as server, RawConnection(server.url) as slow:
        slow.send(GET[:-2])
        for _ in range(3):
            assert raw_request(server.url, GET).status == 200
        slow.send(b"\r\n")
        assert slow.answer().status == 200


def test_a_connection_that_says_nothing_is_closed_without_a_word():
    with serving(head_s=SOON_S) as server, RawConnection(server.url) as silent:
        assert silent.rest() == b""
        server.stop()
        assert refusals(server) == []
        assert server.log.text() == ""


def test_a_request_that_is_being_served_has_no_deadline():
    app = App()
    with (
        serving(app, head_s=SOON_S, drain_s=SOON_S) as server,
        RawConnection(server.url) as patient,
    ):
        patient.send(GET.replace(b"/ ", b"/hold "))
        assert app.holding.wait(30)
        with RawConnection(server.url) as silent:  # Its deadline began later, and passes first.
            assert silent.rest() == b""
        assert not app.left.is_set()
        patient.close()
        assert app.left.wait(30)


def test_an_idle_connection_is_closed():
    with serving(head_s=NEVER_S, idle_s=0) as server, RawConnection(server.url) as idle:
        idle.send(GET)
        assert idle.answer().status == 200
        assert idle.rest() == b""


def test_an_unread_body_that_does_not_end_is_given_up():
    limits = {"head_s": NEVER_S, "idle_s": 3600, "drain_s": SOON_S}
    with serving(**limits) as server, RawConnection(server.url) as slow:
        slow.send(POST % (b"/", 10) + b"12345")
        assert slow.answer().status == 200
        assert slow.rest() == b""


def test_an_unread_body_that_is_too_long_is_given_up():
    limits = {"head_s": NEVER_S, "idle_s": 3600, "drain_s": NEVER_S, "drain_bytes": 1_000_000}
    with serving(**limits) as server, RawConnection(server.url) as flood:
        flood.send(POST % (b"/", 1_000_000_000))
        assert flood.answer().status == 200
        for _ in range(
            40
        ):  # Far more than what sockets buffer; sending to a closed one is nothing.
            flood.send(b"x" * 1_000_000)
        assert flood.rest() == b""


def test_an_unread_body_that_ends_leaves_the_connection_usable():
    with serving() as server, RawConnection(server.url) as connection:
        connection.send(POST % (b"/", 300_000))
        assert connection.answer().status == 200
        connection.send(b"x" * 300_000 + GET)
        assert connection.answer().status == 200


def test_after_an_unread_body_the_wait_for_a_head_is_bounded_again():
    """uvicorn's own timer between two requests isn't set in this case."""
    limits = {"head_s": SOON_S, "idle_s": 3600, "drain_s": NEVER_S}
    with serving(**limits) as server, RawConnection(server.url) as connection:
        connection.send(POST % (b"/", 5))
        assert connection.answer().status == 200
        connection.send(b"12345")
        assert connection.rest() == b""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # No host (RFC 9112 section 3.2).
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 501),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS.
    ],
)  # fmt: skip
def test_what_is_not_http_is_refused_in_the_shape_of_every_refusal(data, status):
    app = App()
    with serving(app, head_s=NEVER_S) as server, RawConnection(server.url) as connection:
        connection.send(data)
        answer = connection.answer()
        assert (answer.status, connection.rest()) == (status, b"")
        problem = json.loads(answer.body)
        assert problem["status"] == status
        assert answer.values("content-type") == ["application/problem+json"]
        assert answer.values("cache-control") == ["no-store"]
        assert answer.values("x-request-id") == [problem["request_id"]]
        assert app.states == []
        assert refusals(server) == [status]


@pytest.mark.parametrize("size", [20_000_000, 300_000])
def test_a_giant_head_is_refused_before_it_has_arrived(size):
    app = App()
    with serving(app, head_s=NEVER_S) as server, RawConnection(server.url) as connection:
        connection.send(GET[:-2] + b"X: ")
        with contextlib.suppress(OSError, ServiceError):
            for _ in range(size // 100_000):
                connection.send(b"x" * 100_000)
        answer = connection.answer()
        assert answer.status in {431, None}  # None: the reset overtook it.
        connection.rest()
        assert app.states == []
        assert refusals(server) == [431]


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n",
        b"5\r\nhello5\r\n",
        b"-1\r\n",
        b"5\r\nhelloXX",
        b"0x5\r\nhello\r\n",
        b"5;" + b"x" * 20_000,
        b" 5\r\n",
    ],
)
def test_chunks_that_are_none_are_refused_and_end_the_request(chunks):
    app = App()
    with serving(app) as server, RawConnection(server.url) as connection:
        connection.send(b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert app.holding.wait(30)
        connection.send(chunks)
        assert connection.answer().status in {400, 431}
        assert connection.rest() == b""
        assert app.left.wait(30)
        server.stop()
        assert "Traceback" not in server.log.text()


def test_chunks_that_are_none_after_the_answer_began_just_end_the_connection():
    begun = threading.Event()

    async def answering(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only HTTP here")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass

    with serving(answering) as server, RawConnection(server.url) as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
        assert begun.wait(30)
        connection.send(b"loXX")
        connection.rest()
        server.stop()
        assert "Traceback" not in server.log.text()


def test_a_body_larger_than_said_is_the_next_request_and_none():
    with serving() as server, RawConnection(server.url) as connection:
        connection.send(POST % (b"/read", 5) + b"12345678\r\n\r\n")
        assert connection.answer().status == 200
        assert connection.answer().status == 400
        assert connection.rest() == b""


def test_a_client_that_leaves_is_noted_in_the_state_of_its_request():
    app = App()
    with serving(app) as server:
        with RawConnection(server.url) as connection:
            connection.send(GET.replace(b"/ ", b"/hold "))
            assert app.holding.wait(30)
        assert app.left.wait(30)
        assert raw_request(server.url, GET).status == 200
    assert [state.get("client_left") for state in app.states] == [True, None]


def test_the_options_survive_the_way_to_another_process():
    options = pickle.loads(pickle.dumps(uvicorn_options(WireLimits(head_s=7.0))))
    assert options["http"].keywords["limits"].head_s == 7.0


def test_limits_of_another_kind_are_refused():
    with pytest.raises(UsageError, match="limits is a"):
        Server(lambda _url: App(), name="wire", limits=10)


PIECES = 1000  # 64 MB: the buffers of the system hold a part of it only.


class Flood(App):
    """Answers with a stream that fills every buffer between here and a client that doesn't read."""

    def __init__(self):
        super().__init__()
        self.sent, self.ended = 0, threading.Event()

    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        piece = {"type": "http.response.body", "body": b"x" * 65536, "more_body": True}
        while self.sent < PIECES and "client_left" not in scope["state"]:
            await send(piece)
            self.sent += 1
        self.ended.set()
        await send({"type": "http.response.body", "body": b""})


def test_a_client_that_never_reads_its_answer_is_left_and_never_fills_the_memory():
    app = Flood()
    with serving(app, stuck_s=SOON_S) as server, RawConnection(server.url) as connection:
        connection.send(GET)
        assert app.ended.wait(30)
        assert app.sent < PIECES


def test_a_client_that_reads_gets_all_of_a_long_answer():
    app = Flood()
    with serving(app, stuck_s=NEVER_S) as server, RawConnection(server.url) as connection:
        connection.send(GET)
        while len(connection._unread) < PIECES * 65536:
            assert connection._read(1e9)
    assert app.sent == PIECES
