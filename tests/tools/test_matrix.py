"""The matrix: its rows, when an environment is made anew, and what a failure leads to."""

import subprocess
from pathlib import Path

import matrix
import pytest
import setup_venv

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path):
    for name in setup_venv.INPUTS:
        (tmp_path / name).write_text(name)
    browser = tmp_path / "tests" / "browser"
    browser.mkdir(parents=True)
    for name in ("test_chat_page.py", "test_chat_more_page.py", "test_a_view_page.py", "test_x.py"):
        (browser / name).touch()
    return tmp_path


@pytest.fixture
def ran(monkeypatch):
    """Record what would run; `ran.fails` names what fails of it."""

    class Ran(list):
        fails = ""

    commands = Ran()

    def run(command, **options):
        commands.append((list(map(str, command)), options))
        failed = bool(commands.fails) and commands.fails in " ".join(map(str, command))
        if failed and options["check"]:
            raise subprocess.CalledProcessError(1, command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True, exist_ok=True)
            (Path(command[-1]) / matrix.STAMP).unlink(missing_ok=True)  # As --clear does.
        return subprocess.CompletedProcess(command, int(failed))

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def words(ran):
    return [" ".join(command) for command, _ in ran]


def test_the_rows_are_both_front_ends_with_both_kernels():
    assert {(row.front_end, matrix.OLD_KERNEL in row.packages) for row in matrix.ROWS} == {
        (front_end, old) for front_end in ("lab", "notebook") for old in (False, True)
    }
    for row in matrix.ROWS:
        assert (matrix.NOTEBOOK in row.packages) is (row.front_end == "notebook")


def test_a_row_is_the_lock_then_its_packages_then_the_tests(clone, ran):
    assert matrix.main(clone, "notebook-7-ipykernel-6.30", "--", "-q") == 0
    make, lock, itself, over, tests = words(ran)
    assert make.endswith(f"-m venv --clear {clone / matrix.PLACE / 'notebook-7-ipykernel-6.30'}")
    assert lock.endswith("--no-deps --require-hashes -r requirements.lock")
    assert itself.endswith("-e .")
    assert over.endswith("install notebook==7.* ipykernel==6.30.*")
    names = [Path(word).name for word in tests.split() if word.endswith(".py")]
    assert names == ["test_a_view_page.py", "test_chat_more_page.py", "test_chat_page.py"]
    assert tests.endswith(" -q")
    assert ran[-1][1]["env"][matrix.FRONT_END] == "notebook"


def test_a_second_run_finds_the_environment_until_the_lock_changes(clone, ran):
    matrix.main(clone, "jupyterlab-4-ipykernel-7")
    ran.clear()
    matrix.main(clone, "jupyterlab-4-ipykernel-7")
    assert len(ran) == 1
    (clone / setup_venv.INPUTS[0]).write_text("changed")
    ran.clear()
    matrix.main(clone, "jupyterlab-4-ipykernel-7")
    assert len(ran) == 4


def test_a_row_that_fails_is_told_and_the_others_run(clone, ran, capsys):
    ran.fails = "no:cacheprovider"
    assert matrix.main(clone) == 1
    said = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[-1] for line in said] == ["failed"] * 4
    ran.fails = "--clear " + str(clone / matrix.PLACE / matrix.ROWS[1].name)
    (clone / matrix.PLACE / matrix.ROWS[1].name / matrix.STAMP).unlink()
    assert matrix.main(clone) == 1
    said = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[-1] for line in said] == ["passed", "up", "passed", "passed"]


def test_an_environment_that_was_half_made_is_made_anew(clone, ran, capsys):
    ran.fails = "-e ."
    assert matrix.main(clone, "notebook-7-ipykernel-7") == 1
    assert "couldn't be set up" in capsys.readouterr().out
    ran.fails = ""
    ran.clear()
    assert matrix.main(clone, "notebook-7-ipykernel-7") == 0
    assert "venv" in words(ran)[0]


def test_a_row_that_is_none_names_those_that_there_are(clone, ran, capsys):
    assert matrix.main(clone, "colab") == 2
    said = capsys.readouterr().err
    assert all(row.name in said for row in matrix.ROWS)
    assert ran == []


def test_there_are_tests_to_run():
    for pattern in matrix.TESTS:
        assert list((ROOT / "tests" / "browser").glob(pattern))
