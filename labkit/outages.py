"""
Outages on purpose: what is left when one layer is gone, and who notices.

::

    with lab.outage("issuer"):       # it answers nobody
        lab.ask("...")
    lab.ask("...")                   # it's back, under the same URL

A service is stopped and started again. The database of a lab is a file that the service holds
open, so it can't be taken away; its tables get other names meanwhile, and every statement on them
fails, as after a migration that went wrong.

Floor 4: knows the backend.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from labkit.backend import ABOUT, Backend
from labkit.database.engine import BUSY_TIMEOUT_MS
from labkit.database.tables import Base
from labkit.errors import StorageError, UsageError

DATABASE = "database"
_AWAY = "away_"


@contextmanager
def outage(backend: Backend, name: str) -> Iterator[None]:
    """
    Take one layer out for as long as the block lasts, however it ends.

    Args:
        name: One of the services, such as "issuer", or "database".

    Raises:
        UsageError: There is no such layer, or the database is one of yours.
        ServiceError: The backend isn't running, or another program took the service's port.
        StorageError: Another program holds the database, so its tables can't be renamed.
    """
    if name == DATABASE:
        with _without_tables(_own_file(backend)):
            yield
        return
    if not isinstance(name, str) or name not in {*ABOUT, *backend.services}:
        layers = ", ".join([*ABOUT, *(n for n in backend.services if n not in ABOUT), DATABASE])
        raise UsageError(f"there is no layer {name!r:.40} here; there are: {layers}")
    server = backend.service(name).server
    try:
        server.stop()
        yield
    finally:
        if backend.running:  # It may have been stopped meanwhile.
            server.start()


def _own_file(backend: Backend) -> Path:
    """Return the file with the lab's own rows; another database isn't ours to break."""
    backend.expect_running()
    if backend.database_file is None:
        raise UsageError("this lab works on a database of yours, which isn't broken for a lesson")
    return backend.database_file


@contextmanager
def _without_tables(file: Path) -> Iterator[None]:
    names = list(Base.metadata.tables)
    try:
        _rename(file, {name: _AWAY + name for name in names})
        yield
    finally:
        if file.exists():  # Gone with its lab.
            _rename(file, {_AWAY + name: name for name in names})


def _rename(file: Path, names: dict[str, str]) -> None:
    """
    Give tables other names, all or none; those that aren't there are left.

    Raises:
        StorageError: Another program holds the database.
    """
    try:
        _rename_all(file, names)
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"the tables couldn't be renamed: {error}. End what writes into {file}, then run "
            '`with lab.outage("database"): pass`, which brings them back'
        ) from error


def _rename_all(file: Path, names: dict[str, str]) -> None:
    with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        for old, new in names.items():
            if old in there:
                connection.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')
