"""
How much of a span's time is its own: without what the spans inside of it took.

Children may overlap, when tasks run side by side, and may outlast their parent, as a server's last
byte does. So what counts as theirs is the time in which at least one of them ran, within the
parent's: nothing is taken off twice, and no own time is below zero.

Floor 1: knows its neighbour.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from labkit.tracing.span import Span


def own_times_ns(spans: Sequence[Span]) -> dict[str, int]:
    """Return the own time of each span by its id, in nanoseconds."""
    inside: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        if span.parent_id is not None:
            inside[span.parent_id].append(span)
    return {
        span.span_id: span.end_ns - span.start_ns - _covered_ns(span, inside[span.span_id])
        for span in spans
    }


def _covered_ns(parent: Span, children: Iterable[Span]) -> int:
    """Return for how long at least one of *children* ran, within *parent*."""
    covered, reached = 0, parent.start_ns
    for child in sorted(children, key=lambda span: span.start_ns):
        begin, end = max(child.start_ns, reached), min(child.end_ns, parent.end_ns)
        if end > begin:
            covered += end - begin
            reached = end
    return covered
