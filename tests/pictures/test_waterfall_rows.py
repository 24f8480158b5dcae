"""Which rows a trace is shown in: nested, folded, limited, whatever the times were."""

import json

import pytest
from spans_kit import Moment, Span, chain, spans_of

from labkit.pictures import rows
from labkit.pictures.rows import FOLD_FROM, MAX_ROWS, lay_out


def shown(layout):
    return [(row.depth, row.name, row.count) for row in layout.rows]


def test_rows_are_nested_as_the_spans_are_in_order_of_start():
    layout = lay_out(reversed(list(spans_of([("trace", [("a", [("b", [])]), ("c", [])])]))))
    assert shown(layout) == [(0, "trace", 1), (1, "a", 1), (2, "b", 1), (1, "c", 1)]
    assert [(row.start_ms, row.width_ms) for row in layout.rows] == [
        (0, 7), (1, 3), (2, 1), (5, 1),
    ]  # fmt: skip
    assert (layout.total_ms, layout.spans, layout.services) == (7, 4, ("notebook",))


def test_two_equal_siblings_stay_and_three_are_folded_with_all_that_is_in_them():
    two = [("trace", [("ask", [("sql", [])])] * (FOLD_FROM - 1))]
    assert [row.count for row in lay_out(spans_of(two)).rows] == [1, 1, 1, 1, 1]
    three = [("trace", [("ask", [("sql", [])])] * FOLD_FROM + [("end", [])])]
    layout = lay_out(spans_of(three))
    assert shown(layout) == [(0, "trace", 1), (1, "ask", 3), (2, "sql", 3), (1, "end", 1)]
    assert len(layout.rows[1].bars) == 3
    assert layout.rows[1].total_ms == 9


@pytest.mark.parametrize(
    "other", [{"kind": "sql"}, {"service": "issuer"}, {"error": "KeyError"},
              {"attributes": {"status": 500}}, {"moments": (Moment("cached", 0),)}],
)  # fmt: skip
def test_siblings_that_differ_in_what_is_seen_are_not_folded_together(other):
    same = [Span(str(number), "root", start_ns=number) for number in range(1, 4)]
    odd = Span("odd", "root", start_ns=9, **other)
    layout = lay_out([Span("root", None, end_ns=99), *same, odd])
    assert [row.count for row in layout.rows] == [1, 3, 1]


def test_a_span_whose_parent_is_missing_belongs_to_the_outermost():
    layout = lay_out([Span("root", None, "trace"), Span("x", "lost", "stray", start_ns=5)])
    assert shown(layout) == [(0, "trace", 1), (1, "stray", 1)]


def test_spans_that_claim_to_be_inside_of_each_other_end():
    loop = [Span("a", "b", "a"), Span("b", "a", "b", start_ns=1), Span("c", "c", "c", start_ns=2)]
    assert {row.name for row in lay_out([Span("root", None), *loop]).rows} >= {"c"}
    assert lay_out(loop).spans == 3


def test_the_slowest_path_goes_to_the_child_that_took_longest():
    spans = [
        Span("r", None, end_ns=100), Span("a", "r", "a", end_ns=40),
        Span("b", "r", "b", start_ns=40, end_ns=100), Span("c", "b", "c", start_ns=50, end_ns=60),
        Span("d", "a", "d", end_ns=39),
    ]  # fmt: skip
    assert [row.name for row in lay_out(spans).rows if row.slowest] == ["work", "b", "c"]


def test_a_chain_of_ten_thousand_is_folded_in_its_depth_and_its_error_still_shows():
    spans = list(chain(10_000))
    spans[-1].error, spans[-1].raised_here = "KeyError", True
    layout = lay_out(spans)
    assert len(layout.rows) <= MAX_ROWS
    assert [row.name for row in layout.rows if row.raised_here] == ["level 9999"]
    (hidden,) = [row for row in layout.rows if row.hidden]
    assert hidden.count == 10_000 - (len(layout.rows) - 1)


def test_many_different_siblings_are_folded_in_the_middle():
    many = [("trace", [(f"step {number}", []) for number in range(500)])]
    layout = lay_out(spans_of(many))
    assert len(layout.rows) == MAX_ROWS
    names = [row.name for row in layout.rows]
    assert (names[1], names[-1]) == ("step 0", "step 499")
    assert sum(row.count for row in layout.rows) == 501
    (hidden,) = [row for row in layout.rows if row.hidden]
    assert hidden.name == f"{501 - MAX_ROWS + 1} more: {501 - MAX_ROWS + 1} code"


def test_the_deepest_rows_are_folded_first():
    steps = [(f"step {n}", [(f"inner {n}", [(f"leaf {n}", [])])]) for n in range(25)]
    layout = lay_out(spans_of([("trace", steps)]))
    assert len(layout.rows) <= MAX_ROWS
    assert [row.name for row in layout.rows if row.depth == 1] == [f"step {n}" for n in range(25)]
    assert sum(row.count for row in layout.rows) == 76


def test_quiet_work_is_left_out_and_counted_before_anything_is_folded():
    spans = [Span("root", None, "trace")]
    for n in range(0, 100, 5):
        spans += [
            Span(f"m{n}", "root", f"layer {n}", "middleware", start_ns=n + 1),
            Span(f"d{n}", f"m{n}", f"needs {n}", "dependency", start_ns=n + 2),
            Span(f"q{n}", f"d{n}", f"SELECT {n}", "sql", start_ns=n + 3),
            Span(f"s{n}", f"m{n}", f"json {n}", "serialise", start_ns=n + 4),
        ]
    spans[-1].error, spans[-1].raised_here = "ValueError", True
    layout = lay_out(spans)
    assert [row.depth for row in layout.rows if row.kind == "sql"] == [1] * 20
    assert [row.name for row in layout.rows if row.kind not in ("sql", "code")] == ["json 95"]
    assert dict(layout.left_out) == {"middleware": 20, "dependency": 20, "serialise": 19}


def test_quiet_work_is_shown_while_there_is_room():
    spans = [Span("root", None), Span("m", "root", "layer", "middleware", start_ns=1)]
    assert [row.kind for row in lay_out(spans).rows] == ["code", "middleware"]
    assert lay_out(spans).left_out == ()


def test_quiet_spans_that_claim_to_be_inside_of_each_other_end():
    loop = [Span(f"{n}", f"{(n + 1) % 70}", f"{n}", "pool", start_ns=n) for n in range(70)]
    assert lay_out([Span("root", None), *loop, Span("x", "0", "x", start_ns=99)]).spans == 72


def test_errors_that_are_kept_are_bounded():
    spans = list(chain(300))
    for span in spans:
        span.error, span.raised_here = "KeyError", True
    assert len(lay_out(spans).rows) <= MAX_ROWS


def test_what_is_folded_does_not_depend_on_times():
    nested = [("trace", [(f"s{n % 7}", [(f"t{n % 3}", [("u", [])] * 4)] * 2) for n in range(40)])]
    spans = list(spans_of(nested))
    slower = [Span(s.span_id, s.parent_id, s.name, start_ns=s.start_ns, end_ns=s.end_ns ** 2)
              for s in spans]  # fmt: skip
    assert shown(lay_out(spans)) == shown(lay_out(slower))


def test_bars_of_a_row_are_bounded():
    many = [("trace", [("ask", [])] * 5000)]
    assert len(lay_out(spans_of(many)).rows[1].bars) <= rows.MAX_BARS


def test_nothing_is_a_layout_without_rows_and_all_of_it_is_json():
    assert lay_out([]).rows == ()
    layout = lay_out(spans_of([("trace", [("a", [])] * 4)]), dropped=3)
    assert json.loads(json.dumps(layout.as_json()))["dropped"] == 3
