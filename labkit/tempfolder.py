"""
A temporary folder that is gone when its process is, however that ends.

`remove` deletes it, at stop and at exit. After ``kill -9`` nobody can, so the next lab does: each
folder has a lock beside it that its process holds while it lives, and a lock that anybody can take
marks a folder that nobody has.

::

    lock      an empty SQLite file, held by an open exclusive transaction; the system lets go of it
              when the process dies. (The one file lock in the standard library that works the
              same on Linux, macOS and Windows, and that a fork doesn't inherit.)
    sweep     delete what dead processes left

The lock is held before the folder exists, so there is no moment at which a live folder looks dead.

Floor 1: knows errors.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from labkit.errors import StorageError

PREFIX = "labkit-"
LOCK_SUFFIX = ".lock"


class TemporaryFolder:
    """
    A folder of this process alone, made at once.

    Attributes:
        path: The folder; only its owner may look inside.

    Raises:
        StorageError: No temporary folder can be made; the text says where and what to do.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        try:
            sweep()
            self.path, self._lock_path, self._lock = _make()
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise StorageError(
                f"no temporary folder can be made: {reason}. Free some space there, or set "
                "TMPDIR (TEMP on Windows) to a folder that you can write"
            ) from None

    def remove(self) -> None:
        """Delete the folder with all that is in it. Twice is once; a fork's copy does nothing."""
        if self._pid == os.getpid():
            _delete(self.path, self._lock_path, self._lock)


def sweep() -> None:
    """Delete the folders of processes that died without doing it themselves."""
    for lock_path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*{LOCK_SUFFIX}"):
        with contextlib.suppress(sqlite3.Error, OSError):  # It's in use, or another user's.
            _delete(lock_path.with_suffix(""), lock_path, _take(lock_path))


def _make() -> tuple[Path, Path, sqlite3.Connection]:
    """Return a new folder, its lock's path, and the lock, held."""
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=LOCK_SUFFIX)
    os.close(handle)
    lock_path = Path(name)
    folder = lock_path.with_suffix("")
    lock: sqlite3.Connection | None = None
    try:
        lock = _take(lock_path)
        folder.mkdir(mode=0o700)
    except BaseException:
        if lock is not None:
            lock.close()
        lock_path.unlink()
        raise
    return folder, lock_path, lock


def _take(lock_path: Path) -> sqlite3.Connection:
    """
    Hold the lock, or raise `sqlite3.OperationalError`.

    Source: https://sqlite.org/lockingv3.html section 3.0, "EXCLUSIVE".
    """
    # The thread that stops a lab need not be the one that started it.
    lock = sqlite3.connect(lock_path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except BaseException:
        lock.close()
        raise
    return lock


def _delete(folder: Path, lock_path: Path, lock: sqlite3.Connection) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.close()  # Before the file goes: Windows deletes no open file.
    lock_path.unlink(missing_ok=True)
