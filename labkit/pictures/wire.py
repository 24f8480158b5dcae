"""
The bytes of an HTTP message as lines that can be read: first line, headers, body.

Glossary. *Head*: the first line and the headers, up to the empty line (RFC 9112 section 2.1).
*Body*: all that follows, as it was sent: a chunked one still has its chunk sizes. *End*: the
characters that end a line, written out, because they are part of what was sent.

Credentials and tokens are hidden here, so no picture of bytes can show one.

Floor 0: imports nothing of labkit.
"""

import re
from dataclasses import dataclass
from typing import Literal

from labkit.pictures.writing import plain

LineKind = Literal["first", "header", "empty", "body", "more"]

MAX_HEADERS = 8  # Lines of one head; our choice: more than a lesson types.
MAX_BODY_LINES = 4
MAX_LINE = 300  # Characters that are looked at of one line.
MAX_BYTES = 100_000  # Of a message; what comes after is counted, not read.

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
    """

    kind: LineKind
    text: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class WireMessage:
    """
    An HTTP message in lines.

    Attributes:
        size: Bytes of all of it.
        first: Its first line, such as ``GET /lines HTTP/1.1``.
        names: Of its headers, in lower case, as they came.
        body_size: Bytes after the empty line.
        body: The beginning of these, on one line.
    """

    lines: tuple[WireLine, ...]
    size: int
    first: str
    names: tuple[str, ...]
    body_size: int
    body: str


def without_secrets(data: bytes) -> bytes:
    """Return *data* without tokens, passwords, and what stands in headers for credentials."""
    for secret, shown in _SECRETS:
        data = secret.sub(shown, data)
    return data


def read(data: bytes) -> WireMessage:
    """Return *data* as lines. Nothing is refused: a broken request is what one wants to look at."""
    head, _, rest = data[:MAX_BYTES].partition(b"\r\n\r\n")
    body_size = max(len(data) - len(head) - 4, 0)
    first, *headers = _lines(without_secrets(head), "header")
    body = without_secrets(rest)
    shown = [WireLine("first", first.text, first.end or "\\r\\n"), *_shortened(headers)]
    if len(head) < len(data[:MAX_BYTES]):
        shown += [WireLine("empty", "", "\\r\\n"), *_body_lines(body)]
    names = tuple(line.text.partition(":")[0].lower() for line in headers)
    beginning = plain(body[:MAX_LINE].decode("utf-8", "backslashreplace"))
    return WireMessage(tuple(shown), len(data), first.text, names, body_size, beginning)


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


def _body_lines(body: bytes) -> list[WireLine]:
    if not body:
        return []
    lines = _lines(body, "body")
    if lines[-1].text == "":
        lines.pop()
    if len(lines) <= MAX_BODY_LINES:
        return lines
    kept = lines[: MAX_BODY_LINES - 1]
    return [*kept, WireLine("more", f"… and {len(lines) - len(kept):,} more lines")]
