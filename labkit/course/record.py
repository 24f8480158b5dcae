"""
What a learner has done so far, in one readable file.

``progress.json`` lies in `Settings.home`. Several kernels may write to it: each change is made to
the file as it is at that moment, under a lock, and the file is replaced whole, so nobody reads half
of it and nobody's change is lost. A file that can't be understood is set aside, not overwritten.
Where nothing can be written, the changes are kept in memory and tried again with the next one.

Nothing here leaves the machine.

Floor 4: knows settings' folder, the clock and errors.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.course.outcome import Outcome
from labkit.course.text import say
from labkit.errors import StorageError, UsageError
from labkit.settings import Settings

FILE = "progress.json"
LOCK_FILE = "progress.lock"
SCHEMA_VERSION = 1

Choice = str | int | float | bool


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)  # A newer labkit's fields survive.


class ExerciseRecord(_Entry):
    """One exercise: "correct" stays, whatever is tried later. *when* is UTC, ISO 8601."""

    state: Literal["not attempted", "tried", "correct"] = "not attempted"
    tries: NonNegativeInt = 0
    finding: str | None = None  # The code of the last one; None after a correct answer.
    when: str = ""


class PredictionRecord(_Entry):
    """One prediction; *own* is False when the default stood in."""

    choice: Choice
    own: bool
    when: str


class Document(_Entry):
    """The whole file."""

    schema_version: int = SCHEMA_VERSION
    exercises: dict[str, ExerciseRecord] = {}
    predictions: dict[str, PredictionRecord] = {}


Change = Callable[[Document], None]


class Progress:
    """
    The learner's record in the folder *home*.

    Args:
        home: The folder; it's made when there is something to write.
        clock: Dates the entries.
    """

    def __init__(self, home: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self._home = home
        self._clock = clock
        self._unsaved: list[Change] = []
        self._told = False  # That nothing can be saved; once is enough.
        self._lock = threading.Lock()

    def exercise(self, exercise_id: str) -> ExerciseRecord:
        """Return what is known of one exercise."""
        return self.read().exercises.get(exercise_id, ExerciseRecord())

    def read(self) -> Document:
        """Return the record as it is now, with what couldn't be saved."""
        with self._lock:
            try:
                with _only_one(self._home):
                    document = self._load()
            except (OSError, StorageError) as error:
                document = self._in_memory(error)
            return self._changed(document)

    def note_check(self, outcome: Outcome) -> None:
        """Count a real try. A submission with nothing in it isn't one."""
        if outcome.state == "not attempted":
            return
        when = self._now()

        def change(document: Document) -> None:
            old = document.exercises.get(outcome.exercise, ExerciseRecord())
            state = "correct" if old.state == "correct" else outcome.state
            new = {"state": state, "tries": old.tries + 1, "finding": outcome.code, "when": when}
            document.exercises[outcome.exercise] = old.model_copy(update=new)

        self._make(change)

    def note_prediction(self, prediction_id: str, choice: Choice, *, own: bool) -> None:
        """Keep a choice. A default never takes the place of the learner's own."""
        entry = PredictionRecord(choice=choice, own=own, when=self._now())

        def change(document: Document) -> None:
            old = document.predictions.get(prediction_id)
            if own or old is None or not old.own:
                document.predictions[prediction_id] = entry

        self._make(change)

    def _make(self, change: Change) -> None:
        with self._lock:
            self._unsaved.append(change)
            try:
                self._home.mkdir(parents=True, exist_ok=True)
                with _only_one(self._home):
                    _write(self._home / FILE, self._changed(self._load()))
                self._unsaved.clear()
                self._told = False
            except (OSError, StorageError) as error:
                self._in_memory(error)

    def _changed(self, document: Document) -> Document:
        for change in self._unsaved:
            change(document)
        return document

    def _load(self) -> Document:
        path = self._home / FILE
        try:
            document = Document.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return Document()
        except ValidationError:
            self._set_aside(path)
            return Document()
        if document.schema_version > SCHEMA_VERSION:
            raise StorageError(f"{FILE} was written by a newer labkit; update this one")
        return document

    def _set_aside(self, path: Path) -> None:
        number = 1
        while (aside := path.with_name(f"progress.damaged-{number}.json")).exists():
            number += 1
        path.replace(aside)
        say(f"{FILE} couldn't be read and is kept as {aside.name}; a new one begins")

    def _in_memory(self, error: Exception) -> Document:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        if not self._told:
            say(
                f"progress can't be kept in {self._home} ({why}), so it lasts until the kernel "
                "stops; LABKIT_HOME can name another folder"
            )
        self._told = True
        return Document()

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds")


def progress_for(settings: Settings | None) -> Progress:
    """
    Return the one `Progress` of this process for the settings' folder.

    Raises:
        UsageError: *settings* is something else.
    """
    if not isinstance(settings, Settings | None):
        raise UsageError("settings is a labkit.settings.Settings, or None for the environment's")
    return _progress_in((settings or Settings.from_environment()).home)


@cache
def _progress_in(home: Path) -> Progress:
    return Progress(home)


def _write(path: Path, document: Document) -> None:
    text = document.model_dump_json(indent=2) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="progress-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """
    Hold the lock on the record while the block runs; the system frees it when a process dies.

    Some network drives have no locks, and a folder may be read-only: then it goes on without.
    """
    with ExitStack() as stack:
        with suppress(OSError):
            file = stack.enter_context((home / LOCK_FILE).open("ab"))
            _lock(file)
            stack.callback(_unlock, file)
        yield


if sys.platform == "win32":  # pragma: no cover - the other half runs here; both do the same.
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
