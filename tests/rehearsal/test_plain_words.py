"""What is asked of labkit's own tools in plain words: no share will do here, each has to hold."""

import judge
import kit
import pytest

LAB = judge.toolsets()["lab"]
WEEK = {"days": 7}


@pytest.mark.parametrize(
    ("asked", "name", "arguments"),
    [
        ("List the lines", "list_lines", {}),
        ("Show me the lines", "list_lines", {}),
        ("Which lines are there?", "list_lines", {}),
        ("What lines does plant A have?", "list_lines", {"plant": "plant-a"}),
        ("Show the lines of plant-b", "list_lines", {"plant": "plant-b"}),
        ("defect rates", "defect_rates", {}),
        ("Which line had the highest defect rate last week?", "defect_rates", WEEK),
        (
            "Show defect rates for plant B in the last 30 days",
            "defect_rates",
            {"plant": "plant-b", "days": 30},
        ),
        ("What is the defect rate of line A4?", "line_statistics", {"line": "A4"}),
        ("Statistics of A4", "line_statistics", {"line": "A4"}),
        ("How was line B2 last week?", "line_statistics", {"line": "B2", **WEEK}),
        (
            "How many parts did line A4 inspect last week?",
            "line_statistics",
            {"line": "A4", **WEEK},
        ),
        ("Which lots are in quarantine?", "find_lots", {"quarantined": True}),
        ("List the lots of line A4", "find_lots", {"line": "A4"}),
        ("Find the lots of B1", "find_lots", {"line": "B1"}),
        (
            "Quarantine lot 17 because of scratches.",
            "quarantine_lot",
            {"lot": 17, "reason": "scratches"},
        ),
        (
            "Release lot 33, it was checked by hand",
            "release_lot",
            {"lot": 33, "reason": "it was checked by hand"},
        ),
        ("Search the runbooks for scratches", "search_runbooks", {"query": "scratches"}),
        ("What does the runbook say about scratches?", "search_runbooks", {"query": "scratches"}),
        ("Read the runbook scratches", "read_runbook", {"runbook": "scratches"}),
        ("Read the runbook label-printer", "read_runbook", {"runbook": "label-printer"}),
        ("Search outside for E207", "search_outside", {"query": "E207"}),
        ("What do suppliers say about lens dirt?", "search_outside", {"query": "lens dirt"}),
        ("What is 12 * 7?", "calculate", {"expression": "12 * 7"}),
        ("Add 2 and 3", "calculate", {"expression": "2 + 3"}),
        ("What is 17 % of 2,357?", "calculate", {"expression": "17 / 100 * 2357"}),
        ("Inspect part 12", "inspect_part", {"inspection": 12}),
        ("Recheck inspection 5", "inspect_part", {"inspection": 5}),
    ],
)
def test_a_plain_request_gets_its_call(asked, name, arguments):
    turn = kit.turn(asked, LAB)
    assert [(call.name, dict(call.arguments)) for call in turn.calls] == [(name, arguments)]


@pytest.mark.parametrize("said", ["Hello", "Thanks!", "Who are you?", "Write a poem about lines"])
def test_small_talk_calls_nothing(said):
    assert kit.turn(said, LAB).calls == ()
