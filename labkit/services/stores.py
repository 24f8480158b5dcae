"""
Where an issuer keeps what must not be lost: in its database, or in memory for a lab.

Glossary:
    ring: its keys, and which of them signs.
    seen: assertions of clients that were used once.
    revoked: access tokens that were taken back.

Floor 2: knows the database and the protocols of `labkit.tokens`.
"""

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import delete, exc, insert, select, tuple_

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.database import Database
from labkit.database.failures import cause_of
from labkit.database.private import create_private
from labkit.errors import StorageError
from labkit.services.issuer_tables import SeenToken, create_tables
from labkit.services.keystore import RingInDatabase
from labkit.tokens import KeyRing, SigningKey
from labkit.tokens.replay import KEPT_LONGER_S, SeenInMemory, SeenStore, check_name
from labkit.tokens.ring import KeyStore

SWEEP_EVERY = 256  # Our choice: additions between two sweeps of what may be forgotten.


@dataclass(frozen=True, slots=True)
class IssuerStores:
    """All that an issuer remembers."""

    ring: KeyStore
    seen: SeenStore
    revoked: SeenStore

    @classmethod
    def in_memory(cls, ring: KeyRing, clock: Clock = SYSTEM_CLOCK) -> "IssuerStores":
        """Return stores that end with the process, and that it shares with no other."""
        return cls(ring, SeenInMemory(clock=clock), SeenInMemory(clock=clock))


async def open_stores(
    database: Database,
    issuer: str,
    *,
    first: SigningKey | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> IssuerStores:
    """
    Return the stores of *issuer* in *database*, which gets its tables and a first key if need be.

    Safe when several processes start at once.

    Args:
        first: The key of a new ring; None makes one.

    Raises:
        StorageError: The database can't be used, or others could read the keys in its file.
    """
    if database.is_sqlite:
        await asyncio.to_thread(_keep_private, Path(database.url.database or ""))
    ring = RingInDatabase(database, issuer)
    try:
        async with database.transaction() as session:
            await (await session.connection()).run_sync(create_tables)
            await ring.start(session, first)
        await ring.load()  # Better now than at the first request.
    except (exc.DBAPIError, OSError) as error:  # A server that isn't there: OSError.
        raise StorageError(f"{database!r} can't hold an issuer's keys: {cause_of(error)}") from None
    seen, revoked = (SeenInDatabase(database, name, clock=clock) for name in ("seen", "revoked"))
    return IssuerStores(ring, seen, revoked)


class SeenInDatabase:
    """
    A `SeenStore` for all processes that use *database*.

    Args:
        purpose: What being seen means; each purpose has its own names.
    """

    def __init__(self, database: Database, purpose: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database = database
        self._purpose = purpose
        self._clock = clock
        self._additions = count(1)

    async def add(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """Remember a token; True for the first who adds it, in whichever process."""
        check_name(issuer, token_id)
        token = {"purpose": self._purpose, "issuer": issuer, "token_id": token_id}
        forget_at = expires_at + KEPT_LONGER_S
        is_forgotten = SeenToken.forget_at <= self._clock.now()
        try:
            async with self._database.transaction() as session:
                await session.execute(delete(SeenToken).filter_by(**token).where(is_forgotten))
                await session.execute(insert(SeenToken).values(**token, forget_at=forget_at))
        except exc.IntegrityError:
            return False  # Somebody was first: the primary key knows, whatever the timing.
        if next(self._additions) % SWEEP_EVERY == 0:
            await self._sweep()
        return True

    async def has(self, issuer: str, token_id: str) -> bool:
        """Tell whether the token was added, in whichever process, and isn't forgotten yet."""
        token = {"purpose": self._purpose, "issuer": issuer, "token_id": token_id}
        rows = select(SeenToken.forget_at).filter_by(**token)
        async with self._database.session() as session:
            found = await session.scalar(rows.where(SeenToken.forget_at > self._clock.now()))
        return found is not None

    async def _sweep(self) -> None:
        """Delete what may be forgotten, so that the table doesn't grow for ever."""
        name = (SeenToken.purpose, SeenToken.issuer, SeenToken.token_id)
        old = select(*name).where(SeenToken.forget_at <= self._clock.now())
        # Two sweeps at once share the work; waiting for each other's rows, they could deadlock.
        mine = old.with_for_update(skip_locked=True)
        async with self._database.transaction() as session:
            await session.execute(delete(SeenToken).where(tuple_(*name).in_(mine)))

    def __repr__(self) -> str:
        return f"<SeenInDatabase {self._purpose}>"


def _keep_private(path: Path) -> None:
    """
    Make the file at *path*, for its owner alone, and see that it can be used.

    Raises:
        StorageError: It can't be made, is no database, or others may read it.
    """
    try:
        create_private(path)
        others = path.stat().st_mode & 0o077
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the issuer can't keep its keys in {path}: {cause_of(error)}") from None
    if others and os.name == "posix":  # Windows has lists of rights, inherited from the folder.
        raise StorageError(f"others can read the issuer's keys: chmod 600 {path}")
