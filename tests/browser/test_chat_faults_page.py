"""The chat in JupyterLab when something goes wrong: kernels, endpoints, tools, closed pages."""

import pytest
from browser.chat_notebook import chat_in, look, plant, saved, say

NAME = "97_chat_faults.ipynb"
HOSTILE = 'see <img src=x onerror="window.hacked=1"> [click](javascript:window.hacked=1)'
SETUP = f"""
import asyncio, time
from pathlib import Path
from labkit import Agent, Chat, tool
from labkit.agent import Limits
from labkit.server import Server
from model_kit import ScriptedModel, calls, error, event, says, start

HOSTILE = {HOSTILE!r}
told = Path(GO_ON)
told.unlink(missing_ok=True)

def wait_to_be_told():
    while not told.exists():
        time.sleep(0.02)

async def never_begins(send):
    await start(send, 200, "text/event-stream")
    await asyncio.Event().wait()

async def stays_in_the_middle(send):
    await start(send, 200, "text/event-stream")
    body = event({{"content": "half an answer"}})
    await send({{"type": "http.response.body", "body": body, "more_body": True}})
    await asyncio.Event().wait()

@tool
async def endless() -> str:
    "Never ends."
    await asyncio.Event().wait()

@tool
async def breaks() -> str:
    "Breaks."
    raise RuntimeError(HOSTILE)

@tool(writes=True)
async def write(lot: str) -> str:
    "Write."
    return "written"

def reacts(request):
    last = request["messages"][-1]
    text = last["content"]
    if last["role"] == "tool":
        return says("after the tool")
    if text in ("endless", "breaks"):
        return calls((text, {{}}))
    if text == "write":
        return calls(("write", {{"lot": "L-1"}}))
    if text in ("silent", "half"):
        return never_begins if text == "silent" else stays_in_the_middle
    return error(400, HOSTILE) if text == "refuse" else says(text.upper())

model = ScriptedModel()
model.reacts = reacts
server = Server(lambda _url: model, name="model")
server.start()
agent = Agent("scripted", [endless, breaks, write], base_url=f"{{server.url}}/v1", api_key="none",
              limits=Limits(approval_seconds=1))
chat, other = Chat(agent), Chat(agent)
"""
CELLS = [SETUP, "chat", "wait_to_be_told()", "other", "server.stop()", "server.start()"]
CHAT, COMPUTES, OTHER, DOWN, UP = range(1, 6)
RESTART = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()"


@pytest.fixture(scope="module")
def server(clone, start):
    cells = [SETUP.replace("GO_ON", repr(str(clone / "go-on"))), *CELLS[1:]]
    plant(clone, NAME, cells)
    return start()


@pytest.fixture
def chat(lab):
    lab.open(NAME)
    lab.run_cell(0)
    lab.run_cell(CHAT)
    chat = chat_in(lab, CHAT)
    chat.locator("textarea").focus()
    yield chat
    assert lab.elsewhere == []
    assert lab.page.evaluate("() => window.hacked") is None
    lab.command("kernelmenu:shutdown")


@pytest.fixture
def go_on(clone):
    """Let the cell that computes end."""
    path = clone / "go-on"
    yield path.touch
    path.touch()


def compute(lab):
    """Begin a cell that keeps the kernel busy."""
    lab.select(COMPUTES)
    lab.begin("notebook:run-cell")
    lab.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()


def rested(lab):
    lab.page.wait_for_function("() => !document.body.innerText.includes('[*]')")


def ask(lab, chat, text):
    chat.locator("textarea").focus()
    say(lab, text)


def last(chat, kind, text):
    found = chat.locator(f".lk-chat-{kind}", has_text=text).last
    found.wait_for()
    return found


# --- stop ------------------------------------------------------------------------------------

PRESSED = """() => {
  const button = document.querySelector(".lk-chat-stop");
  button.addEventListener("click", () => { window.pressed = performance.now(); }, { once: true });
  new MutationObserver((_, seen) => {
    if (!document.querySelector(".lk-chat-note")) return;
    window.stopped = performance.now();
    seen.disconnect();
  }).observe(document.querySelector(".lk-chat-log"), { childList: true, subtree: true });
}"""


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [("silent", "status", "Answering"), ("half", "answer", "half an"), ("endless", "tool", "runn")],
)
def test_stop_waits_for_nothing_that_the_model_or_a_tool_may_never_do(lab, chat, text, kind, words):
    ask(lab, chat, text)
    last(chat, kind, words)
    lab.page.evaluate(PRESSED)
    chat.get_by_role("button", name="Stop").click()
    last(chat, "note", "Stopped.")
    took_ms = lab.page.evaluate("() => window.stopped - window.pressed")
    print(f"Stop, {text}: its note stood there after {took_ms:.0f} ms (the aim: 500)")


@pytest.mark.usefixtures("needs_subshells")
def test_stop_during_a_tool_call_also_while_a_cell_computes(lab, chat, go_on):
    compute(lab)
    ask(lab, chat, "endless")
    last(chat, "tool", "running")
    chat.get_by_role("button", name="Stop").click()
    last(chat, "note", "Stopped.")
    last(chat, "tool", "cancelled")
    assert lab.page.locator(".jp-InputPrompt", has_text="[*]").count() == 1  # It computes still.
    ask(lab, chat, "well?")
    last(chat, "answer", "WELL?")
    go_on()
    rested(lab)


# --- tools, endpoints ------------------------------------------------------------------------


def test_a_tool_that_fails_and_one_that_nobody_approves_in_time(lab, chat):
    ask(lab, chat, "breaks")
    card = last(chat, "tool", "failed")
    last(chat, "answer", "after the tool")
    card.locator("summary").click()
    assert "window.hacked" in card.inner_text()
    ask(lab, chat, "write")
    denied = chat.locator(".lk-chat-tool[data-state=denied]")
    denied.wait_for()  # A second later.
    assert denied.locator(".lk-chat-gist").inner_text() == "L-1"
    denied.locator("summary").click()
    assert "nobody answered in time" in denied.inner_text()
    assert not denied.get_by_role("button", name="Approve").is_visible()
    assert chat.locator("img, script, iframe, a").count() == 0
    look(lab, chat, "chat-faults")
    assert lab.errors == []


def test_an_endpoint_that_is_down_and_comes_back_is_asked_again_by_a_button(lab, chat):
    lab.run_cell(DOWN)
    ask(lab, chat, "hello")
    note = last(chat, "note", "")
    again = note.get_by_role("button", name="Try again")
    again.wait_for()
    lab.run_cell(UP)
    again.click()
    last(chat, "answer", "HELLO")
    assert chat.locator("article").count() == 2  # The note is gone with the try before.
    ask(lab, chat, "refuse")
    last(chat, "note", "window.hacked")
    assert chat.locator("img, script, iframe, a").count() == 0
    assert lab.errors == []


# --- two chats -------------------------------------------------------------------------------


def test_two_chats_of_one_agent_do_not_mix(lab, chat):
    lab.run_cell(OTHER)
    other = chat_in(lab, OTHER)
    ask(lab, chat, "endless")
    last(chat, "tool", "running")
    ask(lab, other, "beside")
    last(other, "answer", "BESIDE")
    assert chat.locator(".lk-chat-answer").count() == 0
    assert other.locator(".lk-chat-tool").count() == 0
    assert other.locator(".lk-chat-stop").is_disabled()
    lab.page.keyboard.press("Escape")  # In the other, where nothing goes on.
    assert chat.locator(".lk-chat-stop").is_enabled()
    chat.locator("textarea").focus()
    lab.page.keyboard.press("Escape")
    last(chat, "note", "Stopped.")
    assert "BESIDE" in saved(lab, OTHER)["text/plain"]
    assert "BESIDE" not in saved(lab, CHAT)["text/plain"]
    assert lab.errors == []


# --- the kernel, and the page ----------------------------------------------------------------


def test_a_kernel_that_restarts_is_said_in_the_chat_with_what_to_do(lab, chat):
    ask(lab, chat, "hello")
    last(chat, "answer", "HELLO")
    lab.page.keyboard.type("half a question")
    lab.page.evaluate(RESTART)
    note = last(chat, "note", "The kernel was stopped or restarted")
    assert "Run the cell" in note.inner_text()
    assert chat.locator("textarea").get_attribute("placeholder") == "This chat has ended."
    assert chat.get_by_role("button", name="Send").is_disabled()
    chat.locator("textarea").focus()
    lab.page.keyboard.press("Enter")
    assert chat.locator("textarea").input_value() == "half a question"
    assert "HELLO" in chat.locator(".lk-chat-log").inner_text()
    look(lab, chat, "chat-restarted")
    lab.run_cell(0)
    lab.run_cell(CHAT)
    fresh = chat_in(lab, CHAT)
    fresh.locator(".lk-chat-empty").wait_for()
    ask(lab, fresh, "again")
    last(fresh, "answer", "AGAIN")


def test_a_reload_while_a_cell_computes_loses_nothing(lab, chat, go_on):
    ask(lab, chat, "hello")
    last(chat, "answer", "HELLO")
    ask(lab, chat, "half")
    last(chat, "answer", "half an answer")
    lab.command("docmanager:save")
    compute(lab)
    lab.page.reload()
    lab.page.locator(".jp-RenderedMarkdown", has_text="HELLO").first.wait_for()
    go_on()
    chat = chat_in(lab, CHAT)
    last(chat, "answer", "half an answer")
    texts = chat.locator(".lk-chat-user .lk-chat-plain").all_inner_texts()
    assert texts == ["hello", "half"]
    chat.get_by_role("button", name="Stop").click()
    last(chat, "note", "Stopped.")


def test_closed_and_opened_without_its_kernel_the_transcript_is_there(lab, chat):
    ask(lab, chat, "hello")
    last(chat, "answer", "HELLO")
    lab.page.wait_for_function("() => document.querySelector('.lk-chat-stop').disabled")
    lab.command("docmanager:save")
    lab.command("kernelmenu:shutdown")
    last(chat, "note", "The kernel was stopped or restarted")
    lab.open(NAME)
    kept = lab.page.locator(".jp-RenderedMarkdown", has_text="HELLO")
    kept.wait_for()
    assert "hello" in kept.inner_text()
    assert lab.page.locator(".lk-chat").count() == 0
