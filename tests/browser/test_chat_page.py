"""The chat in JupyterLab: by keyboard alone, while a cell computes, and whatever a model writes."""

import pytest
from browser.chat_notebook import look, plant, saved, say

HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> '
    "[click](javascript:window.hacked=1) ![p](http://192.0.2.1/p.png) $\\href{javascript:x}{y}$"
)
PLAIN = {"line": "A4", "lots": [7], "days": 30, "all": True}
GISTS = [HOSTILE, f"A4, days 30, all true, {HOSTILE}"]  # Of both calls; 40 characters are shown.
SETUP = f'''
import threading
from labkit import Agent, Chat, tool
from labkit.server import Server
from model_kit import ScriptedModel, calls, event, says, start
import asyncio

HOSTILE = {HOSTILE!r}
PLAIN = {PLAIN!r}
WORDS = "Line **A** had `0.02` defects.\\n\\n```py\\nrate = 0.02\\n```\\n- see https://example.org/a"
released = threading.Event()

async def stays_in_the_middle(send):
    await start(send, 200, "text/event-stream")
    body = event({{"content": "half an answer"}})
    await send({{"type": "http.response.body", "body": body, "more_body": True}})
    await asyncio.Event().wait()

@tool(writes=True)
async def quarantine(lot: str) -> str:
    """Set a lot aside."""
    return f"{{lot}} is set aside {{HOSTILE}}"

def reacts(request):
    last = request["messages"][-1]
    if last["role"] == "tool":
        return says(HOSTILE)
    if last["content"] == "write":
        return calls(("quarantine", {{"lot": HOSTILE}}), (HOSTILE, {{**PLAIN, HOSTILE: HOSTILE}}))
    if last["content"] == "half":
        return stays_in_the_middle
    if last["content"] == "release":
        released.set()
    return says(WORDS)

model = ScriptedModel()
model.reacts = reacts
server = Server(lambda _url: model, name="model")
server.start()
chat = Chat(Agent("scripted", [quarantine], base_url=f"{{server.url}}/v1", api_key="none"))
'''
HOLD_SUBSHELL = """() => {
  const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  const request = kernel.requestCreateSubshell.bind(kernel);
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  const made = opened.then(() => request({}).done);
  kernel.requestCreateSubshell = () => ({ done: made });
  window.makeSubshell = () => { open(); return made.then((reply) => reply.content.status); };
}"""
CELLS = [SETUP, "chat", "released.wait(60)", "chat", "server.stop()"]


@pytest.fixture(scope="module")
def server(clone, start):
    """A JupyterLab with a notebook that shows a chat with a scripted model."""
    plant(clone, "97_chat.ipynb", CELLS)
    return start()


@pytest.fixture
def chat(lab):
    lab.open("97_chat.ipynb")
    lab.run_cell(0)
    lab.run_cell(1)
    chat = lab.page.locator(".lk-chat").first
    chat.locator("textarea").focus()
    yield chat
    assert lab.errors == []
    assert lab.elsewhere == []
    lab.command("kernelmenu:shutdown")


@pytest.mark.usefixtures("needs_subshells")
def test_by_keyboard_alone_while_another_cell_computes(lab, chat):
    lab.select(2)
    lab.begin("notebook:run-cell")
    lab.page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    chat.locator("textarea").focus()
    lab.page.keyboard.type("first line")
    lab.page.keyboard.press("Shift+Enter")
    assert chat.locator("textarea").input_value() == "first line\n"
    say(lab, "second line")
    answer = chat.locator(".lk-chat-answer")
    answer.locator("button", has_text="Copy").last.wait_for()
    assert chat.locator(".lk-chat-user .lk-chat-plain").inner_text() == "first line\nsecond line"
    assert answer.locator("strong").inner_text() == "A"
    assert answer.locator("pre").inner_text() == "rate = 0.02"
    assert answer.locator("a").get_attribute("href") == "https://example.org/a"
    assert lab.cells()[2]["outputs"] == []  # It computes still.
    assert "13 tokens" in chat.locator(".lk-chat-status").inner_text()
    say(lab, "release")
    lab.page.wait_for_function("() => !document.body.innerText.includes('[*]')")
    assert lab.cells()[2]["outputs"][0]["data"]["text/plain"] == "True"
    # A second view shows the same, and so does what the notebook keeps.
    lab.run_cell(3)
    second = lab.page.locator(".lk-chat").nth(1)
    second.locator(".lk-chat-answer").nth(1).wait_for()
    log = ".lk-chat-log"
    assert second.locator(log).inner_text() == chat.locator(log).inner_text()
    assert "You: first line\nsecond line" in saved(lab)["text/plain"]
    assert saved(lab)["text/plain"] == saved(lab, 3)["text/plain"]


@pytest.mark.usefixtures("needs_subshells")
def test_it_answers_though_the_next_cell_began_before_the_page_showed_it(lab):
    lab.open("97_chat.ipynb")
    lab.run_cell(0)
    lab.page.evaluate(HOLD_SUBSHELL)  # So that the first message goes to the shell of the cells.
    for cell in (1, 2):  # Both are in the kernel's queue before the page has loaded the chat.
        lab.select(cell)
        lab.begin("notebook:run-cell")
    chat = lab.page.locator(".lk-chat").first
    chat.locator("textarea").focus()
    lab.page.evaluate("() => window.makeSubshell()")
    say(lab, "hello")
    chat.locator(".lk-chat-answer pre").wait_for()
    say(lab, "release")
    lab.page.wait_for_function("() => !document.body.innerText.includes('[*]')")
    assert lab.cells()[2]["outputs"][0]["data"]["text/plain"] == "True"
    assert lab.errors == []
    lab.command("kernelmenu:shutdown")


def test_escape_stops_in_the_middle_and_the_chat_goes_on(lab, chat):
    say(lab, "half")
    chat.locator(".lk-chat-answer", has_text="half an answer").wait_for()
    assert chat.get_by_role("button", name="Stop").is_enabled()
    say(lab, "a message that waits")
    chat.locator(".lk-chat-user", has_text="queued").wait_for()
    lab.page.keyboard.press("Escape")
    chat.locator(".lk-chat-note", has_text="Stopped.").wait_for()
    chat.locator(".lk-chat-user", has_text="not sent").wait_for()
    lab.page.wait_for_function("() => document.querySelector('.lk-chat-stop').disabled")
    say(lab, "again")
    chat.locator(".lk-chat-answer pre").wait_for()
    assert "Model (stopped): half an answer" in saved(lab)["text/plain"]
    chat.get_by_role("button", name="Clear the conversation").click()
    assert chat.locator("article").count() > 0  # What can't be taken back takes two presses.
    chat.get_by_role("button", name="Really clear").click()
    lab.page.wait_for_function("() => !document.querySelector('.lk-chat-log article')")


@pytest.mark.parametrize("choice", ["Approve", "Deny"])
def test_a_write_is_approved_or_denied_and_hostile_text_stays_text(lab, chat, choice):
    say(lab, "write")
    card = chat.locator(".lk-chat-tool[data-state=waiting]")
    card.wait_for()
    assert HOSTILE.split(" [")[0] in card.locator("pre").first.inner_text().replace('\\"', '"')
    look(lab, chat, f"chat-{choice.lower()}")
    lab.page.keyboard.press("Shift+Tab")  # From the input into the log, and to its last button.
    chat.get_by_role("button", name=choice).last.focus()
    lab.page.keyboard.press("Enter")
    done = {"Approve": "ok", "Deny": "denied"}[choice]
    chat.locator(f".lk-chat-tool[data-state={done}]").wait_for()
    chat.locator(".lk-chat-answer .lk-chat-foot:not([hidden])").wait_for()
    assert HOSTILE.split(" [")[0] in chat.locator(".lk-chat-answer").inner_text()
    shown = chat.locator(".lk-chat-tool .lk-chat-gist").all_inner_texts()
    assert shown == [gist[:40] for gist in GISTS]
    for summary in chat.locator("summary").all():
        summary.click()
    assert chat.locator("img, script, iframe, a[href^=javascript]").count() == 0
    kept = lab.page.locator(".jp-RenderedMarkdown")
    kept.get_by_text("javascript:window.hacked=1").first.wait_for()
    assert kept.locator("img, script, a, mjx-container").count() == 0
    assert lab.page.evaluate("() => window.hacked") is None
    look(lab, chat, f"chat-{choice.lower()}-done")
