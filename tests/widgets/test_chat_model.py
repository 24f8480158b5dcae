"""What the page's JavaScript does without a page: run by Node's own test runner."""

import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from labkit.widgets.chat_page import SCRIPTS, STYLES, ChatWidget

HERE = Path(__file__).parent
WIDGETS = files("labkit.widgets")
GIVES_UP_S = 300  # All of it takes a second; what is quadratic takes half an hour.
PURE = ("chat_model.js", "chat_text.js", "chat_code.js")  # They need no page.
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node: install Node 20 or newer to test the JavaScript"
)


def node(*arguments, **variables):
    done = subprocess.run(
        ["node", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=GIVES_UP_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_node
def test_the_log_and_the_text_of_a_page_keep_their_promises(tmp_path):
    module = tmp_path / "chat_model.mjs"  # Node may take a .js file for CommonJS.
    module.write_text(
        "\n".join(WIDGETS.joinpath(name).read_text("utf-8") for name in PURE), "utf-8"
    )
    node("--test", str(HERE / "chat_model.test.mjs"), CHAT_MODEL=str(module))


@needs_node
def test_the_page_gets_one_module_that_node_can_read(tmp_path):
    module = tmp_path / "whole.mjs"
    module.write_text(ChatWidget(print, "a chat")._esm, "utf-8")
    node("--check", str(module))


@pytest.mark.parametrize("name", [each for each in (*SCRIPTS, *STYLES) if "chat" in each])
def test_no_file_makes_markup_of_a_text_or_asks_the_network(name):
    text = WIDGETS.joinpath(name).read_text("utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "import(", "url("):
        assert word not in text, word
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "createElement(`", "<img", '"img"'):
        assert word not in text, word
    assert not re.search(r"https?://\w|^\s*import\b", text, re.MULTILINE)
