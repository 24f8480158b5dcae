"""The sequence diagram: who called whom, in which order, and what failed."""

import re

import pytest
from spans_kit import Span, chain

from labkit.errors import UsageError
from labkit.pictures import sequence_diagram
from labkit.pictures.sequence import MAX_STEPS
from labkit.pictures.sequence_steps import calls_of


def question(*more):
    """What one question to an agent with one tool leaves behind, times in ns."""
    return [
        Span("r", None, "trace", "code", "notebook", 0, 100),
        Span("a", "r", "agent", "agent", "notebook", 1, 99, {"outcome": "answered"}),
        Span("m", "a", "model", "model", "notebook", 2, 20),
        Span("m1", "m", "POST /v1/chat", "client", "notebook", 3, 19, {"status": 200}),
        Span("m2", "m1", "POST /v1/chat", "server", "model", 4, 18, {"status": 200}),
        Span("t", "a", "tool rates", "tool", "notebook", 30, 80, {"outcome": "ok"}),
        Span("x", "t", "exchange token", "auth", "notebook", 31, 40),
        Span("x1", "x", "POST /token", "client", "notebook", 32, 39, {"status": 200}),
        Span("x2", "x1", "POST /token", "server", "issuer", 33, 38, {"status": 200}),
        Span("c", "t", "GET /lines", "client", "notebook", 41, 79, {"status": 200}),
        Span("c2", "c", "GET /lines", "server", "inspections", 42, 78, {"status": 200}),
        Span("h", "c2", "list_lines", "handler", "inspections", 43, 77),
        Span("s", "h", "SELECT lines", "sql", "inspections", 44, 50),
        *more,
    ]


def test_the_twin_says_who_called_whom_and_counts_requests_and_statements():
    twin = sequence_diagram(question(), title="One question").text
    assert twin == (
        "One question: 3 HTTP requests, 1 SQL statement\n"
        "  you -> agent             a question\n"
        "  agent -> model             POST /v1/chat\n"
        "  agent -> tools             rates\n"
        "  tools -> issuer              POST /token\n"
        "  tools -> inspections         GET /lines\n"
        "  inspections -> database        SELECT lines\n"
        "  agent -> you             the answer"
    )
    assert not re.search(r"\d ?(ms|s)\b", twin)


def test_spans_may_come_in_any_order():
    assert calls_of(reversed(question())) == calls_of(question())


def test_a_step_lasts_as_long_as_others_begin_before_its_end():
    steps = {step.name: step.lasts for step in calls_of(question()).steps}
    assert steps == {
        "a question": 5, "POST /v1/chat": 0, "rates": 3, "POST /token": 0, "GET /lines": 1,
        "SELECT lines": 0, "the answer": 0,
    }  # fmt: skip


def side_by_side(first, second):
    """Two tools at once, each with a request; the numbers say when the requests begin."""
    tools = [Span(f"t{n}", "a", f"tool {n}", "tool", "notebook", 2 + n, 90) for n in (1, 2)]
    requests = [
        Span(f"c{n}", f"t{n}", f"GET /{n}", "client", "notebook", at, 80, {"status": 200})
        for n, at in ((1, first), (2, second))
    ]
    servers = [
        Span(f"s{n}", f"c{n}", f"GET /{n}", "server", "mine", 60, 70, {"status": 200})
        for n in (1, 2)
    ]
    return [
        Span("a", None, "agent", "agent", "notebook", 1, 99, {"outcome": "answered"}),
        *tools, *requests, *servers,
    ]  # fmt: skip


def test_the_picture_follows_time_and_the_twin_is_alike_whichever_of_two_was_first():
    one, other = side_by_side(10, 20), side_by_side(20, 10)
    assert sequence_diagram(one).text == sequence_diagram(other).text
    order = [[step.name for step in calls_of(spans).steps] for spans in (one, other)]
    assert order[0][3:5] == ["GET /1", "GET /2"]
    assert order[1][3:5] == ["GET /2", "GET /1"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (Span("c", "t", "GET /lines", "client", error="ConnectError", raised_here=True),
         "tools -> nobody             GET /lines  ! ConnectError"),
        (Span("c", "t", "GET /lines", "client", attributes={"status": 503}),
         "tools -> elsewhere           GET /lines  ! 503"),
        (Span("c", "t", "SELECT lots", "sql", error="OperationalError", raised_here=True),
         "tools -> database            SELECT lots  ! OperationalError"),
    ],
)  # fmt: skip
def test_what_failed_is_named(changed, told):
    changed.start_ns, changed.end_ns = 41, 79
    spans = [span for span in question() if span.span_id not in ("c", "c2", "h", "s")]
    twin = sequence_diagram([*spans, changed]).text
    assert " ".join(told.split()) in [" ".join(line.split()) for line in twin.splitlines()]


def test_a_tool_that_was_denied_and_a_model_that_failed_are_named():
    spans = question()
    spans[5].attributes = {"outcome": "denied"}
    assert "agent -> tools             rates  ! denied" in sequence_diagram(spans).text
    spans[1].error = "ModelError"
    twin = sequence_diagram(spans).text
    assert "you -> agent             a question  ! ModelError" in twin
    assert twin.endswith("agent -> you             an error  ! ModelError")


def test_who_takes_part_stands_from_left_to_right():
    assert calls_of(question()).lanes == [
        "you", "agent", "model", "tools", "issuer", "inspections", "database",
    ]  # fmt: skip
    alone = [
        Span("c", None, "GET /", "client", attributes={"status": 200}),
        Span("s", "c", "GET /", "server", "inspections", 1, 2),
    ]
    assert calls_of(alone).lanes == ["you", "inspections"]


@pytest.mark.parametrize(
    "spans",
    [
        question(),
        side_by_side(10, 20),
        [Span("c", None, "GET /", "client", error="E" * 90, raised_here=True)],
        [Span("c", "gone", "$x^2$ <b>\x1b[31m\u202e" * 50, "client", "x" * 90, 0, 10**18)],
        [Span("q", None, "SELECT " + "x" * 200, "sql", "inspections")],
        [Span("t", "a", "tool a", "tool"), Span("u", "t", "tool b", "tool", start_ns=1)],
        [Span(f"{n}", f"{n - 1}", f"tool {n}", "tool", start_ns=n, end_ns=900) for n in range(300)],
        [
            span
            for n in range(30)
            for span in (
                Span(f"c{n}", None, f"GET /{n}", "client", "a", 2 * n, 99, {"status": 404}),
                Span(f"s{n}", f"c{n}", f"GET /{n}", "server", f"service {n}", 2 * n + 1, 98),
            )
        ],
    ],
)
def test_any_calls_can_be_drawn_and_read(spans, legible):
    picture = sequence_diagram(spans)
    legible(picture)
    assert "\x1b" not in picture.text
    assert len(picture.text.splitlines()) <= MAX_STEPS + 2
    assert max(map(len, picture.text.splitlines())) < 200


def test_spans_that_claim_to_be_inside_of_each_other_are_drawn_all_the_same():
    spans = [
        Span("a", "b", "GET /a", "client", start_ns=1, end_ns=9),
        Span("b", "a", "GET /b", "client", start_ns=2, end_ns=8),
    ]
    assert [step.name for step in calls_of(spans).nested] == ["GET /a", "GET /b"]


@pytest.mark.parametrize("spans", [[], [Span("r", None)], list(chain(50))])
def test_nothing_to_draw_is_refused(spans):
    with pytest.raises(UsageError, match="nobody called anybody"):
        sequence_diagram(spans)


@pytest.mark.parametrize("title", ["", " ", None, 7])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        sequence_diagram(question(), title=title)
