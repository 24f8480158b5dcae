"""
The audit trail in a database: kept when the process has ended, and one for all that share it.

::

    entry    a row of the table ``agent_audit``: an `AuditRow` with a number. Entries are added, and
             never changed or deleted here: how long they are kept is for their owner to decide
    newest   how many entries are read at most, so that a trail of years fits into memory

Any loop and any thread may record. The one connection lies on the background loop, so a row never
waits for a cell, and it is closed before that loop ends. Writing a row is no hop of a trace: the
trace shows how a question is answered, the trail who let it.

Floor 2: knows the database and the background loop.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Connection, Integer, exc, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from labkit.agent.audit import KEPT_ROWS, AuditRow
from labkit.agent.connections import PerLoop
from labkit.agent.content import sendable
from labkit.background import BackgroundLoop, Job
from labkit.database import Database
from labkit.database.failures import cause_of
from labkit.database.private import create_private
from labkit.database.turns import take_turns
from labkit.errors import StorageError, UsageError

LIMIT_S = 10.0  # Our choice: a database waits 5 s for another writer, a run not for ever.
MAX_NEWEST = 100_000  # Our choice: as a table they take some 100 MB.
ADVISORY_LOCK = 0x1AB_A0D17  # Any number that nothing else in the database locks.

T = TypeVar("T")


class TrailBase(DeclarativeBase):
    """The trail's one table: ``TrailBase.metadata``."""


class AuditEntry(TrailBase):
    """An `AuditRow`, numbered in the order in which the database took it."""

    __tablename__ = "agent_audit"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"),  # SQLite counts on its own only for this one.
        primary_key=True,
    )
    run_id: Mapped[str]
    call_id: Mapped[str]
    sub: Mapped[str]
    act: Mapped[str]
    tool: Mapped[str]
    arguments_sha256: Mapped[str]
    audience: Mapped[str]
    scope: Mapped[str]
    jti: Mapped[str]
    result: Mapped[str]
    ms: Mapped[float]
    at: Mapped[float]


_COLUMNS = [getattr(AuditEntry, each.name) for each in fields(AuditRow)]


class AuditInDatabase:
    """
    An `AuditSink` for all processes that use one database.

    Args:
        url: SQLite file or PostgreSQL; it gets the table if need be. A new file is for its owner
            alone, for the rows say who did what; the rights of one that is there stay.

    Raises:
        UsageError: No database can have this URL.
        MissingDependency: Its driver isn't installed.
    """

    def __init__(self, url: str) -> None:
        self._shown = repr(Database(url))  # Not opened: here the URL is read, and that's all.
        self._per_loop = PerLoop(lambda: _Trail(url))
        self._loop: BackgroundLoop | None = None

    def open(self) -> None:
        """
        Make the table now: what is wrong shows here, and not at the first call of a tool.

        On the background loop itself, where nobody can wait for it, that is left to the first row.

        Raises:
            StorageError: The database can't be used.
        """
        self._finish(self._submit(self._opened()))

    async def record(self, row: AuditRow) -> None:
        """
        Keep *row*; return when the database has it.

        Raises:
            StorageError: It can't be kept.
        """
        await asyncio.wrap_future(self._submit(self._record(row)))

    async def read(self, newest: int = KEPT_ROWS) -> list[AuditRow]:
        """
        Return the *newest* entries, oldest first, whoever made them.

        Raises:
            UsageError: *newest* isn't a number from 1 to `MAX_NEWEST`.
            StorageError: The database can't be read.
        """
        if type(newest) is not int or not 1 <= newest <= MAX_NEWEST:
            raise UsageError(f"newest is a number of rows from 1 to {MAX_NEWEST}")
        return await asyncio.wrap_future(self._submit(self._read(newest)))

    @property
    def rows(self) -> list[AuditRow]:
        """
        The newest entries, oldest first, where nothing can be awaited.

        Raises:
            UsageError: On the background loop itself: ``await audit.read()`` there.
            StorageError: The database can't be read.
        """
        return BackgroundLoop.shared().run(self.read())

    def close(self) -> None:
        """Close the connection, if there is one; the next row opens another. Twice is once."""
        loop = self._loop
        if loop is not None and loop.alive:  # At exit it may have ended, and closed it.
            with suppress(UsageError):  # It ends just now.
                self._finish(loop.submit(self._per_loop.close()))

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Job[T]:
        self._loop = BackgroundLoop.shared()
        return Context().run(self._loop.submit, coroutine)  # Not the caller's: it may be traced.

    def _finish(self, job: Job[None]) -> None:
        if self._loop is not None and not self._loop.is_here:
            job.wait()
            job.result()

    async def _opened(self) -> None:
        trail = await self._per_loop.here()
        await self._tell_of_faults(trail.open())

    async def _record(self, row: AuditRow) -> None:
        trail = await self._per_loop.here()
        await self._tell_of_faults(trail.add(row))

    async def _read(self, newest: int) -> list[AuditRow]:
        trail = await self._per_loop.here()
        return await self._tell_of_faults(trail.read(newest))

    async def _tell_of_faults(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except (exc.SQLAlchemyError, OSError) as error:  # A server that isn't there: OSError.
            raise StorageError(
                f"the audit trail can't be kept in {self._shown}: {cause_of(error)}. Is its folder "
                "there, the disk not full, the server running?"
            ) from None

    def __repr__(self) -> str:
        return f"<AuditInDatabase {self._shown}>"


class _Trail:
    """The database on one loop; one row at a time, so that nothing is closed under its feet."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, pool_size=1)
        self._turn = asyncio.Lock()
        self._has_table = False

    async def open(self) -> None:
        async with self._alone():
            pass

    async def add(self, row: AuditRow) -> None:
        values = {name: _storable(value) for name, value in asdict(row).items()}
        async with self._alone(), self._database.transaction() as session:
            await session.execute(insert(AuditEntry).values(values))

    async def read(self, newest: int) -> list[AuditRow]:
        query = select(*_COLUMNS).order_by(AuditEntry.number.desc()).limit(newest)
        async with self._alone(), self._database.session() as session:
            found = (await session.execute(query)).all()
        return [AuditRow(*each) for each in reversed(found)]

    async def close(self) -> None:
        async with self._turn:
            await self._database.close()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Wait for this one's turn; then all has to be done within `LIMIT_S`, the table too."""
        async with self._turn, asyncio.timeout(LIMIT_S):
            if not self._has_table:
                self._create_file()
                async with self._database.transaction() as session:
                    await (await session.connection()).run_sync(_create_table)
                self._has_table = True
            yield

    def _create_file(self) -> None:
        url = self._database.url
        if self._database.is_sqlite and "uri" not in url.query:
            create_private(Path(url.database or ""))


def _create_table(connection: Connection) -> None:
    take_turns(connection, ADVISORY_LOCK)
    TrailBase.metadata.create_all(connection)


def _storable(value: object) -> object:
    """Return a text without NUL and halves of pairs, which a model can write and no database."""
    if not isinstance(value, str):
        return value
    return sendable(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
