"""
What came back over a raw connection, and how it looks.

::

    head    the first line and the headers, up to the empty line (RFC 9112 section 2.1)
    body    what follows it, as it was sent: a chunked body still has its chunk sizes

Floor 2: knows what may not be shown.
"""

from dataclasses import dataclass

from labkit.pictures.wire import without_secrets

SHOWN_BYTES = 2000  # Our choice, for a repr: a head and the start of a body; `received` has it all.

_END_OF_HEAD = b"\r\n\r\n"
_INVISIBLE = {code: repr(chr(code))[1:-1] for code in (*range(32), 127)}


@dataclass(frozen=True, slots=True, repr=False)
class RawAnswer:
    """
    What went out, and what came back.

    Attributes:
        sent: All bytes that were sent on the connection so far.
        received: The bytes of this answer; empty if the service closed without one.
    """

    sent: bytes
    received: bytes

    @property
    def head(self) -> bytes:
        """First line and headers, without the empty line; interim 1xx heads are left out."""
        return self._parts()[0]

    @property
    def body(self) -> bytes:
        """What came after the empty line, exactly as it came."""
        return self._parts()[1]

    @property
    def status_line(self) -> str:
        """Such as ``HTTP/1.1 200 OK``; empty without an answer."""
        return self.head.partition(b"\r\n")[0].decode("latin-1")

    @property
    def status(self) -> int | None:
        """The code in the status line, None without an answer."""
        word = self.status_line.partition(" ")[2][:3]
        return int(word) if word.isascii() and word.isdigit() else None

    def values(self, header: str) -> list[str]:
        """Return what the headers called *header* say, in any case, in the order they came."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return [value.strip() for name, _, value in pairs if name.lower() == header.lower()]

    def __repr__(self) -> str:
        """
        Show both sides line by line, line ends and control characters written out.

        Tokens and secrets aren't shown: a repr ends up in a saved notebook. `sent` has them.
        """
        answer = _shown(self.received, "<") if self.received else "< (closed without an answer)"
        return f"{_shown(self.sent, '>')}\n{answer}"

    def _parts(self) -> tuple[bytes, bytes]:
        head, _, body = self.received.partition(_END_OF_HEAD)
        while head.startswith(b"HTTP/1.1 1"):  # Interim (RFC 9110 section 15.2): another follows.
            head, _, body = body.partition(_END_OF_HEAD)
        return head, body


def _shown(data: bytes, arrow: str) -> str:
    data = without_secrets(data)
    lines = [f"{arrow} {_readable(line)}" for line in data[:SHOWN_BYTES].splitlines(keepends=True)]
    left_out = len(data) - SHOWN_BYTES
    return "\n".join(lines + [f"{arrow} ... and {left_out} bytes more"] * (left_out > 0))


def _readable(line: bytes) -> str:
    """Write out what can't be seen, a line end among it, as Python writes it in a string."""
    return line.decode("ascii", "backslashreplace").translate(_INVISIBLE)
