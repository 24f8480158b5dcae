"""
Which rows a trace is shown in: a layout without a drawing, for a picture or an interactive view.

Glossary. *Row*: one line of a waterfall; one span, or several that are folded. *To fold*: equal
siblings become one row with a count; what is too deep, or too far in the middle, becomes one row
that counts what it hides. *Slowest path*: from the outermost span always to the child that took
longest. *Family*: the sort of work that shares a colour.

What is folded depends on names and nesting, never on times: two runs of the same code fold alike.

Floor 0: imports nothing of labkit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

FOLD_FROM = 3  # Equal siblings that become one row; our choice: two can still be told apart.
MAX_ROWS = 60  # Shown at most; our choice: two screens.
_LAST = 12  # How many of a list that is cut are from its end.
_KEPT_ERRORS = 6  # Rows in which an error arose that are shown although their like is hidden.
MAX_BARS = 400  # Drawn in one row; more can't be told apart.

FAMILIES: Mapping[str, str] = {
    "client": "network",
    "server": "network",
    "middleware": "framework",
    "dependency": "framework",
    "handler": "framework",
    "serialise": "framework",
    "background": "framework",
    "auth": "auth",
    "pool": "database",
    "sql": "database",
    "agent": "model",
    "model": "model",
    "tool": "tool",
}
OTHER_FAMILY = "code"


class MomentLike(Protocol):
    """A point in time inside a span."""

    @property
    def name(self) -> str:
        """Such as "enter"."""

    @property
    def at_ns(self) -> int:
        """When."""


class SpanLike(Protocol):
    """One recorded hop, such as a `labkit.tracing.Span`."""

    @property
    def span_id(self) -> str:
        """Its own id."""

    @property
    def parent_id(self) -> str | None:
        """The id of the span around it."""

    @property
    def name(self) -> str:
        """What was done."""

    @property
    def kind(self) -> str:
        """What sort of work it is."""

    @property
    def service(self) -> str:
        """Where."""

    @property
    def start_ns(self) -> int:
        """From when."""

    @property
    def end_ns(self) -> int:
        """To when."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What else is known."""

    @property
    def error(self) -> str | None:
        """The error's type, if there was one."""

    @property
    def raised_here(self) -> bool:
        """Whether it arose here."""

    @property
    def moments(self) -> Sequence[MomentLike]:
        """What happened meanwhile."""


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
    """

    rows: tuple[Row, ...]
    total_ms: float
    spans: int
    services: tuple[str, ...]
    dropped: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as what JSON has: dictionaries, lists, texts, numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Group:
    """Equal siblings, or one span alone."""

    spans: Sequence[SpanLike]
    depth: int


def lay_out(spans: Iterable[SpanLike], *, dropped: int = 0) -> Layout:
    """
    Return the rows of a trace, at most `MAX_ROWS`.

    Args:
        spans: In any order. One whose parent isn't among them belongs to the outermost.
        dropped: How many there were besides.
    """
    known = sorted(spans, key=lambda span: span.start_ns)
    children = _children(known)
    begin = known[0].start_ns if known else 0
    slow = _slowest_path(children)
    groups = _groups(children)
    rows = _limited([_row(group, begin, slow) for group in groups])
    return Layout(
        tuple(rows),
        (max((span.end_ns for span in known), default=begin) - begin) / 1e6,
        len(known),
        tuple(dict.fromkeys(span.service for span in known)),
        dropped,
    )


Children = dict[str | None, list[SpanLike]]


def _children(spans: Sequence[SpanLike]) -> Children:
    """Return the children of each span by its id, in order of start; the outermost under None."""
    ids = {span.span_id for span in spans}
    outermost = next((span for span in spans if span.parent_id is None), None)
    found: Children = {None: []}
    for span in spans:
        parent = span.parent_id
        if parent not in ids or parent == span.span_id:
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
    )


def _limited(rows: list[Row]) -> list[Row]:
    """Return at most `MAX_ROWS` rows: first the deepest are folded, then the middle."""
    if len(rows) <= MAX_ROWS:
        return rows
    low, high = 0, max(row.depth for row in rows)  # The answer is the deepest that fits.
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(_without_deeper(rows, middle)) <= MAX_ROWS
        low, high = (middle, high) if fits else (low, middle - 1)
    rows = _without_deeper(rows, max(low, 1))
    if len(rows) <= MAX_ROWS:
        return rows
    first = MAX_ROWS - _LAST - 1
    return [*rows[:first], _fold(rows[first:-_LAST]), *rows[-_LAST:]]


def _without_deeper(rows: Sequence[Row], depth: int) -> list[Row]:
    """Return *rows* with each run of those that are deeper folded, but not where errors arose."""
    found: list[Row] = []
    run: list[Row] = []
    errors = [row for row in rows if row.depth > depth and row.raised_here][:_KEPT_ERRORS]
    kept = {id(row) for row in errors}
    for row in rows:
        if row.depth > depth and id(row) not in kept:
            run.append(row)
            continue
        if run:
            found.append(_fold(run))
            run = []
        found.append(row)
    return [*found, _fold(run)] if run else found


def _fold(rows: Sequence[Row]) -> Row:
    kinds = Counter[str]()
    for row in rows:
        kinds[row.kind or "folded"] += row.count
    words = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
    start = min(row.start_ms for row in rows)
    end = max(row.start_ms + row.width_ms for row in rows)
    return Row(
        name=f"{kinds.total():,} more: {words}",
        service=rows[0].service,
        kind="",
        family=OTHER_FAMILY,
        depth=rows[0].depth,
        start_ms=start,
        width_ms=end - start,
        bars=((start, end - start),),
        count=kinds.total(),
        total_ms=end - start,
        error=next((row.error for row in rows if row.raised_here), None),
        slowest=any(row.slowest for row in rows),
        unfinished=any(row.unfinished for row in rows),
        hidden=True,
    )
