"""
JupyterLab as the learner meets it: started by ``python -m labkit.course``, driven in Chromium.

The server runs in a copy of the clone, with a home of its own, so that a developer's ``work/`` and
settings stay out of it; in that home lies a kernelspec that must not win.
"""

import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 90
RUN_LIMIT_MS = 180_000
FRONT_END = os.environ.get("LABKIT_TEST_FRONT_END", "lab")  # "notebook" in `make matrix`.
PLACE = {"lab": "doc/tree/{}?reset", "notebook": "notebooks/{}"}[FRONT_END]
# Notebook 7.6 raises this as it opens any notebook, also where labkit isn't.
NOTEBOOKS_OWN_ERROR = "Cannot read properties of undefined (reading 'schema')"
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\S*token=(\w+)")
HOW_TO_GET_ONE = (
    "no Chromium: run `sudo apt install chromium` on Debian and Ubuntu, elsewhere"
    " `.venv/bin/python -m playwright install chromium`"
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EXPOSED = (
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
)
# So that every cell is in the page, and no test's run is saved over the copy.
SETTINGS = {
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


def find_chromium(playwright: Any) -> str | None:
    """Return the path of a Chromium: the system's, or Playwright's own."""
    candidates = [*map(shutil.which, PROGRAMS), *APPLICATIONS, playwright.chromium.executable_path]
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture
def needs_subshells() -> None:
    """Skip a test of what a page gets while a cell computes, where the kernel can't do that."""
    if version("ipykernel").startswith("6."):
        pytest.skip("ipykernel 6 has no subshells: a widget's message waits for the cell")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium. Without one the tests are skipped; in CI they fail."""
    with sync_playwright() as playwright:
        program = find_chromium(playwright)
        if program is None and os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_ONE)
        if program is None:
            pytest.skip(HOW_TO_GET_ONE)
        # Chromium's sandbox refuses to run as root, which is who runs in a container.
        as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *as_root])
        yield browser
        browser.close()


@dataclass
class Server:
    """A running JupyterLab: its process, what it said, and where it listens."""

    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    said: list[str] = field(default_factory=list)
    address: str = ""
    port: int = 0
    token: str = ""

    def url(self, place: str) -> str:
        """Return the address of *place* with the token."""
        return (
            f"http://127.0.0.1:{self.port}/{place}{'&' if '?' in place else '?'}token={self.token}"
        )


Start = Callable[..., Server]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone holds, with two notebooks planted behind those of the course."""
    clone = tmp_path_factory.mktemp("clone")
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "labkit", clone / "labkit", ignore=ignore)
    shutil.copytree(ROOT / "notebooks", clone / "notebooks", ignore=ignore)
    plant(clone / "notebooks" / "98_kernel.ipynb", "import sys", "print(sys.executable)")
    plant(
        clone / "notebooks" / "99_interrupt.ipynb",
        "import labkit\nlab = labkit.start('01')",
        "print('spinning', flush=True)\nwhile True:\n    pass",
        "lab.inspections.get('/health').status_code",
        "lab.stop()",
    )
    return clone


def plant(path: Path, *sources: str) -> None:
    cells = [nbformat.v4.new_code_cell(s, id=f"cell-{n}") for n, s in enumerate(sources)]
    html = nbformat.v4.new_output("display_data", {"text/html": '<b style="color: red">saved</b>'})
    cells[0].outputs = [html]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


@pytest.fixture(scope="module")
def start(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start ``python -m labkit.course`` in the clone, as often as asked."""
    home = tmp_path_factory.mktemp("home")
    environment = environment_of(clone, home)
    command = [sys.executable, "-m", "labkit.course", "--no-browser"]
    with contextlib.ExitStack() as stack:

        def run(*arguments: str) -> Server:
            server = Server(
                subprocess.Popen(
                    [*command, *EXPOSED, *arguments],
                    cwd=clone,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                )
            )
            stack.callback(stop, server)
            threading.Thread(target=listen, args=[server], daemon=True).start()
            wait_for_address(server)
            return server

        yield run


def environment_of(clone: Path, home: Path) -> dict[str, str]:
    """Return an environment with a home of its own, in which a kernel lies that can't start."""
    bogus = home / "data" / "kernels" / "python3" / "kernel.json"
    bogus.parent.mkdir(parents=True)
    bogus.write_text('{"argv": ["no-such-python"], "display_name": "bogus", "language": "python"}')
    for plugin, values in SETTINGS.items():
        file = home / "settings" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "JUPYTER"))}
    return {
        **inherited,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": str(clone),
        "LABKIT_HOME": str(home / "labkit"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }


def listen(server: Server) -> None:
    """Keep what the server says, so that it never waits for a reader."""
    assert server.process.stdout
    for line in server.process.stdout:
        server.said.append(line)
        server.lines.put(line)
    server.lines.put("")


def wait_for_address(server: Server) -> None:
    while not server.address:
        line = server.lines.get(timeout=START_LIMIT_S)
        assert line, f"JupyterLab stopped:\n{''.join(server.said)}"
        if found := ADDRESS.search(line):
            server.address = found.group()
            server.port, server.token = int(found[1]), found[2]


def stop(server: Server) -> None:
    if server.process.poll() is None:
        server.process.terminate()
        try:
            server.process.wait(30)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
    if server.process.stdout:
        server.process.stdout.close()


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """One JupyterLab for the tests of a module."""
    return start()


class Lab:
    """
    A page with JupyterLab in it.

    Attributes:
        page: Playwright's page.
        errors: What the page's console called an error, and what was raised and not caught.
        elsewhere: Addresses other than the loopback one that the page asked for.
    """

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", self._note_error)
        page.on("console", self._note_console)
        page.on("request", self._note_request)

    def _note_error(self, error: Any) -> None:
        if not (FRONT_END == "notebook" and str(error) == NOTEBOOKS_OWN_ERROR):
            self.errors.append(str(error))

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, notebook: str) -> None:
        """Open one notebook alone and wait until its kernel is idle."""
        self.go(self.server.url(PLACE.format(notebook)))

    def go(self, url: str) -> None:
        """Go to an address and wait for the notebook that it shows."""
        self.page.goto(url)
        self._wait_for_notebook()

    def _wait_for_notebook(self) -> None:
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=RUN_LIMIT_MS)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")

    def reload(self) -> None:
        """Load the page anew, as its user would, and wait until its kernel is idle."""
        self.page.reload()
        self._wait_for_notebook()

    def command(self, name: str) -> None:
        """Carry out one of JupyterLab's commands, to its end."""
        self.page.evaluate("n => window.jupyterapp.commands.execute(n)", name)

    def begin(self, name: str) -> None:
        """Begin one of JupyterLab's commands and don't wait for it."""
        self.page.evaluate("n => { window.jupyterapp.commands.execute(n).catch(() => 0); }", name)

    def select(self, cell: int) -> None:
        """Make a cell the active one, counted over all cells from 0."""
        self.page.evaluate("i => { CURRENT.content.activeCellIndex = i; }".replace(*CURRENT), cell)

    def run_all(self) -> list[dict[str, Any]]:
        """Run every cell, wait for the last, and return all cells."""
        self.page.set_default_timeout(RUN_LIMIT_MS)
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=RUN_LIMIT_MS)
        return self.cells()

    def run_cell(self, cell: int) -> dict[str, Any]:
        """Run one cell, wait for it, and return it."""
        self.select(cell)
        self.command("notebook:run-cell")
        return self.cells()[cell]

    def cells(self) -> list[dict[str, Any]]:
        """Return every cell: kind, source, count, whether it's trusted, outputs."""
        return self.page.evaluate(CELLS)

    def theme(self, name: str) -> None:
        """Change to "Light" or "Dark" and wait until it shows."""
        self.page.evaluate(
            "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})",
            f"JupyterLab {name}",
        )
        light = "true" if name == "Light" else "false"
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=light
        )


CURRENT = ("CURRENT", "window.jupyterapp.shell.currentWidget")
KERNEL_IS_IDLE = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  const context = widget?.context?.sessionContext;
  return !!(widget?.context?.isReady && context?.isReady
            && context.session?.kernel?.status === 'idle');
}"""
CELLS = """() => CURRENT.content.widgets.map(cell => ({
  kind: cell.model.type,
  source: cell.model.sharedModel.source,
  count: cell.model.executionCount ?? null,
  trusted: cell.model.trusted,
  outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : [],
}))""".replace(*CURRENT)


@pytest.fixture
def page_options() -> dict[str, Any]:
    """What a module wants its pages to be like."""
    return {"viewport": {"width": 1280, "height": 1000}}


@pytest.fixture
def lab(browser: Browser, server: Server, page_options: dict[str, Any]) -> Iterator[Lab]:
    """A fresh page."""
    page = browser.new_page(**page_options)
    yield Lab(page, server)
    page.close()


@pytest.fixture(scope="module")
def shared_lab(browser: Browser, server: Server) -> Iterator[Lab]:
    """One page for all tests of a module, which leave it as they found it."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    yield Lab(page, server)
    page.close()
