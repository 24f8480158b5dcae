"""One request, all the way: what was recorded is drawn, and nothing else."""

from types import SimpleNamespace

import pytest
from matplotlib.text import Text

from labkit.errors import UsageError
from labkit.pictures import http_exchange

SENT = b'POST /lots HTTP/1.1\r\nHost: lab\r\nContent-Length: 8\r\n\r\n{"a": 1}'
RECEIVED = b"HTTP/1.1 201 Created\r\ndate: today\r\nlocation: /lots/1\r\n\r\nok"
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/lots",
    "query_string": b"",
    "headers": (("host", "lab"), ("content-length", "8")),
}


def message(step, direction="receive", kind="http.request", **more):
    known = {"size": 0, "more_body": False, "status": None, "headers": (), "body": b""}
    return SimpleNamespace(step=step, direction=direction, type=kind, **{**known, **more})


MESSAGES = (
    message(1, size=4, more_body=True, body=b'{"a"'),
    message(2, size=4, body=b": 1}"),
    message(3, "send", "http.response.start", status=201, headers=(("location", "/lots/1"),)),
    message(4, "send", "http.response.body", size=2, body=b"ok"),
)


def record(**more):
    known = {"sent": SENT, "received": RECEIVED, "scope": SCOPE, "messages": MESSAGES}
    return SimpleNamespace(**{**known, "left_out": 0, "error": None, **more})


def words_of(picture):
    return [text.get_text() for text in picture.figure.findobj(Text)]


def test_the_twin_follows_the_request_from_bytes_to_bytes(legible):
    picture = http_exchange(record())
    assert repr(picture) == (
        "One request, all the way\n"
        "  arrived, 61 bytes\n"
        "      POST /lots HTTP/1.1\n"
        "      headers: host, content-length\n"
        '      body, 8 bytes: {"a": 1}\n'
        '      in pieces: {"a" | : 1}\n'
        "  scope\n"
        "      type: 'http'\n"
        "      method: 'POST'\n"
        "      path: '/lots'\n"
        "      query_string: b''\n"
        "      headers: host, content-length\n"
        "  your app\n"
        "      1 receive http.request, 4 bytes, more_body\n"
        "      2 receive http.request, 4 bytes\n"
        "      3 send http.response.start, 201\n"
        "      4 send http.response.body, 2 bytes\n"
        "  left, 58 bytes\n"
        "      HTTP/1.1 201 Created\n"
        "      headers: date, location\n"
        "      body, 2 bytes: ok"
    )
    legible(picture)


def test_every_byte_of_a_short_exchange_and_every_message_is_drawn():
    shown = words_of(http_exchange(record()))
    for words in ("POST /lots HTTP/1.1", "Host: lab", '{"a"', ": 1}", "location: /lots/1", "ok"):
        assert words in shown
    assert [word for word in shown if "piece" in word] == ["  piece 1", "  piece 2"]
    assert [word for word in shown if word.strip().startswith("b'")] == [
        "b''",
        "     b'{\"a\"'",
        "     b': 1}'",
        "     b'ok'",
    ]
    assert [w[0] for w in shown if w.endswith(("receive  ", "send     "))] == ["1", "2", "3", "4"]


def test_without_a_scope_the_process_is_closed(legible):
    picture = http_exchange(SimpleNamespace(sent=SENT, received=RECEIVED))
    assert "  the process: nobody looked inside" in repr(picture)
    assert "Nobody looked inside." in words_of(picture)
    assert "scope" not in words_of(picture)
    legible(picture)


def test_an_error_and_what_was_never_sent_are_told(legible):
    picture = http_exchange(record(received=b"", messages=MESSAGES[:1], error="KeyError"))
    assert "      raised KeyError\n  left: not recorded" in repr(picture)
    assert "raised KeyError" in words_of(picture)
    legible(picture)


def test_an_exchange_whose_bytes_nobody_kept_is_drawn_from_the_inside(legible):
    picture = http_exchange(record(sent=b"", received=b"", messages=()))
    assert "  arrived: not recorded" in repr(picture)
    assert "nothing was handed over" in words_of(picture)
    legible(picture)


@pytest.mark.parametrize(("left_out", "more"), [(0, 4), (30, 36)])
def test_many_messages_are_folded_and_counted(left_out, more, legible):
    many = [message(n, "send", "http.response.body", size=1, body=b"x") for n in range(1, 13)]
    picture = http_exchange(record(messages=many, left_out=left_out))
    assert f"      ... {more} more\n" in repr(picture)
    assert repr(picture).count("http.response.body") == (8 if not left_out else 6)
    legible(picture)


def test_credentials_are_hidden_wherever_they_stand():
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
    sent = f"GET /?access_token=abc HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    scope = {**SCOPE, "query_string": b"access_token=abc"}
    leaky = [message(1, size=9, body=f"password=abc&t={token}".encode())]
    picture = http_exchange(record(sent=sent, scope=scope, messages=leaky))
    said = repr(picture) + " ".join(words_of(picture))
    assert token not in said
    assert "abc" not in said


LONG = b"a word that goes on " * 40


@pytest.mark.parametrize(
    "changes",
    [
        {"sent": b"GET /" + LONG + b" HTTP/1.1\r\n" + b"H: " + LONG + b"\r\n\r\n" + LONG},
        {"sent": b"\xff\x00\x1b[2J" * 40, "received": b"\r\n\r\n" * 30},
        {"sent": b"GET / HTTP/1.1\r\n" + b"Header: value\r\n" * 40 + b"\r\n" + b"body\n" * 40},
        {"scope": {**SCOPE, "path": "/" + "x" * 300, "headers": (("n" * 90, "v" * 90),) * 30}},
        {"messages": [message(999, "send", "an.odd.type" * 9, size=10**9, more_body=True)]},
        {"messages": [message(1, body=LONG, size=len(LONG)), *MESSAGES * 5], "error": "E" * 200},
        {"scope": {"type": "http"}},
    ],
)
def test_anything_that_was_recorded_is_drawn_legibly(changes, legible):
    picture = http_exchange(record(**changes), title="A title that is much too long " * 9)
    legible(picture)
    assert picture.figure.get_size_inches()[1] * 96 <= 900


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        SENT,
        SimpleNamespace(sent="text", received=b""),
        SimpleNamespace(sent=b"", received=b""),
        record(scope=[1]),
    ],
)
def test_what_is_no_exchange_is_refused(wrong):
    with pytest.raises(UsageError, match="record"):
        http_exchange(wrong)


@pytest.mark.parametrize("title", ["", " ", None, 7])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        http_exchange(record(), title=title)


def test_a_body_that_came_whole_has_no_pieces():
    whole = record(messages=(message(1, size=8, body=b'{"a": 1}'), *MESSAGES[2:]))
    assert "piece" not in repr(http_exchange(whole))
    assert not any("piece" in word for word in words_of(http_exchange(whole)))


def test_the_end_of_a_long_line_is_drawn_with_its_line_end():
    long = record(received=b"HTTP/1.1 200 OK\r\nx-long: " + b"y" * 90 + b" the end\r\n\r\n")
    shown = words_of(http_exchange(long))
    place = next(number for number, word in enumerate(shown) if word.startswith("x-long"))
    assert shown[place + 1] == "\\r\\n"


def test_what_comes_behind_the_body_is_told_apart():
    more = SENT + b"GET /next"
    picture = http_exchange(record(sent=more))
    assert "surplus, 9 bytes: no part of this message" in repr(picture)
    assert 'body, 8 bytes: {"a": 1}\n' in repr(picture)
    assert "  surplus" in words_of(picture)
