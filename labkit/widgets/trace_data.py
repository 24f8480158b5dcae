"""
What the page is told of a trace: the rows of its waterfall, and what is known of their spans.

All of it is JSON. Attributes are those on the allow-list of `labkit.tracing.attributes`; every text
is escaped and cut once more here, so that a page never holds what could act. The size is bounded:
what isn't sent is said.

Glossary. *Row*: one line of the waterfall (`labkit.pictures.rows`); a *hidden* row holds others
*inside*. *Details*: what is known of one span. *Slowest span*: the one with the most time of its
own, as `labkit.Trace.slowest` has it.

Floor 4: knows tracing and pictures.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.pictures.rows import Layout, Row, lay_out
from labkit.pictures.telling import NOTHING, duration, flags, left_out, summary
from labkit.pictures.writing import plain, shorten
from labkit.tracing import Span
from labkit.tracing.attributes import MAX_NAME, MAX_STATEMENT
from labkit.tracing.own_time import own_times_ns
from labkit.widgets.inks import themed_inks

MAX_ROWS_SENT = 1000  # Our choice: twice what a busy question makes.
MAX_DETAILS_BYTES = 1_000_000  # Of JSON; our choice: a big picture's size.
MAX_SPANS_OF_A_ROW = 20  # Those that took longest.
MAX_BARS_SENT = 100  # In one row: half of the pixels that there are.

Json = dict[str, Any]


def trace_data(spans: Sequence[Span], *, dropped: int = 0) -> Json:
    """
    Return what the page is told.

    ``rows`` are those of the picture; ``all_rows`` is None, or what there is if no kind of work is
    left out; ``spans`` holds the details by span id.
    """
    layout = lay_out(spans, dropped=dropped)
    rows = _Rows(spans)
    sent = rows.of(layout)
    whole = rows.of(lay_out(spans, dropped=dropped, quiet=False)) if layout.left_out else None
    return {
        "title": "Trace",
        "summary": f"{summary(layout)}, {duration(layout.total_ms)}" if spans else NOTHING,
        "left_out": left_out(layout),
        "total_ms": layout.total_ms,
        "axis": ["0", duration(layout.total_ms / 2), duration(layout.total_ms)],
        "inks": themed_inks(),
        "rows": sent,
        "all_rows": whole,
        "spans": rows.details(),
    }


class _Rows:
    """Turns rows into JSON, and remembers which spans they show."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = {span.span_id: span for span in spans}
        self._own_ns = own_times_ns(spans)
        self._begin_ns = min((span.start_ns for span in spans), default=0)
        self._slowest = max(self._own_ns, key=self._own_ns.__getitem__, default="")
        self._wanted: dict[str, None] = {}
        self._room = 0

    def of(self, layout: Layout) -> list[Json]:
        self._room = MAX_ROWS_SENT - len(layout.rows)  # Those outside of folds are always sent.
        return [self._row(row) for row in layout.rows]

    def _row(self, row: Row) -> Json:
        ids = list(_ids(row))
        shown = sorted(row.span_ids, key=self._took_ns, reverse=True)[:MAX_SPANS_OF_A_ROW]
        self._wanted.update(dict.fromkeys(shown))
        return {
            "name": _text(row.name, MAX_NAME),
            "service": _text(row.service, MAX_NAME),
            "kind": row.kind,
            "family": row.family,
            "depth": row.depth,
            "bars": row.bars[:: len(row.bars) // MAX_BARS_SENT + 1],
            "count": row.count,
            "took": duration(row.total_ms),
            "own": duration(sum(self._own_ns.get(one, 0) for one in ids) / 1e6),
            "flags": flags(row),
            "bad": row.raised_here or (row.hidden and row.error is not None),
            "on_slowest_path": row.slowest,
            "has_slowest": self._slowest in ids,
            "hidden": row.hidden,
            "spans": shown,
            "inside": self._inside(row),
        }

    def _inside(self, row: Row) -> list[Json]:
        if len(row.inside) > self._room:
            return []
        self._room -= len(row.inside)
        return [self._row(one) for one in row.inside]

    def _took_ns(self, span_id: str) -> int:
        return self._spans[span_id].end_ns - self._spans[span_id].start_ns

    def details(self) -> dict[str, Json]:
        """Return the details of the spans in the rows made so far, as many as there is room for."""
        found: dict[str, Json] = {}
        room = MAX_DETAILS_BYTES
        for span_id in self._wanted:
            one = self._details(self._spans[span_id])
            room -= len(json.dumps(one))
            if room < 0:
                break
            found[span_id] = one
        return found

    def _details(self, span: Span) -> Json:
        moments = [
            {
                "name": _text(moment.name, MAX_NAME),
                "at": self._at(moment.at_ns),
                "attributes": _attributes(moment.attributes),
            }
            for moment in span.moments
        ]
        return {
            "began": self._at(span.start_ns),
            "took": duration(span.duration_ms),
            "own": duration(self._own_ns[span.span_id] / 1e6),
            "error": _text(span.error, MAX_NAME) if span.error else None,
            "raised_here": span.raised_here,
            "attributes": _attributes(span.attributes),
            "moments": moments,
        }

    def _at(self, time_ns: int) -> str:
        return f"+{duration(max(time_ns - self._begin_ns, 0) / 1e6)}"


def _ids(row: Row) -> Iterable[str]:
    """Yield the ids of all spans in a row, hidden ones too."""
    yield from row.span_ids
    for inner in row.inside:
        yield from _ids(inner)


def _attributes(attributes: Mapping[str, object]) -> list[tuple[str, str]]:
    return [
        (_text(name, MAX_NAME), _text(str(value), MAX_STATEMENT))
        for name, value in attributes.items()
    ]


def _text(text: str, length: int) -> str:
    return shorten(plain(text, limit=length), length)
