"""The token view in JupyterLab: by keyboard alone, checked by the kernel, kept in no notebook."""

import base64
import re

import nbformat
import pytest
from browser.contrast_kit import look_at

NAME = "97_token_view.ipynb"
EVIL = "<img src=x onerror=window.hurt=1>"
PATIENCE_MS = 10_000
MOST_NODES = 300
START = f"""
import base64, json
import labkit

lab = labkit.start("01")
lab.clock.hold()
view = lab.view(lab.token())

def part(**members):
    return base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")

evil = {EVIL!r}
header = part(alg="none", jku="javascript:window.hurt=1", **{{evil: evil}})
forged = header + "." + part(sub=evil, exp=chr(27) + "[31m" + chr(0x202e), **{{evil: [evil] * 99}})
forged += "." + evil
"""
CELLS = [
    START,
    "view",
    "view",
    "lab.view(forged)",
    "lab.clock.advance(seconds=310)",
    "lab.clock.advance(seconds=30)",
    "lab.issuer_keys.remove(lab.issuer_keys.active.kid)[:0]",
    "running = labkit.Lab()\nrunning.view(running.token())",
    "import threading\nthreading.Event().wait(60)",
    "running.stop()\nlab.stop()",
    "print(len(get_ipython().events.callbacks['post_run_cell']))",
]
FIRST, SECOND, FORGED, EXPIRES, EXPIRED, REMOVED, RUNNING, BUSY, STOPPED, HOOKS = range(1, 11)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}


@pytest.fixture(scope="module")
def planted(clone):
    cells = [nbformat.v4.new_code_cell(s.strip(), id=f"cell-{n}") for n, s in enumerate(CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    nbformat.write(notebook, clone / "notebooks" / NAME)


@pytest.fixture(scope="module")
def opened(planted, shared_lab):
    shared_lab.open(NAME)
    shared_lab.page.set_default_timeout(PATIENCE_MS)
    yield shared_lab
    shared_lab.run_cell(STOPPED)


@pytest.fixture
def view(opened):
    """Return the first view of a new token, with the focus on its list."""
    for cell in (0, FIRST, SECOND):
        opened.run_cell(cell)
    found = view_in(opened, FIRST)
    verdict(found, "Verified by inspections")
    found.get_by_role("listbox").focus()
    return found


def view_in(lab, cell):
    return lab.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".lk-token")


def press(view, *keys):
    for key in keys:
        view.page.keyboard.press(key)


def verdict(view, words):
    """Wait until the view says so."""
    view.locator(".lk-token-summary", has_text=words).wait_for()


def token_of(view):
    return view.get_by_role("textbox").input_value()


def lit(view):
    return "".join(view.locator(".lk-token-run.lk-token-lit").all_inner_texts())


def panel(view):
    return view.get_by_role("region", name="What it is").inner_text()


def steps(view):
    """Return the sign of each step, and the name of the one that failed."""
    signs = "".join(view.locator(".lk-token-sign").all_inner_texts())
    failed = view.locator("[data-state=failed] strong").all_inner_texts()
    return signs, *failed


def test_the_notebook_keeps_the_picture_and_nothing_of_the_token(view, opened, clone):
    token = token_of(view)
    assert token.count(".") == 2
    assert view.locator(".lk-token-encoded").inner_text() == token
    picture, widget = opened.cells()[FIRST]["outputs"]
    assert "image/png" in picture["data"]
    assert picture["data"]["text/plain"].startswith("A token. Verified by inspections.")
    assert widget["data"]["text/plain"] == "token view, inspections"
    opened.command("docmanager:save")
    kept = (clone / "work" / NAME).read_text("utf-8")
    assert "A token. Verified by inspections." in kept
    for part in token.split("."):
        assert part[:24] not in kept
        assert part[-24:] not in kept
    assert opened.errors == []
    assert opened.elsewhere == []


def test_keys_lead_from_member_to_member_and_light_its_characters(view):
    press(view, "Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
    listbox = view.get_by_role("listbox")
    chosen = listbox.evaluate(
        "e => document.getElementById(e.getAttribute('aria-activedescendant')).ariaLabel"
    )
    assert chosen == 'sub: "quality-lead"'
    assert view.get_by_role("option", selected=True).get_attribute("aria-label") == chosen
    payload = token_of(view).split(".")[1]
    start = payload.index(lit(view))
    read = base64.urlsafe_b64decode(payload[: start + len(lit(view))] + "===").decode()
    assert read[start * 6 // 8 :].lstrip(",") == '"sub":"quality-lead"'
    said = panel(view)
    assert "whom it is about" in said
    assert "Takes it for the caller" in said
    assert lit(view) in said
    press(view, "End")
    assert lit(view) == token_of(view).split(".")[2]
    assert "It fits" in panel(view)
    assert view.page.evaluate("() => document.activeElement.matches(':focus-visible')")
    press(view, "Tab", "Tab")
    assert view.get_by_role("textbox").evaluate("e => document.activeElement === e")


def test_the_mouse_shows_whose_a_character_is_and_goes_without_a_trace(view):
    press(view, "Home")
    before, picked = panel(view), lit(view)
    view.locator(".lk-token-run[data-part=signature]").hover()
    assert panel(view).startswith("signature")
    assert lit(view) != picked
    view.get_by_role("option", name="jti:").hover()
    assert panel(view).startswith("jti")
    view.get_by_role("textbox").hover()
    assert (panel(view), lit(view)) == (before, picked)
    view.get_by_role("option", name="exp:").click()
    view.get_by_role("textbox").hover()
    assert panel(view).startswith("exp")


def test_one_changed_character_fails_one_check_and_escape_puts_it_back(view):
    field = view.get_by_role("textbox")
    field.focus()
    whole, token = "✓" * 8, token_of(view)
    assert steps(view) == (whole,)
    change(view, token, -20)
    verdict(view, "Refused: signature")
    assert steps(view) == ("✓✓✓✗····", "signature")
    assert "of the signature, " in view.locator(".lk-token-change").inner_text()
    assert view.locator(".lk-token-changed").inner_text() == token_of(view)[-20]
    press(view, "Escape")
    verdict(view, "Verified by inspections")
    assert steps(view) == (whole,)
    change(view, token, 5)
    verdict(view, "Refused: header")
    assert steps(view) == ("✓✗······", "header")
    view.get_by_role("button", name="Put it back").click()
    verdict(view, "Verified by inspections")
    change(view, token, token.index("."))
    verdict(view, "Refused: shape (parts)")
    press(view, "Escape", "b", "Escape")
    verdict(view, "Verified by inspections")


def change(view, token, at):
    """Type another character over the one at a place, as one does."""
    view.get_by_role("textbox").evaluate(
        "(e, at) => e.setSelectionRange(at, at + 1)", at % len(token)
    )
    view.page.keyboard.type("A" if token[at] != "A" else "B")


def test_two_views_of_one_token_do_not_disturb_each_other(view, opened):
    other = view_in(opened, SECOND)
    verdict(other, "Verified by inspections")  # It comes later than the first.
    token = token_of(other)
    assert token == token_of(view)
    change_in = view.get_by_role("textbox")
    change_in.focus()
    change(view, token, -20)
    verdict(view, "Refused: signature")
    other.get_by_role("textbox").focus()
    change(other, token, 5)
    verdict(other, "Refused: header")
    assert steps(view) == ("✓✓✓✗····", "signature")


@pytest.mark.usefixtures("needs_subshells")
def test_a_change_is_checked_while_a_cell_computes(view, opened):
    busy = opened.page.locator(".jp-Cell").nth(BUSY).locator(".jp-InputPrompt", has_text="[*]")
    opened.select(BUSY)
    opened.begin("notebook:run-cell")
    busy.wait_for()
    view.get_by_role("textbox").focus()
    change(view, token_of(view), -20)
    verdict(view, "Refused: signature")
    assert busy.is_visible()
    opened.command("notebook:interrupt-kernel")
    busy.wait_for(state="detached")


def test_the_labs_clock_and_keys_reach_the_page_after_the_cell(view, opened):
    left = view.get_by_role("timer")
    still = "; the lab's clock stands still."
    assert left.inner_text() in {f"Ends in {time}{still}" for time in ("5 min 0 s", "4 min 59 s")}
    opened.run_cell(EXPIRES)
    view.get_by_text(re.compile("Ended 1[01] s ago; verifiers allow 30 s" + still)).wait_for()
    verdict(view, "Verified by inspections")
    opened.run_cell(EXPIRED)
    verdict(view, "Refused: time (expired)")
    assert steps(view) == ("✓✓✓✓✓✓✓✗", "time")
    opened.run_cell(REMOVED)
    verdict(view, "Refused: key (kid)")
    assert steps(view_in(opened, SECOND)) == ("✓✓✗·····", "key")


def test_a_view_that_is_replaced_leaves_no_hook_behind(view, opened):
    hooks = hooks_of(opened)
    for _ in range(3):
        opened.run_cell(0)  # A new token, so a new widget each time, which two cells show.
        for cell in (FIRST, SECOND):
            opened.run_cell(cell)
            verdict(view_in(opened, cell), "Verified by inspections")
    assert hooks_of(opened) == hooks
    view_in(opened, FIRST).get_by_role("listbox").focus()
    opened.run_cell(EXPIRES)
    opened.run_cell(EXPIRED)
    verdict(view_in(opened, FIRST), "Refused: time (expired)")
    assert opened.errors == []


def hooks_of(lab):
    """Return how many hooks there are after each cell, when pages and kernel are at rest."""
    return int(lab.run_cell(HOOKS)["outputs"][0]["text"])


def test_the_time_left_runs_by_itself(opened):
    opened.run_cell(RUNNING)
    running = view_in(opened, RUNNING)
    verdict(running, "Verified by inspections")
    left = running.get_by_role("timer")
    first = left.inner_text()
    assert first.startswith("Ends in 4 min 5")
    opened.page.wait_for_function(
        "([e, first]) => e.innerText !== first", arg=[left.element_handle(), first]
    )


def test_a_forgery_is_text_and_nothing_else(opened):
    opened.run_cell(0)
    opened.run_cell(FORGED)
    forged = view_in(opened, FORGED)
    verdict(forged, "Refused: shape (parts)")  # Its signature has a dot.
    shown = forged.inner_text()
    assert EVIL in shown
    assert "javascript:window.hurt=1" in shown
    assert "\\u001b[31m\\u202e" in shown
    assert "never fetch it" in (forged.get_by_role("option", name="jku:").click() or panel(forged))
    assert forged.locator("img, a, script, iframe").count() == 0
    assert opened.page.evaluate("() => window.hurt") is None
    assert forged.evaluate("e => e.querySelectorAll('*').length") <= MOST_NODES


def test_jupyterlab_does_not_take_the_keys(view, opened):
    cells = len(opened.cells())
    press(view, "b", "d", "d", "x", "m", "Escape", "End")
    assert len(opened.cells()) == cells
    assert all(cell["kind"] == "code" for cell in opened.cells())
    assert panel(view).startswith("signature")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_serious_and_every_text_has_contrast(view, opened, theme):
    opened.theme(theme)
    view.get_by_role("textbox").focus()
    change(view, token_of(view), -20)
    verdict(view, "Refused: signature")
    other = view_in(opened, SECOND)
    other.get_by_role("listbox").focus()
    press(view, "End")
    look_at(opened, {"token-view-changed": view, "token-view": other}, ".lk-token", theme)


def test_after_a_reload_the_view_is_there_again(view, opened):
    token = token_of(view)
    opened.command("docmanager:save")
    opened.reload()
    again = view_in(opened, FIRST)
    verdict(again, "Verified by inspections")
    assert token_of(again) == token
    assert steps(again) == ("✓" * 8,)
