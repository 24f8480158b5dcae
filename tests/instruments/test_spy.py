"""The ASGI spy: everything in its order, bounded, and no credential kept."""

import asyncio

import pytest

from labkit.errors import ServiceError, UsageError
from labkit.instruments import (
    RawAnswer,
    Spy,
    pieces,
    raw_request,
    raw_request_in_pieces,
    spied,
    spy,
)
from labkit.server import Server

HEAD = b"POST /lots HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nConnection: close\r\n\r\n"


async def joining(scope, receive, send):
    """Answer with the whole body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = [(b"Content-Type", b"text/plain"), (b"Set-Cookie", b"hidden-cookie")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"!"})


async def failing(scope, receive, send):
    await receive()
    raise LookupError("no such column")


@pytest.fixture
def serve():
    """Serve an app behind a spy; return the spy and the URL."""
    servers = []

    def start(app):
        watching = Spy(app)
        servers.append(Server(lambda _url: watching, name="mine"))
        servers[-1].start()
        return watching, servers[-1].url

    yield start
    for server in servers:
        server.stop()


def http(*, headers=(), **more):
    return {"type": "http", "method": "GET", "path": "/", "headers": list(headers), **more}


async def receive():
    return {"type": "http.request", "body": b"hello", "more_body": False}


async def ignore(message):
    pass


def steps(exchange):
    return [(m.step, m.direction, m.type, m.size, m.more_body) for m in exchange.messages]


def test_a_request_in_pieces_is_seen_piece_by_piece_and_joined_with_its_bytes(serve):
    watching, url = serve(joining)
    answer = raw_request_in_pieces(watching, url, HEAD + b"ab", b"cd", b"ef")
    exchange = watching.last.joined(answer)
    assert steps(exchange) == [
        (1, "receive", "http.request", 2, True),
        (2, "receive", "http.request", 2, True),
        (3, "receive", "http.request", 2, False),
        (4, "send", "http.response.start", 0, False),
        (5, "send", "http.response.body", 6, True),
        (6, "send", "http.response.body", 1, False),
    ]
    assert (exchange.body, exchange.status, exchange.answer) == (b"abcdef", 201, b"abcdef!")
    assert (exchange.scope["method"], exchange.scope["path"]) == ("POST", "/lots")
    assert exchange.sent == HEAD + b"abcdef"
    assert exchange.received.startswith(b"HTTP/1.1 201 Created\r\n")
    assert exchange.error is None


def test_an_app_that_fails_is_noted_with_the_type_of_its_error_alone(serve):
    watching, url = serve(failing)
    answer = raw_request_in_pieces(watching, url, HEAD + b"abc", b"def")
    assert answer.status == 500
    assert watching.wait_for(1, 99)
    assert watching.last.error == "LookupError"
    assert steps(watching.last) == [(1, "receive", "http.request", 3, True)]
    assert "no such column" not in repr(watching.last)


def test_whoever_has_the_answer_finds_the_exchange_whole(serve):
    watching, url = serve(joining)
    for number in range(1, 4):
        raw_request(url, HEAD + b"abcdef")
        assert len(watching.last.messages) == 4
        assert watching.seen == number


async def test_credentials_and_bodies_show_in_no_repr_and_credentials_are_not_kept():
    secrets = [(name, b"hidden") for name in (b"Authorization", b"COOKIE", b"proxy-authorization")]
    watching = Spy(joining)
    scope = http(
        headers=[*secrets, (b"X-Ok", b"fine")],
        client=("10.0.0.1", 5),
        query_string=b"access_token=hidden&b=1",
    )

    async def body():
        return {"type": "http.request", "body": b"hidden-body"}

    await watching(scope, body, ignore)
    exchange = watching.last
    assert exchange.scope["headers"] == (
        ("authorization", "[secret]"),
        ("cookie", "[secret]"),
        ("proxy-authorization", "[secret]"),
        ("x-ok", "fine"),
    )
    assert set(exchange.scope) == {"type", "method", "path", "query_string", "headers"}
    assert exchange.scope["query_string"] == b"access_token=[secret]&b=1"
    assert exchange.messages[1].headers == (
        ("content-type", "text/plain"),
        ("set-cookie", "[secret]"),
    )
    assert "hidden" not in repr(exchange) + repr(watching)


async def test_what_is_handed_on_is_what_came():
    handed, sent = [], []
    start = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}

    async def app(scope, receive, send):
        handed.append((scope, await receive()))
        scope["path"] = "/rewritten"
        await send(start)

    async def send(message):
        sent.append(message)

    scope, watching = http(), Spy(app)
    await watching(scope, receive, send)
    assert handed[0][0] is scope
    assert handed[0][1] == await receive()
    assert sent[0] is start
    assert watching.last.scope["path"] == "/"


async def test_a_lifespan_passes_unseen():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    watching = Spy(app)
    await watching({"type": "lifespan"}, receive, ignore)
    assert (seen, watching.seen, watching.exchanges) == (["lifespan"], 0, ())


async def test_it_keeps_the_newest_exchanges_the_first_messages_and_the_start_of_a_body():
    async def talking(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200})
        for _ in range(spied.MESSAGES):
            await send({"type": "http.response.body", "body": b"x" * 5000, "more_body": True})

    watching = Spy(talking)
    for number in range(spy.RING_EXCHANGES + 3):
        await watching(http(path=f"/{number}"), receive, ignore)
    assert len(watching.exchanges) == spy.RING_EXCHANGES
    assert watching.exchanges[0].scope["path"] == "/3"
    assert watching.seen == spy.RING_EXCHANGES + 3
    last = watching.last
    assert (len(last.messages), last.left_out) == (spied.MESSAGES, 2)
    assert (last.messages[-1].size, len(last.messages[-1].body)) == (5000, spied.BODY_BYTES)
    assert watching.wait_for(2, 99, timeout_s=0)  # It fell out of the ring: over long ago.


async def test_whatever_an_app_sends_is_noted_and_left_to_the_server():
    sent = []
    nonsense = ["text", {"type": 7}, {"type": "http.response.start", "status": "200"}]
    nonsense.append({"type": "http.response.body", "body": "text", "headers": [1, ("a", "b")]})

    async def app(scope, receive, send):
        for message in nonsense:
            await send(message)

    async def send(message):
        sent.append(message)

    watching = Spy(app)
    await watching({"type": "http", "method": "GET", "headers": None}, receive, send)
    assert sent == nonsense
    assert [m.type for m in watching.last.messages] == [
        "str",
        "7",
        "http.response.start",
        "http.response.body",
    ]
    assert [m.status for m in watching.last.messages] == [None] * 4


async def test_an_exchange_in_flight_shows_what_has_happened_so_far():
    go_on = asyncio.Event()

    async def slow(scope, receive, send):
        await receive()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    watching = Spy(slow)
    running = asyncio.create_task(watching(http(), receive, ignore))
    await asyncio.sleep(0)
    early = watching.last
    assert not watching.wait_for(1, 2, timeout_s=0)
    assert not watching.wait_for(2, 0, timeout_s=0)
    go_on.set()
    await running
    assert (len(early.messages), len(watching.last.messages)) == (1, 2)
    assert watching.wait_for(1, 99, timeout_s=0)


def test_before_the_first_request_it_says_so():
    with pytest.raises(UsageError, match="send one"):
        _ = Spy(joining).last
    assert repr(Spy(joining)) == "<Spy: 0 requests seen>"


@pytest.mark.parametrize("app", [None, "app", 7])
def test_what_is_no_app_is_refused(app):
    with pytest.raises(UsageError, match="ASGI app"):
        Spy(app)


@pytest.mark.parametrize(
    "raw", [None, b"POST / HTTP/1.1", RawAnswer(b"GET / HTTP/1.1\r\n\r\n", b"")]
)
async def test_bytes_of_another_request_or_none_are_not_joined(raw):
    watching = Spy(joining)
    await watching(http(method="POST"), receive, ignore)
    with pytest.raises(UsageError, match=r"\.sent|another request"):
        watching.last.joined(raw)


def test_pieces_need_a_spy_and_a_piece():
    for arguments in (("spy", "url", b"x"), (Spy(joining), "url")):
        with pytest.raises(UsageError, match="Spy around your app"):
            raw_request_in_pieces(*arguments)


def test_pieces_that_reach_another_app_than_the_spys_are_told_so(serve, monkeypatch):
    _, url = serve(joining)
    monkeypatch.setattr(pieces, "TAKE_S", 0)
    with pytest.raises(ServiceError, match="didn't take piece 1"):
        raw_request_in_pieces(Spy(joining), url, HEAD + b"a", b"bcdef")
