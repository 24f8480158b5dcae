"""
Slow down whoever guesses: failed logins, counted for each client.

A client that failed too often has to wait, even with the right secret; the other clients notice
nothing. That lets a stranger keep a client out by guessing at it, which is why a signature, that
nobody guesses, is never slowed down: what must go on under attack proves itself with a key.

The count is kept in the process. Written to a database, each wrong guess would cost us a
transaction and the guesser nothing. Where several processes share the work, each counts its own.

Floor 2: knows errors.
"""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable

from labkit.errors import UsageError

MAX_FAILURES = 10  # Our choice: more than a person mistypes; nothing against 256 random bits.
WINDOW_S = 60  # Our choice: who fixed a configuration waits a minute at most.


class FailureLimit:
    """
    Failed logins of the last *window_s* seconds, at most *max_failures* of them for each client.

    Use it on one event loop. Tell it of registered clients only: its size is bounded by theirs.
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
        self._failures: defaultdict[str, deque[float]] = defaultdict(
            lambda: deque(maxlen=max_failures)
        )

    def failed(self, client_id: str) -> None:
        """Count a failed login."""
        self._failures[client_id].append(self._monotonic())

    def wait_s(self, client_id: str) -> int:
        """Return for how many whole seconds the client has to wait; 0 lets it try."""
        failures = self._failures.get(client_id)
        if failures is None or len(failures) < (failures.maxlen or 0):
            return 0
        return max(0, math.ceil(failures[0] + self._window_s - self._monotonic()))

    def __repr__(self) -> str:
        return f"<FailureLimit, {len(self._failures)} clients have failed>"
