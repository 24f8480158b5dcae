"""
Slow down whoever guesses: failed logins, counted for each client.

A client that failed too often from one address has to wait there, even with the right secret;
elsewhere it notices nothing, and neither do the other clients. So a stranger can't keep a client
out by guessing at it, unless both come from one address: from the same machine or proxy. What must
go on even then proves itself with a signature, that nobody guesses and that is never slowed down.
And who guesses from many addresses has as many times the tries: 256 random bits are what stops
them, not this.

The count is kept in the process. Written to a database, each wrong guess would cost us a
transaction and the guesser nothing. Where several processes share the work, each counts its own.

Glossary:
    address: where a connection comes from, as the server's socket says; an IPv6 network of 64 bits
        counts as one, since whoever has one of its addresses has them all.

Floor 2: knows errors.
"""

import ipaddress
import math
import time
from collections import deque
from collections.abc import Callable

from labkit.errors import UsageError

MAX_FAILURES = 10  # Our choice: more than a person mistypes; nothing against 256 random bits.
WINDOW_S = 60  # Our choice: who fixed a configuration waits a minute at most.
MAX_PAIRS = 10_000  # Our choice: 2 MB of clients and addresses; the oldest is forgotten first.
_IPV6_PREFIX = 64  # What one subscriber is given at least (RFC 6177 section 2).


class FailureLimit:
    """
    Failed logins of the last *window_s* seconds, at most *max_failures* per client and address.

    Use it on one event loop. Tell it of registered clients only.
    """

    def __init__(
        self,
        *,
        max_failures: int = MAX_FAILURES,
        window_s: float = WINDOW_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if type(max_failures) is not int or max_failures < 1:
            raise UsageError("max_failures has to be a whole number, 1 or more")
        self._window_s = window_s
        self._monotonic = monotonic
        self._max_failures = max_failures
        self._failures: dict[tuple[str, str], deque[float]] = {}

    def failed(self, client_id: str, address: str | None) -> None:
        """Count a failed login; None is the address of who has none, such as a test."""
        pair = (client_id, _network(address))
        failures = self._failures.pop(pair, None) or deque(maxlen=self._max_failures)
        failures.append(self._monotonic())
        self._failures[pair] = failures  # Last in the row of those to forget.
        if len(self._failures) > MAX_PAIRS:
            del self._failures[next(iter(self._failures))]

    def wait_s(self, client_id: str, address: str | None) -> int:
        """Return for how many whole seconds the client has to wait there; 0 lets it try."""
        failures = self._failures.get((client_id, _network(address)))
        if failures is None or len(failures) < self._max_failures:
            return 0
        return max(0, math.ceil(failures[0] + self._window_s - self._monotonic()))

    def __repr__(self) -> str:
        return f"<FailureLimit, {len(self._failures)} clients and addresses have failed>"


def _network(address: str | None) -> str:
    """Return what counts as one place: an IPv4 address, or the network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), _IPV6_PREFIX), strict=False))
