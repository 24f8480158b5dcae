"""A chat with a real agent over a real socket: what pages are sent, and how runs end."""

import asyncio
import json
import os
import subprocess
import sys
import threading

import nbformat
import pytest
from agent.model_kit import calls, error, pieces, says, start
from chat_kit import ANSWERED, LIMIT_S, Pages, kinds
from ipykernel.comm.comm import BaseComm
from nbclient import NotebookClient

import labkit
from labkit import Chat, tool
from labkit.background import BackgroundLoop
from labkit.errors import UsageError
from labkit.widgets import outbox
from labkit.widgets.session import MAX_CHARACTERS, MAX_QUEUED, TOO_LONG, TOO_MANY


@pytest.fixture
def pages_of(agent_of):
    made = []

    def make(*tools, **options):
        made.append(Pages(agent_of(*tools, **options).stream))
        return made[-1]

    yield make
    for each in made:
        each.ask(type="clear")


@tool(writes=True)
async def quarantine(lot: str) -> str:
    """Set a lot aside."""
    return f"{lot} is set aside"


async def never_begins(send):
    await asyncio.Event().wait()


async def stays_in_the_middle(send):
    await start(send, 200, "text/event-stream")
    delta = {"choices": [{"index": 0, "delta": {"content": "half"}, "finish_reason": None}]}
    body = b"data: " + json.dumps(delta).encode() + b"\n\n"
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await asyncio.Event().wait()


# --- answers ---------------------------------------------------------------------------------


def test_an_answer_arrives_whole_and_a_page_that_asks_then_shows_the_same(model, pages_of):
    pages = pages_of()
    model.answers(says("It is 5"))
    pages.say("what is 2 + 3?")
    shown = pages.until(*ANSWERED)
    assert [each["text"] for each in shown] == ["what is 2 + 3?", "It is 5 "]
    pages.ask(type="state")
    state = pages.sent[-1]
    assert (state["type"], state["messages"]) == ("state", shown)
    assert state["seq"] == pages.sent[-2]["seq"]
    assert state["status"]["input_tokens"] == 10


def test_a_thousand_tokens_cost_little_on_the_wire(model, pages_of):
    pages = pages_of()
    words = [f"word{n} " for n in range(1000)]
    model.answers(pieces(*[{"content": word} for word in words]))
    pages.say("go")
    shown = pages.until(*ANSWERED)
    assert shown[-1]["text"] == "".join(words)
    assert sum(len(json.dumps(each)) for each in pages.sent) < 150 * 1024


def test_changes_wait_until_the_time_between_two_flushes_is_over(model, pages_of, monkeypatch):
    monkeypatch.setattr(outbox, "FLUSH_S", 3600.0)
    pages = pages_of()
    ended = threading.Event()
    monkeypatch.setattr(pages.session, "_on_end", ended.set)
    model.answers(says("one two three"))
    pages.say("go")
    assert ended.wait(LIMIT_S)
    assert len(pages.sent) == 1  # What came first, at once; the rest waits.
    pages.ask(type="state")  # That sends all there is, in order.
    assert [each["type"] for each in pages.sent] == ["changes", "changes", "state"]
    assert kinds(pages.shown[0]) == list(ANSWERED)


def test_a_message_sent_while_busy_is_queued_and_answered_next(model, pages_of):
    pages = pages_of()
    go_on = threading.Event()

    async def late(send):
        await asyncio.to_thread(go_on.wait)
        await pieces({"content": "first"})(send)

    model.answers(late, says("second"))
    pages.say("one")
    pages.say("two")
    pages.until_last("user", "queued")
    go_on.set()
    shown = pages.until(*ANSWERED, *ANSWERED)
    assert [each["text"] for each in shown] == ["one", "first", "two", "second "]
    assert pages.ends == 2


def test_an_empty_message_is_refused_quietly_and_a_long_one_cut_with_a_word(model, pages_of):
    pages = pages_of()
    pages.say("  \n ")
    assert pages.shown[0] == []
    model.answers(says("ok"))
    pages.say("x" * (MAX_CHARACTERS + 1))
    note, *_ = pages.until(("note", "info"), *ANSWERED)
    assert note["text"] == TOO_LONG
    assert model.requests[0]["messages"][-1]["content"] == "x" * MAX_CHARACTERS


def test_no_more_than_so_many_messages_wait(model, pages_of):
    pages = pages_of()
    model.always = never_begins
    for number in range(MAX_QUEUED + 2):
        pages.say(str(number))
    assert pages.until_last("note", "info")["text"] == TOO_MANY
    assert kinds(pages.shown[0]).count(("user", "queued")) == MAX_QUEUED


@pytest.mark.parametrize(
    "request_", [None, 5, "send", {}, {"type": "send"}, {"type": "send", "text": 5}, {"type": "no"}]
)
def test_what_is_no_request_changes_nothing(pages_of, request_):
    pages = pages_of()
    BackgroundLoop.shared().run(pages.session.handle(request_))
    assert pages.shown[0] == []


# --- stop ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "last"), [(never_begins, "user"), (stays_in_the_middle, "answer")]
)
def test_stop_before_the_first_token_and_in_the_middle(model, pages_of, line, last):
    pages = pages_of()
    model.reacts = lambda request: line if len(request["messages"]) == 1 else says("well")
    pages.say("go")
    pages.wait(lambda messages, status: status["busy"] and messages[-1]["kind"] == last)
    pages.ask(type="stop")
    stopped = [("answer", "stopped")] if last == "answer" else []
    pages.until(("user", "sent"), *stopped, ("note", "info"))
    pages.say("still there?")
    pages.until(("user", "sent"), *stopped, ("note", "info"), *ANSWERED)


def test_stop_at_once_after_sending_leaves_no_run_behind(model, pages_of):
    pages = pages_of()
    model.always = never_begins

    async def both():
        await pages.session.handle({"type": "send", "text": "go"})
        await pages.session.handle({"type": "stop"})  # The run had no step yet.

    BackgroundLoop.shared().run(both())
    pages.until(("user", "sent"), ("note", "info"))
    assert model.requests == []


def test_stop_during_a_tool_call_stops_the_tool_and_takes_back_the_queue(model, pages_of, endless):
    endless_tool, stopped = endless
    pages = pages_of(endless_tool)
    model.answers(calls(("endless", {})), says("well"))
    pages.say("go")
    pages.until_last("tool", "running")
    pages.say("and then")
    pages.ask(type="stop")
    assert stopped.is_set()
    pages.until(("user", "sent"), ("tool", "cancelled"), ("user", "unsent"), ("note", "info"))
    pages.say("again")
    pages.wait(lambda messages, _: messages[-1].get("text") == "well ")


# --- approval --------------------------------------------------------------------------------


@pytest.mark.parametrize(("yes", "state"), [(True, "ok"), (False, "denied")])
def test_a_write_waits_for_the_answer_of_a_page(model, pages_of, yes, state):
    pages = pages_of(quarantine)
    model.answers(calls(("quarantine", {"lot": "L-1"})), says("done"))
    pages.say("set L-1 aside")
    card = pages.until_last("tool", "waiting")
    assert json.loads(card["arguments"]) == {"lot": "L-1"}
    pages.ask(type="answer", id=card["id"] + 1, yes=True)  # Of no card.
    pages.ask(type="answer", id=card["id"], yes=yes)
    _, tool_card, _ = pages.until(("user", "sent"), ("tool", state), ("answer", "done"))
    assert ("is set aside" in tool_card["content"]) is yes


def test_no_answer_in_time_means_no(model, pages_of):
    pages = pages_of(quarantine, limits=labkit.agent.Limits(approval_seconds=0.01))
    model.answers(calls(("quarantine", {"lot": "L-1"})), says("done"))
    pages.say("set L-1 aside")
    shown = pages.until(("user", "sent"), ("tool", "denied"), ("answer", "done"))
    assert "nobody answered in time" in shown[1]["content"]


def test_a_click_on_an_old_card_approves_nothing(model, pages_of):
    pages = pages_of(quarantine)
    line = calls(("quarantine", {"lot": "L-1"}))
    model.answers(line, says("no"), line, says("no"))  # Both calls have the same call id.
    pages.say("one")
    old = pages.until_last("tool", "waiting")["id"]
    pages.ask(type="answer", id=old, yes=False)
    pages.until(("user", "sent"), ("tool", "denied"), ("answer", "done"))
    pages.say("two")
    new = pages.until_last("tool", "waiting")["id"]
    pages.ask(type="answer", id=old, yes=True)
    assert pages.shown[0][-1]["state"] == "waiting"
    pages.ask(type="answer", id=new, yes=False)
    pages.wait(lambda messages, _: messages[-2:] and messages[-2].get("state") == "denied")


# --- errors, retry, clear --------------------------------------------------------------------


def test_an_error_is_said_and_trying_again_asks_the_same_once(model, pages_of):
    pages = pages_of()
    model.answers(error(400, "no such thing"), says("better"))
    pages.say("go")
    shown = pages.until(("user", "sent"), ("note", "error"))
    assert "no such thing" in shown[-1]["text"]
    pages.ask(type="retry")
    pages.until(*ANSWERED)
    assert [each["content"] for each in model.requests[-1]["messages"]] == ["go"]


def test_asking_again_forgets_the_answer_before(model, pages_of):
    pages = pages_of()
    model.answers(says("one"), says("two"), says("three"))
    pages.ask(type="retry")  # Of nothing.
    pages.say("first")
    pages.until(*ANSWERED)
    pages.say("second")
    pages.until(*ANSWERED, *ANSWERED)
    pages.ask(type="retry")
    shown = pages.wait(lambda messages, _: messages[-1].get("text") == "three ")
    assert [each["text"] for each in shown] == ["first", "one ", "second", "three "]
    sent = [each["content"] for each in model.requests[-1]["messages"]]
    assert sent == ["first", "one ", "second"]


def test_an_error_takes_back_what_waits(model, pages_of):
    pages = pages_of()
    go_on = threading.Event()

    async def fails(send):
        await asyncio.to_thread(go_on.wait)
        await error(400)(send)

    model.answers(fails)
    pages.say("one")
    pages.say("two")
    go_on.set()
    pages.until(("user", "sent"), ("user", "unsent"), ("note", "error"))
    assert len(model.requests) == 1


def test_clear_stops_the_run_and_the_next_question_begins_anew(model, pages_of):
    pages = pages_of()
    model.answers(stays_in_the_middle, says("new"))
    pages.say("old")
    pages.until_last("answer", "growing")
    pages.ask(type="clear")
    pages.wait(lambda messages, _: messages == [])
    pages.say("fresh")
    pages.until(*ANSWERED)
    assert [each["content"] for each in model.requests[-1]["messages"]] == ["fresh"]


def test_two_chats_with_one_agent_do_not_mix(model, agent_of):
    agent = agent_of()
    one, two = Pages(agent.stream), Pages(agent.stream)
    model.reacts = lambda request: says(request["messages"][-1]["content"].upper())
    one.say("a")
    two.say("b")
    assert [each["text"] for each in one.until(*ANSWERED)] == ["a", "A "]
    assert [each["text"] for each in two.until(*ANSWERED)] == ["b", "B "]


# --- the public face -------------------------------------------------------------------------


def test_the_chat_is_a_public_name_with_a_repr_that_stays(agent_of):
    chat = labkit.Chat(agent_of(quarantine))
    assert repr(chat) == f"<Chat with {agent_of(quarantine)!r}>"
    assert "0x" not in repr(chat.widget)
    assert "key" not in repr(chat)
    with pytest.raises(UsageError, match="Agent"):
        Chat("agent")


def test_a_request_of_the_page_is_handed_to_the_loop_and_the_answer_sent_from_there(
    model, agent_of, monkeypatch
):
    chat = Chat(agent_of())
    sent, ended = [], threading.Event()

    def note(message):
        sent.append(threading.current_thread().name)
        statuses = [c[1] for c in message["changes"] if c[0] == "status"]
        if statuses and not statuses[-1]["busy"]:
            ended.set()

    monkeypatch.setattr(chat.widget, "send", note)
    model.answers(says("hello"))
    chat.widget._handle_custom_msg({"type": "send", "text": "hi"}, [])
    assert ended.wait(LIMIT_S)
    assert [each["content"] for each in chat.transcript] == ["hi", "hello "]
    assert set(sent) == {"labkit-background"}


def test_a_page_chooses_the_subshell_also_after_a_cell_wrote_to_it(agent_of, monkeypatch):
    if not hasattr(BaseComm, "_reply_subshell_for"):
        pytest.skip("an ipykernel before 7.4 leaves the choice to the page")
    monkeypatch.setattr("comm.create_comm", BaseComm)
    comm = Chat(agent_of()).widget.comm
    comm._reply_subshell_id = None  # What ipykernel notes when the main shell has written.
    assert comm._reply_subshell_for({"content": {}}, "of the page") == "of the page"


def test_without_anywidget_it_says_what_is_needed(agent_of, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "labkit.widgets.chat_page", None)
    monkeypatch.setattr("labkit.widgets.chat._has_page", lambda: True)
    chat = Chat(agent_of())
    with pytest.raises(labkit.errors.MissingDependency, match="pip install"):
        _ = chat.widget
    chat._ipython_display_()
    assert "anywidget" in capsys.readouterr().out


def test_a_cell_shows_the_chat_and_its_transcript_which_is_renewed_after_a_run(
    model, agent_of, monkeypatch
):
    shown, handles = [], []

    class Handle:
        def update(self, twin):
            handles.append(repr(twin))

    def display(what, **options):
        shown.append(what)
        return Handle() if options else None

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("labkit.widgets.chat._has_page", lambda: True)
    chat = Chat(agent_of())
    chat._ipython_display_()
    assert shown[0] is chat.widget
    assert "will stand here" in repr(shown[1])
    model.answers(says("hello"))
    BackgroundLoop.shared().run(chat._session.handle({"type": "send", "text": "hi"}))
    BackgroundLoop.shared().run(asyncio.wait_for(_ended(chat._session), LIMIT_S))
    assert handles == ["You: hi\nModel: hello "]


async def _ended(running):
    if running._task is not None:
        await asyncio.wait([running._task])


SCRIPT = """
from labkit import Agent, Chat
from IPython.display import display
chat = Chat(Agent("m", base_url="http://127.0.0.1:9/v1", api_key="none"))
print(chat)
display(chat)
"""
IN_A_TERMINAL = [sys.executable, "-m", "IPython", "--colors=nocolor", "--no-banner"]


@pytest.mark.parametrize(
    ("command", "told"), [([sys.executable], ""), (IN_A_TERMINAL, 'chat.ask("...")')]
)
def test_a_script_and_a_terminal_get_clear_text_and_no_error(command, told, tmp_path):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT, "utf-8")
    done = subprocess.run(
        [*command, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    assert "<Chat with <Agent m" in done.stdout
    assert told in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_kernel_without_a_front_end_shows_text_and_no_error(tmp_path):
    cell = SCRIPT.replace("display(chat)", "chat")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook, timeout=60).execute()
    shown = [each.data["text/plain"] for each in notebook.cells[0].outputs if "data" in each]
    assert "run this cell in JupyterLab" in shown[0]
    assert "will stand here" in shown[1]


def test_loading_the_chat_loads_no_widget_library():
    code = (
        "import sys, labkit; labkit.Chat; "
        "print([m for m in ('anywidget', 'ipywidgets', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
