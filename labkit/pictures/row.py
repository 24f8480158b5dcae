"""
One line of a waterfall, and all of them: plain data, for a picture and for an interactive view.

Floor 0: imports nothing of labkit.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row.

    Attributes:
        name: Of the span; of a folded row, what it hides.
        kind: Of the span; empty in a folded row.
        depth: How many rows it lies inside of.
        start_ms: When it begins, after the beginning of the trace.
        width_ms: From there to the end, of the last one if there are several.
        bars: Start and width of each span in the row, in ms.
        count: How many spans the row stands for.
        total_ms: How long all of them took together.
        status: Of an HTTP answer.
        error: The type of an error that arose here or came through.
        raised_here: Whether it arose here.
        slowest: Whether it lies on the slowest path.
        cached: Whether a value from before was used.
        unfinished: Whether it hadn't ended when the trace did.
        hidden: Whether the row is what was folded, and no span.
        moments: Name and time in ms of what happened in the row's only span.
        span_ids: Of the spans that the row stands for; none in a folded row.
        inside: The rows that a folded row hides.
    """

    name: str
    service: str
    kind: str
    family: str
    depth: int
    start_ms: float
    width_ms: float
    bars: tuple[tuple[float, float], ...]
    count: int = 1
    total_ms: float = 0.0
    status: int | None = None
    error: str | None = None
    raised_here: bool = False
    slowest: bool = False
    cached: bool = False
    unfinished: bool = False
    hidden: bool = False
    moments: tuple[tuple[str, float], ...] = ()
    span_ids: tuple[str, ...] = ()
    inside: tuple["Row", ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """
    All rows of a trace.

    Attributes:
        rows: From top to bottom.
        total_ms: From the first start to the last end.
        spans: How many there are.
        services: In the order in which they appear.
        dropped: How many spans weren't kept.
        left_out: Kinds of work that aren't shown for lack of room, with how many there are of each.
    """

    rows: tuple[Row, ...]
    total_ms: float
    spans: int
    services: tuple[str, ...]
    dropped: int = 0
    left_out: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as what JSON has: dictionaries, lists, texts, numbers."""
        return asdict(self)
