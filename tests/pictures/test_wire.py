"""The bytes of a message as lines: nothing added, nothing refused, no secret shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.pictures.wire import MAX_BODY_LINES, MAX_HEADERS, MAX_LINE, read, without_secrets

JWS = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def lines(data):
    return [(line.kind, line.text, line.end) for line in read(data).lines]


def test_a_request_is_its_first_line_its_headers_an_empty_line_and_its_body():
    data = b'POST /lots HTTP/1.1\r\nHost: lab\r\nX-Two: 2\r\n\r\n{"a": 1}'
    assert lines(data) == [
        ("first", "POST /lots HTTP/1.1", r"\r\n"),
        ("header", "Host: lab", r"\r\n"),
        ("header", "X-Two: 2", r"\r\n"),
        ("empty", "", r"\r\n"),
        ("body", '{"a": 1}', ""),
    ]
    message = read(data)
    assert (message.size, message.first) == (len(data), "POST /lots HTTP/1.1")
    assert (message.names, message.body_size) == (("host", "x-two"), 8)


def test_a_chunked_body_shows_its_sizes_and_a_bare_line_feed_is_told_apart():
    assert lines(b"HTTP/1.1 200 OK\nA: b\r\n\r\n2\r\nhi\r\n0\r\n\r\n") == [
        ("first", "HTTP/1.1 200 OK", r"\n"),
        ("header", "A: b", r"\r\n"),
        ("empty", "", r"\r\n"),
        ("body", "2", r"\r\n"),
        ("body", "hi", r"\r\n"),
        ("body", "0", r"\r\n"),
        ("body", "", r"\r\n"),
    ]


def test_much_is_shortened_and_counted():
    head = b"GET / HTTP/1.1\r\n" + b"".join(b"H%d: x\r\n" % n for n in range(20))
    found = read(head + b"\r\n" + b"line\n" * 20)
    kinds = [line.kind for line in found.lines]
    assert kinds.count("header") == MAX_HEADERS - 1
    assert kinds.count("body") == MAX_BODY_LINES - 1
    assert [line.text for line in found.lines if line.kind == "more"] == [
        "… and 13 more headers",
        "… and 17 more lines",
    ]
    assert len(found.names) == 20


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"GET / HTTP/1.1\r\nauthorization: Bearer abc\r\n", b"authorization: [secret]\r\n"),
        (b"x\r\nAuthorization:Basic abc", b"Authorization: [secret]"),
        (b"x\r\nCookie: a=abc\r\nB: c", b"Cookie: [secret]\r\nB: c"),
        (b"x\nSet-Cookie: abc", b"Set-Cookie: [secret]"),
        (b"x\nProxy-Authorization: abc", b"Proxy-Authorization: [secret]"),
        (b"?access_token=abc&b=c", b"access_token=[secret]&b=c"),
        (b'{"client_secret": "abc", "b": 1}', b'"client_secret": "[secret]", "b": 1'),
        (b"GET /?t=" + JWS + b" HTTP/1.1", b"t=[secret] HTTP"),
        (b"x=" + JWS[: len(JWS) // 2], b"x=[secret]"),  # Cut in the middle.
        (b"subject_token=abc&b=c", b"subject_token=[secret]&b=c"),
        (b"token=abc", b"token=[secret]"),
    ],
)
def test_what_opens_doors_is_hidden(data, shown):
    hidden = without_secrets(data)
    assert shown in hidden
    assert b"abc" not in hidden
    assert JWS not in hidden


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data):
    message = read(data)
    assert message.size == len(data)
    assert all(text.isprintable() for line in message.lines for text in (line.text, line.end))


def test_of_an_endless_line_the_beginning_is_kept():
    (first, *_) = read(b"GET /" + b"x" * 10_000).lines
    assert len(first.text) == MAX_LINE + 1  # And an ellipsis.


def test_what_is_hostile_can_only_be_read():
    (first, *_) = read(b"GET /\x1b[2J\xe2\x80\xae HTTP/1.1\r\n\r\n").lines
    assert first.text == r"GET /\x1b[2J\u202e HTTP/1.1"
