"""
The bytes of an HTTP message as lines that can be read: first line, headers, body.

Glossary. *Head*: the first line and the headers, up to the empty line (RFC 9112 section 2.1).
*Body*: what follows, as it was sent: a chunked one still has its chunk sizes (section 7.1), which
are lines of their own kind. *Surplus*: what comes behind the number of bytes that Content-Length
promises; it is no part of this message (section 6.3). *End*: the characters that end a line,
written out, because they are part of what was sent.

Credentials and tokens are hidden here, so no picture of bytes can show one.

Floor 0: imports nothing of labkit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from labkit.pictures.writing import plain

LineKind = Literal["first", "header", "empty", "body", "size", "surplus", "more"]

MAX_HEADERS = 8  # Lines of one head; our choice: more than a lesson types.
MAX_BODY_LINES = 4
MAX_LINE = 300  # Characters that are looked at of one line.
MAX_BYTES = 100_000  # Of a message; what comes after is counted, not read.

_HEX = re.compile(rb"[0-9A-Fa-f]{1,8}")

_SECRETS = (
    # RFC 9110 section 11, RFC 6265: what stands in these headers opens doors.
    (
        re.compile(rb"(?i)(\n(?:(?:proxy-)?authorization|(?:set-)?cookie):)[^\r\n]*"),
        rb"\1 [secret]",
    ),
    # Any JWS, also the beginning of one that was cut: its header begins with {".
    (re.compile(rb"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), b"[secret]"),
    # RFC 6749, in a form, a query or JSON.
    (
        re.compile(
            rb"(?i)((?:client_secret|client_assertion|(?:[a-z]+_)?token|password)"
            rb"\"?\s*[=:]\s*\"?)[^&\s\"]+"
        ),
        rb"\1[secret]",
    ),
)


@dataclass(frozen=True, slots=True)
class WireLine:
    """
    One line of a message.

    Attributes:
        kind: "more" is a note of ours: what isn't shown.
        text: Without what ends it; what can't be seen is written out.
        end: What ended it, as code writes it; empty if nothing did.
        note: A word of ours behind it, such as "piece 1".
    """

    kind: LineKind
    text: str
    end: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WireMessage:
    """
    An HTTP message in lines.

    Attributes:
        size: Bytes of all of it.
        first: Its first line, such as ``GET /lines HTTP/1.1``.
        names: Of its headers, in lower case, as they came.
        body_size: Bytes after the empty line, without the surplus.
        body: The beginning of these, on one line.
        surplus: Bytes behind the body.
    """

    lines: tuple[WireLine, ...]
    size: int
    first: str
    names: tuple[str, ...]
    body_size: int
    body: str
    surplus: int = 0


def without_secrets(data: bytes) -> bytes:
    """Return *data* without tokens, passwords, and what stands in headers for credentials."""
    for secret, shown in _SECRETS:
        data = secret.sub(shown, data)
    return data


def read(data: bytes, cuts: Sequence[int] = ()) -> WireMessage:
    """
    Return *data* as lines. Nothing is refused: a broken request is what one wants to look at.

    Args:
        cuts: Places in the body, in bytes, at which it is known to have come in pieces.
    """
    head, _, rest = data[:MAX_BYTES].partition(b"\r\n\r\n")
    after = max(len(data) - len(head) - 4, 0)
    first, *headers = _lines(without_secrets(head), "header")
    fields = dict(_field(line) for line in headers)
    size = min(_promised(fields, after), after)
    body = without_secrets(rest[:size])
    shown = [WireLine("first", first.text, first.end or "\\r\\n"), *_shortened(headers)]
    if len(head) < len(data[:MAX_BYTES]):
        chunked = "chunked" in fields.get("transfer-encoding", "").lower()
        lines = _chunks(body) if chunked else _pieces(rest[:size], cuts)
        surplus = _lines(_behind(rest, size), "surplus")
        shown += [WireLine("empty", "", "\\r\\n"), *_body_lines(lines), *_body_lines(surplus)]
    names = tuple(name for name, _ in map(_field, headers))
    beginning = plain(body[:MAX_LINE].decode("utf-8", "backslashreplace"))
    return WireMessage(tuple(shown), len(data), first.text, names, size, beginning, after - size)


def _field(line: WireLine) -> tuple[str, str]:
    name, _, value = line.text.partition(":")
    return name.lower(), value.strip()


def _promised(fields: Mapping[str, str], otherwise: int) -> int:
    """Return how many bytes the body has by its head; *otherwise* if that doesn't say."""
    length = fields.get("content-length", "")
    if "transfer-encoding" in fields or not (length.isascii() and length.isdigit()):
        return otherwise
    return int(length[:18])  # More digits than that are more bytes than there are.


def _pieces(body: bytes, cuts: Sequence[int]) -> list[WireLine]:
    """Return the lines of a body, each piece of it beginning on a new one."""
    places = [0, *(cut for cut in cuts if 0 < cut < len(body)), len(body)]
    if len(places) == 2 or without_secrets(body) != body:  # Half a secret can't be known as one.
        return _lines(without_secrets(body), "body")
    found = []
    for number, (start, end) in enumerate(pairwise(places), 1):
        *before, last = _lines(body[start:end], "body")
        found += [*before, replace(last, note=f"piece {number}")]
    return found


def _behind(rest: bytes, size: int) -> bytes:
    """Return what comes behind the body, without a secret that begins in it."""
    body, surplus = without_secrets(rest[:size]), without_secrets(rest[size:])
    return surplus if without_secrets(rest) == body + surplus else b"[secret]"


def _chunks(body: bytes) -> list[WireLine]:
    """Return the lines of a chunked body, sizes apart; as they come if they don't add up."""
    found, rest = [], body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if not _HEX.fullmatch(size):
            return _lines(body, "body")
        length = int(size, 16)
        found.append(WireLine("size", size.decode(), "\\r\\n"))
        if not length:
            return [*found, *_lines(rest, "size")]
        *before, last = _lines(rest[:length], "body")
        found += [*before, replace(last, end="\\r\\n")]
        if not rest[length:].startswith(b"\r\n"):
            return _lines(body, "body")
        rest = rest[length + 2 :]
    return found


def _lines(data: bytes, kind: LineKind) -> list[WireLine]:
    found = data.split(b"\n")
    ended = [line[:-1] if line.endswith(b"\r") else line for line in found]
    ends = ["\\r\\n" if line.endswith(b"\r") else "\\n" for line in found[:-1]] + [""]
    if kind == "header":  # The last one's end was taken by the empty line.
        ends[-1] = "\\r\\n"
    return [
        WireLine(kind, plain(text.decode("utf-8", "backslashreplace"), limit=MAX_LINE), end)
        for text, end in zip(ended, ends, strict=True)
    ]


def _shortened(headers: list[WireLine]) -> list[WireLine]:
    if len(headers) <= MAX_HEADERS:
        return headers
    kept = headers[: MAX_HEADERS - 1]
    return [*kept, WireLine("more", f"… and {len(headers) - len(kept):,} more headers")]


def _body_lines(lines: list[WireLine]) -> list[WireLine]:
    if lines[-1:] and lines[-1].text == "":
        lines = lines[:-1]
    if len(lines) <= MAX_BODY_LINES:
        return lines
    kept = lines[: MAX_BODY_LINES - 1]
    return [*kept, WireLine("more", f"… and {len(lines) - len(kept):,} more lines")]
