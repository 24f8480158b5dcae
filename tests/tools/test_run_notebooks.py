"""`make notebooks`: run from the top, saved without noise, and told what the form asks."""

import nbformat
import run_notebooks


def test_a_notebook_is_run_saved_in_place_and_its_complaints_are_told(tmp_path, capsys):
    path = tmp_path / "99_planted.ipynb"
    cells = [
        nbformat.v4.new_code_cell(source, id=f"own-{n}", execution_count=7)
        for n, source in enumerate(("x = 20", "print(x + 1)\nprint(x + 2)"))
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert run_notebooks.main(str(path)) == 1
    saved = run_notebooks.read(path)
    assert [cell.id for cell in saved.cells] == ["own-0", "own-1"]
    assert [cell.execution_count for cell in saved.cells] == [1, 2]
    assert [output.text for output in saved.cells[1].outputs] == ["21\n22\n"]
    assert saved.metadata == run_notebooks.METADATA
    said = capsys.readouterr().out
    assert "99_planted.ipynb: 2 cells run" in said
    assert "it has 2 cells" in said
    before = path.read_bytes()
    run_notebooks.main(str(path))
    assert path.read_bytes() == before


def test_running_leaves_the_notebook_it_was_given_as_it_was(tmp_path):
    cell = nbformat.v4.new_code_cell("print(1)", id="own", execution_count=7)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    done = run_notebooks.run_fresh(notebook, tmp_path)
    assert (notebook.cells[0].execution_count, notebook.cells[0].outputs) == (7, [])
    assert done.cells[0].outputs[0].text == "1\n"
