"""What the passes over the notebooks share."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import run_notebooks
from nbformat import NotebookNode

NOTEBOOKS = sorted((run_notebooks.ROOT / "notebooks").glob("*.ipynb"))
CELL_LIMIT_S = str(run_notebooks.CELL_LIMIT_S)

Strict = Callable[[Path], "subprocess.CompletedProcess[str]"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for a *path* once for each notebook of the course."""
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem, scope="module")


@pytest.fixture
def strict(tmp_path: Path) -> Strict:
    """
    Compare every saved output of a notebook with what its code prints today.

    nbval runs in a pytest of its own: each notebook meets a learner without progress, and this
    project's own settings (coverage, warnings as errors) don't reach into a foreign plugin.
    """

    def run(path: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", str(path)),
                *("--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_LIMIT_S}"),
                *("--nbval-sanitize-with", str(run_notebooks.SANITIZE)),
                *("--override-ini=addopts=", "--override-ini=filterwarnings=default"),
                *("--noconftest", "-p", "no:cacheprovider", "-q", "--color=no"),
            ],
            cwd=run_notebooks.ROOT,
            env=run_notebooks.learners_environment(tmp_path),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    return run


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Path]:
    """Write a small notebook: each cell a source and what it is said to have printed."""

    def write(*cells: tuple[str, str], counted: bool = True) -> Path:
        path = tmp_path / "99_planted.ipynb"
        nbformat.write(planted(*cells, counted=counted), path)
        return path

    return write


def planted(*cells: tuple[str, str], counted: bool = True) -> NotebookNode:
    """Make a notebook of code cells as if run."""
    made = [
        nbformat.v4.new_code_cell(
            source,
            id=f"cell-{count}",
            execution_count=count if counted else None,
            outputs=[nbformat.v4.new_output("stream", text=out)] if out else [],
        )
        for count, (source, out) in enumerate(cells, 1)
    ]
    notebook = nbformat.v4.new_notebook(cells=made, metadata=run_notebooks.METADATA)
    nbformat.validate(notebook)
    return notebook
