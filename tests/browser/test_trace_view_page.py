"""The trace view in JupyterLab: by keyboard alone, harmless, readable, bounded."""

import nbformat
import pytest
from browser.contrast_kit import look_at

NAME = "97_trace_view.ipynb"
EVIL = "<img src=x onerror=window.hurt=1>"
LINK = "javascript:window.hurt=1"
MOST_NODES = 700
PATIENCE_MS = 10_000
MAKE = f"""
from labkit.tracing import Kind, Trace, span
from labkit.widgets import trace_view

ansi = chr(27) + "[31mred"
with Trace() as trace:
    with span({EVIL!r}, Kind.TOOL, route={LINK!r}, scope=ansi, statement="x" * 1_000_000) as one:
        one.moment({EVIL!r}, count=2)
    for part in range(20):
        with span(f"part {{part}}", Kind.MODEL):
            for step in range(12):
                with span(f"step {{part}}.{{step}}", Kind.SQL, rows=step):
                    with span("layer", Kind.MIDDLEWARE):
                        pass
    with span("slow layer", Kind.MIDDLEWARE):
        sum(range(5_000_000))
    try:
        with span("breaks", Kind.TOOL):
            raise ValueError
    except ValueError:
        pass
view = trace_view(trace)
len(trace)
"""
REAL = """
import labkit

lab = labkit.start("01")
with lab.trace() as real:
    lab.inspections.get("/lines", token=lab.token())
lab.stop()
lab.view(real)
"""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
FIRST, SECOND, THIRD = 1, 2, 3  # Cells that show a view.


@pytest.fixture(scope="module")
def planted(clone):
    """Write a notebook with three views, two of them of one trace, before the server copies all."""
    cells = [
        nbformat.v4.new_code_cell(source.strip(), id=f"cell-{number}")
        for number, source in enumerate((MAKE, "view", "view", REAL))
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    nbformat.write(notebook, clone / "notebooks" / NAME)


@pytest.fixture(scope="module")
def opened(planted, shared_lab):
    """Open that notebook and run it."""
    shared_lab.open(NAME)
    shared_lab.run_all()
    shared_lab.page.set_default_timeout(PATIENCE_MS)
    for cell in (FIRST, SECOND, THIRD):
        view_in(shared_lab, cell).get_by_role("tree").wait_for()
    return shared_lab


@pytest.fixture
def view(opened):
    """Return the first view, made anew, with the focus on its tree."""
    view_in(opened, FIRST).evaluate("e => e.remove()")
    opened.run_cell(FIRST)
    fresh = view_in(opened, FIRST)
    fresh.get_by_role("tree").focus()
    return fresh


def view_in(lab, cell):
    return lab.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".lk-trace")


def press(view, *keys):
    for key in keys:
        view.page.keyboard.press(key)


def active(view):
    """Return what the tree says of the row that the keys are on."""
    row = view.get_by_role("tree").evaluate(
        "e => document.getElementById(e.getAttribute('aria-activedescendant')).ariaLabel"
    )
    assert view.locator(".lk-trace-readout").inner_text() == row
    return row


def names(view):
    return view.locator(".lk-trace-words").all_inner_texts()


def nodes_of(view):
    return view.evaluate("e => e.querySelectorAll('*').length")


def test_the_picture_that_lasts_stands_before_the_view(opened):
    for cell in (FIRST, SECOND, THIRD):
        picture, widget = opened.cells()[cell]["outputs"][-2:]
        assert "image/png" in picture["data"]
        assert "application/vnd.jupyter.widget-view+json" in widget["data"]
        assert " at 0x" not in widget["data"]["text/plain"]
    assert opened.errors == []
    assert opened.elsewhere == []


def test_tab_leads_there_and_keys_do_all_the_rest(view):
    page = view.page
    view.get_by_role("searchbox").focus()
    on_tree = "e => document.activeElement === e"
    for _ in range(5):
        press(view, "Tab")
        if view.get_by_role("tree").evaluate(on_tree):
            break
    assert view.get_by_role("tree").evaluate(on_tree)
    assert active(view).startswith("trace, code in notebook, took ")
    press(view, "ArrowDown", "Enter")
    panel = view.get_by_role("region", name="Details")
    assert panel.is_visible()
    row = view.get_by_role("treeitem", selected=True)
    assert row.get_attribute("aria-level") == "2"
    press(view, "Tab")
    assert panel.evaluate(on_tree)
    press(view, "Escape")
    assert not panel.is_visible()
    assert view.get_by_role("tree").evaluate(on_tree)
    press(view, "End")
    assert active(view).startswith("breaks, tool in notebook")
    press(view, "Home")
    assert active(view).startswith("trace, ")
    assert page.evaluate("() => document.activeElement.matches(':focus-visible')")


def test_a_subtree_folds_by_key_and_by_its_triangle(view):
    before = names(view)
    part = view.get_by_role("treeitem", name="part 0,")
    press(view, "ArrowDown", "ArrowDown", "ArrowRight")
    assert active(view).startswith("12 more: 12 sql")  # As in the picture.
    press(view, "ArrowRight", "ArrowRight")
    assert active(view).startswith("step 0.0, sql in notebook")
    press(view, "ArrowLeft", "ArrowLeft")
    assert names(view) == before
    press(view, "ArrowLeft", "ArrowLeft")
    assert active(view).startswith("part 0,")
    assert part.get_attribute("aria-expanded") == "false"
    part.locator(".lk-trace-fold").click()
    assert part.get_attribute("aria-expanded") == "true"
    assert names(view) == before


def test_a_filter_finds_what_is_folded_and_escape_takes_it_away(view):
    before = names(view)
    press(view, "/")
    view.page.keyboard.type("step 19.11")
    assert names(view)[0] == "trace"
    assert names(view)[-1] == "step 19.11"
    assert view.get_by_role("status").inner_text().startswith("1 of ")
    press(view, "Enter")
    assert active(view).startswith("step 19.11, sql in notebook")
    press(view, "/")
    view.page.keyboard.type(" nowhere")
    assert names(view) == []
    assert view.locator(".lk-trace-readout").inner_text() == "No row has it."
    press(view, "Escape")
    assert view.get_by_role("searchbox").input_value() == ""
    assert names(view) == before


def test_the_slowest_span_and_the_errors_are_one_key_away(view):
    press(view, "e")
    assert active(view).startswith("breaks, tool in notebook")
    assert active(view).endswith("! ValueError")
    press(view, "s")
    assert active(view).startswith("slow layer, middleware in notebook")  # A kind left out.
    assert view.get_by_role("button", name="Show all kinds").get_attribute("aria-pressed") == "true"
    view.get_by_role("button", name="Next error (1)").click()
    assert active(view).startswith("breaks, ")


def test_the_attributes_of_a_stranger_are_text_and_nothing_else(view):
    press(view, "ArrowDown", "Enter")
    panel = view.get_by_role("region", name="Details")
    shown = panel.inner_text()
    assert shown.count(EVIL) == 2  # The title and the moment.
    assert LINK in shown
    assert "\\x1b[31mred" in shown
    assert shown.count("x" * 1000) > 0
    assert len(shown) < 4000
    assert view.locator("img, a, script, iframe").count() == 0
    assert view.page.evaluate("() => window.hurt") is None


def test_500_spans_never_cost_more_than_700_nodes_and_all_can_be_reached(view):
    assert nodes_of(view) <= MOST_NODES
    view.get_by_role("button", name="Show all kinds").click()
    view.get_by_role("tree").focus()
    press(view, "/")
    view.page.keyboard.type("layer")
    status = view.get_by_role("status").inner_text()
    assert status.startswith("241 of ")
    assert nodes_of(view) <= MOST_NODES
    view.get_by_role("tree").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    view.page.wait_for_function(
        "e => e.querySelector('.lk-trace-row:last-child').ariaLabel.startsWith('slow layer, ')",
        arg=view.element_handle(),
    )
    assert nodes_of(view) <= MOST_NODES


def test_the_mouse_tells_of_a_row_but_rows_that_move_under_it_tell_nothing(view):
    readout = view.locator(".lk-trace-readout")
    part = view.get_by_role("treeitem", name="part 0,")
    part.hover()
    assert readout.inner_text() == part.get_attribute("aria-label")
    point(view.get_by_role("treeitem", name="part 1,"), 10)
    assert readout.inner_text().startswith("part 1,")
    press(view, "End")
    assert active(view).startswith("breaks, ")
    point(view.get_by_role("treeitem").first, 10)  # As a browser does when the rows have moved.
    assert active(view).startswith("breaks, ")
    point(view.get_by_role("treeitem").first, 11)
    assert readout.inner_text() == view.get_by_role("treeitem").first.get_attribute("aria-label")
    view.get_by_role("searchbox").hover()
    assert active(view).startswith("breaks, ")


def point(row, screen_x):
    """Let the mouse move over a row, at a place of the screen."""
    row.dispatch_event("mousemove", {"bubbles": True, "screenX": screen_x, "screenY": 10})


def test_two_views_of_one_trace_do_not_disturb_each_other(view, opened):
    other = view_in(opened, SECOND)
    before = names(other)
    press(view, "ArrowLeft", "/")
    view.page.keyboard.type("breaks")
    assert names(view) == ["trace", "breaks"]
    assert names(other) == before


def test_jupyterlab_does_not_take_the_keys(view, opened):
    cells = len(opened.cells())
    press(view, "b", "d", "d", "x", "m", "Escape", "ArrowDown")
    assert len(opened.cells()) == cells
    assert all(cell["kind"] == "code" for cell in opened.cells())
    assert active(view).startswith(EVIL)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_serious_and_the_page_looks_right(view, opened, theme):
    opened.theme(theme)
    press(view, "e", "Enter")
    real = view_in(opened, THIRD)
    real.get_by_role("tree").focus()
    press(real, "ArrowDown", "s", "Enter")
    look_at(opened, {"trace-view-many": view, "trace-view": real}, ".lk-trace", theme)


def test_after_a_reload_the_view_is_there_again(view, opened):
    press(view, "e")
    row, rows = active(view), names(view)
    opened.command("docmanager:save")
    opened.reload()
    again = view_in(opened, FIRST)
    again.get_by_role("tree").focus()
    press(again, "e")
    assert (active(again), names(again)) == (row, rows)
