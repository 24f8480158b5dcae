"""
11.3 Judging runs: which were right, and right for a reason.

The check shows the submission runs as records, good ones in other words and bad ones that look
good, and compares the verdicts.

Floor 4: knows the kit.
"""

import re
from collections.abc import Mapping
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.the_agent_loop.grading_hints import HINTS
from labkit.course.task import Room, Submission, Task

TOLERANCE = 0.05
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?!\w)")
Record = Mapping[str, Any]


def numbers_in(text: str) -> list[float]:
    """Return the numbers that stand in *text*: [2.5, 1200.0] for "2.50 % of 1,200"."""
    return [float(found.replace(",", "")) for found in _NUMBER.findall(text)]


def _starter(case, run, numbers_in):
    return TODO


def grade(case, run, numbers_in):
    if run["stopped"] != "answered":
        return False
    numbers = numbers_in(run["answer"])
    if not any(abs(number - case["value"]) <= 0.05 for number in numbers):
        return False
    for call in run["calls"]:
        given = {name: call["arguments"].get(name) for name in case["arguments"]}
        wanted = (case["tool"], case["arguments"], "ok")
        if (call["name"], given, call["outcome"]) == wanted:
            return True
    return False


# Wrong answers.


def _number_is_there(case, run, numbers_in):
    return any(abs(number - case["value"]) <= TOLERANCE for number in numbers_in(run["answer"]))


def _looks_right(case, run, numbers_in):
    return run["stopped"] == "answered" and _number_is_there(case, run, numbers_in)


def _asked_right(case, call):
    return call["name"] == case["tool"] and case["arguments"].items() <= call["arguments"].items()


def _called(case, run):
    return any(_asked_right(case, call) and call["outcome"] == "ok" for call in run["calls"])


def _by_text(case, run, numbers_in):
    return _only_the_evidence(case, run, numbers_in) and str(case["value"]) in run["answer"]


def _always(case, run, numbers_in):
    return True


def _only_the_evidence(case, run, numbers_in):
    return run["stopped"] == "answered" and _called(case, run)


def _equal(case, run, numbers_in):
    return _only_the_evidence(case, run, numbers_in) and case["value"] in numbers_in(run["answer"])


def _not_above(case, run, numbers_in):
    low = any(number - case["value"] <= TOLERANCE for number in numbers_in(run["answer"]))
    return _only_the_evidence(case, run, numbers_in) and low


def _of_any_call(case, run, numbers_in):
    calls = run["calls"]
    named = any(call["name"] == case["tool"] for call in calls)
    asked = any(case["arguments"].items() <= call["arguments"].items() for call in calls)
    went_well = any(_asked_right(case, call) for call in calls) and calls[-1]["outcome"] == "ok"
    return _looks_right(case, run, numbers_in) and named and asked and went_well


def _first_number(case, run, numbers_in):
    first = numbers_in(run["answer"])[0]
    return _only_the_evidence(case, run, numbers_in) and abs(first - case["value"]) <= TOLERANCE


def _roughly(case, run, numbers_in):
    close = any(abs(number - case["value"]) < 1 for number in numbers_in(run["answer"]))
    return _only_the_evidence(case, run, numbers_in) and close


def _any_call_will_do(case, run, numbers_in):
    called = any(call["name"] == case["tool"] and call["outcome"] == "ok" for call in run["calls"])
    return _looks_right(case, run, numbers_in) and called


def _failed_calls_count(case, run, numbers_in):
    called = any(_asked_right(case, call) for call in run["calls"])
    return _looks_right(case, run, numbers_in) and called


def _unfinished_counts(case, run, numbers_in):
    return _number_is_there(case, run, numbers_in) and _called(case, run)


def _nothing_but_this_call(case, run, numbers_in):
    wanted = [{"name": case["tool"], "arguments": case["arguments"], "outcome": "ok"}]
    return _looks_right(case, run, numbers_in) and run["calls"] == wanted


# The check.


def _case(line: str, value: float) -> Record:
    question = f"What is the defect rate of line {line}?"
    arguments = {"line": line}
    return {"question": question, "tool": "defect_rate", "arguments": arguments, "value": value}


def _call(line: str, outcome: str = "ok", name: str = "defect_rate", **more: Any) -> Record:
    return {"name": name, "arguments": {"line": line, **more}, "outcome": outcome}


def _run(answer: str, *calls: Record, stopped: str = "answered") -> Record:
    return {"stopped": stopped, "answer": answer, "calls": list(calls)}


A4, B1 = _case("A4", 2.5), _case("B1", 12.0)
PLANT = {
    "question": "How many parts did plant A inspect in 30 days?",
    "tool": "plant_report",
    "arguments": {"plant": "A", "days": 30},
    "value": 1200,
}


def _of_plant(days: int) -> Record:
    arguments = {"plant": "A", "days": days}
    return {"name": "plant_report", "arguments": arguments, "outcome": "ok"}


GOOD = (
    ("too-strict", A4, _run("Line A4 has a defect rate of 2.5 %.", _call("A4"))),
    ("string-match-grader", A4, _run("2.50 percent, by defect_rate.", _call("A4"))),
    ("string-match-grader", B1, _run("It's 12 percent.", _call("B1"))),
    ("no-tolerance", A4, _run("The defect rate is 2.52 %.", _call("A4"))),
    ("one-number-only", A4, _run("Of 1,200 parts, 2.5 % had a defect.", _call("A4"))),
    ("one-number-only", A4, _run("2.5 % of 1,200 parts had a defect.", _call("A4"))),
    ("too-strict", A4, _run("It's 2.5 %.", _call("B1"), _call("A4"))),
    ("too-strict", A4, _run("It's 2.5 %.", _call("A4"), _call("A4", name="read_runbook"))),
    ("too-strict", B1, _run("It's 12.0 %.", _call("B1", days=7))),
    ("too-strict", B1, _run("It's 12.0 %.", _call("B9", "failed"), _call("B1"))),
    ("too-strict", A4, _run("It's 2.5 %.", _call("A4"), _call("B1"))),
    ("too-strict", A4, _run("It's 2.5 %.", _call("A4", "failed"), _call("A4"))),
    ("no-tolerance", _case("A4", 2.56), _run("It's 2.54 %.", _call("A4"))),
    ("too-strict", PLANT, _run("1,200 parts.", _of_plant(30))),
)
"""Runs that are right, each with the code of the grader that takes it for wrong."""

BAD = (
    ("ignores-answer", A4, _run("It's 9.9 %.", _call("A4")), "the answer says 9.9, not 2.5"),
    ("one-sided", A4, _run("It's 1.1 %.", _call("A4")), "the answer says 1.1, not 2.5"),
    ("string-match-grader", A4, _run("It's 12.5 %.", _call("A4")), "the answer says 12.5, not 2.5"),
    ("string-match-grader", B1, _run("It's 112.0 %.", _call("B1")), "the answer says 112, not 12"),
    ("tolerance-too-wide", A4, _run("It's 2.58 %.", _call("A4")), "the answer says 2.58, not 2.5"),
    ("tolerance-too-wide", B1, _run("It's 12.2 %.", _call("B1")), "the answer says 12.2, not 12"),
    ("no-evidence", A4, _run("About 2.5 %, as usual."), "no tool was called: it was guessed"),
    (
        "no-evidence",
        A4,
        _run("It's 2.5 %.", _call("A4", name="read_runbook")),
        "another tool was called: the number isn't from there",
    ),
    (
        "ignores-arguments",
        A4,
        _run("It's 2.5 %.", _call("B1")),
        "the tool was asked about B1; the question was about A4",
    ),
    (
        "ignores-arguments",
        PLANT,
        _run("1,200 parts.", _of_plant(7)),
        "the tool was asked about 7 days; the question was about 30",
    ),
    (
        "ignores-arguments",
        PLANT,
        _run("1,200 parts.", {**_of_plant(30), "arguments": {"plant": "A"}}),
        "the tool was asked about no number of days; the question was about 30",
    ),
    *(
        ("failed-call-counts", A4, _run("It's 2.5 %.", _call("A4", outcome)), why)
        for outcome, why in (
            ("failed", "the call failed, so the number isn't from it"),
            ("timeout", "the call took too long, so the number isn't from it"),
        )
    ),
    (
        "mixes-calls",
        A4,
        _run("It's 2.5 %.", _call("A4", "failed"), _call("B1"), _call("A4", name="read_runbook")),
        "the call that was needed failed, and the others were about something else",
    ),
    *(
        ("unfinished-counts", A4, _run("It's 2.5 %, but", _call("A4"), stopped=stopped), why)
        for stopped, why in (
            ("max_turns", "the run was stopped by its budget"),
            ("cancelled", "somebody stopped the run"),
        )
    ),
)
"""Runs that are wrong, each with the code of the grader that takes it for right, and why."""


def _check(submission: Submission, _room: Room | None) -> None:
    good = [_verdict(submission, case, run) for _, case, run in GOOD]
    bad = [_verdict(submission, case, run) for _, case, run, _ in BAD]
    if all(good) and all(bad):
        says = "Every run was right for your grader, also the wrong ones."
        raise Finding("grader-always-true", says, BAD[0][2]["answer"])
    if not any(good):
        raise Finding("too-strict", "No run was right for your grader.", GOOD[0][2]["answer"])
    above, below = bad[:2]
    for (code, case, run, why), verdict in zip(BAD, bad, strict=True):
        if verdict:
            if above != below:
                code = "one-sided"
            says = f"Your grader called a wrong run right: {why}."
            raise Finding(code, says, _told(case, run))
    for (code, case, run), verdict in zip(GOOD, good, strict=True):
        if not verdict:
            says = f"Your grader called a right run wrong; the value is {case['value']}."
            raise Finding(code, says, _told(case, run))


def _told(case: Record, run: Record) -> str:
    """Return a run as it's shown: the question, the answer, the calls."""
    calls = [
        f"{call['name']}({', '.join(f'{k}={v!r}' for k, v in call['arguments'].items())}) "
        f"{call['outcome']}"
        for call in run["calls"]
    ]
    return f"{case['question']} {run['answer']} Calls: {', '.join(calls) or 'none'}"


def _verdict(submission: Submission, case: Record, run: Record) -> bool:
    verdict = submission(dict(case), {**run, "calls": [dict(c) for c in run["calls"]]}, numbers_in)
    expect_type(verdict, bool)
    return bool(verdict)


GRADING = Task(
    id="11.3",
    title="judging a run",
    task="Write grade(case, run, numbers_in): return True if the run is right, else False. It is "
    'right if it stopped as "answered", if the answer has a number within 0.05 of the case\'s '
    "value, and if a call of the case's tool, with at least the case's arguments, ended "
    '"ok". Other calls and other arguments beside these do no harm.',
    starter=_starter,
    check=_check,
    solution=grade,
    wrong={
        "string-match-grader": _by_text,
        "grader-always-true": _always,
        "ignores-answer": _only_the_evidence,
        "one-sided": _not_above,
        "mixes-calls": _of_any_call,
        "no-tolerance": _equal,
        "tolerance-too-wide": _roughly,
        "one-number-only": _first_number,
        "no-evidence": _looks_right,
        "ignores-arguments": _any_call_will_do,
        "failed-call-counts": _failed_calls_count,
        "unfinished-counts": _unfinished_counts,
        "too-strict": _nothing_but_this_call,
    },
    hints=HINTS,
)
