r"""
Server-sent events, as OpenAI-compatible endpoints stream their replies.

::

    event     lines up to an empty one; only its ``data`` counts here
    end       the data ``[DONE]``; a stream that breaks off has none

Bytes are split at line ends before they are decoded: `str.splitlines` would also split at
characters that JSON allows inside a string, such as U+2028.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, "Interpreting an event
stream". A line end is LF or CR LF; a CR alone, which it allows too, no endpoint sends.

Floor 2: imports nothing of labkit.
"""

from collections.abc import Iterator

DONE = b"[DONE]"


class EventDecoder:
    """Bytes in, in any portions; the data of complete events out."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # The portions of a line that has no end yet.
        self._data: list[bytes] = []  # The data lines of an event that has no end yet.

    def feed(self, portion: bytes) -> Iterator[bytes]:
        """Yield the data of each event that ends in *portion*."""
        *ended, rest = portion.split(b"\n")
        for end in ended:
            line = b"".join([*self._line, end])
            self._line.clear()
            yield from self._take(line.removesuffix(b"\r"))
        if rest:
            self._line.append(rest)

    def close(self) -> Iterator[bytes]:
        """Yield what the last event holds if the stream ended without an empty line."""
        yield from self._take(b"".join(self._line))
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data.clear()
