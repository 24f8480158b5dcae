"""The record survives crashes, strangers' edits and a second kernel; nothing is ever lost."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.clock import Clock
from labkit.course.outcome import Outcome
from labkit.course.record import ExerciseRecord, Progress, progress_for
from labkit.errors import UsageError
from labkit.settings import Settings

CORRECT = Outcome("01.1", "correct")
WRONG = Outcome("01.1", "tried", "base64-padding", "It was refused.")
NOTHING = Outcome("01.1", "not attempted")


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "home", Clock(0.0))


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "progress.json"


def test_the_file_can_be_read_by_people(progress: Progress, tmp_path: Path) -> None:
    progress.note_check(WRONG)
    progress.note_prediction("01.flip", 9, own=True)
    assert json.loads(file_of(tmp_path).read_text(encoding="utf-8")) == {
        "schema_version": 1,
        "exercises": {
            "01.1": {
                "state": "tried",
                "tries": 1,
                "finding": "base64-padding",
                "when": "1970-01-01T00:00:00+00:00",
            }
        },
        "predictions": {"01.flip": {"choice": 9, "own": True, "when": "1970-01-01T00:00:00+00:00"}},
    }
    assert file_of(tmp_path).read_text(encoding="utf-8").count("\n") > 10


def test_reading_makes_no_folder(progress: Progress, tmp_path: Path) -> None:
    assert progress.exercise("01.1") == ExerciseRecord()
    assert list(tmp_path.iterdir()) == []


def test_an_attempt_at_nothing_is_no_try(progress: Progress, tmp_path: Path) -> None:
    progress.note_check(NOTHING)
    assert not file_of(tmp_path).exists()


def test_correct_stays_correct(progress: Progress) -> None:
    for outcome in (WRONG, CORRECT, WRONG):
        progress.note_check(outcome)
    record = progress.exercise("01.1")
    assert (record.state, record.tries, record.finding) == ("correct", 3, "base64-padding")
    progress.note_check(CORRECT)
    assert progress.exercise("01.1").finding is None


def test_a_default_never_replaces_the_learners_own_choice(progress: Progress) -> None:
    def kept() -> tuple[object, bool]:
        entry = progress.read().predictions["01.flip"]
        return entry.choice, entry.own

    progress.note_prediction("01.flip", "yes", own=False)
    assert kept() == ("yes", False)
    progress.note_prediction("01.flip", "no", own=True)
    assert kept() == ("no", True)
    progress.note_prediction("01.flip", "yes", own=False)
    assert kept() == ("no", True)
    progress.note_prediction("01.flip", True, own=True)
    assert kept() == (True, True)


def test_two_records_of_one_folder_add_up(tmp_path: Path) -> None:
    one, two = Progress(tmp_path), Progress(tmp_path)
    one.note_check(WRONG)
    two.note_check(WRONG)
    one.note_check(Outcome("01.2", "correct"))
    assert two.exercise("01.1").tries == 2
    assert two.exercise("01.2").state == "correct"


WRITER = """
import sys
from pathlib import Path
from labkit.course.outcome import Outcome
from labkit.course.record import Progress
progress = Progress(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    progress.note_check(Outcome("01.1", "tried", "x"))
"""


def test_two_kernels_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    kernels = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for kernel in kernels:
        assert kernel.stdout.readline() == "ready\n"
    for kernel in kernels:
        kernel.stdin.write("go\n")
        kernel.stdin.flush()
    assert [(kernel.communicate(timeout=60)[0], kernel.returncode) for kernel in kernels] == [
        ("", 0),
        ("", 0),
    ]
    assert Progress(tmp_path).exercise("01.1").tries == 50
    assert {path.name for path in tmp_path.iterdir()} == {"progress.json", "progress.lock"}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"schema_version": "1"}',
        b'{"exercises": []}',
        b'{"exercises": {"01.1": {"tries": -1}}}',
        b'{"exercises": {"01.1": {"state": "perfect"}}}',
        b'{"predictions": {"01.x": {"choice": [1], "own": true, "when": ""}}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_set_aside_with_a_line(progress, tmp_path, capsys, damage) -> None:
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).write_bytes(damage)
    progress.note_check(CORRECT)
    assert progress.exercise("01.1").state == "correct"
    assert file_of(tmp_path).with_name("progress.damaged-1.json").read_bytes() == damage
    assert capsys.readouterr().out == (
        "progress.json couldn't be read and is kept as progress.damaged-1.json; a new one begins\n"
    )


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir()
    for damage in ("first", "second"):
        file_of(tmp_path).write_text(damage)
        Progress(tmp_path / "home").read()
    aside = sorted(tmp_path.glob("home/progress.damaged-*.json"))
    assert [path.name for path in aside] == ["progress.damaged-1.json", "progress.damaged-2.json"]
    assert [path.read_text() for path in aside] == ["first", "second"]


def test_what_a_newer_labkit_added_to_an_entry_survives(progress, tmp_path) -> None:
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).write_text(
        '{"schema_version": 1, "theme": "dark", "exercises": {"01.1": {"tries": 1, "stars": 3}}}'
    )
    progress.note_check(WRONG)
    kept = json.loads(file_of(tmp_path).read_text())
    assert kept["theme"] == "dark"
    assert kept["exercises"]["01.1"]["stars"] == 3
    assert kept["exercises"]["01.1"]["tries"] == 2


def test_a_file_of_a_newer_schema_is_left_alone(progress, tmp_path, capsys) -> None:
    file_of(tmp_path).parent.mkdir()
    newer = '{"schema_version": 2, "exercises": {}}'
    file_of(tmp_path).write_text(newer)
    progress.note_check(CORRECT)
    assert progress.exercise("01.1").state == "correct"
    assert file_of(tmp_path).read_text() == newer
    assert "written by a newer labkit" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_told_once_and_progress_goes_on(tmp_path, capsys) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    progress = Progress(tmp_path / "home")
    progress.note_check(WRONG)
    progress.note_check(WRONG)
    assert progress.exercise("01.1").tries == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "LABKIT_HOME can name another folder" in lines[0]


def full(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_keeps_the_old_file_and_the_changes_follow_later(
    progress, tmp_path, monkeypatch, capsys
) -> None:
    progress.note_check(WRONG)
    before = file_of(tmp_path).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        progress.note_check(WRONG)
        assert file_of(tmp_path).read_bytes() == before
        assert progress.exercise("01.1").tries == 2
    assert "No space left on device" in capsys.readouterr().out
    assert len(list((tmp_path / "home").iterdir())) == 2  # The record and its lock.
    progress.note_check(WRONG)
    assert Progress(tmp_path / "home").exercise("01.1").tries == 3


def test_a_file_that_cannot_be_read_is_not_overwritten(progress, tmp_path, capsys) -> None:
    file_of(tmp_path).mkdir(parents=True)
    progress.note_check(CORRECT)
    assert progress.exercise("01.1").state == "correct"
    assert file_of(tmp_path).is_dir()
    assert "lasts until the kernel stops" in capsys.readouterr().out


def test_without_locks_it_goes_on(progress, tmp_path, monkeypatch) -> None:
    (tmp_path / "home" / "progress.lock").mkdir(parents=True)
    progress.note_check(CORRECT)
    assert Progress(tmp_path / "home").exercise("01.1").state == "correct"


def test_one_folder_has_one_record_in_a_process(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache=tmp_path)
    assert progress_for(settings) is progress_for(Settings(home=tmp_path, cache=tmp_path / "c"))
    with pytest.raises(UsageError):
        progress_for(tmp_path)
