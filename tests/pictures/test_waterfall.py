"""The waterfall: its twin says names and nesting, and the drawing takes whatever it's given."""

import re

import pytest
from spans_kit import Moment, Span, chain, spans_of

from labkit.errors import UsageError
from labkit.pictures import waterfall


def test_the_twin_says_names_nesting_counts_and_errors_and_no_times():
    spans = [
        Span("r", None, "trace", end_ns=90),
        Span("c", "r", "GET /lines", "client", attributes={"status": 404}, start_ns=1, end_ns=80),
        Span("h", "c", "list", "handler", "inspections", 2, 70, {}, "HTTPException", True),
        Span("d", "h", "db", "dependency", "inspections", 3, 3, moments=(Moment("cached", 3),)),
        *(Span(f"s{n}", "h", "SELECT lines", "sql", "inspections", 4 + n, 8) for n in range(3)),
        Span("o", "h", "wait", "pool", "inspections", 60, 99, {"unfinished": True}),
    ]
    twin = waterfall(spans, dropped=1234).text
    assert twin == (
        "Trace: 8 spans, 2 services, 1,234 older ones dropped\n"
        "  notebook     trace\n"
        "  notebook       GET /lines  404\n"
        "  inspections      list  ! HTTPException\n"
        "  inspections        db  (cached)\n"
        "  inspections        SELECT lines  x 3\n"
        "  inspections        wait  (unfinished)"
    )
    assert not re.search(r"\d ?(ms|s)\b", twin)


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [Span("r", None)],
        list(chain(10_000)),
        list(spans_of([("trace", [(f"s {n}", [("x", [])] * 5) for n in range(200)])])),
        [Span("r", None, "$x^2$ <b>\x1b[31m\u202e" * 500, "weird", "\x00" * 90, 0, 10**18)],
        [Span("r", None, start_ns=5, end_ns=5, error="E" * 500, raised_here=True)],
        [Span(f"{n}", None, "ask", start_ns=n, end_ns=n + 9) for n in range(3000)],
    ],
)
def test_any_trace_can_be_drawn(spans):
    picture = waterfall(spans)
    assert picture.png().startswith(b"\x89PNG")
    assert picture.text.isprintable() or "\n" in picture.text
    assert "\x1b" not in picture.text
    assert max(map(len, picture.text.splitlines())) < 400


def test_what_had_no_room_is_said():
    spans = [Span("r", None), *(Span(f"{n}", "r", f"m {n}", "middleware") for n in range(80))]
    picture = waterfall(spans)
    assert picture.text.endswith("(not shown, for lack of room: 80 middleware)")
    assert picture.png()


def test_an_empty_trace_says_so():
    assert waterfall([]).text == "Trace: nothing was recorded"


@pytest.mark.parametrize("title", ["", "  ", None, 3])
def test_a_title_is_a_text(title):
    with pytest.raises(UsageError, match="title"):
        waterfall([], title=title)
