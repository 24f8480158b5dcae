"""The seeded file: made once, whole or not at all, with an answer for every bad disk."""

import errno
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from labkit.agent.trail import TrailBase
from labkit.database import Database, prepare, seed, seeded_database
from labkit.errors import StorageError, UsageError
from labkit.services.issuer_tables import IssuerBase

INSPECTIONS = 27_029


def count(path, table="inspections"):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def no_space(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_first_call_fills_the_cache_and_the_target(tmp_path):
    target = tmp_path / "made" / "lab.sqlite"
    assert seeded_database(tmp_path / "cache", target) == target
    assert count(target) == INSPECTIONS
    assert files(tmp_path / "cache") == [seed.cache_name()]
    assert files(tmp_path / "made") == ["lab.sqlite"]


def test_the_second_call_builds_nothing(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(seed, "_built", lambda: pytest.fail("built again"))
    seeded_database(cache, tmp_path / "lab.sqlite")
    assert count(tmp_path / "lab.sqlite") == INSPECTIONS


def test_the_target_is_a_copy_that_can_be_changed_alone(cache, tmp_path):
    one, two = (seeded_database(cache, tmp_path / name) for name in ("one", "two"))
    connection = sqlite3.connect(one)
    connection.execute("DELETE FROM defects")
    connection.commit()
    connection.close()
    assert (count(one, "defects"), count(two, "defects") > 0) == (0, True)


def test_an_old_target_is_replaced(cache, tmp_path):
    (tmp_path / "lab.sqlite").write_text("something else")
    assert count(seeded_database(cache, tmp_path / "lab.sqlite")) == INSPECTIONS


def test_other_code_has_another_name(monkeypatch):
    name = seed.cache_name()
    seed.cache_name.cache_clear()
    monkeypatch.setattr(seed.sqlalchemy, "__version__", "0")
    assert seed.cache_name() != name
    seed.cache_name.cache_clear()


@pytest.mark.parametrize("damage", [b"", b"SQLite", "half", "foreign"])
def test_a_cache_file_cut_short_is_made_anew(cache, tmp_path, damage):
    whole = (cache / seed.cache_name()).read_bytes()
    content = {"half": whole[: len(whole) // 2], "foreign": b"\0" * len(whole)}.get(damage, damage)
    (tmp_path / seed.cache_name()).write_bytes(content)
    assert count(seeded_database(tmp_path, tmp_path / "lab.sqlite")) == INSPECTIONS
    assert (tmp_path / seed.cache_name()).read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert count(seeded_database(tmp_path / "cache", tmp_path / "lab.sqlite")) == INSPECTIONS


def test_a_full_cache_is_done_without(cache, tmp_path, monkeypatch):
    real = seed.write_whole
    monkeypatch.setattr(
        seed,
        "write_whole",
        lambda path, data: no_space() if path.parent.name == "full" else real(path, data),
    )
    assert count(seeded_database(tmp_path / "full", tmp_path / "lab.sqlite")) == INSPECTIONS


def test_a_target_that_cannot_be_written_is_named_with_what_to_do(cache, tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"taken.*LABKIT_HOME"):
        seeded_database(cache, tmp_path / "taken" / "lab.sqlite")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fills_up_leaves_no_part_behind(cache, tmp_path, monkeypatch, step):
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), no_space)
    with pytest.raises(StorageError, match=r"No space left on device\. Free 4 MB"):
        seeded_database(cache, tmp_path / "lab.sqlite")
    assert files(tmp_path) == []


def test_a_part_that_cannot_even_be_removed_hides_nothing(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", no_space)
    monkeypatch.setattr(Path, "unlink", no_space)
    with pytest.raises(StorageError, match="No space left"):
        seeded_database(cache, tmp_path / "lab.sqlite")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit per process")
def test_a_real_limit_on_file_size_says_so_and_leaves_nothing(tmp_path):
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from labkit.database import seeded_database\n"
        "from labkit.errors import StorageError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "folder = Path(sys.argv[1])\n"
        "try:\n"
        "    seeded_database(folder / 'cache', folder / 'home' / 'lab.sqlite')\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert str(tmp_path / "home") in done.stdout
    assert "Free 4 MB there" in done.stdout
    assert files(tmp_path / "home") == files(tmp_path / "cache") == []


def test_two_processes_and_four_threads_at_once_all_get_a_whole_database(tmp_path):
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from labkit.database import seeded_database\n"
        "sys.stdin.readline()\n"
        "seeded_database(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    cache = tmp_path / "cache"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(cache), str(tmp_path / f"process{n}.sqlite")],
            stdin=subprocess.PIPE,
        )
        for n in range(2)
    ]
    for other in others:
        other.stdin.write(b"go\n")
        other.stdin.flush()
    with ThreadPoolExecutor(4) as pool:
        targets = [tmp_path / f"thread{n}.sqlite" for n in range(4)]
        list(pool.map(lambda target: seeded_database(cache, target), targets))
    for other in others:
        other.communicate(timeout=60)
        assert other.returncode == 0
    assert {count(path) for path in tmp_path.glob("*.sqlite")} == {INSPECTIONS}
    assert len(list(tmp_path.glob("*.sqlite"))) == 6
    assert files(cache) == [seed.cache_name()]


@pytest.mark.parametrize(("cache_", "target"), [("x", Path("y")), (Path("x"), "y"), (None, None)])
def test_paths_have_to_be_paths(cache_, target):
    with pytest.raises(UsageError, match=r"pathlib\.Path"):
        seeded_database(cache_, target)


async def test_an_empty_database_gets_its_rows_once(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'own.sqlite'}")
    await prepare(database)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM defects"))
    await prepare(database)
    async with database.session() as session:
        assert (await session.execute(text("SELECT count(*) FROM defects"))).scalar_one() == 0
        found = (await session.execute(text("SELECT count(*) FROM inspections"))).scalar_one()
    assert found == INSPECTIONS
    await database.close()


@pytest.mark.parametrize(
    ("table", "column"), [("lots", "version"), ("runbooks", "version"), ("inspections", "score")]
)
async def test_a_database_of_an_older_labkit_is_refused_with_what_to_do_and_left_alone(
    cache, tmp_path, table, column
):
    path = seeded_database(cache, tmp_path / "lab.sqlite")
    connection = sqlite3.connect(path)
    connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.execute("DROP TABLE defects")
    connection.commit()
    connection.close()
    database = Database(f"sqlite:///{path}")
    with pytest.raises(
        StorageError, match=rf"older labkit: {table} has no {column}\. Name another"
    ):
        await prepare(database)
    await database.close()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        count(path, "defects")  # Nothing was added either.


@pytest.mark.parametrize("others", [["customers"], ["customers", "lines"], ["issuer_keys", "x"]])
async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path, others):
    path = tmp_path / "own.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        for name in others:
            connection.execute(f"CREATE TABLE {name} (x)")
    database = Database(f"sqlite:///{path}")
    said = r"tables of another program, such as \w+, and was left as it is. Name an empty one"
    with pytest.raises(StorageError, match=said):
        await prepare(database)
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        there = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    assert [name for (name,) in there] == others


async def test_what_other_rooms_keep_may_lie_in_the_same_database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'own.sqlite'}")
    async with database.transaction() as session:
        connection = await session.connection()
        for base in (IssuerBase, TrailBase):
            await connection.run_sync(base.metadata.create_all)
    await prepare(database)
    await database.close()
    assert {*IssuerBase.metadata.tables, *TrailBase.metadata.tables} == seed._OUR_OTHERS
    assert count(tmp_path / "own.sqlite") == INSPECTIONS


class PostgreSQL:
    """A connection that keeps the statements in PostgreSQL's words, and finds nothing."""

    dialect = postgresql.dialect()

    def __init__(self):
        self.said = []

    def execute(self, statement, _rows=None):
        self.said.append(" ".join(str(statement.compile(dialect=self.dialect)).split()))
        return self

    def first(self):
        return None


def test_postgresql_is_filled_by_one_process_at_a_time_and_counts_on_from_there(monkeypatch):
    monkeypatch.setattr(seed.Base.metadata, "create_all", lambda _connection: None)
    monkeypatch.setattr(seed, "_refuse_tables", lambda _connection: None)
    connection = PostgreSQL()
    seed._fill_once(connection)
    assert connection.said[0].startswith("SELECT pg_advisory_xact_lock(")
    assert sum(said.startswith("INSERT INTO ") for said in connection.said) == 10
    counted = [said for said in connection.said if "setval" in said]
    assert [said.rpartition(" ")[2] for said in counted] == ["lots", "inspections", "defects"]
    assert connection.said[-3:] == counted
