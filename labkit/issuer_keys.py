"""
List, rotate and remove the keys of an issuer while it runs: the operator's hand on its database.

No endpoint does this, so nobody reaches it from outside: who may change the keys is who may read
the database. The running processes see the change at their next request.

::

    active     signs
    next       published already, signs after the next rotation
    retired    signs no more; its public half stays until its last token has expired
    removed    in wrong hands, perhaps; published no more, and never again

Floor 5: knows services and the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import exc

from labkit.clock import SYSTEM_CLOCK
from labkit.database import Database
from labkit.database.failures import cause_of
from labkit.errors import StorageError
from labkit.services.keystore import RingInDatabase
from labkit.tokens.ring import RingState, publish_next, remove, rotate

_Result = TypeVar("_Result")


def list_keys(database_url: str, issuer: str) -> list[str]:
    """
    Return one line for each key of *issuer*: its name and its state, never a key itself.

    Raises:
        StorageError: The database can't be read, or has no keys of this issuer.
        UsageError: The URL is no database URL.
    """
    state = asyncio.run(_with_ring(database_url, issuer, lambda ring: ring.load()))
    return list(_lines(state))


def rotate_keys(database_url: str, issuer: str) -> None:
    """
    Let the next key sign, and publish the one after it.

    A verifier that finds a key it hasn't seen asks for the set again, so no token is refused; one
    that asks too seldom has had the next key since the rotation before.

    Raises:
        StorageError: As for `list_keys`.
        UsageError: The URL is no database URL.
    """

    async def step(ring: RingInDatabase) -> None:
        await publish_next(ring)  # Only if none waits: the first rotation of an issuer.
        await rotate(ring)
        await publish_next(ring)

    asyncio.run(_with_ring(database_url, issuer, step))


def remove_key(database_url: str, issuer: str, kid: str) -> None:
    """
    Take the key called *kid* out at once; another signs from now on. Twice is once.

    Raises:
        StorageError: As for `list_keys`.
        UsageError: There is no such key, or the URL is no database URL.
    """
    asyncio.run(_with_ring(database_url, issuer, lambda ring: remove(ring, kid)))


async def _with_ring(
    database_url: str, issuer: str, use: Callable[[RingInDatabase], Awaitable[_Result]]
) -> _Result:
    database = Database(database_url)
    try:
        _check_file(database)
        return await use(RingInDatabase(database, issuer))
    except (exc.DBAPIError, OSError) as error:
        raise StorageError(f"{database!r} holds no issuer's keys: {cause_of(error)}") from None
    finally:
        await database.close()


def _check_file(database: Database) -> None:
    """Refuse a file that isn't there: opening it would make it."""
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        raise StorageError(f"{database!r} isn't there: it's made by `labkit serve issuer`")


def _lines(state: RingState) -> Iterator[str]:
    yield f"active   {state.active.kid}"
    if state.next:
        yield f"next     {state.next.kid}"
    now = SYSTEM_CLOCK.now()
    for old in state.retired:
        left_s = int(old.until - now)
        yield f"retired  {old.kid}" + (f"  verifies for {left_s} s" if left_s > 0 else "  expired")
    for kid in sorted(state.removed):
        yield f"removed  {kid}"
