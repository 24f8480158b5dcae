"""
Count a token once: what was seen, or revoked, is remembered until nobody would accept it anyway.

A token is known by who wrote it and by the name that its writer gave it: ``(iss, jti)``. The text
of a token is no name, for two texts could carry one statement.

Floor 1: knows errors and the clock. The version that all processes of a service share is in
`labkit.services.stores`.
"""

import heapq
import threading
from typing import Protocol

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import UsageError

KEPT_LONGER_S = 3600
"""
Seconds for which an entry outlives its token. Our choice: a clock that is set back by an hour
makes old tokens young again, and they're still known.
"""


class SeenStore(Protocol):
    """Remembers names of tokens. All who share it agree on who was first."""

    async def add(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """
        Remember a token until *expires_at* (Unix time) and `KEPT_LONGER_S` more.

        Returns:
            True for the first who adds it, False for all others, however close they are.

        Raises:
            UsageError: *issuer* or *token_id* isn't a string with something in it.
        """
        ...

    async def has(self, issuer: str, token_id: str) -> bool:
        """Tell whether the token was added and isn't forgotten yet."""
        ...


class SeenInMemory:
    """A `SeenStore` for one process: it forgets all when the process ends."""

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[tuple[str, str], float] = {}
        self._next: list[tuple[float, tuple[str, str]]] = []  # A heap: the first to be forgotten.

    async def add(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """Remember a token; True for the first who adds it."""
        name = check_name(issuer, token_id)
        with self._lock:
            self._forget()
            if name in self._until:
                return False
            self._until[name] = expires_at + KEPT_LONGER_S
            heapq.heappush(self._next, (self._until[name], name))
            return True

    async def has(self, issuer: str, token_id: str) -> bool:
        """Tell whether the token was added and isn't forgotten yet."""
        with self._lock:
            self._forget()
            return (issuer, token_id) in self._until

    def _forget(self) -> None:
        while self._next and self._next[0][0] <= self._clock.now():
            del self._until[heapq.heappop(self._next)[1]]

    def __repr__(self) -> str:
        return f"<SeenInMemory of {len(self._until)} tokens>"


def check_name(issuer: object, token_id: object) -> tuple[str, str]:
    """
    Return the name of a token, for a `SeenStore` to keep.

    Raises:
        UsageError: A part isn't a string with something in it: such a name would fit many tokens.
    """
    if not isinstance(issuer, str) or not isinstance(token_id, str) or not (issuer and token_id):
        raise UsageError("a token is known by issuer and token_id, two strings that aren't empty")
    return issuer, token_id
