"""Exact bytes out, exact bytes back: over real sockets, also from a peer that breaks HTTP."""

import contextlib
import socket
import threading

import pytest

from labkit.errors import ServiceError, UsageError
from labkit.instruments import RawAnswer, RawConnection, raw_request
from labkit.server import Server

GET = b"GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def echo(scope, receive, send):
    """Answer with what arrived; /chunked without a length, /stuck not at all."""
    if scope["type"] != "http":
        raise RuntimeError("only HTTP here")
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = f"{scope['method']} {scope['path']} {body!r}".encode()
    length = [] if scope["path"] == "/chunked" else [(b"content-length", b"%d" % len(text))]
    headers = [*length, (b"x-twice", b"1"), (b"X-Twice", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture(scope="module")
def url():
    server = Server(lambda _url: echo, name="echo")
    server.start()
    yield server.url
    server.stop()


@contextlib.contextmanager
def peer(*pieces, closes=True):
    """Says *pieces* to the first caller, then closes, or reads until the caller does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk():
        connection, _ = listener.accept()
        with connection:
            for piece in pieces:
                connection.sendall(piece)
            while not closes and connection.recv(65536):
                pass
            if closes:
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    thread = threading.Thread(target=talk)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_the_bytes_go_out_and_come_back_as_they_are(url):
    answer = raw_request(url, GET)
    assert answer.sent == GET
    assert answer.received == answer.head + b"\r\n\r\n" + answer.body
    assert answer.body == b"GET /a b''"
    assert (answer.status_line, answer.status) == ("HTTP/1.1 200 OK", 200)
    assert answer.values("X-TWICE") == ["1", "2"]
    assert answer.values("absent") == []


def test_an_answer_in_chunks_keeps_its_chunk_sizes(url):
    answer = raw_request(url, GET.replace(b"/a", b"/chunked"))
    assert answer.values("transfer-encoding") == ["chunked"]
    assert answer.body == b"10\r\nGET /chunked b''\r\n0\r\n\r\n"


def test_the_answer_to_head_is_whole_without_the_body_it_promises():
    with peer(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", closes=False) as url:
        answer = raw_request(url, GET.replace(b"GET", b"HEAD"))
    assert (answer.values("content-length"), answer.body) == (["11"], b"")


def test_what_is_not_http_is_sent_all_the_same(url):
    assert raw_request(url, b"nonsense\r\n\r\n").status == 400


def test_a_request_goes_out_in_pieces_and_a_connection_takes_several(url):
    with RawConnection(url) as connection:
        connection.send(GET[:10])
        connection.send(GET[10:])
        first = connection.answer()
        connection.send(GET.replace(b"/a", b"/b"))
        second = connection.answer()
    assert (first.body, second.body) == (b"GET /a b''", b"GET /b b''")
    assert second.sent.count(b"GET") == 2


def test_two_answers_in_one_packet_are_two():
    two = b"".join(b"HTTP/1.1 20%d OK\r\nContent-Length: 1\r\n\r\n%d" % (n, n) for n in (0, 1))
    with peer(two) as url, RawConnection(url) as connection:
        connection.send(GET + GET)
        assert [connection.answer().body for _ in range(2)] == [b"0", b"1"]
        assert connection.answer().received == b""


def test_what_comes_after_an_answer_can_be_read_to_the_end():
    with (
        peer(b"HTTP/1.1 204 OK\r\n\r\n", b"and ", b"more") as url,
        RawConnection(url) as connection,
    ):
        connection.send(GET)
        assert connection.answer().status == 204
        assert connection.rest() == b"and more"


def test_an_interim_answer_stays_in_the_bytes_and_is_not_the_answer(url):
    data = b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with RawConnection(url) as connection:
        connection.send(data)
        connection.send(b"{}")
        answer = connection.answer()
    assert answer.received.startswith(b"HTTP/1.1 100 ")
    assert answer.status == 200


def test_an_answer_without_a_length_ends_when_the_peer_closes():
    with peer(b"HTTP/1.0 200 OK\r\n\r\nto the", b" end") as url:
        assert raw_request(url, GET).body == b"to the end"


def test_an_answer_that_is_not_http_is_shown_too():
    with peer(b"\x00SSH-2.0\n") as url:
        answer = raw_request(url, GET)
    assert (answer.received, answer.status) == (b"\x00SSH-2.0\n", None)
    assert repr(answer).endswith(r"< \x00SSH-2.0\n")


def test_a_peer_that_closes_without_a_word_is_an_answer_without_bytes():
    with peer() as url:
        answer = raw_request(url, GET)
    assert (answer.received, answer.head, answer.body) == (b"", b"", b"")
    assert (answer.status_line, answer.status) == ("", None)
    assert repr(answer).endswith("< (closed without an answer)")


def test_a_peer_that_says_too_little_is_an_error_that_says_what_to_look_at():
    with (
        peer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", closes=False) as url,
        pytest.raises(ServiceError, match=r"no whole answer within 0\.05 s"),
    ):
        raw_request(url, GET, timeout_s=0.05)


def test_a_peer_that_does_not_read_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(ServiceError, match="stopped reading"):
            raw_request(url, b"x" * 50_000_000, timeout_s=0.05)


def test_a_peer_that_resets_while_we_send_has_closed():
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, RawConnection(f"http://127.0.0.1:{listener.getsockname()[1]}") as connection:
        there, _ = listener.accept()
        connection.send(GET)
        there.close()  # With bytes of ours unread: a reset, which also fails what we send next.
        assert connection.answer().received == b""
        connection.send(b"more")
        assert connection.rest() == b""


def test_a_repr_shows_line_ends_and_control_characters_and_stops_in_time():
    shown = repr(RawAnswer(b"GET / HTTP/1.1\r\nX: \x00\x1b\xc3\xa9\r\n\r\n", b"x" * 2500))
    assert shown.splitlines()[:3] == [
        r"> GET / HTTP/1.1\r\n",
        r"> X: \x00\x1b\xc3\xa9\r\n",
        r"> \r\n",
    ]
    assert shown.endswith("x\n< ... and 500 bytes more")


def test_a_repr_shows_neither_token_nor_secret():
    sent = (
        b"POST /token HTTP/1.1\r\nAuthorization: Basic Y2FuYXJ5\r\n\r\n"
        b"client_id=agent&client_secret=canary&scope=x"
    )
    received = b'HTTP/1.1 200 OK\r\n\r\n{"access_token":"eyJjYW5hcnk.eyJjYW5hcnk.Y2FuYXJ5"}'
    shown = repr(RawAnswer(sent, received))
    assert "canary" not in shown
    assert "Y2FuYXJ5" not in shown
    assert "Authorization: [secret]" in shown
    assert "client_secret=[secret]&scope=x" in shown
    assert '{"access_token":"[secret]"}' in shown


def test_the_repr_of_a_connection_has_no_port(url):
    with RawConnection(url) as connection:
        connection.send(GET)
        assert repr(connection) == f"<RawConnection: {len(GET)} bytes sent, 0 unread>"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://192.0.2.1:80", "this machine only"),
        ("http://localhost:80", "this machine only"),
        ("http://example.com:80", "this machine only"),
        ("https://127.0.0.1:80", "such as http://127"),
        ("http://127.0.0.1", "such as http://127"),
        ("http://127.0.0.1:99999", "such as http://127"),
        ("http://[::1:80", "such as http://127"),
        ("127.0.0.1:80", "such as http://127"),
        (None, "such as http://127"),
        (b"http://127.0.0.1:80", "such as http://127"),
        (17, "such as http://127"),
        ("http://127.0.0.1:80/lines", "ends after the port"),
        ("http://127.0.0.1:80?a", "ends after the port"),
        ("http://a@127.0.0.1:80", "ends after the port"),
    ],
)
def test_an_address_that_is_not_this_machines_is_refused(url, says):
    with pytest.raises(UsageError, match=says):
        raw_request(url, GET)


@pytest.mark.parametrize(
    "timeout_s", [0, -1, True, "1", None, float("nan"), float("inf"), 1e300, 10**400]
)
def test_a_timeout_that_is_none_is_refused(url, timeout_s):
    with pytest.raises(UsageError, match="timeout_s"):
        raw_request(url, GET, timeout_s=timeout_s)


@pytest.mark.parametrize("data", ["GET /", None, 5, ["GET"]])
def test_data_that_is_not_bytes_is_refused(url, data):
    with pytest.raises(UsageError, match="data is bytes"):
        raw_request(url, data)


def test_a_service_that_is_not_there_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(ServiceError, match="nobody answers at http"):
        raw_request(url, GET)
