"""The chat of a lab: for a user, with real tools, and with a last word when the lab stops."""

import gc
import subprocess
import sys

import pytest
from agent.model_kit import calls, error, says
from chat_kit import ANSWERED, Pages, kinds

from labkit import Chat, Lab
from labkit.background import BackgroundLoop
from labkit.errors import ServiceError, UsageError
from labkit.lab import CHAT_ENDED
from labkit.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def lab(home):
    with Lab(settings=Settings(home=home, cache=home / "cache")) as running:
        yield running


@pytest.fixture
def scripted(model_url, home):
    """A lab whose agent asks a scripted model."""
    settings = Settings(
        home=home, cache=home / "cache", model_url=f"{model_url}/v1", model="scripted"
    )
    with Lab(settings=settings) as running:
        yield running


def test_the_labs_chat_answers_from_its_tools(lab):
    pages = Pages.of(lab.chat())
    pages.say("Which line had the highest defect rate last week?")
    *_, call, answer = pages.until(("user", "sent"), ("tool", "ok"), ("answer", "done"))
    assert call["name"] == "defect_rates"
    assert "A4" in answer["text"]


def test_the_chat_of_a_user_can_do_what_they_may(lab):
    pages = Pages.of(lab.chat(user="operator-a"))
    pages.say("What were the defect rates in plant B last week?")
    *_, answer = pages.wait(lambda messages, _: kinds(messages)[-1:] == [("answer", "done")])
    assert "your plants" in answer["text"]
    assert "operator-a" in repr(lab.chat("operator-a"))


def test_tools_model_and_instructions_are_the_callers_to_choose(scripted, model):
    model.answers(says("ok"))
    pages = Pages.of(scripted.chat(tools=[], instructions="be brief"))
    pages.say("hello")
    pages.until(*ANSWERED)
    assert model.requests[0]["messages"][0] == {"role": "system", "content": "be brief"}
    assert "tools" not in model.requests[0]
    assert "rehearsal:slow" in repr(scripted.chat(model="rehearsal:slow"))


def test_an_agent_that_has_its_user_takes_no_other(lab):
    agent = lab.agent("operator-a")
    assert repr(Chat(agent)) == f"<Chat with {agent!r}>"
    with pytest.raises(UsageError, match="leave authority out"):
        Chat(agent, authority=agent._authority)


def test_a_user_that_isnt_there_is_refused(lab):
    with pytest.raises(UsageError, match="operator-a"):
        lab.chat(user="nobody")


# --- the lab stops ---------------------------------------------------------------------------


def test_a_stopped_lab_says_so_in_its_chat_and_keeps_what_was_said(scripted, model):
    model.answers(says("hello"))
    pages = Pages.of(chat := scripted.chat())
    pages.say("hi")
    pages.until(*ANSWERED)
    ends = pages.ends
    scripted.stop()
    shown = pages.wait(lambda _, status: status.get("closed"))
    assert [each["text"] for each in shown] == ["hi", "hello ", CHAT_ENDED]
    assert pages.ends == ends  # The transcript below holds what was said, and stays.
    pages.say("still there?")
    pages.until(*ANSWERED, ("note", "info"), ("user", "unsent"))
    pages.ask(type="retry")
    assert len(pages.shown[0]) == 4
    assert len(chat.transcript) == 2
    pages.ask(type="clear")
    assert [each["text"] for each in pages.until(("note", "info"))] == [CHAT_ENDED]
    assert len(model.requests) == 1
    with pytest.raises(ServiceError):
        scripted.chat()


def test_a_run_that_goes_on_while_the_lab_stops_is_stopped_first(scripted, model, endless):
    tool, stopped = endless
    model.answers(calls(("endless", {})))
    pages = Pages.of(chat := scripted.chat(tools=[tool]))
    pages.say("go")
    pages.until_last("tool", "running")
    scripted.stop()
    shown = pages.wait(lambda _, status: status.get("closed") and not status["busy"])
    assert stopped.is_set()
    assert kinds(shown)[:2] == [("user", "sent"), ("tool", "cancelled")]
    assert shown[-1]["text"] == CHAT_ENDED
    chat.leave("again")
    pages.say("x")
    assert "again" not in str(pages.shown[0])


def test_a_chat_that_is_gone_is_told_nothing(scripted):
    scripted.chat()
    gc.collect()
    scripted.stop()


def test_a_page_that_opens_after_the_stop_reads_it_as_well(scripted):
    pages = Pages.of(scripted.chat())
    scripted.stop()
    pages.wait(lambda _, status: status.get("closed"))
    pages.ask(type="state")
    state = pages.sent[-1]
    assert state["status"]["closed"]
    assert state["messages"][0]["text"] == CHAT_ENDED


def test_a_script_that_ends_with_an_open_chat_ends_quietly():
    code = "from labkit import Lab\nlab = Lab()\nchat = lab.chat('operator-b')\nprint(chat)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "operator-b" in done.stdout
    assert done.stderr == ""


# --- asked by a cell -------------------------------------------------------------------------


def test_a_cell_asks_and_goes_on_when_the_answer_stands_there(lab):
    chat = lab.chat()
    chat.ask("Which line had the highest defect rate last week?")
    assert kinds(chat._session.conversation.messages) == [
        ("user", "sent"), ("tool", "ok"), ("answer", "done"),
    ]  # fmt: skip
    assert "A4" in repr(chat._twin())
    chat.ask("Which lots are in quarantine?")
    assert len(chat.transcript) == 8


def test_who_was_asked_meanwhile_is_waited_for_as_well(scripted, model):
    model.answers(says("one"), says("two"))
    chat = scripted.chat()
    chat._session.receive({"type": "send", "text": "first"})
    chat.ask("second")
    said = [each["text"].strip() for each in chat._session.conversation.messages]
    assert said == ["first", "one", "second", "two"]


def test_ctrl_c_while_a_cell_waits_stops_the_run(scripted, model, endless):
    tool, stopped = endless
    model.answers(calls(("endless", {})))
    pages = Pages.of(chat := scripted.chat(tools=[tool]))
    job = BackgroundLoop.shared().submit(chat._answered("go"))
    pages.until_last("tool", "running")
    job.cancel()
    job.wait()
    assert stopped.is_set()
    assert kinds(chat._session.conversation.messages)[1] == ("tool", "cancelled")


def test_an_endpoint_that_fails_is_said_in_the_chat_and_raises_nothing(scripted, model):
    model.answers(error(400, "no"))
    chat = scripted.chat()
    chat.ask("hello")
    assert kinds(chat._session.conversation.messages)[-1] == ("note", "error")


def test_a_chat_whose_lab_has_stopped_takes_a_question_back_and_says_why(scripted):
    chat = scripted.chat()
    scripted.stop()
    with pytest.raises(ServiceError, match="The lab of this chat was stopped"):
        chat.ask("hello?")
    assert ("user", "unsent") in kinds(chat._session.conversation.messages)


@pytest.mark.parametrize("bad", ["", " \n", None, 7, b"x"])
def test_nothing_to_ask_is_refused(lab, bad):
    with pytest.raises(UsageError, match="question"):
        lab.chat().ask(bad)
