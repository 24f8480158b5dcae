"""
Which rows a trace is shown in: a layout without a drawing, for a picture or an interactive view.

Glossary. *Row*: one line of a waterfall; one span, or several that are folded. *To fold*: equal
siblings become one row with a count. *Quiet*: a kind of work that is left out, and counted, where
there is no room for all; what happens inside of it is shown. *Slowest path*: from the outermost
span always to the child that took longest.

What is folded depends on names and nesting, never on times: two runs of the same code fold alike.

Floor 0: imports nothing of labkit.
"""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from labkit.pictures.folding import MAX_ROWS, limited
from labkit.pictures.row import Layout, Row
from labkit.pictures.spans import FAMILIES, OTHER_FAMILY, MomentLike, SpanLike

__all__ = ["FOLD_FROM", "MAX_ROWS", "Layout", "MomentLike", "Row", "SpanLike", "lay_out"]

FOLD_FROM = 3  # Equal siblings that become one row; our choice: two can still be told apart.
MAX_BARS = 400  # Drawn in one row; more can't be told apart.
QUIET_KINDS = {"middleware", "dependency", "pool", "serialise"}


@dataclass(frozen=True, slots=True)
class _Group:
    """Equal siblings, or one span alone."""

    spans: Sequence[SpanLike]
    depth: int


def lay_out(spans: Iterable[SpanLike], *, dropped: int = 0, quiet: bool = True) -> Layout:
    """
    Return the rows of a trace, at most `MAX_ROWS`.

    Args:
        spans: In any order. One whose parent isn't among them belongs to the outermost.
        dropped: How many there were besides.
        quiet: Whether quiet kinds may be left out; if not, more is folded.
    """
    known = sorted(spans, key=lambda span: span.start_ns)
    begin = known[0].start_ns if known else 0
    rows, left_out = _rows(known, begin), Counter[str]()
    if quiet and len(rows) > MAX_ROWS:
        without = {span.span_id for span in known if _is_quiet(span)}
        left_out.update(str(span.kind) for span in known if span.span_id in without)
        rows = _rows(known, begin, without)
    return Layout(
        tuple(limited(rows)),
        (max((span.end_ns for span in known), default=begin) - begin) / 1e6,
        len(known),
        tuple(dict.fromkeys(span.service for span in known)),
        dropped,
        tuple(left_out.most_common()),
    )


def _is_quiet(span: SpanLike) -> bool:
    """Tell whether a span can be left out where there is no room for all: nothing arose there."""
    return str(span.kind) in QUIET_KINDS and not span.raised_here


def _rows(spans: Sequence[SpanLike], begin: int, without: Container[str] = ()) -> list[Row]:
    children = _children(spans, without)
    slow = _slowest_path(children)
    return [_row(group, begin, slow) for group in _groups(children)]


Children = dict[str | None, list[SpanLike]]


def _children(spans: Sequence[SpanLike], without: Container[str]) -> Children:
    """
    Return the children of each span by its id, in order of start; the outermost under None.

    Those *without* which it goes are skipped: what is inside of them belongs to who is around.
    """
    parents = {span.span_id: span.parent_id for span in spans}
    outermost = next((span for span in spans if span.parent_id is None), None)
    found: Children = {None: []}
    for span in spans:
        if span.span_id in without:
            continue
        parent, steps = span.parent_id, len(spans)
        while parent in without and steps:
            parent, steps = parents.get(parent or ""), steps - 1
        if parent not in parents or parent == span.span_id or parent in without:
            parent = None if outermost is None or span is outermost else outermost.span_id
        found.setdefault(parent, []).append(span)
    return found


def _slowest_path(children: Children) -> set[str]:
    path: set[str] = set()
    inner = children[None]
    while inner:
        slowest = max(inner, key=lambda span: span.end_ns - span.start_ns)
        if slowest.span_id in path:
            break  # Spans that claim to be inside of each other.
        path.add(slowest.span_id)
        inner = children.get(slowest.span_id, [])
    return path


def _groups(children: Children) -> list[_Group]:
    """Return all groups from top to bottom. Without recursion: a trace can be 10,000 deep."""
    found: list[_Group] = []
    seen: set[str] = set()
    waiting = [_Group(same, 0) for same in reversed(_equal(children[None], merged=False))]
    while waiting:
        group = waiting.pop()
        found.append(group)
        seen.update(span.span_id for span in group.spans)
        inner = [
            child
            for span in group.spans
            for child in children.get(span.span_id, ())
            if child.span_id not in seen
        ]
        inner.sort(key=lambda span: span.start_ns)
        merged = len(group.spans) > 1
        waiting += (
            _Group(same, group.depth + 1) for same in reversed(_equal(inner, merged=merged))
        )
    return found


def _equal(siblings: Sequence[SpanLike], *, merged: bool) -> list[list[SpanLike]]:
    """Return *siblings* in groups; if their parents are *merged*, two are folded already."""
    alike: dict[object, list[SpanLike]] = {}
    for span in siblings:
        alike.setdefault(_look(span), []).append(span)
    found = []
    for span in siblings:
        same = alike[_look(span)]
        if len(same) < FOLD_FROM and not merged:
            found.append([span])
        elif same[0] is span:
            found.append(same)
    return found


def _look(span: SpanLike) -> tuple[object, ...]:
    status = span.attributes.get("status")
    return (span.name, span.kind, span.service, status, span.error, span.raised_here, _cached(span))


def _cached(span: SpanLike) -> bool:
    return any(moment.name == "cached" for moment in span.moments)


def _row(group: _Group, begin: int, slow: set[str]) -> Row:
    first, spans = group.spans[0], group.spans
    end = max(span.end_ns for span in spans)
    one = first.moments if len(spans) == 1 else ()
    return Row(
        name=first.name,
        service=first.service,
        kind=str(first.kind),
        family=FAMILIES.get(str(first.kind), OTHER_FAMILY),
        depth=group.depth,
        start_ms=(first.start_ns - begin) / 1e6,
        width_ms=(end - first.start_ns) / 1e6,
        bars=tuple(
            ((span.start_ns - begin) / 1e6, (span.end_ns - span.start_ns) / 1e6)
            for span in spans[:: len(spans) // MAX_BARS + 1]
        ),
        count=len(spans),
        total_ms=sum(span.end_ns - span.start_ns for span in spans) / 1e6,
        status=first.attributes.get("status"),
        error=first.error,
        raised_here=first.raised_here,
        slowest=any(span.span_id in slow for span in spans),
        cached=_cached(first),
        unfinished=any(span.attributes.get("unfinished", False) for span in spans),
        moments=tuple((moment.name, (moment.at_ns - begin) / 1e6) for moment in one),
        span_ids=tuple(span.span_id for span in spans),
    )
