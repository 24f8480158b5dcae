"""The learner's copy: everything new arrives, nothing of theirs is ever lost."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from labkit.course import __main__ as command
from labkit.course import kernels, workspace
from labkit.errors import MissingDependency, StorageError


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one notebook and one file in a folder, beside an empty package."""
    folder = tmp_path / "clone" / "notebooks"
    write(folder / "01_first.ipynb", "first, version 1")
    write(folder / "data" / "rows.csv", "a,b")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "clone" / "work"


@pytest.fixture(autouse=True)
def _own_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the signatures of tests out of the user's own database."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ipynb":
        cell = nbformat.v4.new_code_cell(text, id="only", outputs=[html(text)])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    else:
        path.write_text(text, encoding="utf-8")


def html(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": f"<b>{text}</b>"})


def is_trusted(path: Path) -> bool:
    notary = NotebookNotary()
    try:
        return notary.check_signature(nbformat.read(path, as_version=4))
    finally:
        notary.store.close()


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_first_run_copies_every_file_and_a_second_does_nothing(course, work):
    first = workspace.deliver(course, work)
    assert first.added == ["01_first.ipynb", "data/rows.csv"]
    assert (work / "data/rows.csv").read_bytes() == (course / "data/rows.csv").read_bytes()
    again = workspace.deliver(course, work)
    assert (again.added, again.updated, again.beside, again.lines()) == ([], [], [], [])
    assert again.as_given == first.as_given == ["01_first.ipynb", "data/rows.csv"]


def test_what_editors_leave_behind_is_not_part_of_the_course(course, work):
    write(course / ".ipynb_checkpoints" / "01_first-checkpoint.ipynb", "old")
    write(course / "__pycache__" / "x.pyc", "")
    assert workspace.deliver(course, work).added == ["01_first.ipynb", "data/rows.csv"]


def test_an_untouched_copy_is_brought_up_to_date(course, work):
    workspace.deliver(course, work)
    write(course / "01_first.ipynb", "first, version 2")
    write(course / "02_second.ipynb", "second")
    delivery = workspace.deliver(course, work)
    assert (delivery.updated, delivery.added) == (["01_first.ipynb"], ["02_second.ipynb"])
    assert "version 2" in (work / "01_first.ipynb").read_text()
    assert len(delivery.lines()) == 2


def test_a_changed_copy_is_kept_and_its_new_version_put_beside_it_once(course, work):
    workspace.deliver(course, work)
    write(work / "01_first.ipynb", "mine")
    mine = (work / "01_first.ipynb").read_bytes()
    assert workspace.deliver(course, work).beside == []  # Nothing new, so nothing to offer.

    write(course / "01_first.ipynb", "first, version 2")
    delivery = workspace.deliver(course, work)
    assert delivery.beside == [("01_first.ipynb", "01_first.new.ipynb")]
    assert delivery.lines() == [
        "kept your 01_first.ipynb; its new version is beside it: 01_first.new.ipynb"
    ]
    assert (work / "01_first.ipynb").read_bytes() == mine
    assert "version 2" in (work / "01_first.new.ipynb").read_text()

    (work / "01_first.new.ipynb").unlink()  # Looked at, thrown away: it doesn't come again.
    assert workspace.deliver(course, work).beside == []
    assert names(work) == {"01_first.ipynb", "data/rows.csv", workspace.MANIFEST}


def test_an_untouched_offer_is_replaced_and_a_changed_one_is_kept_too(course, work):
    workspace.deliver(course, work)
    write(work / "01_first.ipynb", "mine")
    places = []
    for version in (2, 3):
        write(course / "01_first.ipynb", f"first, version {version}")
        places += workspace.deliver(course, work).beside
    write(work / "01_first.new.ipynb", "mine as well")
    write(course / "01_first.ipynb", "first, version 4")
    places += workspace.deliver(course, work).beside
    assert [place for _, place in places] == [
        "01_first.new.ipynb",
        "01_first.new.ipynb",
        "01_first.new-2.ipynb",
    ]
    assert "mine as well" in (work / "01_first.new.ipynb").read_text()


def test_an_adopted_offer_counts_as_untouched(course, work):
    workspace.deliver(course, work)
    write(work / "01_first.ipynb", "mine")
    write(course / "01_first.ipynb", "first, version 2")
    workspace.deliver(course, work)
    (work / "01_first.new.ipynb").replace(work / "01_first.ipynb")
    write(course / "01_first.ipynb", "first, version 3")
    assert workspace.deliver(course, work).updated == ["01_first.ipynb"]


def test_a_removed_copy_comes_again(course, work):
    workspace.deliver(course, work)
    (work / "01_first.ipynb").unlink()
    assert workspace.deliver(course, work).added == ["01_first.ipynb"]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"[]", b'{"01_first.ipynb": 3}'])
def test_with_a_damaged_manifest_every_differing_file_counts_as_changed(course, work, damage):
    workspace.deliver(course, work)
    write(course / "01_first.ipynb", "first, version 2")
    (work / workspace.MANIFEST).write_bytes(damage)
    delivery = workspace.deliver(course, work)
    assert delivery.beside == [("01_first.ipynb", "01_first.new.ipynb")]
    assert "version 1" in (work / "01_first.ipynb").read_text()


def test_a_file_of_the_same_name_that_was_never_given_is_kept(course, work):
    write(work / "01_first.ipynb", "mine from the start")
    assert workspace.deliver(course, work).beside == [("01_first.ipynb", "01_first.new.ipynb")]
    assert "mine from the start" in (work / "01_first.ipynb").read_text()


def test_what_is_in_the_way_is_named_in_one_error(course, work):
    work.parent.mkdir(exist_ok=True)
    work.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="be copied to"):
        workspace.deliver(course, work)
    assert work.read_text() == "a file where the folder should be"


def test_a_full_disk_leaves_what_was_there_before(course, work, monkeypatch):
    workspace.deliver(course, work)
    write(course / "01_first.ipynb", "first, version 2")
    before = (work / "01_first.ipynb").read_bytes()

    def half(self: Path, content: bytes) -> int:
        with self.open("wb") as part:
            part.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(StorageError, match="No space left on device"):
        workspace.deliver(course, work)
    assert (work / "01_first.ipynb").read_bytes() == before
    assert names(work) == {"01_first.ipynb", "data/rows.csv", workspace.MANIFEST}


def test_what_we_gave_is_trusted_and_what_the_learner_changed_is_left_to_them(course, work):
    for _ in range(2):
        workspace.trust(work, workspace.deliver(course, work).as_given)
        assert is_trusted(work / "01_first.ipynb")
    write(work / "01_first.ipynb", "from somewhere else")
    workspace.trust(work, workspace.deliver(course, work).as_given)
    assert not is_trusted(work / "01_first.ipynb")


def test_a_package_without_a_clone_says_where_the_course_is_to_be_had(tmp_path):
    with pytest.raises(StorageError, match="Clone it and run `make lab`"):
        workspace.find_course(tmp_path / "site-packages" / "labkit")


def test_the_course_of_this_clone_is_found(course):
    assert workspace.find_course(course.parent / "labkit") == course


def test_jupyterlab_keeps_to_the_loopback_address_and_fetches_nothing(work):
    arguments = workspace.lab_arguments(work, "01 first.ipynb", as_root=True)
    assert "--ServerApp.ip=127.0.0.1" in arguments
    assert "--LabApp.default_url=/lab/tree/01%20first.ipynb" in arguments
    assert "--ServerApp.allow_root=True" in arguments
    overrides = json.loads((workspace.OVERRIDES / "overrides.json").read_text())
    assert overrides == {
        "@jupyterlab/apputils-extension:notification": {
            "checkForUpdates": False,
            "fetchNews": "false",
        }
    }


def test_only_this_interpreters_kernel_is_offered(tmp_path):
    bogus = tmp_path / "jupyter" / "kernels" / "python3"
    write(bogus / "kernel.json", '{"argv": ["false"], "display_name": "x", "language": "python"}')
    manager = kernels.ThisEnvironment()
    assert list(manager.get_all_specs()) == ["python3"]
    assert manager.get_kernel_spec("python3").argv[0] == sys.executable


class Recorder:
    """In JupyterLab's place: keeps the arguments it was given."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, arguments: list[str]) -> None:
        self.calls.append(arguments)


def test_the_command_copies_trusts_and_opens_the_lowest_notebook(course, work, monkeypatch, capsys):
    monkeypatch.setattr(command, "find_course", lambda: course)
    write(course / "00_zero.ipynb", "zero")
    opened = Recorder()
    assert command.main(["--no-browser"], opened) == 0
    (arguments,) = opened.calls
    assert "--LabApp.default_url=/lab/tree/00_zero.ipynb" in arguments
    assert arguments[-1] == "--no-browser"
    assert is_trusted(work / "01_first.ipynb")
    out = capsys.readouterr().out
    assert str(work) in out
    assert "00_zero.ipynb" in out


def test_the_command_runs_jupyterlab_in_its_own_process(monkeypatch):
    opened = Recorder()
    labapp = SimpleNamespace(LabApp=SimpleNamespace(launch_instance=opened))
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", labapp)
    command.launch(["--no-browser"])
    assert opened.calls == [["--no-browser"]]


def test_the_command_says_what_is_wrong_in_one_line(course, work, monkeypatch, capsys):
    monkeypatch.setattr(command, "find_course", lambda: course)
    work.write_text("in the way")
    opened = Recorder()
    assert command.main([], opened) == 1
    assert opened.calls == []
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_without_jupyter_the_error_names_the_command_that_brings_it(monkeypatch):
    monkeypatch.setattr(workspace, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"labkit\[course\]"):
        workspace.trust(Path(), [])


def test_importing_the_workspace_needs_no_jupyter():
    ask = "import labkit.course.workspace, sys; sys.exit('nbformat' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
