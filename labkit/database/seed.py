"""
Put the rows of the running example where a service can use them.

For SQLite the whole database is made once, kept in a cache whose name is the hash of the code that
made it, and copied from then on. Other databases get their rows inserted by `prepare`.

A file appears under its name only when it is whole: it's written beside it, flushed, then renamed.
So a crash, a full disk or a second process at the same moment leaves no half file behind.

Floor 1: the rows and the tables.
"""

import asyncio
import contextlib
import hashlib
import sqlite3
from functools import cache as remember
from importlib.resources import files
from pathlib import Path

import sqlalchemy
from sqlalchemy import (
    URL,
    Connection,
    NullPool,
    create_engine,
    func,
    insert,
    inspect,
    select,
)

from labkit.database import fulltext  # Its listeners make the index with the table.
from labkit.database.engine import Database
from labkit.database.rows import all_rows
from labkit.database.tables import Base, Defect, Inspection, Lot, Plant
from labkit.database.turns import take_turns
from labkit.errors import StorageError, UsageError
from labkit.wholefile import write_whole

_SOURCES = (
    "fulltext.py",
    "rows.py",
    "runbooks.py",
    "seed.py",
    "tables.py",
)  # What decides the rows.
_NEEDED_MB = 4  # What one copy takes, rounded up.
_OUR_OTHERS = frozenset({"agent_audit", "issuer_keys", "issuer_rings", "issuer_seen"})
"""Tables of labkit's that other rooms make, and that may lie in the same database."""

_ADVISORY_LOCK = 7_526_001  # Any number; one for this purpose in a PostgreSQL server.


def seeded_database(cache: Path, target: Path) -> Path:
    """
    Make *target* a fresh SQLite file with all rows, and return it.

    Args:
        cache: Folder in which the finished database is kept. One that can't be written is done
            without: the rows are made anew, which takes about a second.
        target: The file to make; one that is there is replaced.

    Raises:
        StorageError: The disk of *target* is full or can't be written.
        UsageError: A path isn't a `Path`.
    """
    for name, path in (("cache", cache), ("target", target)):
        if not isinstance(path, Path):
            raise UsageError(f"{name} has to be a pathlib.Path")
    try:
        write_whole(target, _cached(cache / cache_name()))
    except OSError as error:
        raise _refused(target.parent, error) from error
    return target


async def prepare(database: Database) -> None:
    """
    Make sure that *database* has its tables and rows; one that has them is left as it is.

    Safe when several processes start at once: one does it, the others wait for it.

    Raises:
        StorageError: The file can't be opened or written, the server doesn't answer, or its tables
            are those of another program or of an older labkit.
    """
    try:
        if database.is_sqlite:
            await asyncio.to_thread(_probe, database.url)
        async with database.transaction() as session:
            connection = await session.connection()
            await connection.run_sync(_fill_once)
    except (sqlalchemy.exc.DBAPIError, OSError) as error:  # A server that isn't there: OSError.
        raise StorageError(
            f"{database!r} can't be opened or written: is its folder there, is it a database of "
            "labkit, the disk not full, the server running?"
        ) from error


def fill(connection: Connection) -> None:
    """Create all tables on *connection* and insert all rows. The caller commits."""
    Base.metadata.create_all(connection)
    for table, rows in all_rows().items():
        connection.execute(insert(table), rows)
    if connection.dialect.name == "postgresql":
        for numbered in (Lot, Inspection, Defect):
            # Its counter hasn't seen our numbers; the next row would get number 1 again.
            counter = func.pg_get_serial_sequence(numbered.__tablename__, "id")
            connection.execute(select(func.setval(counter, func.max(numbered.id))))


@remember
def cache_name() -> str:
    """Return the file name of the cached database: other code, other name."""
    digest = hashlib.sha256(sqlalchemy.__version__.encode())
    for source in _SOURCES:
        digest.update(files("labkit.database").joinpath(source).read_bytes())
    return f"lab-{digest.hexdigest()[:16]}.sqlite"


def _cached(path: Path) -> bytes:
    """Return the database at *path*, made now if it isn't there."""
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        if _is_whole(data):
            return data
    data = _built()
    # A cache saves time and nothing else: a full or read-only one stops nobody. On Windows, nor
    # does a second process that is reading the same file just now.
    with contextlib.suppress(OSError):
        write_whole(path, data)
    return data


def _is_whole(data: bytes) -> bool:
    """
    Tell whether *data* is as long as its own header says, so a file cut short is made anew.

    Source: the database header, sections 1.3.1, 1.3.2 and 1.3.7 of sqlite.org/fileformat.html.
    """
    page_bytes, pages = int.from_bytes(data[16:18]), int.from_bytes(data[28:32])
    return data.startswith(b"SQLite format 3\0") and len(data) == page_bytes * pages


def _built() -> bytes:
    """Return a new SQLite database with all rows, made in memory."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            fill(connection)
        with engine.connect() as connection:
            memory = connection.connection.driver_connection
            assert isinstance(memory, sqlite3.Connection)
            return memory.serialize()
    finally:
        engine.dispose()


def _probe(url: URL) -> None:
    """
    Open the file at *url* once, without asyncio.

    aiosqlite ends the thread of a connection that failed through the loop, some time later: a
    service that gives up at once closes the loop first, and the thread dies noisily.
    """
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA schema_version")


def _fill_once(connection: Connection) -> None:
    take_turns(connection, _ADVISORY_LOCK)
    _refuse_tables(connection)
    Base.metadata.create_all(connection)
    if connection.execute(select(Plant.id).limit(1)).first() is None:
        fill(connection)


def _refuse_tables(connection: Connection) -> None:
    """
    Refuse a database of another program, whose URL happens to stand in the environment, and tables
    that lack a column: better now than as a 500 at some request.

    They aren't changed here, nor deleted: what somebody wrote into them is theirs.
    """
    others = sorted(set(inspect(connection).get_table_names()) - _OUR_OTHERS)
    if others and Plant.__tablename__ not in others:
        raise StorageError(
            f"this database holds tables of another program, such as {others[0]}, and was left as "
            "it is. Name an empty one, or unset DATABASE_URL: then a lab makes its own"
        )
    wanted = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    wanted[fulltext.INDEX] = set(fulltext.INDEX_COLUMNS)
    for (_, name), there in inspect(connection).get_multi_columns().items():
        if missing := wanted.get(name, set()) - {column["name"] for column in there}:
            raise StorageError(
                f"this database was made by an older labkit: {name} has no {min(missing)}. Name "
                "another one, or rename its file and start again: a new one gets all rows"
            )


def _refused(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"the lab's database can't be written to {folder}: {error.strerror or 'disk error'}. "
        f"Free {_NEEDED_MB} MB there, or set LABKIT_HOME to a folder that you can write"
    )
