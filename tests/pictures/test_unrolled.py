"""An agent's loop unrolled: calls, results and spans, matched by id, whatever their order."""

import json

import pytest
from spans_kit import Span

from labkit.errors import UsageError
from labkit.pictures import loop_unrolled
from labkit.pictures.unrolled_turns import MAX_CALLS, MAX_TURNS, loop_of

ASKED = {"role": "user", "content": "How are\nA4 and B1?"}
ANSWERED = {"role": "assistant", "content": "A4 is fine, B1 is hot."}


def asks(*calls, text=None):
    made = [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": given}}
        for name, given in calls
    ]
    return {"role": "assistant", "content": text, "tool_calls": made}


def result(name, content):
    return {"role": "tool", "tool_call_id": f"call_{name}", "content": content}


def ran(name, start, end):
    return Span(f"s-{name}", None, f"tool {name}", "tool", "notebook", start, end,
                {"call_id": f"call_{name}", "tool_name": name})  # fmt: skip


CALLS = asks(("scan", '{"line": "A4"}'), ("heat", '{"line": "B1", "days": 2}'))
GOOD = [ASKED, CALLS, result("heat", '{"c": 90}'), result("scan", '{"error": "off"}'), ANSWERED]
SPANS = [ran("scan", 0, 30), ran("heat", 1, 10), Span("m", None, "model", "model")]


def test_orders_and_results_are_those_of_the_calls_id_not_of_their_place():
    assert repr(loop_unrolled(GOOD, SPANS)) == (
        "The loop, unrolled: 2 requests, 2 calls\n"
        "  user: How are A4 and B1?\n"
        "  1  the model reads 1 message and asks for 2 calls\n"
        '       1 scan(line=\'A4\')          ended 2  back 2  {"error": "off"}\n'
        "       2 heat(line='B1', days=2)  ended 1  back 1  {\"c\": 90}\n"
        "  2  the model reads 4 messages and answers\n"
        "       A4 is fine, B1 is hot."
    )


def test_a_lone_call_has_no_order_and_without_spans_none_ended():
    one = [ASKED, asks(("scan", "{}")), result("scan", "5"), ANSWERED]
    assert "       1 scan()  5" in repr(loop_unrolled(one)).splitlines()
    twin = repr(loop_unrolled(GOOD, title=" Mine "))
    assert twin.startswith("Mine: 2 requests")
    assert ("ended" in twin, "back 2" in twin) == (False, True)


@pytest.mark.parametrize(
    ("outcome", "refused"), [("limited", True), ("denied", True), ("ok", False)]
)
def test_a_call_that_was_refused_never_ran(outcome, refused):
    span = ran("scan", 0, 30)
    span.attributes["outcome"] = outcome
    (turn,) = loop_of(
        [ASKED, asks(("scan", "{}")), result("scan", '{"error": "no"}')], [span]
    ).turns
    (call,) = turn.calls
    assert (call.refused, call.started_ns, call.ended) == (
        (True, None, None) if refused else (False, 0, 1)
    )
    picture = loop_unrolled([ASKED, asks(("scan", "{}")), result("scan", "5")], [span])
    assert ("refused" in repr(picture)) is refused


def test_only_the_last_question_is_drawn_and_what_was_said_before_counts_as_read():
    twin = repr(loop_unrolled([{"role": "system", "content": "Be brief."}, *GOOD, *GOOD], SPANS))
    assert "1  the model reads 7 messages and asks for 2 calls" in twin
    assert twin.count("user:") == 1


def test_a_run_that_ended_on_calls_says_so_and_a_call_without_result_too():
    twin = repr(loop_unrolled([ASKED, CALLS, result("scan", None)]))
    assert twin.endswith("here the run ended: nobody reads what these calls gave")
    assert "heat(line='B1', days=2)  no result" in twin


def test_a_long_run_keeps_its_beginning_and_its_end():
    many = [message for _ in range(20) for message in (CALLS, *GOOD[2:4])]
    lines = repr(loop_unrolled([ASKED, *many, ANSWERED], SPANS)).splitlines()
    assert "  ... 16 more requests" in lines
    assert lines[-2] == "  21  the model reads 61 messages and answers"
    assert sum("the model reads" in line for line in lines) == MAX_TURNS


def test_of_many_calls_the_first_are_shown_and_the_others_counted():
    calls = [(f"tool_{n}", "{}") for n in range(MAX_CALLS + 3)]
    twin = repr(loop_unrolled([ASKED, asks(*calls)]))
    assert "       ... 3 more calls" in twin.splitlines()
    assert "tool_8" not in twin


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('{"line": "A4"}', "line='A4'"),
        ("{}", ""),
        ('{"line": ', '{"line":'),
        ("[1]", "[1]"),
        (None, ""),
        ({"n": 1}, "n=1"),
    ],
)
def test_arguments_are_shown_as_python_or_as_they_are(written, shown):
    (turn,) = loop_of([ASKED, asks(("scan", written))], ()).turns
    assert turn.calls[0].written == f"scan({shown})"


@pytest.mark.parametrize(
    ("content", "failed"),
    [('{"error": "x"}', True), ('{"c": 1}', False), ("error", False), (None, False), ("[", False)],
)
def test_a_result_that_says_an_error_failed(content, failed):
    (turn,) = loop_of([ASKED, asks(("scan", "{}")), result("scan", content)], ()).turns
    assert turn.calls[0].failed is failed


def test_a_result_of_another_id_belongs_to_no_call():
    (turn,) = loop_of([ASKED, asks(("scan", "{}")), result("heat", "5")], SPANS).turns
    assert (turn.calls[0].result, turn.calls[0].back) == (None, None)


@pytest.mark.parametrize(
    ("messages", "spans", "says"),
    [
        (None, (), "is a conversation"),
        ("hello", (), "is a conversation"),
        (ASKED, (), "is a conversation"),
        ([1], (), "is a conversation"),
        ([{"content": "x"}], (), "is a conversation"),
        ([], (), "no question"),
        ([ANSWERED], (), "no question"),
        ([ASKED], (), "run the loop first"),
        ([ASKED, {"role": "assistant", "tool_calls": [{"id": "x"}]}], (), "each call needs"),
        ([ASKED, {"role": "assistant", "tool_calls": 7}], (), "each call needs"),
        (GOOD, None, "recorded spans"),
        (GOOD, [object()], "recorded spans"),
    ],
)
def test_what_is_no_conversation_or_no_span_is_refused(messages, spans, says):
    with pytest.raises(UsageError, match=says):
        loop_unrolled(messages, spans)


@pytest.mark.parametrize("title", ["", " ", None, 7])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        loop_unrolled(GOOD, title=title)


LONG = "a name or a text that is much too long for any box " * 20
HUGE = [
    {"role": "user", "content": LONG},
    *[
        message
        for _ in range(12)
        for message in (
            asks(*[(f"{LONG[:60]}{n}", json.dumps({"query": LONG})) for n in range(11)], text=LONG),
            *[result(f"{LONG[:60]}{n}", LONG) for n in range(10)],
        )
    ],
    {"role": "assistant", "content": LONG},
]


@pytest.mark.parametrize(
    ("messages", "spans"),
    [
        (GOOD, SPANS),
        (GOOD, ()),
        ([ASKED, ANSWERED], ()),
        ([ASKED, {"role": "assistant", "content": None}], ()),
        ([ASKED, CALLS], SPANS),
        (HUGE, [ran(f"{LONG[:60]}{n}", n, n) for n in range(9)]),
        (HUGE[:-1], ()),
    ],
)
def test_it_is_legible_with_any_conversation(messages, spans, legible):
    legible(loop_unrolled(messages, spans, title="A title too long for its place " * 4))


def test_what_is_hostile_in_a_text_can_only_be_read():
    hostile = "a\x1b[2J\u202e"
    twin = repr(
        loop_unrolled(
            [
                {"role": "user", "content": hostile},
                asks((hostile, hostile)),
                result(hostile, hostile),
                {"role": "assistant", "content": hostile},
            ]
        )
    )
    assert "\x1b" not in twin
    assert "\u202e" not in twin
    assert twin.count("a\\x1b[2J\\u202e") == 5
