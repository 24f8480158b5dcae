"""
One request, all the way: the bytes that arrived, the scope, the messages, the bytes that left.

Glossary. *Wire*: the connection, which carries bytes. *Process*: the server's, where they are
Python objects. *Scope*, *message*: what an ASGI server makes of a request (ASGI HTTP
specification). One colour is one piece on its whole way: the first line, the headers, the body.

Without a scope the process is drawn closed: nobody looked inside. Credentials and tokens are
hidden.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from labkit.errors import UsageError
from labkit.pictures.palette import BAD, INK, SOFT
from labkit.pictures.panels import BODY_INK, FIRST_INK, HEADERS_INK, Panel, Row, Run, draw
from labkit.pictures.picture import Picture
from labkit.pictures.recorded import MessageLike, RawLike
from labkit.pictures.wire import MAX_HEADERS, WireLine, WireMessage, read, without_secrets
from labkit.pictures.writing import counted, plain, shorten

MAX_MESSAGES = 8  # Shown at most; of more, the first ones and the last two.
_LAST = 2
MAX_EXCERPT = 90  # Characters of a body in the twin.


@dataclass(frozen=True, slots=True)
class _Story:
    """What is known of an exchange, read once for the drawing and for the twin."""

    title: str
    arrived: WireMessage | None
    left: WireMessage | None
    scope: Mapping[str, object] | None
    messages: tuple[MessageLike, ...]
    left_out: int
    error: str | None


def http_exchange(record: RawLike, *, title: str = "One request, all the way") -> Picture:
    """
    Draw one request and its answer: bytes, scope, app, bytes.

    Args:
        record: What a raw client kept, or what the ASGI spy did: `RawLike`.
        title: Heading of the picture.

    Raises:
        UsageError: *record* holds neither bytes nor a scope, or something that can't be drawn.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    story = _story(record, shorten(plain(title), 60))
    return Picture(partial(draw, story.title, _panels(story)), "\n".join(_twin(story)))


def _story(record: object, title: str) -> _Story:
    sent, received = (getattr(record, name, None) for name in ("sent", "received"))
    if not isinstance(sent, bytes) or not isinstance(received, bytes):
        raise UsageError("record is what raw_request or a Spy kept: it has .sent and .received")
    scope = getattr(record, "scope", None)
    if scope is not None and not isinstance(scope, Mapping):
        raise UsageError("scope of a record is a dictionary, or None")
    if not sent and scope is None:
        raise UsageError("record is empty: nothing was sent, and nobody looked inside")
    messages = tuple(getattr(record, "messages", ()))
    return _Story(
        title,
        read(sent, _cuts(messages)) if sent else None,
        read(received) if received else None,
        scope,
        messages,
        int(getattr(record, "left_out", 0)),
        getattr(record, "error", None),
    )


def _cuts(messages: Sequence[MessageLike]) -> list[int]:
    """Return where the body was cut, as far as the app was given its pieces."""
    pieces = [m for m in messages if m.type == "http.request" and m.more_body]
    return list(accumulate(piece.size for piece in pieces))


# What stands in the panels.


def _panels(story: _Story) -> list[Panel]:
    ends = [_bytes("arrived", story.arrived), _bytes("left", story.left)]
    if story.scope is None:
        return ends
    middle = [_scope(story.scope), Panel("your app", "what it awaits and sends", _handled(story))]
    return [ends[0], *middle, ends[1]]


def _bytes(verb: str, message: WireMessage | None) -> Panel:
    title = f"the bytes that {verb}"
    if message is None:
        words = "not recorded" if verb == "arrived" else "none, or not recorded"
        return Panel(title, "", (Row((Run(words, SOFT),)),))
    inks = {"first": FIRST_INK, "header": HEADERS_INK, "body": BODY_INK}
    rows = tuple(
        Row((Run(line.text, inks.get(line.kind, SOFT)), Run(_behind(line), SOFT)))
        for line in message.lines
    )
    return Panel(title, f"{message.size:,} bytes", rows)


def _behind(line: WireLine) -> str:
    note = line.note or ("surplus" if line.kind == "surplus" else "")
    return f"{line.end}  {note}" if note else line.end


def _scope(scope: Mapping[str, object]) -> Panel:
    rows = [
        Row((Run(f"{name:<14}"), Run(_value(scope[name]), _SCOPE_INKS.get(name, INK))))
        for name in scope
        if name != "headers"
    ]
    pairs = _pairs(scope)
    rows.append(Row((Run(f"{'headers':<14}"), Run(counted(len(pairs), "pair"), HEADERS_INK))))
    shown = pairs[:MAX_HEADERS]
    rows += [Row((Run(f"  (b'{name}', b'{value}')", HEADERS_INK),)) for name, value in shown]
    if len(pairs) > len(shown):
        rows.append(Row((Run(f"  … and {len(pairs) - len(shown):,} more", SOFT),)))
    return Panel("scope", "a dictionary, made of the head", tuple(rows))


_SCOPE_INKS = dict.fromkeys(("method", "path", "query_string", "http_version"), FIRST_INK)


def _value(value: object) -> str:
    if isinstance(value, bytes):
        value = without_secrets(value)
    return plain(repr(value) if isinstance(value, str | bytes) else str(value))


def _pairs(scope: Mapping[str, object]) -> list[tuple[str, str]]:
    found = scope.get("headers")
    return [(plain(n), plain(v)) for n, v in found] if isinstance(found, Sequence) else []


def _handled(story: _Story) -> tuple[Row, ...]:
    rows = [row for message in _folded(story) for row in _message(message)]
    if story.error:
        rows.append(Row((Run(f"raised {plain(story.error)}", BAD, bold=True),)))
    return tuple(rows) or (Row((Run("nothing was handed over", SOFT),)),)


def _folded(story: _Story) -> list[MessageLike | int]:
    """Return the messages that are shown; a number stands for so many that aren't."""
    told, hidden = list(story.messages), story.left_out
    if len(told) <= MAX_MESSAGES and not hidden:
        return list(told)
    first = MAX_MESSAGES - _LAST
    last = told[-_LAST:] if not hidden else []
    between = len(told) - len(told[:first]) - len(last) + hidden
    return [*told[:first], between, *last]


def _message(message: MessageLike | int) -> Iterator[Row]:
    if isinstance(message, int):
        yield Row((Run(f"… and {message:,} more messages", SOFT),))
        return
    head = Run(f"{message.step} {message.direction:<9}", bold=True)
    details = [Run(f"{plain(message.type)}  ")]
    if message.status is not None:
        details.append(Run(str(message.status), FIRST_INK))
        details.append(Run(f", {counted(len(message.headers), 'header')}", HEADERS_INK))
    if _has_body(message):
        more = ", more_body" if message.more_body else ""
        details.append(Run(f"{message.size:,} bytes{more}", BODY_INK))
    yield Row((head, *details), "in" if message.direction == "receive" else "out")
    if message.body:
        yield Row((Run(f"     {_value(message.body)}", BODY_INK),))


def _has_body(message: MessageLike) -> bool:
    return message.status is None and message.type.startswith(("http.request", "http.response"))


# The twin.


def _twin(story: _Story) -> Iterator[str]:
    yield story.title
    yield from _twin_of_bytes("arrived", story.arrived)
    if story.scope is None:
        yield "  the process: nobody looked inside"
    else:
        yield "  scope"
        yield from (
            f"      {name}: {_value(value)}"
            for name, value in story.scope.items()
            if name != "headers"
        )
        yield f"      headers: {', '.join(name for name, _ in _pairs(story.scope)) or 'none'}"
        yield "  your app"
        yield from (f"      {line}" for line in _twin_of_handler(story))
    yield from _twin_of_bytes("left", story.left)


def _twin_of_bytes(verb: str, message: WireMessage | None) -> Iterator[str]:
    if message is None:
        yield f"  {verb}: not recorded"
        return
    yield f"  {verb}, {message.size:,} bytes"
    yield f"      {message.first}"
    yield f"      headers: {', '.join(message.names) or 'none'}"
    if message.body_size:
        yield f"      body, {message.body_size:,} bytes: {shorten(message.body, MAX_EXCERPT)}"
        pieces = [line.text for line in message.lines if line.note]
        if pieces:
            yield f"      in pieces: {' | '.join(shorten(piece, MAX_EXCERPT) for piece in pieces)}"
    if message.surplus:
        yield f"      surplus, {message.surplus:,} bytes: no part of this message"


def _twin_of_handler(story: _Story) -> Iterator[str]:
    for message in _folded(story):
        if isinstance(message, int):
            yield f"... {message:,} more"
            continue
        told = f"{message.step} {message.direction} {plain(message.type)}"
        if message.status is not None:
            told += f", {message.status}"
        if _has_body(message):
            told += f", {message.size:,} bytes" + (", more_body" if message.more_body else "")
        yield told
    if story.error:
        yield f"raised {plain(story.error)}"
