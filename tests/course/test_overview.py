"""Progress fills the path, stop by stop."""

from pathlib import Path

import pytest

from labkit.course import Outcome, progress
from labkit.course.lessons import all_tasks, tasks_of
from labkit.course.path import STOPS, stop_of
from labkit.course.record import progress_for
from labkit.errors import UsageError
from labkit.settings import Settings

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, cache=tmp_path)


def test_solved_exercises_fill_their_stop(settings: Settings) -> None:
    record, tasks = progress_for(settings), tasks_of(stop_of("01"))
    record.note_check(Outcome(tasks[0].id, "correct"))
    record.note_check(Outcome(tasks[1].id, "tried", "x"))
    record.note_check(Outcome("01.99", "correct"))  # Of a course that was, or will be.
    text = progress(settings, here="01").text
    (line,) = [line for line in text.splitlines() if "Signatures" in line]
    assert f"(1 of {len(tasks)})" in line
    assert "here" in line
    assert f"1 of {len(all_tasks())} exercises" in text


def test_all_of_them_finish_it(settings: Settings) -> None:
    for task in tasks_of(stop_of("01")):
        progress_for(settings).note_check(Outcome(task.id, "correct"))
    (line,) = [line for line in progress(settings).text.splitlines() if "Signatures" in line]
    assert "●" in line


def test_the_map_shows_those_stops_as_there_whose_notebook_is_there(settings: Settings) -> None:
    written = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    missing = {
        line.split()[1] for line in progress(settings).text.splitlines() if "not yet" in line
    }
    assert {f"{stop.number}_{stop.slug}" for stop in STOPS if stop.number not in missing} == written


@pytest.mark.parametrize("bad", ["", "99", 1, object()])
def test_an_unknown_notebook_is_refused(settings: Settings, bad: object) -> None:
    with pytest.raises(UsageError, match="from 00 to 13"):
        progress(settings, here=bad)


@pytest.mark.parametrize("bad", ["", 1, object()])
def test_settings_of_another_kind_are_refused(bad: object) -> None:
    with pytest.raises(UsageError):
        progress(bad)
