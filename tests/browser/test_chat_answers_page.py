"""A lab's chat in JupyterLab: open a trace, ask another way, keep what was said, stop the lab."""

import json

import pytest
from browser.chat_notebook import PICTURES, chat_in, look, plant, say

NAME = "97_chat_answers.ipynb"
QUESTION = "Which line had the highest defect rate last week, and what does its runbook say?"
HAS_FOCUS = "e => document.activeElement === e"
CELLS = ["import labkit\nlab = labkit.Lab()\nchat = lab.chat()", "chat", "lab.stop()"]


@pytest.fixture(scope="module")
def server(clone, start):
    plant(clone, NAME, CELLS)
    return start()


@pytest.fixture
def chat(lab):
    lab.open(NAME)
    lab.run_cell(0)
    lab.run_cell(1)
    chat = chat_in(lab, 1)
    chat.locator("textarea").focus()
    yield chat
    assert lab.errors == []
    assert lab.elsewhere == []
    lab.command("kernelmenu:shutdown")


def asked(lab, chat, text=QUESTION, count=1):
    say(lab, text)
    last = chat.locator(".lk-chat-answer").nth(count - 1)
    last.get_by_role("button", name="Trace").wait_for()
    return last


def test_the_trace_of_an_answer_opens_below_it_and_is_walked_by_keyboard(lab, chat):
    answer = asked(lab, chat)
    assert "A4" in answer.inner_text()
    trace = answer.get_by_role("button", name="Trace")
    assert trace.get_attribute("aria-expanded") == "false"
    trace.focus()
    lab.page.keyboard.press("Enter")
    opened = chat.get_by_role("region", name="Trace of an answer")
    tree = opened.get_by_role("tree")
    tree.wait_for()
    names = opened.locator(".lk-trace-words").all_inner_texts()
    assert names[:2] == ["trace", "agent"]
    assert "tool defect_rates" in names
    assert tree.evaluate(HAS_FOCUS)
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    panel = opened.get_by_role("region", name="Details")
    panel.wait_for()
    look(lab, chat, "chat-trace")
    lab.page.keyboard.press("Escape")
    assert not panel.is_visible()
    opened.get_by_role("button", name="Close the trace").focus()
    lab.page.keyboard.press("Enter")
    assert chat.get_by_role("tree").count() == 0
    assert trace.get_attribute("aria-expanded") == "false"
    assert trace.evaluate(HAS_FOCUS)


def test_nothing_is_cut_in_a_narrow_window(lab, chat):
    answer = asked(lab, chat, QUESTION + " " + "x" * 300)
    lab.page.set_viewport_size({"width": 500, "height": 1000})
    answer.get_by_role("button", name="Trace").click()
    chat.get_by_role("tree").wait_for()
    chat.scroll_into_view_if_needed()
    lab.page.screenshot(path=PICTURES / "chat-narrow.png")
    for one in (chat, chat.locator(".lk-chat-log"), *chat.locator("article").all()):
        assert not one.evaluate("e => e.scrollWidth > e.clientWidth + 1")


def test_the_last_question_is_edited_by_key_and_by_button(lab, chat):
    asked(lab, chat, "What is 2 + 2?")
    field = chat.locator("textarea")
    lab.page.keyboard.press("ArrowUp")
    assert field.input_value() == "What is 2 + 2?"
    lab.page.keyboard.press("Escape")  # It leaves the question as it is.
    assert field.input_value() == ""
    chat.get_by_role("button", name="Edit the last question").click()
    assert field.evaluate(HAS_FOCUS)
    lab.page.keyboard.press("ControlOrMeta+a")
    say(lab, "What is 3 + 4?")
    chat.locator(".lk-chat-answer", has_text="7").wait_for()
    assert chat.locator(".lk-chat-user .lk-chat-plain").all_inner_texts() == ["What is 3 + 4?"]
    earlier = chat.locator(".lk-chat-answer").element_handle()
    chat.locator(".lk-chat-answer").get_by_role("button", name="Ask again").click()
    earlier.wait_for_element_state("hidden")  # It has the same buttons as the one to come.
    chat.locator(".lk-chat-answer").get_by_role("button", name="Trace").wait_for()
    assert chat.locator("article").count() == 3  # Question, call, answer.


def test_what_was_said_is_saved_by_the_browser_alone(lab, chat):
    asked(lab, chat, "What is 2 + 2?")
    with lab.page.expect_download() as download:
        chat.get_by_role("button", name="Save the conversation as JSON").click()
    assert download.value.suggested_filename == "chat.json"
    messages = json.loads(download.value.path().read_text("utf-8"))
    assert messages[0] == {"role": "user", "content": "What is 2 + 2?"}
    with lab.page.expect_download() as download:
        chat.get_by_role("button", name="Save the conversation as Markdown").click()
    assert download.value.suggested_filename == "chat.md"
    assert download.value.path().read_text("utf-8").startswith("**You:**")


def test_jupyterlab_does_not_take_the_keys_of_anything_that_can_have_the_focus(lab, chat):
    asked(lab, chat, QUESTION)
    chat.locator("summary").first.click()
    before = len(lab.cells())
    focusable = "button:enabled, summary, textarea, a, [tabindex]"
    for one in chat.locator(focusable).all():
        if one.is_visible():
            one.focus()
            for key in ("d", "d", "b", "x", "m"):
                lab.page.keyboard.press(key)
    cells = lab.cells()
    assert len(cells) == before
    assert all(cell["kind"] == "code" for cell in cells)


def test_a_lab_that_stops_says_so_in_its_open_chat(lab, chat):
    asked(lab, chat, "What is 2 + 2?")
    lab.page.keyboard.type("half a question")
    lab.run_cell(2)
    note = chat.locator(".lk-chat-note", has_text="Run the cell that starts the lab")
    note.wait_for()
    chat.locator("textarea").focus()
    lab.page.keyboard.press("Enter")
    assert chat.locator("textarea").input_value() == "half a question"  # Nothing is lost.
    assert chat.get_by_role("button", name="Send").is_disabled()
    assert chat.locator(".lk-chat-answer").is_visible()
    assert not chat.get_by_role("button", name="Ask again").is_visible()
    look(lab, chat, "chat-lab-stopped")
