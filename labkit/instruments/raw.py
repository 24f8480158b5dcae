"""
HTTP as it is: exact bytes to a service of this machine, exact bytes back.

An HTTP client makes every request correct, so nobody sees what a request is, or what a server does
with one that isn't correct. Here nothing is added, mended or hidden.

::

    peer    the service at the other end of the connection
    whole   an answer is, when the framing of its head says so, or when the peer closes

Floor 2: knows errors and what a loopback address is.
"""

import socket
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import h11

from labkit.errors import ServiceError, UsageError
from labkit.instruments.raw_answer import RawAnswer
from labkit.server import is_loopback

TIMEOUT_S = 10.0
"""Our choice: more than any deadline of a service, so that one sees the service act first."""

MAX_TIMEOUT_S = 86_400  # A day; the system's calls take no number much larger than centuries.
READ_BYTES = 65536  # What one call takes from the socket at most.


class RawConnection:
    """
    A connection to a service of this machine, for requests in pieces or one after another.

    Args:
        url: Of the service, such as ``lab.inspections.url``; the path belongs to the bytes.
        timeout_s: The longest that one call here waits, in seconds.

    Raises:
        UsageError: *url* isn't ``http://`` and a loopback address with a port.
        ServiceError: Nobody listens there.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address = _address(url)
        self._timeout_s = _checked_timeout(timeout_s)
        self._sent = bytearray()
        self._unread = bytearray()
        self._closed = False  # By the peer.
        try:
            self._socket = socket.create_connection(self._address, self._timeout_s)
        except OSError as error:
            raise ServiceError(
                f"nobody answers at {url} ({error.strerror or error}): is the service running?"
            ) from None

    def send(self, data: bytes) -> None:
        """
        Send exactly *data*. If the service has closed, that shows in what comes back.

        Raises:
            UsageError: *data* isn't bytes.
            ServiceError: The service doesn't take the bytes within ``timeout_s``.
        """
        if not isinstance(data, bytes | bytearray):
            raise UsageError("data is bytes: write b'GET / ...', or use text.encode()")
        self._sent += data
        self._socket.settimeout(self._timeout_s)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise ServiceError(
                f"the service took none of the rest for {self._timeout_s:g} s: it has stopped "
                "reading. Send less"
            ) from None
        except OSError:
            return  # It closed while we sent: perhaps after an answer, which can still be read.

    def answer(self, method: str = "GET") -> RawAnswer:
        """
        Return the next answer, as soon as it is whole or the service closes the connection.

        Args:
            method: What was asked: an answer to HEAD promises a body and has none.

        Raises:
            ServiceError: Neither happens within ``timeout_s``.
        """
        ends_at = time.monotonic() + self._timeout_s
        while (size := _size_of_first_answer(bytes(self._unread), method)) is None:
            if not self._read(ends_at):
                size = len(self._unread)
                break
        received = bytes(self._unread[:size])
        del self._unread[:size]
        return RawAnswer(bytes(self._sent), received)

    def rest(self) -> bytes:
        """
        Return all that still comes, once the service has closed the connection.

        Raises:
            ServiceError: It doesn't close within ``timeout_s``.
        """
        ends_at = time.monotonic() + self._timeout_s
        while self._read(ends_at):
            pass
        taken = bytes(self._unread)
        self._unread.clear()
        return taken

    def close(self) -> None:
        """Close our side, whatever is still on its way."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        """Say how much went each way; the port differs from run to run."""
        return f"<RawConnection: {len(self._sent)} bytes sent, {len(self._unread)} unread>"

    def _read(self, ends_at: float) -> bool:
        """Take what has come; False says that the service has closed."""
        left_s = ends_at - time.monotonic()
        try:
            self._socket.settimeout(max(left_s, 1e-3))  # 0 would mean "don't wait".
            data = self._socket.recv(READ_BYTES)
        except TimeoutError:
            raise ServiceError(
                f"no whole answer within {self._timeout_s:g} s: the service still waits for the "
                "rest of the request, or it is stuck. Look at what the head promises"
            ) from None
        except OSError:  # Reset: closed, while something of ours was unread.
            return False
        self._unread += data
        return bool(data)


def raw_request(url: str, data: bytes, *, timeout_s: float = TIMEOUT_S) -> RawAnswer:
    r"""
    Send exactly *data* to the service at *url*, over a connection of its own; return the answer.

    ``raw_request(lab.inspections.url, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")``

    Args:
        url: Of a service on this machine, without a path: that stands in the bytes.
        data: The whole request, line ends included.
        timeout_s: How long to wait for a whole answer, in seconds.

    Raises:
        UsageError: An argument can't be used; the text names it.
        ServiceError: Nobody listens there, or no whole answer came in time.
    """
    with RawConnection(url, timeout_s=timeout_s) as connection:
        connection.send(data)
        return connection.answer("HEAD" if data.startswith(b"HEAD ") else "GET")


def _address(url: str) -> tuple[str, int]:
    wanted = "url is the address of a service on this machine, such as http://127.0.0.1:8001"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except (ValueError, TypeError, AttributeError):
        raise UsageError(wanted) from None
    if parts.scheme != "http" or not isinstance(host, str) or port is None:
        raise UsageError(wanted)
    if not is_loopback(host):
        raise UsageError("raw bytes go to this machine only: url needs an address like 127.0.0.1")
    if parts.path not in ("", "/") or parts.query or parts.username:
        raise UsageError("url ends after the port: the path stands in the bytes that you send")
    return host, port


def _checked_timeout(timeout_s: float) -> float:
    number = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
    if not number or not 0 < timeout_s <= MAX_TIMEOUT_S:
        raise UsageError(f"timeout_s is a number of seconds above 0, up to {MAX_TIMEOUT_S}")
    return float(timeout_s)


def _size_of_first_answer(data: bytes, method: str) -> int | None:
    """Return how many bytes of *data* are its first answer, None while it isn't whole."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=len(data) + 1)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "127.0.0.1")]))
    reader.send(h11.EndOfMessage())
    try:
        reader.receive_data(data)
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                return len(data) - len(reader.trailing_data[0])
    except h11.RemoteProtocolError:  # Not HTTP: all that comes until the end is the answer.
        return None
    return None
