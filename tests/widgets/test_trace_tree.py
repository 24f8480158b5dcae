"""What the page's JavaScript does without a page: run by Node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.widgets import front_end, token_page

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
@pytest.mark.parametrize("name", ["trace_tree", "token_model"])
def test_what_a_view_knows_without_a_page_keeps_its_promises(name, tmp_path):
    module = tmp_path / f"{name}.mjs"  # Node takes a .js file for CommonJS.
    shutil.copy(WIDGETS / f"{name}.js", module)
    done = run("node", "--test", str(HERE / f"{name}.test.mjs"), **{name.upper(): str(module)})
    assert done.returncode == 0, done.stdout + done.stderr


@needs_node
@pytest.mark.parametrize("scripts", [front_end.SCRIPTS, token_page.SCRIPTS])
def test_the_page_gets_one_module_that_node_can_read(scripts, tmp_path):
    module = tmp_path / "whole.mjs"
    module.write_text("\n".join((WIDGETS / name).read_text("utf-8") for name in scripts), "utf-8")
    done = run("node", "--check", str(module))
    assert done.returncode == 0, done.stderr


def test_no_script_makes_markup_of_a_text_or_asks_the_network():
    for path in [p for kind in ("trace_*", "token_*", "view.css") for p in WIDGETS.glob(kind)]:
        if path.suffix in (".js", ".css"):
            text = path.read_text("utf-8")
            for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "import(", "fetch("):
                assert word not in text, f"{path.name}: {word}"
            assert "url(" not in text
            assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
