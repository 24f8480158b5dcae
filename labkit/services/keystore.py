"""
The ring of an issuer in a database: kept when the process ends, shared by all of its processes.

Every step is one transaction, from reading the old state to writing the new one, and no other step
comes between. A process that dies in the middle leaves the state as it was.

Floor 2: knows the database and `labkit.tokens.ring`.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence

from cryptography.hazmat.primitives import serialization
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from labkit.database import Database
from labkit.errors import StorageError
from labkit.services.issuer_tables import ACTIVE, NEXT, REMOVED, RETIRED, Ring, RingKey
from labkit.tokens import SigningKey
from labkit.tokens.ring import Retired, RingState, Step


class RingInDatabase:
    """
    A `KeyStore` for all processes of *issuer* that use *database*.

    Args:
        database: With the tables of `labkit.services.issuer_tables`.
        issuer: Whose keys: its ``iss``.
    """

    def __init__(self, database: Database, issuer: str) -> None:
        self._database = database
        self._issuer = issuer
        self._version = 0
        self._state: RingState | None = None

    async def start(self, session: AsyncSession, first: SigningKey | None = None) -> None:
        """Make a ring around *first*, or around a new key, unless there is one already."""
        if await session.get(Ring, self._issuer) is None:
            key = await asyncio.to_thread(SigningKey.generate) if first is None else first
            session.add(Ring(issuer=self._issuer, version=1))
            await session.flush()
            session.add_all(_rows_of(RingState(key), self._issuer))

    async def load(self) -> RingState:
        """
        Return the ring as it is now, whichever process changed it.

        Raises:
            StorageError: The database holds no ring that could be used.
        """
        versions = select(Ring.version).where(Ring.issuer == self._issuer)
        async with self._database.session() as session:
            if self._state and await session.scalar(versions) == self._version:
                return self._state
            return await self._read(session)

    async def change(self, step: Step) -> RingState:
        """
        Take one *step* that no other comes between, and return where it led.

        Raises:
            StorageError: The database holds no ring that could be used.
        """
        mine = select(Ring).where(Ring.issuer == self._issuer).with_for_update()
        async with self._database.transaction() as session:
            ring = await session.scalar(mine)
            before = await self._read(session)
            after = step(before)
            if ring is None or after is before:
                return before
            ring.version += 1
            await session.execute(delete(RingKey).where(RingKey.issuer == self._issuer))
            session.add_all(_rows_of(after, self._issuer))
        self._remember(ring.version, after)
        return after

    async def _read(self, session: AsyncSession) -> RingState:
        # One statement, so that version and keys belong together.
        both = select(Ring.version, RingKey).join(RingKey).where(Ring.issuer == self._issuer)
        found = (await session.execute(both.order_by(RingKey.until))).all()
        if not found:
            raise StorageError(
                "the database has no keys of this issuer: check its URL, or restore a backup"
            )
        rows = [row for _, row in found]
        private = {row.kid: await self._key(row) for row in rows if row.pem is not None}
        state = _state_of(rows, private)
        self._remember(found[0][0], state)
        return state

    def _remember(self, version: int, state: RingState) -> None:
        if version >= self._version:  # A slower reader brings back nothing old.
            self._version, self._state = version, state

    async def _key(self, row: RingKey) -> SigningKey:
        """Return the private key in *row*; loading checks its primes, so it's done once."""
        assert row.pem is not None
        known = (self._state.active, self._state.next) if self._state else ()
        for key in known:
            if key and key.kid == row.kid:
                return key
        return await asyncio.to_thread(SigningKey.from_pem, row.pem, row.kid)

    def __repr__(self) -> str:
        return f"<RingInDatabase version {self._version}, keys hidden>"


def _state_of(rows: Sequence[RingKey], private: dict[str, SigningKey]) -> RingState:
    """
    Put a ring together from its rows.

    Raises:
        StorageError: There isn't exactly one active key, or its private half is missing.
    """
    kids = {state: [r.kid for r in rows if r.state == state] for state in (ACTIVE, NEXT, REMOVED)}
    if len(kids[ACTIVE]) != 1 or len(kids[NEXT]) > 1:
        raise StorageError("the issuer's database doesn't say which key signs: restore a backup")
    if not private.keys() >= {*kids[ACTIVE], *kids[NEXT]}:
        raise StorageError("the issuer's database has lost a private key: restore a backup")
    return RingState(
        active=private[kids[ACTIVE][0]],
        next=next((private[kid] for kid in kids[NEXT]), None),
        retired=tuple(_retired_of(rows)),
        removed=frozenset(kids[REMOVED]),
    )


def _retired_of(rows: Iterable[RingKey]) -> Iterator[Retired]:
    for row in rows:
        if row.state == RETIRED and row.jwk is not None and row.until is not None:
            yield Retired(json.loads(row.jwk), row.until)


def _rows_of(state: RingState, issuer: str) -> Iterator[RingKey]:
    yield RingKey(issuer=issuer, kid=state.active.kid, state=ACTIVE, pem=_pem(state.active))
    if state.next:
        yield RingKey(issuer=issuer, kid=state.next.kid, state=NEXT, pem=_pem(state.next))
    for old in state.retired:
        jwk = json.dumps(dict(old.jwk))
        yield RingKey(issuer=issuer, kid=old.kid, state=RETIRED, jwk=jwk, until=old.until)
    for kid in state.removed:
        yield RingKey(issuer=issuer, kid=kid, state=REMOVED)


def _pem(key: SigningKey) -> str:
    """Write *key* as text. Here and nowhere else: the only place that a private key goes to."""
    return key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
