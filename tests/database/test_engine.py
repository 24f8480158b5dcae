"""Engine, pool and sessions."""

import asyncio
import logging
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy import exc, func, select, text, update

from labkit.database import Database, engine, prepare, seeded_database
from labkit.database.tables import Lot, Plant
from labkit.errors import MissingDependency, StorageError, UsageError


@pytest.fixture
def url(cache, tmp_path):
    return f"sqlite:///{seeded_database(cache, tmp_path / 'lab.sqlite')}"


@pytest.fixture
async def database(url):
    database = Database(url)
    yield database
    await database.close()


async def value(database, statement):
    async with database.session() as session:
        return (await session.execute(text(statement))).scalar_one()


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000), ("synchronous", 1)],
)
async def test_each_sqlite_connection_is_set_up(database, pragma, expected):
    assert await value(database, f"PRAGMA {pragma}") == expected


async def test_the_pool_never_opens_more_than_its_size(url, monkeypatch):
    monkeypatch.setattr(engine, "POOL_TIMEOUT_S", 0.01)
    database = Database(url, pool_size=2)
    async with database.session() as one, database.session() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
        with pytest.raises(exc.TimeoutError, match="size 2 overflow 0"):
            await value(database, "SELECT 1")
    assert await value(database, "SELECT 1") == 1
    await database.close()


async def test_forty_writers_at_once_lose_no_update(database):
    async def add_one():
        async with database.transaction() as session:
            parts = await session.scalar(select(Lot.parts).where(Lot.id == 17))
            await session.execute(update(Lot).where(Lot.id == 17).values(parts=parts + 1))

    before = await value(database, "SELECT parts FROM lots WHERE id = 17")
    await asyncio.gather(*(add_one() for _ in range(40)))
    assert await value(database, "SELECT parts FROM lots WHERE id = 17") == before + 40


async def test_a_writer_announces_itself_and_a_reader_does_not(database):
    seen = []
    engine.event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: seen.append(statement),
    )
    async with database.session() as session:
        await session.execute(text("SELECT 1"))
    async with database.transaction() as session:
        await session.execute(text("SELECT 2"))
    assert seen == ["BEGIN", "SELECT 1", "BEGIN IMMEDIATE", "SELECT 2"]


async def test_a_transaction_that_fails_is_undone(database):
    async def fail():
        async with database.transaction() as session:
            session.add(Plant(id="plant-c", name="Plant C"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await value(database, "SELECT count(*) FROM plants") == 2


async def test_rows_stay_readable_after_commit(database):
    async with database.transaction() as session:
        plant = Plant(id="plant-c", name="Plant C")
        session.add(plant)
    assert plant.name == "Plant C"


@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.execute(select(Plant)),
        lambda session: session.scalar(select(func.count(Plant.id))),
        lambda session: session.flush(),
        lambda session: session.commit(),
        lambda session: session.rollback(),
    ],
)
async def test_a_session_refuses_a_second_task_always(database, use):
    async with database.session() as session:
        await session.execute(select(Plant))
        with pytest.raises(UsageError, match="open one session in each task"):
            await asyncio.create_task(use(session))
        await use(session)


async def test_closing_twice_is_fine_and_leaves_no_thread(url):
    before = threading.active_count()
    database = Database(url)
    await value(database, "SELECT 1")
    assert threading.active_count() > before
    await database.close()
    await database.close()
    for thread in threading.enumerate():
        if "connection_worker" in thread.name:
            await asyncio.to_thread(thread.join)
    assert threading.active_count() <= before + 1  # The pool of `to_thread` keeps one.


def test_a_session_works_without_a_running_task():
    session = engine.OwnedSession()
    session.check_owner()
    session.close()


@pytest.mark.parametrize(
    "bad",
    ["", None, 7, b"sqlite:///x", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://h/d",
     "sqlite:///file:x?mode=memory&uri=true", "postgresql://u:p@h:port/d"],
)  # fmt: skip
def test_a_url_that_cannot_work_is_refused_with_an_example(bad):
    with pytest.raises(UsageError, match=r"sqlite:////|name a file"):
        Database(bad)


def test_a_refused_url_is_not_quoted():
    with pytest.raises(UsageError) as caught:
        Database("postgresql://lab:hunter2@host:notaport/lab")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_repr_hides_the_password(monkeypatch):
    monkeypatch.setattr(engine, "_create_engine", lambda url, _size: FakeEngine(url))
    database = Database("postgresql://lab:hunter2@127.0.0.1/lab")
    assert "hunter2" not in repr(database)
    assert database.url.drivername == "postgresql+asyncpg"


class FakeEngine:
    def __init__(self, url):
        self.url = url

    def execution_options(self, **_options):
        return self


def test_a_missing_driver_names_the_package(monkeypatch):
    def missing(*_args, **_kwargs):
        raise ModuleNotFoundError("No module named 'asyncpg'", name="asyncpg")

    monkeypatch.setattr(engine, "create_async_engine", missing)
    with pytest.raises(MissingDependency, match="pip install asyncpg"):
        Database("postgresql://127.0.0.1/lab")


@pytest.mark.parametrize("size", [0, -1, True, "4", None, 2.0])
def test_a_pool_needs_a_whole_number_of_connections(url, size):
    with pytest.raises(UsageError, match="pool_size"):
        Database(url, pool_size=size)


async def test_an_error_text_shows_no_value(database):
    with pytest.raises(exc.OperationalError, match="no such table") as caught:
        async with database.session() as session:
            await session.execute(text("SELECT * FROM absent WHERE a = :a"), {"a": "canary"})
    assert "canary" not in str(caught.value)


async def test_no_log_shows_a_value_even_when_everything_is_logged(database, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("aiosqlite", "sqlalchemy.engine", "sqlalchemy.pool"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with database.session() as session:
        await session.execute(text("SELECT :a"), {"a": "canary"})
    assert "SELECT ?" in caplog.text
    assert "canary" not in caplog.text


def test_an_interpreter_that_closed_its_database_exits(url):
    script = (
        "import asyncio, sys\n"
        "from labkit.database import Database, prepare\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await prepare(database)\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", script, url], check=True, timeout=60)


@pytest.mark.parametrize("name", ["nowhere/lab.sqlite", "", "text.sqlite"])
async def test_preparing_a_file_that_cannot_be_one_says_what_to_look_at(tmp_path, name):
    (tmp_path / "text.sqlite").write_text("no database, but long enough to be read as one" * 99)
    database = Database(f"sqlite:///{tmp_path / name}")
    with pytest.raises(StorageError, match="is its folder there"):
        await prepare(database)
    await database.close()


async def test_a_server_that_is_not_there_is_named_without_its_password(monkeypatch):
    def refused(_connection):
        raise ConnectionRefusedError

    database = Database("sqlite:///x.sqlite")
    monkeypatch.setattr("labkit.database.seed._probe", refused)
    with pytest.raises(StorageError, match="the server running"):
        await prepare(database)


async def test_a_first_connection_waits_for_who_writes_already(tmp_path, monkeypatch):
    """SQLite refuses at once to turn WAL on while another writes, whatever busy_timeout says."""
    path, refused, real = tmp_path / "new.sqlite", asyncio.Event(), engine.await_only

    def noting(pause):
        refused.set()
        return real(pause)

    monkeypatch.setattr(engine, "await_only", noting)
    database = Database(f"sqlite:///{path.as_posix()}")
    writer = sqlite3.connect(path, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("CREATE TABLE t (x)")
        asked = asyncio.create_task(value(database, "SELECT count(*) FROM t"))
        await asyncio.wait(
            {asyncio.create_task(refused.wait()), asked}, return_when="FIRST_COMPLETED"
        )
        writer.execute("COMMIT")
        assert await asked == 0
        assert refused.is_set()
    finally:
        writer.close()
        await database.close()
