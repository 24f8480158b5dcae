"""
The audit trail: a row for each call that a model asked for, also for those that were refused.

A row says who, what and how it ended. It holds no argument, no result and no token: their place is
elsewhere, and the trail is kept longer than they are.

Floor 2: imports nothing of labkit but its own events.
"""

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from labkit.agent.events import Outcome

KEPT_ROWS = 1000  # Our choice: more than a lesson makes.

AuditResult: TypeAlias = Outcome | Literal["started"]
"""How the call ended. "started": it's about to write; a row with its end follows."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """
    One call, or for a call that writes: its start, then its end, under one ``call_id``.

    Attributes:
        run_id: The run.
        call_id: The call in it.
        sub: The user; empty if nobody was signed in.
        act: The program that acted for them; empty likewise.
        tool: The name that the model wrote, cut to 64 characters.
        arguments_sha256: Of the arguments as the model wrote them, in hex.
        audience: The service that the tool calls; empty for none.
        scope: The rights that it needs there; empty for none.
        jti: Which token it used; empty if it came to none.
        result: See `AuditResult`.
        ms: Milliseconds since the model asked for it.
        at: Unix time of this row, in seconds.
    """

    run_id: str
    call_id: str
    sub: str
    act: str
    tool: str
    arguments_sha256: str
    audience: str
    scope: str
    jti: str
    result: AuditResult
    ms: float
    at: float


class AuditSink(Protocol):
    """Keeps rows. Whoever owns the state implements it over a database."""

    async def record(self, row: AuditRow) -> None:
        """
        Keep *row*; return when it is safe.

        Raises:
            Exception: It can't be kept. A write isn't begun then, and a result isn't used.
        """
        ...


class AuditInMemory:
    """
    An `AuditSink` for one process: the newest `KEPT_ROWS` rows.

    Attributes:
        rows: Oldest first.
    """

    def __init__(self) -> None:
        self.rows: deque[AuditRow] = deque(maxlen=KEPT_ROWS)

    async def record(self, row: AuditRow) -> None:
        """Keep *row*."""
        self.rows.append(row)

    def __repr__(self) -> str:
        return f"<AuditInMemory of {len(self.rows)} rows>"


def fingerprint(arguments: str) -> str:
    """Return the SHA-256 of *arguments* in hex: to compare them, not to hide short ones."""
    return hashlib.sha256(arguments.encode("utf-8", "surrogatepass")).hexdigest()
