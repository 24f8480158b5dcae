"""What one can do with an answer: open its trace, ask another way, keep it."""

import asyncio
import json
import threading

import pytest
from agent.model_kit import calls, pieces, says
from chat_kit import ANSWERED, LIMIT_S, Pages, kinds

from labkit import Agent, Chat, Trace, tool
from labkit.agent import Transcript
from labkit.background import BackgroundLoop
from labkit.errors import UsageError
from labkit.tracing.hop import open_recordings
from labkit.widgets import run_traces
from labkit.widgets.run_traces import RunTraces


@tool
async def look_up(lot: str) -> str:
    """Look a lot up."""
    return f"{lot} is well"


@pytest.fixture
def traced(agent_of):
    """The pages of a chat with a tool, whose runs are recorded."""
    pages = Pages.of(Chat(agent_of(look_up), traces=True))
    yield pages
    pages.ask(type="clear")


def trace_of(pages, message_id):
    """Return what a page is told that asks for the trace of a message."""
    pages.ask(type="trace", id=message_id)
    sent = pages.sent[-1]
    assert (sent["type"], sent["id"]) == ("trace", message_id)
    return sent["data"]


def until_traced(pages):
    """Wait until what stands last has a trace, and return it."""
    return pages.wait(lambda messages, _: messages and messages[-1].get("trace"))[-1]


def names(data):
    return [row["name"] for row in data["rows"]]


# --- the trace of an answer ------------------------------------------------------------------


def test_each_answer_has_the_trace_of_its_own_run(model, traced):
    model.answers(calls(("look_up", {"lot": "L-1"})), says("well"), says("hello"))
    traced.say("L-1?")
    answer = until_traced(traced)
    assert (answer["kind"], answer["text"]) == ("answer", "well ")
    traced.say("hi")
    traced.until(("user", "sent"), ("tool", "ok"), ("answer", "done"), *ANSWERED)
    second = until_traced(traced)
    first_names, second_names = (names(trace_of(traced, each["id"])) for each in (answer, second))
    assert first_names[:2] == ["trace", "agent"]
    assert "tool look_up" in first_names
    assert "tool look_up" not in second_names
    assert len(traced.chat.traces) == 2
    assert traced.chat.traces[0].find("tool look_up")
    assert trace_of(traced, answer["id"] + 100) is None


def test_without_being_asked_for_nothing_is_recorded_and_no_button_offered(model, agent_of):
    pages = Pages.of(Chat(agent_of()))
    model.answers(says("hello"))
    pages.say("hi")
    *_, answer = pages.until(*ANSWERED)
    assert "trace" not in answer
    assert pages.chat.traces == []
    assert trace_of(pages, answer["id"]) is None


def test_a_run_that_fails_or_is_stopped_has_a_trace_where_it_says_so(model, traced):
    asked = threading.Event()

    async def never(send):
        asked.set()
        await asyncio.Event().wait()

    model.answers(never)
    traced.say("go")
    assert asked.wait(LIMIT_S)
    traced.ask(type="stop")
    note = until_traced(traced)
    assert kinds([note]) == [("note", "info")]
    assert "agent" in names(trace_of(traced, note["id"]))
    traced.say("again")  # The script is over: an error.
    traced.wait(lambda messages, _: kinds(messages)[-1] == ("note", "error"))
    until_traced(traced)


def test_what_others_do_meanwhile_is_in_no_answers_trace(model, traced, model_url):
    asked, go_on = threading.Event(), threading.Event()

    async def late(send):
        asked.set()
        await asyncio.to_thread(go_on.wait)
        await pieces({"content": "late"})(send)

    model.answers(late, says("elsewhere"))
    traced.say("go")
    assert asked.wait(LIMIT_S)
    assert not any(each.adopts for each in open_recordings)
    other = Agent("scripted", base_url=f"{model_url}/v1", api_key="key")
    with Trace() as mine:
        other.run_sync("hi")
    go_on.set()
    answer = until_traced(traced)
    rows = names(trace_of(traced, answer["id"]))
    assert rows.count("agent") == 1
    assert [span.name for span in mine.find("agent")] == ["agent"]


def test_no_trace_is_left_open_and_the_loop_is_free_while_one_ends(model, traced):
    before = list(open_recordings)
    model.answers(says("hello"))
    traced.say("hi")
    until_traced(traced)
    assert open_recordings == before


def spans(count):
    """Stands for a trace of so many spans; only its length counts here."""
    return type("Spans", (), {"__len__": lambda _: count, "__bool__": lambda _: True})()


def test_the_newest_traces_are_kept_up_to_so_many_spans(monkeypatch):
    monkeypatch.setattr(run_traces, "MAX_SPANS", 100)
    traces = RunTraces()
    assert traces.keep(1, spans(60)) == []
    assert traces.keep(2, spans(40)) == []
    assert traces.keep(3, spans(1000)) == []  # The newest is always kept.
    assert traces.keep(4, spans(10)) == [3, 2, 1]
    assert list(traces.kept) == [4]
    traces.only({5})
    assert traces.kept == {}


def test_a_button_goes_with_its_trace(model, traced, monkeypatch):
    monkeypatch.setattr(run_traces, "MAX_SPANS", 1)
    model.answers(says("one"), says("two"))
    traced.say("first")
    traced.until(*ANSWERED)
    first = until_traced(traced)
    traced.say("second")
    traced.until(*ANSWERED, *ANSWERED)
    until_traced(traced)
    shown, _ = traced.shown
    assert [each.get("trace") for each in shown] == [None, False, None, True]
    assert trace_of(traced, first["id"]) is None
    assert len(traced.chat.traces) == 1
    traced.ask(type="clear")
    assert traced.chat.traces == []


# --- asking another way ----------------------------------------------------------------------


def test_the_last_question_is_asked_another_way(model, traced):
    model.answers(says("one"), says("two"), says("three"))
    traced.say("first")
    traced.until(*ANSWERED)
    traced.say("secnod")
    shown = traced.until(*ANSWERED, *ANSWERED)
    traced.ask(type="edit", id=shown[2]["id"], text="second")
    shown = traced.wait(lambda messages, _: messages[-1].get("text") == "three ")
    assert [each["text"] for each in shown] == ["first", "one ", "second", "three "]
    sent = [each["content"] for each in model.requests[-1]["messages"]]
    assert sent == ["first", "one ", "second"]
    until_traced(traced)
    assert len(traced.chat.traces) == 2  # That of the answer before is gone with it.


def test_an_edit_that_comes_too_late_is_asked_as_it_is_and_nothing_is_lost(model, traced):
    model.answers(says("one"), says("two"))
    traced.say("first")
    question, _ = traced.until(*ANSWERED)
    traced.ask(type="edit", id=question["id"] + 100, text="edited")
    shown = traced.until(*ANSWERED, *ANSWERED)
    assert [each["text"] for each in shown] == ["first", "one ", "edited", "two "]
    until_traced(traced)
    shown = traced.shown[0]
    traced.ask(type="edit", id=shown[2]["id"], text="  \n")
    traced.ask(type="state")
    assert traced.sent[-1]["messages"] == shown


def test_an_edit_stops_the_run_and_leaves_what_was_not_sent(model, traced):
    async def never(send):
        await asyncio.Event().wait()

    model.answers(never, says("better"))
    traced.say("go")
    traced.say("and then")
    question, _ = traced.wait(lambda messages, status: len(messages) == 2 and status["busy"])
    traced.ask(type="edit", id=question["id"], text="go well")
    shown = traced.until(("user", "unsent"), *ANSWERED)
    assert [each["text"] for each in shown] == ["and then", "go well", "better "]


def test_a_retry_that_comes_with_the_last_word_waits_for_the_end_of_the_run(model, traced):
    model.answers(says("one"), says("two"))
    session = traced.session

    async def at_once():
        await session.handle({"type": "send", "text": "go"})
        while session.conversation.status["busy"]:  # noqa: ASYNC110  The very step after it.
            await asyncio.sleep(0)
        assert session._task is not None
        await session.handle({"type": "retry"})

    BackgroundLoop.shared().run(at_once())
    traced.wait(lambda messages, _: messages[-1].get("text") == "two ")
    assert len(model.requests) == 2


def test_a_cell_that_has_asked_finds_the_trace_kept(model, traced, monkeypatch):
    real_end = run_traces.end

    async def late(trace, error):
        await asyncio.sleep(0.1)
        await real_end(trace, error)

    monkeypatch.setattr(run_traces, "end", late)
    model.answers(says("hello"))
    traced.chat.ask("hi")
    assert len(traced.chat.traces) == 1


# --- export ----------------------------------------------------------------------------------


def test_what_was_said_is_exported_as_a_transcript_and_for_people(model, traced, tmp_path):
    hostile = "<img src=x onerror=alert(1)> ```\n# no heading"
    model.answers(calls(("look_up", {"lot": "L-1"})), says(hostile))
    traced.say("L-1?")
    traced.until(("user", "sent"), ("tool", "ok"), ("answer", "done"))
    saved = tmp_path / "chat.json"
    saved.write_text(traced.chat.export("json"), "utf-8")
    assert Transcript.load(saved) == traced.chat.transcript
    text = traced.chat.export()
    assert text.startswith("**You:**\n\n```text\nL-1?\n```\n\n**Tool:**")
    assert f"````text\n{hostile} \n````" in text  # Its fence is longer than any inside.
    for form in ("json", "markdown"):
        traced.ask(type="export", form=form)
        assert traced.sent[-1] == {
            "type": "export",
            "form": form,
            "text": traced.chat.export(form),
        }


@pytest.mark.parametrize("form", ["html", "", None, 5, ["json"]])
def test_another_form_is_refused(traced, form):
    with pytest.raises(UsageError, match="json, markdown"):
        traced.chat.export(form)
    traced.ask(type="export", form=form)
    assert traced.sent == []


def test_an_empty_chat_is_exported_as_well(traced):
    assert json.loads(traced.chat.export("json")) == []
    assert "will stand here" in traced.chat.export("markdown")


# --- threads, approvals ----------------------------------------------------------------------


def test_a_callback_on_another_thread_with_a_loop_of_its_own_only_hands_over(model, traced):
    model.answers(says("hello"))
    done = threading.Event()

    def elsewhere():
        async def callback():
            traced.session.receive({"type": "send", "text": "hi"})

        asyncio.run(callback())
        done.set()

    threading.Thread(target=elsewhere).start()
    assert done.wait(LIMIT_S)
    traced.until(*ANSWERED)


def test_an_approval_for_a_run_that_was_stopped_approves_nothing(model, agent_of):
    written = []

    @tool(writes=True)
    async def write(lot: str) -> str:
        """Write."""
        written.append(lot)
        return "written"

    pages = Pages.of(Chat(agent_of(write)))
    model.answers(calls(("write", {"lot": "L-1"})), says("later"))
    pages.say("go")
    card = pages.until_last("tool", "waiting")

    async def stop_and_approve():
        await pages.session.handle({"type": "stop"})
        await pages.session.handle({"type": "answer", "id": card["id"], "yes": True})

    BackgroundLoop.shared().run(stop_and_approve())
    pages.until(("user", "sent"), ("tool", "cancelled"), ("note", "info"))
    pages.say("again")
    pages.wait(lambda messages, _: messages[-1].get("text") == "later ")
    assert written == []
