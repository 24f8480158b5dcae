"""What an issuer remembers: once for all of its processes, and for its owner's eyes only."""

import asyncio
import logging
import os

import pytest
from issuer_kit import sqlite_in
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from labkit.clock import Clock
from labkit.database import Database
from labkit.errors import StorageError, UsageError
from labkit.services import stores as stores_module
from labkit.services.issuer_tables import (
    ADVISORY_LOCK,
    IssuerBase,
    Ring,
    RingKey,
    SeenToken,
    create_tables,
)
from labkit.services.stores import IssuerStores, SeenInDatabase, open_stores
from labkit.tokens import KeyRing, SigningKey
from labkit.tokens.replay import KEPT_LONGER_S, SeenInMemory
from labkit.tokens.ring import publish_next, remove, rotate
from labkit.tokens.teaching import teaching_key

ISSUER = "http://issuer.test"
KEY = teaching_key()
NOW = 1000


@pytest.fixture
async def database(tmp_path):
    """Another process has its own `Database` on the same file."""
    opened = Database(sqlite_in(tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
async def neighbour(tmp_path):
    opened = Database(sqlite_in(tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
async def stores(database):
    return await open_stores(database, ISSUER, first=KEY)


async def kids(ring):
    return [jwk["kid"] for jwk in (await ring.load()).jwk_set(0)["keys"]]


# Seen


@pytest.fixture(params=["memory", "database"])
async def seen(request, database):
    if request.param == "memory":
        return SeenInMemory(clock=Clock(NOW))
    await open_stores(database, ISSUER, first=KEY)
    return SeenInDatabase(database, "seen", clock=Clock(NOW))


async def test_of_fifty_who_bring_one_token_at_once_one_is_first(seen):
    answers = await asyncio.gather(*(seen.add("a", "1", NOW + 60) for _ in range(50)))
    assert sorted(answers) == [False] * 49 + [True]


async def test_issuer_and_name_together_are_what_counts_once(seen):
    assert await seen.add("a", "1", NOW + 60)
    assert await seen.add("a", "2", NOW + 60)
    assert await seen.add("b", "1", NOW + 60)
    assert not await seen.add("a", "1", NOW + 9999)
    assert [await seen.has(*name) for name in (("a", "1"), ("b", "1"), ("b", "2"))] == [
        True, True, False,
    ]  # fmt: skip


async def test_a_clock_set_back_by_an_hour_brings_no_old_token_back(seen):
    await seen.add("a", "1", NOW + 60)
    seen._clock = Clock(NOW + 60 + 3599)
    await seen.add("a", "2", NOW)  # Forgets what may be forgotten.
    seen._clock = Clock(NOW + 59)
    assert not await seen.add("a", "1", NOW + 60)


async def test_a_name_counts_again_when_the_token_is_long_expired(seen):
    await seen.add("a", "1", NOW + 60)
    seen._clock = Clock(NOW + 60 + KEPT_LONGER_S)
    assert not await seen.has("a", "1")
    assert await seen.add("a", "1", NOW + 9999)
    assert not await seen.add("a", "1", NOW + 9999)


@pytest.mark.parametrize("name", [("", "1"), ("a", ""), (None, "1"), ("a", 1)])
async def test_a_name_that_would_fit_many_tokens_is_refused(seen, name):
    with pytest.raises(UsageError, match="issuer and token_id"):
        await seen.add(*name, NOW)


async def test_two_processes_agree_on_who_was_first(stores, neighbour):
    other = await open_stores(neighbour, ISSUER)
    adding = [store.seen.add("a", "1", 9e9) for store in (stores, other) for _ in range(25)]
    assert sorted(await asyncio.gather(*adding)) == [False] * 49 + [True]
    assert await other.seen.has("a", "1")
    assert not await other.revoked.has("a", "1")


async def test_the_table_of_seen_tokens_is_swept(stores, database, monkeypatch):
    monkeypatch.setattr(stores_module, "SWEEP_EVERY", 4)
    for number in range(8):
        await stores.seen.add("a", str(number), 9e9 if number % 2 else -9e9)
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(SeenToken)) == 4


# The ring


async def test_a_new_database_gets_a_new_key_and_keeps_it(database, neighbour):
    first = await open_stores(database, ISSUER)
    again = await open_stores(neighbour, ISSUER, first=KEY)
    assert await kids(first.ring) == await kids(again.ring) != [KEY.kid]


async def test_processes_that_start_at_once_share_one_key(tmp_path):
    databases = [Database(sqlite_in(tmp_path)) for _ in range(4)]
    opened = await asyncio.gather(*(open_stores(each, ISSUER) for each in databases))
    assert len({(await each.ring.load()).active.kid for each in opened}) == 1
    for each in databases:
        await each.close()


async def test_each_step_is_seen_by_the_other_process_at_once(stores, neighbour):
    ours, theirs = stores.ring, (await open_stores(neighbour, ISSUER)).ring
    second = await publish_next(ours)
    assert await kids(theirs) == await kids(ours) == [KEY.kid, second]
    assert await publish_next(theirs) == second
    assert await rotate(theirs) == second
    assert await kids(ours) == [second, KEY.kid]
    third = await remove(ours, second)
    assert await kids(theirs) == [third, KEY.kid]
    assert (await theirs.load()).removed == {second}


async def test_two_processes_do_not_rotate_twice_by_accident(stores, neighbour):
    other = await open_stores(neighbour, ISSUER)
    await publish_next(stores.ring)
    done = await asyncio.gather(rotate(stores.ring), rotate(other.ring), return_exceptions=True)
    assert sorted(type(each) for each in done if not isinstance(each, str)) == [UsageError]
    assert len(await kids(other.ring)) == 2


async def test_what_is_loaded_again_signs_and_verifies_as_before(stores, neighbour):
    await publish_next(stores.ring)
    await rotate(stores.ring)
    await publish_next(stores.ring)
    ours, theirs = (
        await stores.ring.load(),
        await (await open_stores(neighbour, ISSUER)).ring.load(),
    )
    assert ours.jwk_set(0) == theirs.jwk_set(0)
    assert ours.retired == theirs.retired
    for here, there in ((ours.active, theirs.active), (ours.next, theirs.next)):
        assert here.private_key.private_numbers() == there.private_key.private_numbers()


async def test_a_key_of_any_name_keeps_it(database, neighbour):
    await open_stores(database, ISSUER, first=SigningKey(KEY.private_key, "k" * 256))
    again = await open_stores(neighbour, ISSUER)
    assert await kids(again.ring) == ["k" * 256]


async def test_a_step_that_fails_changes_nothing(stores):
    before = await stores.ring.load()
    with pytest.raises(UsageError, match="publish_next"):
        await rotate(stores.ring)

    def broken(state):
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await stores.ring.change(broken)
    assert await stores.ring.load() == before


async def test_what_did_not_change_is_not_read_again(stores, monkeypatch):
    before = await stores.ring.load()
    monkeypatch.setattr(SigningKey, "from_pem", None)
    assert await stores.ring.load() is before
    assert await stores.ring.change(lambda state: state) == before


async def test_a_slow_reader_brings_no_old_state_back(stores):
    ring = stores.ring
    old = await ring.load()
    await publish_next(ring)
    newest = await ring.load()
    ring._remember(1, old)
    assert await ring.load() is newest


async def test_each_issuer_has_keys_of_its_own(stores, database):
    other = await open_stores(database, "http://other.test")
    await publish_next(other.ring)
    assert await kids(stores.ring) == [KEY.kid]
    assert KEY.kid not in await kids(other.ring)


async def test_the_private_half_of_a_retired_or_removed_key_is_not_kept(stores, database):
    second = await publish_next(stores.ring)
    await rotate(stores.ring)
    await remove(stores.ring, second)
    async with database.session() as session:
        rows = (await session.scalars(select(RingKey))).all()
    assert sorted((row.state, row.pem is None, row.jwk is None) for row in rows) == [
        ("active", False, True),
        ("removed", True, True),
        ("retired", True, False),
    ]


@pytest.mark.parametrize(
    "damage",
    [
        update(RingKey).values(state="next"),
        update(RingKey).values(pem=None),
        delete(RingKey),
    ],
)
async def test_a_damaged_ring_signs_nothing(stores, database, neighbour, damage):
    async with database.transaction() as session:
        await session.execute(damage)
    with pytest.raises(StorageError, match="restore a backup"):
        await open_stores(neighbour, ISSUER)
    with pytest.raises(StorageError, match="restore a backup"):
        await stores.ring.change(lambda state: state)


async def test_a_deleted_ring_signs_nothing(stores, database):
    async with database.transaction() as session:
        await session.execute(delete(RingKey))
        await session.execute(delete(Ring))
    with pytest.raises(StorageError):
        await stores.ring.load()


# Whose eyes


@pytest.mark.skipif(os.name != "posix", reason="Windows has lists of rights instead of modes")
async def test_only_the_owner_reads_the_files(stores, tmp_path):
    await publish_next(stores.ring)
    files = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(files) >= {"issuer.db", "issuer.db-wal"}
    assert set(files.values()) == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="Windows has lists of rights instead of modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
async def test_a_file_that_others_can_read_is_refused(database, tmp_path, mode):
    (tmp_path / "issuer.db").touch()
    (tmp_path / "issuer.db").chmod(mode)
    with pytest.raises(StorageError, match="chmod 600"):
        await open_stores(database, ISSUER)
    assert (tmp_path / "issuer.db").stat().st_size == 0


async def test_a_folder_that_is_not_there_is_named(tmp_path):
    database = Database(sqlite_in(tmp_path / "nowhere"))
    with pytest.raises(StorageError, match="nowhere"):
        await open_stores(database, ISSUER)
    await database.close()


async def test_a_file_that_is_no_database_is_refused(database, tmp_path):
    (tmp_path / "issuer.db").write_bytes(b"not a database, but long enough to be read as one" * 99)
    (tmp_path / "issuer.db").chmod(0o600)
    with pytest.raises(StorageError, match="can't keep its keys"):
        await open_stores(database, ISSUER)


async def test_no_log_and_no_repr_holds_a_private_key_or_a_name_of_a_token(
    database, neighbour, caplog
):
    for name in (None, "sqlalchemy", "aiosqlite"):
        caplog.set_level(logging.DEBUG, name)
    stores = await open_stores(database, ISSUER)
    await publish_next(stores.ring)
    await stores.seen.add("a", "canary-token", 9e9)
    await stores.seen.has("a", "canary-token")
    again = await open_stores(neighbour, ISSUER)
    shown = caplog.text + repr(again) + repr(await again.ring.load()) + repr(again.ring.__dict__)
    assert "issuer_keys" in caplog.text
    async with database.session() as session:
        pems = (await session.scalars(select(RingKey.pem))).all()
    assert len(pems) == 2
    for pem in pems:
        assert pem.startswith("-----BEGIN PRIVATE KEY-----")
        assert pem.splitlines()[5] not in shown
    assert "PRIVATE" not in shown
    assert "canary" not in shown


# PostgreSQL


@pytest.mark.parametrize("table", IssuerBase.metadata.sorted_tables, ids=str)
def test_each_table_can_be_made_in_postgresql(table):
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_postgresql_makes_the_tables_in_one_process_at_a_time(monkeypatch):
    said = []

    class PostgreSQL:
        dialect = postgresql.dialect()

        def execute(self, statement):
            said.append(str(statement))

    monkeypatch.setattr(
        IssuerBase.metadata, "create_all", lambda _connection: said.append("create")
    )
    create_tables(PostgreSQL())
    assert said == [f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})", "create"]


async def test_a_server_that_is_not_there_is_said_so(monkeypatch, database):
    def refuse(*_):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(stores_module, "create_tables", refuse)
    with pytest.raises(StorageError, match="Connection refused"):
        await open_stores(database, ISSUER)


def test_stores_in_memory_are_the_ring_and_nothing_remembered():
    ring = KeyRing(KEY)
    stores = IssuerStores.in_memory(ring)
    assert stores.ring is ring
    assert stores.seen is not stores.revoked
