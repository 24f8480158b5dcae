"""Events in, messages out; and a page that follows the changes shows what a snapshot shows."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.agent import (
    ApprovalAsked,
    Done,
    Result,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    Transcript,
    Usage,
)
from labkit.widgets.conversation import ENDS, Conversation
from labkit.widgets.harmless import harmless

STARTED = ToolStarted("c1", "defect_rate", {"line": "A"})
ENDED = ToolEnded("c1", "defect_rate", "ok", "0.02", 1.234)


def result(text="", stopped="answered"):
    return Result(text, (), Usage(), Transcript(), stopped, "run")


def conversation():
    ticks = count()
    return Conversation(clock=lambda: float(next(ticks)))


def asked(text="go"):
    talk = conversation()
    question = talk.begin(talk.say(text))
    return talk, question


class Page:
    """What a page knows that gets the changes."""

    def __init__(self):
        self.messages, self.status = {}, None

    def follow(self, changes):
        for kind, *what in json.loads(json.dumps(changes)):
            if kind == "put":
                self.messages[what[0]["id"]] = what[0]
            elif kind == "text":
                self.messages[what[0]]["text"] += what[1]
            elif kind == "drop":
                self.messages.pop(what[0], None)
            else:
                (self.status,) = what
        return self


def kinds(talk):
    return [(each["kind"], each["state"]) for each in talk.messages]


def test_a_run_with_text_a_call_and_an_answer():
    talk, _ = asked("which line?")
    for event in (
        TextDelta("One "),
        TextDelta("moment."),
        Usage(10, 3),
        STARTED,
        ToolProgress("c1", "defect_rate", "2 of 4", 0.5),
        ENDED,
        TextDelta("Line A."),
        Usage(30, 7),
        Done(result("Line A.")),
    ):
        talk.take(event)
    question, before, call, answer = talk.messages
    assert kinds(talk) == [("user", "sent"), ("answer", "done"), ("tool", "ok"), ("answer", "done")]
    assert (question["text"], before["text"], answer["text"]) == (
        "which line?",
        "One moment.",
        "Line A.",
    )
    assert (call["name"], call["content"], call["note"], call["seconds"]) == (
        "defect_rate",
        "0.02",
        "",
        1.23,
    )
    assert json.loads(call["arguments"]) == {"line": "A"}
    assert talk.status == {
        "busy": False,
        "stopping": False,
        "closed": False,
        "input_tokens": 30,
        "output_tokens": 7,
    }


def test_neighbouring_text_is_one_change():
    talk, _ = asked()
    talk.changes()
    for _ in range(1000):
        talk.take(TextDelta("ab "))
    opened, text = talk.changes()
    assert (opened[0], opened[1]["text"]) == ("put", "")
    assert text == ["text", opened[1]["id"], "ab " * 1000]
    assert talk.changes() == []


def test_tokens_of_runs_add_up_and_clear_begins_anew():
    talk, _ = asked()
    talk.take(Usage(10, 3))
    talk.end(result())
    talk.begin(talk.say("more"))
    talk.take(Usage(5, 2))
    talk.end(result())
    assert (talk.status["input_tokens"], talk.status["output_tokens"]) == (15, 5)
    talk.clear()
    assert (talk.messages, talk.status["input_tokens"]) == ([], 0)


def test_a_stop_closes_what_is_open_and_keeps_what_nobody_had_read():
    talk, _ = asked()
    talk.take(TextDelta("half"))
    talk.end(result("half an answer", "cancelled"), cancelled=True)
    assert kinds(talk)[1:] == [("answer", "stopped"), ("note", "info")]
    assert talk.messages[1]["text"] == "half an answer"
    talk.begin(talk.say("again"))
    talk.take(STARTED)
    talk.end(None, cancelled=True)
    assert kinds(talk)[-2] == ("tool", "cancelled")


@pytest.mark.parametrize("stopped", ENDS)
def test_an_end_that_is_no_answer_is_said(stopped):
    talk, _ = asked()
    talk.take(Done(result("", stopped)))
    assert talk.messages[-1]["text"] == ENDS[stopped]


def test_an_approval_is_for_the_card_that_waits_and_for_no_other():
    talk, _ = asked()
    talk.take(STARTED)
    card = talk.messages[-1]["id"]
    assert talk.approved(card, yes=True) is None  # It doesn't wait yet.
    talk.take(ApprovalAsked("c1", "defect_rate", {"line": "B"}, 120.0))
    assert talk.messages[-1]["state"] == "waiting"
    assert json.loads(talk.messages[-1]["arguments"]) == {"line": "B"}
    assert "120 s" in talk.messages[-1]["note"]
    assert talk.approved(card + 1, yes=True) is None
    assert talk.approved(card, yes=False) == "c1"
    assert talk.approved(card, yes=True) is None  # Once.


def test_what_comes_after_the_end_of_a_call_changes_nothing():
    talk, _ = asked()
    for event in (STARTED, ENDED):
        talk.take(event)
    talk.changes()
    talk.take(ToolProgress("c1", "defect_rate", "late", None))
    talk.take(ENDED)
    assert talk.changes() == []


def test_rewind_takes_off_the_question_and_all_after_it():
    talk, first = asked("one")
    talk.end(result())
    second = talk.begin(talk.say("two"))
    talk.take(TextDelta("answer"))
    talk.end(result("answer"))
    talk.rewind(second)
    assert talk.messages == [first]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\x7f\x9b1m", "␡\ufffd1m"),
        ("abc\u202edcba\u2066", "abc\ufffddcba\ufffd"),
        ("half \ud83d", "half \ufffd"),
        ("whole 😀 é", "whole 😀 é"),
    ],
)
def test_control_characters_are_seen_and_not_obeyed(text, shown):
    assert harmless(text) == shown


@given(st.text(), st.integers(0, 50))
def test_pieces_that_are_cut_anywhere_become_the_same(text, cut):
    assert harmless(text[:cut]) + harmless(text[cut:]) == harmless(text)


@given(st.text())
def test_nothing_that_comes_out_controls_anything(text):
    assert all(sign in "\n\t" or sign.isprintable() or ord(sign) > 0x9F for sign in harmless(text))


def test_names_arguments_and_results_are_harmless_too():
    talk, _ = asked("\x1b[0m")
    talk.take(ToolStarted("c1", "\x1b]0;x", {"\u202e": "\x1b"}))
    talk.take(ToolProgress("c1", "", "\x1b", None))
    talk.take(ToolEnded("c1", "", "failed", "\x1b[2J", 1.0))
    talk.note("\x1b", is_error=True)
    assert "\x1b" not in str(talk.messages)
    assert "\u202e" not in json.dumps(talk.messages, ensure_ascii=False)


STEPS = st.lists(
    st.sampled_from(
        [
            lambda t: t.begin(t.say("q")),
            lambda t: t.say("queued"),
            lambda t: t.take(TextDelta("text")),
            lambda t: t.take(STARTED),
            lambda t: t.take(ApprovalAsked("c1", "defect_rate", {}, 1.0)),
            lambda t: t.take(ENDED),
            lambda t: t.take(Usage(1, 1)),
            lambda t: t.end(result("textmore")),
            lambda t: t.end(None, cancelled=True),
            lambda t: t.clear(),
            lambda t: t.stopping(),
        ]
    )
)


@given(STEPS, STEPS)
def test_a_page_that_follows_shows_what_a_new_page_is_told(before, after):
    talk = Conversation(clock=lambda: 0.0)
    page = Page()
    for step in before:
        step(talk)
    page.follow(talk.changes())
    for step in after:
        step(talk)
    page.follow(talk.changes())
    snapshot = talk.snapshot()
    assert list(page.messages.values()) == snapshot["messages"]
    assert page.status in (None, snapshot["status"])
