"""What only a real frontend shows: Run All to the last cell, trust, kernels, interrupts."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PICTURES = ROOT / "test-output"
SCREEN = 900  # Pixels that one picture goes down; a little less than the page is high.
posix_only = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to a process there")


def text_of(cell):
    return "".join(
        "".join(o.get("text", "")) + "".join(o.get("data", {}).get("text/plain", ""))
        for o in cell["outputs"]
    )


def take_pictures(lab, stem):
    """Save the whole notebook, screen by screen, light and dark, for a person to look at."""
    PICTURES.mkdir(exist_ok=True)
    scroller = lab.page.locator(".jp-WindowedPanel-outer").first
    for theme in ("Light", "Dark"):
        lab.theme(theme)
        height = scroller.evaluate("e => e.scrollHeight")
        for screen in range(height // SCREEN + 1):
            scroller.evaluate("(e, y) => e.scrollTo(0, y)", screen * SCREEN)
            path = PICTURES / f"{stem}-{theme.lower()}-{screen:02}.png"
            lab.page.screenshot(path=path)
    lab.theme("Light")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_run_all_reaches_the_last_cell_without_an_error_anywhere(lab, path):
    lab.open(path.name)
    cells = lab.run_all()
    code = [cell for cell in cells if cell["kind"] == "code"]
    shown = [o["ename"] for c in code for o in c["outputs"] if o["output_type"] == "error"]
    take_pictures(lab, path.stem)
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    assert shown == []
    assert lab.errors == []
    assert lab.elsewhere == []


def test_the_printed_address_shows_the_first_notebook_trusted_and_asks_nothing(lab, server):
    lab.go(server.address)
    assert lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == (
        NOTEBOOKS[0].name
    )
    assert all(cell["trusted"] for cell in lab.cells() if cell["kind"] == "code")
    assert lab.page.locator(".jp-Dialog").count() == 0
    assert lab.page.locator(".Toastify__toast").count() == 0
    assert lab.elsewhere == []


def test_saved_html_shows_before_the_first_run(lab):
    lab.open("98_kernel.ipynb")
    saved = lab.page.locator(".jp-OutputArea-output b")
    assert saved.inner_text() == "saved"
    assert saved.evaluate("e => getComputedStyle(e).color") == "rgb(255, 0, 0)"


def test_the_kernel_is_this_environments_whatever_lies_in_the_users_home(lab):
    lab.open("98_kernel.ipynb")
    assert text_of(lab.run_all()[1]).strip() == sys.executable


def test_an_interrupted_cell_leaves_the_kernel_and_the_services_well(lab):
    lab.open("99_interrupt.ipynb")
    lab.run_cell(0)
    lab.select(1)
    lab.begin("notebook:run-cell")
    lab.page.get_by_text("spinning", exact=True).wait_for()
    lab.command("notebook:interrupt-kernel")
    lab.page.get_by_text("KeyboardInterrupt").first.wait_for()
    assert text_of(lab.run_cell(2)) == "200"
    assert lab.run_cell(3)["count"] == 4


@posix_only
def test_a_second_one_takes_the_next_port_and_ctrl_c_stops_it_at_once(server, start):
    second = start()
    assert second.port > server.port
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(30) == 0
    assert "Traceback" not in "".join(second.said)
    assert answers(server.port)
    assert not answers(second.port)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionRefusedError:
        return False
    return True
