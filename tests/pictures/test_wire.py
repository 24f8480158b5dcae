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


def kinds(message):
    return [
        (line.kind, line.text) for line in message.lines if line.kind not in ("first", "header")
    ]


def test_the_sizes_of_a_chunked_body_are_lines_of_their_own_kind():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    message = read(head + b"2\r\nab\r\n3\r\nc\nd\r\n0\r\n\r\n")
    assert kinds(message) == [
        ("empty", ""), ("size", "2"), ("body", "ab"), ("size", "3"), ("more", "… and 4 more lines"),
    ]  # fmt: skip
    short = read(head + b"2\r\nab\r\n0\r\n\r\n")
    assert kinds(short)[1:] == [("size", "2"), ("body", "ab"), ("size", "0"), ("size", "")]


@pytest.mark.parametrize("body", [b"xyz", b"-1\r\n", b"\xff\r\nab", b"2\r\nabc\r\n0\r\n\r\n"])
def test_chunks_that_do_not_add_up_are_shown_as_they_come(body):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert {kind for kind, _ in kinds(read(head + body))} <= {"empty", "body", "more"}


@pytest.mark.parametrize(
    ("header", "size", "surplus"),
    [
        (b"Content-Length: 2", 2, 3),
        (b"content-length: 5", 5, 0),
        (b"Content-Length: 9", 5, 0),
        (b"Content-Length: 0", 0, 5),
        (b"Content-Length: " + b"9" * 5000, 5, 0),
        (b"Content-Length: two", 5, 0),
        (b"Content-Length: 2\r\nTransfer-Encoding: gzip", 5, 0),
        (b"X: 2", 5, 0),
    ],
)
def test_the_body_is_as_long_as_its_head_says(header, size, surplus):
    message = read(b"POST / HTTP/1.1\r\n" + header + b"\r\n\r\nabcde")
    assert (message.body_size, message.surplus) == (size, surplus)


@pytest.mark.parametrize("header", [b"X: 1", b"Content-Length: 20"])
def test_a_secret_across_a_cut_stays_hidden(header):
    body = b"client_secret=verysecretvalue&x=1"
    message = read(b"POST /token HTTP/1.1\r\n" + header + b"\r\n\r\n" + body, cuts=[18])
    assert not any(word in repr(message) for word in ("very", "secretv", "etvalue"))
