"""
A trace as a pandas table: one row for each span.

Floor 1: knows errors; pandas loads with the first table.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from labkit.errors import MissingDependency
from labkit.tracing.own_time import own_times_ns
from labkit.tracing.span import Span

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = (
    "name", "kind", "service", "start_ms", "duration_ms", "own_ms", "depth", "status", "rows",
    "statement", "tool_name", "error", "raised_here", "unfinished", "span_id", "parent_id",
)  # fmt: skip
"""The same for every trace. Times in milliseconds; ``start_ms`` counts from the first span."""

_ATTRIBUTES = ("status", "rows", "statement", "tool_name")


def as_table(spans: Sequence[Span]) -> "DataFrame":
    """
    Return *spans* as a table, in their order.

    Raises:
        MissingDependency: pandas isn't installed.
    """
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise MissingDependency(
            "a table of spans needs pandas: pip install 'labkit[course]'; `for span in trace` "
            "works without"
        ) from error
    own, depths = own_times_ns(spans), _depths(spans)
    begin = spans[0].start_ns if spans else 0
    rows = [
        (
            span.name,
            str(span.kind),
            span.service,
            (span.start_ns - begin) / 1e6,
            span.duration_ms,
            own[span.span_id] / 1e6,
            depths[span.span_id],
            *(span.attributes.get(name) for name in _ATTRIBUTES),
            span.error,
            span.raised_here,
            bool(span.attributes.get("unfinished", False)),
            span.span_id,
            span.parent_id,
        )
        for span in spans
    ]
    table = DataFrame(rows, columns=list(COLUMNS))
    whole: Any = {"status": "Int64", "rows": "Int64", "raised_here": bool, "unfinished": bool}
    return table.astype(whole)


def _depths(spans: Sequence[Span]) -> dict[str, int]:
    """Return how many spans each lies inside of. A parent starts before what is inside of it."""
    depths: dict[str, int] = {}
    for span in spans:
        depths[span.span_id] = depths.get(span.parent_id or "", -1) + 1
    return depths
