"""
Solved and rerun: the notebooks, changed as a learner would, and from elsewhere.

Each run happens in an empty folder, so no notebook may rely on where it lies.
"""

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from notebook_rules import WIDGET, code_cells, number_of, starters
from run_notebooks import doubled, read, run, solve, solved, tidy

from labkit.course import Task
from labkit.course.lessons import all_tasks
from labkit.course.record import Progress


def states(home: Path) -> dict[str, str]:
    return {name: record.state for name, record in Progress(home).read().exercises.items()}


def tasks_of(path: Path) -> list[Task]:
    return [task for task in all_tasks() if task.id.startswith(number_of(path))]


def test_solved_every_exercise_is_correct_and_every_claim_holds(path, tmp_path):
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    run(solved(read(path)), elsewhere, home)
    expected = {task.id: "correct" for task in tasks_of(path)}
    assert states(home) == expected


def test_every_exercise_of_the_lesson_has_its_starter_cell(path):
    assert sorted(starters(read(path))) == [task.id for task in tasks_of(path)]


def test_rerun_every_cell_can_be_run_twice_and_the_claims_still_hold(path, tmp_path):
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    twice = doubled(read(path))
    done = run(twice, elsewhere, home)
    counts = [cell.execution_count for cell in code_cells(done)]
    assert counts == list(range(1, len(code_cells(twice)) + 1))


def book(*sources: str) -> NotebookNode:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


COUNTER = "n = globals().get('n', 0) + 1"


@pytest.mark.parametrize(
    "sources",
    [
        ("assert 1 + 1 == 3",),
        ("%nosuch\nraise ValueError",),
        ("import pathlib; assert pathlib.Path('01_signatures.ipynb').exists()",),
        ("import os; assert 'LABKIT_HOME' not in os.environ",),
    ],
)
def test_a_run_refuses_a_cell_that_fails_an_unknown_magic_and_a_file_that_lies_elsewhere(
    sources, tmp_path
):
    with pytest.raises(CellExecutionError):
        run(book(*sources), tmp_path, tmp_path)


def test_a_cell_that_holds_once_and_not_twice_is_found_by_running_it_twice(tmp_path):
    once = book(COUNTER, "assert n == 1")
    run(once, tmp_path, tmp_path)
    with pytest.raises(CellExecutionError):
        run(doubled(once), tmp_path, tmp_path)


def exercise_book(starter: str) -> NotebookNode:
    notebook = book(
        "from labkit.course import TODO, exercise\nex = exercise('01.1')",
        starter,
        "await ex.check(mine)",
    )
    notebook.cells[1].metadata["tags"] = ["starter:01.1"]
    return notebook


STARTER = """\
import base64, json  # Stays.
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

def mine(token, public_key):
    return TODO
"""


def test_a_starter_is_no_attempt_and_with_the_solution_in_its_place_it_is_correct(tmp_path):
    starter = exercise_book(STARTER)
    done = run(starter, tmp_path, tmp_path / "learner")
    assert states(tmp_path / "learner") == {}
    solution = solved(done)
    assert "import base64, json  # Stays." in solution.cells[1].source
    run(solution, tmp_path, tmp_path / "solver")
    assert states(tmp_path / "solver") == {"01.1": "correct"}


def test_solving_gives_the_reference_the_name_in_the_cell_and_leaves_the_rest():
    cell = "x = 1\n\nasync def mine(a):\n    return TODO\n\ny = 2"
    reference = "async def theirs(a):\n    return a\n"
    assert solve(cell, reference) == ("x = 1\n\nasync def mine(a):\n    return a\n\ny = 2")


@pytest.mark.parametrize("cell", ["x = 1", "def f(): ...\ndef g(): ..."])
def test_solving_refuses_a_cell_without_exactly_one_function(cell):
    with pytest.raises(ValueError, match="defines one function"):
        solve(cell, "def theirs(): ...")


def test_tidying_leaves_nothing_that_differs_from_run_to_run():
    notebook = book("1 / 0")
    notebook.metadata["widgets"] = {"state": {}}
    (cell,) = notebook.cells
    cell.metadata = nbformat.from_dict({"tags": ["raises-exception"], "execution": {"t": "now"}})
    failed = nbformat.v4.new_output(
        "error", ename="ZeroDivisionError", evalue="by zero", traceback=["File /home/me/x.py"]
    )
    widget = {WIDGET: {"model_id": "f00"}, "text/plain": "a chat"}
    cell.outputs = [failed, nbformat.v4.new_output("display_data", data=widget)]
    before = deepcopy(notebook)
    done = tidy(notebook)
    assert notebook == before
    assert "widgets" not in done.metadata
    assert done.cells[0].metadata == {"tags": ["raises-exception"]}
    assert done.cells[0].outputs[0].traceback == ["ZeroDivisionError: by zero"]
    assert done.cells[0].outputs[1].data == {"text/plain": "a chat"}
    nbformat.validate(done)
