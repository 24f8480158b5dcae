"""
Run the notebooks and save what they print, or run a changed copy and look.

``make notebooks`` does the first: each notebook from top to bottom in a fresh kernel, saved in
place without what differs from run to run. The passes in tests/notebooks do the second.

*Solved*: with the reference's source in the starter cells. *Doubled*: with every cell twice.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
from configparser import ConfigParser
from copy import deepcopy
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from notebook_rules import WIDGET, code_cells, complaints, number_of, starters

from labkit.course.kernels import ThisEnvironment
from labkit.course.lessons import find_task

ROOT = Path(__file__).resolve().parent.parent
SANITIZE = ROOT / "tests" / "notebooks" / "sanitize.cfg"  # nbval's own file: one list for all.
CELL_LIMIT_S = 120  # Our choice: a cell that takes longer hangs; most take under a second.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def main(*names: str) -> int:
    """Run and save the notebooks that *names* say, or all; return 1 if one has complaints."""
    paths = [Path(name) for name in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    faults = 0
    for path in paths:
        done = tidy(run_fresh(read(path), path.parent))
        nbformat.write(done, path)
        said = complaints(done, number_of(path))
        faults += len(said)
        print(f"{path.name}: {len(code_cells(done))} cells run", *said, sep="\n  ", flush=True)
    return 1 if faults else 0


def read(path: Path) -> NotebookNode:
    """Return the notebook in *path*."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def run_fresh(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return *notebook* as run in *folder* by a learner who has no progress yet."""
    with tempfile.TemporaryDirectory(prefix="labkit-", ignore_cleanup_errors=True) as home:
        return run(notebook, folder, Path(home))


def run(notebook: NotebookNode, folder: Path, home: Path) -> NotebookNode:
    """
    Return *notebook* as run by this environment's kernel.

    Args:
        notebook: It stays as it is.
        folder: The working directory of the kernel.
        home: Where its learner's progress is kept.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed that isn't tagged for it.
    """
    done = deepcopy(notebook)
    for cell in code_cells(done):
        cell.outputs, cell.execution_count = [], None
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisEnvironment())
    client = NotebookClient(
        done,
        km=manager,
        timeout=CELL_LIMIT_S,
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
    )
    client.execute(env=learners_environment(home), cleanup_kc=True)
    return done


def learners_environment(home: Path) -> dict[str, str]:
    """Return the environment variables of a kernel whose learner's record lies in *home*."""
    return {**os.environ, "LABKIT_HOME": str(home)}


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Return *notebook* without what a second run on another machine would not say again."""
    done = deepcopy(notebook)
    done.metadata = nbformat.from_dict(METADATA)
    for cell in done.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # Dead without the kernel that made it.
            if output.output_type == "error":  # Tracebacks hold paths; the last line is the point.
                output.traceback = [f"{output.ename}: {output.evalue}"]
    return done


def solved(notebook: NotebookNode) -> NotebookNode:
    """Return *notebook* with each starter's function replaced by the reference's source."""
    done = deepcopy(notebook)
    for exercise, cell in starters(done).items():
        cell.source = solve(cell.source, find_task(exercise).source)
    return done


def solve(cell: str, reference: str) -> str:
    """
    Return the source *cell* with *reference* in the place of its one function.

    The reference takes the name that the cell's function has; all around it stays.

    Raises:
        ValueError: There is no function in the cell, or more than one.
    """
    functions = [
        node
        for node in ast.parse(cell).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    if len(functions) != 1:
        raise ValueError(f"a starter cell defines one function; this one {len(functions)}")
    (function,) = functions
    named = re.sub(r"(?<=def )\w+", function.name, reference.strip(), count=1)
    lines = cell.split("\n")
    return "\n".join([*lines[: function.lineno - 1], named, *lines[function.end_lineno :]])


def doubled(notebook: NotebookNode) -> NotebookNode:
    """Return *notebook* with every code cell twice, one after the other."""
    done = deepcopy(notebook)
    done.cells = []
    for cell in notebook.cells:
        again = deepcopy(cell)
        again.id = f"{cell.id}-again"
        done.cells += [cell, again] if cell.cell_type == "code" else [cell]
    return done


def sanitized(text: str) -> str:
    """Return *text* without what a live cell may say differently on each run."""
    rules = ConfigParser(interpolation=None)
    rules.read(SANITIZE, encoding="utf-8")
    for name in rules.sections():
        text = re.sub(rules[name]["regex"], rules[name]["replace"], text)
    return text


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
