"""The first minute of a learner: what notebook 00 tells them to type and to press, done."""

import re

from browser.chat_notebook import look, say

NOTEBOOK = "00_the_whole_game.ipynb"
START, CHAT = 2, 4  # Cells, counted from 0.
SIDE_BY_SIDE = "max(t.start_ns for t in tools) < min(t.end_ns for t in tools)"
EVALUATE = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  const asked = { code: '', user_expressions: { value: code } };
  const reply = await kernel.requestExecute(asked).done;
  return reply.content.user_expressions.value.data['text/plain'];
}"""


def questions(lab):
    """Return what the notebook tells to type, in order."""
    (told,) = [cell["source"] for cell in lab.cells() if "**Now you.**" in cell["source"]]
    return re.findall(r"^\| `(.+?)` \|", told, re.MULTILINE)


def test_ask_watch_approve_stop_and_open_the_trace(lab):
    lab.open(NOTEBOOK)
    lab.run_cell(START)
    lab.run_cell(CHAT)
    chat = lab.page.locator(".lk-chat").first
    tools, answers = chat.locator("article.lk-chat-tool"), chat.locator("article.lk-chat-answer")
    assert "A4" in answers.inner_text()
    assert tools.locator("code").all_inner_texts()[:2] == ["defect_rates", "search_runbooks"]
    chat.locator("textarea").focus()
    compare, quarantine, look_again = questions(lab)

    say(lab, compare)
    answers.nth(1).get_by_role("button", name="Trace").wait_for()
    assert tools.count() == 2 + 4
    of_the_last = f"(lambda tools: {SIDE_BY_SIDE})(chat.traces[-1].find(kind='tool'))"
    assert lab.page.evaluate(EVALUATE, of_the_last) == "True"

    say(lab, quarantine)
    chat.get_by_role("button", name="Approve quarantine_lot").click()
    answers.nth(2).get_by_role("button", name="Trace").wait_for()
    assert "done" in tools.nth(6).locator(".lk-chat-state").inner_text()
    assert "quarantined" in answers.nth(2).inner_text()

    say(lab, look_again)
    tools.nth(7 + 7).wait_for()
    chat.get_by_role("button", name="Stop").click()
    chat.locator("article.lk-chat-note", has_text="Stopped.").wait_for()
    states = [tools.nth(7 + n).get_attribute("data-state") for n in range(8)]
    assert "cancelled" in states
    assert set(states) <= {"ok", "cancelled"}

    answers.first.get_by_role("button", name="Trace").click()
    opened = chat.get_by_role("region", name="Trace of an answer")
    opened.get_by_role("tree").wait_for()
    names = opened.locator(".lk-trace-words").all_inner_texts()
    assert {"agent", "tool defect_rates", "sign token", "BEGIN"} <= set(names)
    look(lab, chat, "first-minute")
    assert lab.errors == []
    assert lab.elsewhere == []
