"""
Engine and sessions from a URL: SQLite in a file, or PostgreSQL.

Glossary:
    engine: knows the database and owns the pool.
    pool: a fixed number of open connections; who finds none free waits for one.
    session: one unit of work over one connection, owned by one task.
    writer: a session that means to change rows.

SQLite lets many read while one writes (WAL), but a reader that turns into a writer halfway can
fail at once, without waiting its turn. So a writer says so at the start: ``BEGIN IMMEDIATE``.

Floor 1: knows errors. Build a `Database` on the event loop that uses it, and close it there: an
open SQLite connection is a thread, and it keeps the interpreter from exiting.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.util import await_only

from labkit.errors import MissingDependency, UsageError

POOL_SIZE = 4  # Our choice: small enough to be seen waiting in a lesson, enough for two cores.
POOL_TIMEOUT_S = 5  # Our choice: who waits longer for a connection is told that it's busy.
BUSY_TIMEOUT_MS = 5000  # Milliseconds that SQLite waits for another writer; its default is none.

PAUSE_MS = 50  # Our choice: between two tries of what SQLite refuses without waiting.

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_WRITER = "labkit_writer"
_CHATTY_LOGGERS = ("aiosqlite", "sqlalchemy.engine.Engine")


class Database:
    """
    One database, its pool and its sessions.

    Attributes:
        url: Where the database is; its string hides a password.
        engine: SQLAlchemy's own object, for what isn't offered here.
    """

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = _checked_url(url)
        if type(pool_size) is not int or pool_size < 1:
            raise UsageError("pool_size has to be a whole number of connections, 1 or more")
        self.engine = _create_engine(self.url, pool_size)
        writing = self.engine.execution_options(**{_WRITER: True})
        self._sessions = _session_maker(self.engine)
        self._writers = _session_maker(writing)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours, and not a server."""
        return self.url.get_backend_name() == "sqlite"

    def session(self) -> AsyncSession:
        """
        Return a session for reading: ``async with database.session() as session: ...``.

        It belongs to the task that uses it first.
        """
        return self._sessions()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Give a session for writing: committed when the block ends, undone when it fails."""
        async with self._writers() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close every connection of the pool. Calling it twice is fine."""
        await self.engine.dispose()

    def __repr__(self) -> str:
        return f"<Database {self.url.render_as_string(hide_password=True)}>"


class OwnedSession(Session):
    """
    A session that only one task may use.

    Shared between tasks, a session fails only when both are at the database in the same moment,
    and otherwise commits or undoes the work of the neighbour. This one refuses always.
    """

    _owner: asyncio.Task[Any] | None = None

    def check_owner(self) -> None:
        """
        Refuse any task but the first one.

        Raises:
            UsageError: Another task has used this session before.
        """
        task = _current_task()
        self._owner = self._owner or task
        if task is not self._owner:
            raise UsageError(
                "this session belongs to another task: open one session in each task, "
                "`async with database.session() as session`"
            )

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send pending changes to the database, for the owner only."""
        self.check_owner()
        super().flush(objects)

    def commit(self) -> None:
        """Keep the changes, for the owner only."""
        self.check_owner()
        super().commit()

    def rollback(self) -> None:
        """Undo the changes, for the owner only."""
        self.check_owner()
        super().rollback()


@event.listens_for(OwnedSession, "do_orm_execute")
def _only_the_owner_executes(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, OwnedSession)
    session.check_owner()


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _session_maker(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    # Expired attributes would be loaded on access, and under asyncio access can't wait.
    return async_sessionmaker(engine, sync_session_class=OwnedSession, expire_on_commit=False)


def _checked_url(url: str) -> URL:
    example = "sqlite:////folder/lab.sqlite or postgresql://user@127.0.0.1/lab"
    if not isinstance(url, str) or not url:
        raise UsageError(f"a database URL is a string such as {example}")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the message quotes the URL, which may hold a password.
        raise UsageError(f"this is no database URL; write it like {example}") from None
    name = parsed.get_backend_name()
    if name not in _DRIVERS:
        raise UsageError(f"labkit knows the databases {' and '.join(_DRIVERS)}: {example}")
    if name == "sqlite" and parsed.database and (parsed.host or parsed.username):
        raise UsageError("a SQLite file has no host and no user; write sqlite:///folder/lab.sqlite")
    if name == "sqlite" and _is_in_memory(parsed):
        raise UsageError("name a file: SQLite in memory gives all tasks one shared connection")
    return parsed.set(drivername=_DRIVERS[name])


def _is_in_memory(url: URL) -> bool:
    return not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"


def _create_engine(url: URL, pool_size: int) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    # Without this, sqlite3 starts transactions behind our back, and never for a SELECT.
    connect_args = {"isolation_level": None} if is_sqlite else {}
    try:
        engine = create_async_engine(
            url,
            connect_args=connect_args,
            pool_size=pool_size,
            max_overflow=0,  # More would be opened and closed for each burst.
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,  # An exception text goes to the log; values don't.
        )
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"{url.get_backend_name()} needs a package that isn't installed: "
            f"pip install {error.name}"
        ) from error
    for logger in _CHATTY_LOGGERS:
        logging.getLogger(logger).addFilter(_without_values)
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _without_values(record: logging.LogRecord) -> bool:
    """Drop what is written below INFO: the values of statements, and the rows that are read."""
    return record.levelno >= logging.INFO


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _pragmas():
        _execute_patiently(cursor, f"PRAGMA {pragma}")
    cursor.close()


def _execute_patiently(cursor: DBAPICursor, statement: str) -> None:
    """
    Execute, and wait as long as the database is locked.

    Who turns WAL on while somebody writes, or does the same, is refused at once: SQLite doesn't
    call its busy handler there. So processes that start together would fail now and then.
    """
    for _ in range(BUSY_TIMEOUT_MS // PAUSE_MS):
        try:
            cursor.execute(statement)
        except Exception as error:
            if "locked" not in str(error):
                raise
            await_only(asyncio.sleep(PAUSE_MS / 1000))  # We run in SQLAlchemy's greenlet.
        else:
            return
    cursor.execute(statement)


def _pragmas() -> Iterable[str]:
    yield f"busy_timeout = {BUSY_TIMEOUT_MS}"  # First: the next one may have to wait already.
    yield "journal_mode = WAL"  # Readers and one writer don't stop each other.
    yield "synchronous = NORMAL"  # Safe with WAL; a power cut may undo the last commits.
    yield "foreign_keys = ON"  # Off by default, for the sake of files from before 2009.


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITER, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
