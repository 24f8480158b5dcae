"""What the page's JavaScript does without a page: run by Node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WIDGETS = HERE.parents[1] / "labkit" / "widgets"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node: install Node 20 or newer to test the JavaScript"
)


def run(*command, **environment):
    return subprocess.run(
        command, env=environment or None, capture_output=True, encoding="utf-8", check=False
    )


@needs_node
def test_the_tree_of_a_trace_keeps_its_promises(tmp_path):
    module = tmp_path / "trace_tree.mjs"  # Node takes a .js file for CommonJS.
    shutil.copy(WIDGETS / "trace_tree.js", module)
    done = run("node", "--test", str(HERE / "trace_tree.test.mjs"), TRACE_TREE=str(module))
    assert done.returncode == 0, done.stdout + done.stderr


@needs_node
def test_the_page_gets_one_module_that_node_can_read(tmp_path):
    from labkit.widgets.front_end import SCRIPTS

    module = tmp_path / "whole.mjs"
    module.write_text("\n".join((WIDGETS / name).read_text("utf-8") for name in SCRIPTS), "utf-8")
    done = run("node", "--check", str(module))
    assert done.returncode == 0, done.stderr


def test_no_script_makes_markup_of_a_text_or_asks_the_network():
    for path in WIDGETS.glob("trace_*"):
        if path.suffix in (".js", ".css"):
            text = path.read_text("utf-8")
            for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "import(", "fetch("):
                assert word not in text, f"{path.name}: {word}"
            assert "url(" not in text
            assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
