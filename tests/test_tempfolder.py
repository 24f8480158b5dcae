"""A temporary folder that is gone when its process is, however that ends."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from labkit import tempfolder
from labkit.errors import StorageError
from labkit.tempfolder import TemporaryFolder, sweep

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The system's temporary folder, for this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def names(place):
    return sorted(path.name for path in place.iterdir())


def test_it_is_there_at_once_and_gone_after_remove(place):
    folder = TemporaryFolder()
    (folder.path / "lab.sqlite").write_text("rows")
    assert folder.path.parent == place
    folder.remove()
    folder.remove()
    assert names(place) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no mode bits")
def test_only_the_owner_may_look_inside():
    folder = TemporaryFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()


def test_the_sweep_leaves_folders_in_use_alone(place):
    folder = TemporaryFolder()
    before = names(place)
    sweep()
    assert names(place) == before
    folder.remove()


def test_another_process_leaves_a_folder_in_use_alone(place):
    folder = TemporaryFolder()
    code = "from labkit.tempfolder import TemporaryFolder; TemporaryFolder().remove()"
    environment = {**os.environ, "TMPDIR": str(place), "TEMP": str(place), "TMP": str(place)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=ROOT, env=environment)
    assert folder.path.is_dir()
    folder.remove()


DIES = """
import os, signal
from labkit.tempfolder import TemporaryFolder
folder = TemporaryFolder()
(folder.path / "lab.sqlite").write_text("rows")
print(folder.path.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_the_next_one_sweeps_what_a_killed_process_left(place):
    environment = {**os.environ, "TMPDIR": str(place)}
    died = subprocess.run(
        [sys.executable, "-c", DIES], stdout=subprocess.PIPE, timeout=60, cwd=ROOT, env=environment
    )
    assert died.returncode == -signal.SIGKILL
    left = died.stdout.decode().strip()
    assert left in names(place)
    TemporaryFolder().remove()
    assert names(place) == []


def test_the_sweep_touches_nothing_without_a_lock_of_ours(place):
    (place / "labkit-notes").mkdir()
    (place / "other.lock").touch()
    sweep()
    assert names(place) == ["labkit-notes", "other.lock"]


def test_a_lock_whose_folder_was_never_made_is_swept(place):
    (place / "labkit-x.lock").touch()
    sweep()
    assert names(place) == []


def test_a_lock_that_is_no_lock_is_left_alone(place):
    (place / "labkit-x.lock").write_bytes(b"not an SQLite file" * 100)
    (place / "labkit-y.lock").mkdir()
    sweep()
    assert names(place) == ["labkit-x.lock", "labkit-y.lock"]


def test_the_copy_of_a_fork_removes_nothing(place, monkeypatch):
    folder = TemporaryFolder()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    folder.remove()
    assert folder.path.is_dir()
    monkeypatch.undo()
    folder.remove()


def test_a_place_that_cannot_be_written_is_named_with_what_to_do(place, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(place / "nowhere"))
    with pytest.raises(StorageError, match="TMPDIR"):
        TemporaryFolder()


@pytest.mark.parametrize("step", ["take", "mkdir"])
def test_a_step_that_fails_leaves_no_file(place, monkeypatch, step):
    def no(*args, **options):
        raise sqlite3.OperationalError("disk I/O error") if step == "take" else OSError(28, "full")

    if step == "take":
        monkeypatch.setattr(tempfolder, "_take", no)
    else:
        monkeypatch.setattr(Path, "mkdir", no)
    with pytest.raises(StorageError, match=r"disk I/O error|full"):
        TemporaryFolder()
    assert names(place) == []
