"""
The first minute with the chat, as a newcomer walks it; and its picture, which the README shows.

`make pictures` runs this and takes the picture over.
"""

import pytest
from browser.chat_notebook import PICTURES, chat_in, plant, say

NAME = "my_first_question.ipynb"
QUESTION = "Which line had the highest defect rate last week, and what does its runbook say?"
CELLS = ['import labkit\n\nlab = labkit.start("00")', "lab.chat()", "lab.stop()"]
SCALE = 1.25  # Image pixels per CSS pixel: readable where the README shrinks it, and still small.
PICTURE = PICTURES / "README.png"
MOST_BYTES = 300_000  # Our choice: it loads at once.


@pytest.fixture(scope="module")
def server(clone, start):
    plant(clone, NAME, CELLS)
    return start()


@pytest.fixture
def page_options():
    return {"viewport": {"width": 1120, "height": 1200}, "device_scale_factor": SCALE}


def test_a_question_is_answered_by_tools_whose_work_and_trace_one_can_open(lab):
    lab.open(NAME)
    lab.run_cell(0)
    lab.run_cell(1)
    chat = chat_in(lab, 1)
    chat.locator("textarea").focus()
    say(lab, QUESTION)
    answer = chat.locator(".lk-chat-answer")
    answer.get_by_role("button", name="Trace").wait_for()
    assert "A4" in answer.inner_text()
    tools = chat.locator(".lk-chat-tool")
    called = tools.locator("summary code").all_inner_texts()
    assert len(called) >= 2
    tools.first.locator("summary").click()
    answer.get_by_role("button", name="Trace").click()
    trace = chat.get_by_role("region", name="Trace of an answer")
    trace.get_by_role("tree").wait_for()
    hops = trace.locator(".lk-trace-words").all_inner_texts()
    assert f"tool {called[0]}" in hops
    PICTURES.mkdir(exist_ok=True)
    lab.page.locator(".jp-WindowedPanel-outer").evaluate("e => e.scrollTo(0, 0)")
    lab.page.mouse.move(0, 0)
    lab.page.screenshot(path=PICTURE)
    assert PICTURE.stat().st_size < MOST_BYTES
    assert (lab.errors, lab.elsewhere) == ([], [])
    lab.run_cell(2)
