"""The audit trail in a database: whole, in order, one for all processes, and never a silent gap."""

import asyncio
import gc
import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from model_kit import calls, says
from sqlalchemy.dialects import postgresql as dialect_of_postgresql
from sqlalchemy.schema import CreateTable
from trail_kit import postgresql, row

from labkit import Trace, tool
from labkit.agent import trail as trail_module
from labkit.agent.audit import fingerprint
from labkit.agent.trail import MAX_NEWEST, AuditEntry, AuditInDatabase
from labkit.background import BackgroundLoop
from labkit.errors import MissingDependency, StorageError, UsageError

PROCESS = Path(__file__).parent / "trail_process.py"


@pytest.fixture(scope="module")
def server():
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'audit.sqlite').as_posix()}"
        return
    url = request.getfixturevalue("server")
    yield url
    empty(url)


def empty(url):
    """Take the table off the server for the next test."""

    async def drop():
        connection = await asyncpg.connect(url)
        await connection.execute("DROP TABLE IF EXISTS agent_audit")
        await connection.close()

    asyncio.run(drop())


@pytest.fixture
def trail(where):
    opened = AuditInDatabase(where)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{(tmp_path / 'audit.sqlite').as_posix()}"


# --- what is kept ----------------------------------------------------------------------------


async def test_a_row_comes_back_as_it_went_in(trail):
    kept = row(result="denied", jti="", ms=0.1 + 0.2, at=1_772_000_000.123456)
    await trail.record(kept)
    assert await trail.read() == [kept]


async def test_the_newest_rows_are_read_oldest_first(trail):
    for number in range(5):
        await trail.record(row(call_id=str(number)))
    assert [each.call_id for each in await trail.read(newest=3)] == ["2", "3", "4"]
    assert len(await trail.read()) == 5


@pytest.mark.parametrize("newest", [0, -1, MAX_NEWEST + 1, True, "5", 2.0, None])
async def test_no_more_is_read_than_fits(sqlite_url, newest):
    with pytest.raises(UsageError, match="from 1 to 100000"):
        await AuditInDatabase(sqlite_url).read(newest)


async def test_rows_kept_side_by_side_are_all_there(trail):
    await asyncio.gather(*(trail.record(row(call_id=str(n))) for n in range(40)))
    assert {each.call_id for each in await trail.read()} == {str(n) for n in range(40)}


@pytest.mark.parametrize("written", ["a\0b", "a\ud800b"])
async def test_a_call_id_that_a_database_can_not_hold_is_kept_without_that_sign(trail, written):
    await trail.record(row(call_id=written))
    assert [each.call_id for each in await trail.read()] == ["a\N{REPLACEMENT CHARACTER}b"]


def test_what_was_kept_is_there_for_the_next_process(where):
    first, second = AuditInDatabase(where), AuditInDatabase(where)
    asyncio.run(first.record(row()))
    first.close()
    assert second.rows == [row()]
    second.close()


def test_two_processes_keep_one_trail(where):
    names = ("a", "b")
    started = [
        subprocess.Popen(
            [sys.executable, PROCESS, where, name, "25"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    assert [each.stdout.readline() for each in started] == ["ready\n"] * 2
    for each in started:
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.wait() for each in started] == [0, 0]
    for each in started:
        each.stdin.close()
        each.stdout.close()
    trail = AuditInDatabase(where)
    rows = [(each.run_id, int(each.call_id)) for each in trail.rows]
    trail.close()
    assert sorted(rows) == [(name, number) for name in names for number in range(25)]


def test_processes_that_start_together_make_one_table(where):
    trails = [AuditInDatabase(where) for _ in range(6)]
    threads = [threading.Thread(target=each.open) for each in trails]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.rows for each in trails] == [[]] * 6
    for each in trails:
        each.close()


def test_postgresql_gets_the_same_table():
    made = str(CreateTable(AuditEntry.__table__).compile(dialect=dialect_of_postgresql.dialect()))
    assert "number BIGSERIAL NOT NULL" in made


@pytest.mark.skipif(os.name != "posix", reason="there are no such rights here")
def test_a_new_file_is_for_its_owner_alone_and_the_rights_of_another_stay(sqlite_url, tmp_path):
    def rights():
        return {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}

    trail = AuditInDatabase(sqlite_url)
    names = [f"audit.sqlite{end}" for end in ("", "-shm", "-wal")]
    asyncio.run(trail.record(row()))
    assert rights() == dict.fromkeys(names, 0o600)
    trail.close()
    (tmp_path / "audit.sqlite").chmod(0o640)
    asyncio.run(trail.record(row()))
    assert rights() == dict.fromkeys(names, 0o640)
    trail.close()


# --- any loop, any thread --------------------------------------------------------------------


def test_any_loop_may_record_one_after_the_other(trail):
    for number in range(3):
        asyncio.run(trail.record(row(call_id=str(number))))
    BackgroundLoop.shared().run(trail.record(row(call_id="3")))
    assert [each.call_id for each in trail.rows] == ["0", "1", "2", "3"]


async def test_where_one_can_not_wait_one_is_told_to_await(sqlite_url):
    trail = AuditInDatabase(sqlite_url)

    async def on_the_loop():
        trail.open()
        await trail.record(row())
        with pytest.raises(UsageError, match="await"):
            trail.rows  # noqa: B018  Reading it is the point.
        trail.close()
        return await trail.read()

    assert BackgroundLoop.shared().run(on_the_loop()) == [row()]
    trail.close()


def test_closed_it_opens_again_when_it_is_used(sqlite_url):
    trail = AuditInDatabase(sqlite_url)
    trail.close()
    for _ in range(2):
        asyncio.run(trail.record(row()))
        trail.close()
        trail.close()
    assert len(trail.rows) == 2
    trail.close()


async def test_closing_waits_for_the_row_that_is_being_kept(sqlite_url, tmp_path):
    trail = AuditInDatabase(sqlite_url)
    trail.open()
    with closing(hold(tmp_path / "audit.sqlite")):
        recording = asyncio.create_task(trail.record(row()))
        await asyncio.sleep(0)  # Its first step hands the row over to the background loop,
        closing_it = asyncio.create_task(asyncio.to_thread(trail.close))  # and this comes after.
        await asyncio.sleep(0)
    await asyncio.gather(recording, closing_it)
    assert not (tmp_path / "audit.sqlite-wal").exists(), "the last connection takes it along"
    assert await trail.read() == [row()]
    trail.close()


def hold(path):
    """Return a connection that keeps every other writer waiting until it's closed."""
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def test_a_trail_that_nobody_uses_any_more_closes_its_connection(sqlite_url, tmp_path):
    async def others():
        return asyncio.all_tasks() - {asyncio.current_task()}

    async def until_only(these):
        await asyncio.gather(*(await others() - these))  # The closing, if it goes on still.

    loop, log = BackgroundLoop.shared(), tmp_path / "audit.sqlite-wal"
    trail, before = AuditInDatabase(sqlite_url), loop.run(others())
    asyncio.run(trail.record(row()))
    assert log.exists()
    del trail
    gc.collect()
    loop.run(until_only(before))
    assert not log.exists(), "SQLite deletes it with the last connection"


def test_a_script_that_closes_nothing_ends_and_loses_nothing(sqlite_url):
    code = (
        "import asyncio, logging, sys\n"
        # In dev mode asyncio also tells which step took 0.1 s, as one may on a busy machine.
        "logging.getLogger('asyncio').addFilter(lambda said: 'took' not in said.msg)\n"
        f"sys.path.insert(0, {str(PROCESS.parent)!r})\n"
        "from trail_kit import row\n"
        "from labkit.agent.trail import AuditInDatabase\n"
        f"trail = AuditInDatabase({sqlite_url!r})\n"
        "asyncio.run(trail.record(row()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    trail = AuditInDatabase(sqlite_url)
    assert trail.rows == [row()]
    trail.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_keeps_rows_over_a_connection_of_its_own(sqlite_url):
    trail = AuditInDatabase(sqlite_url)
    asyncio.run(trail.record(row(call_id="parent")))
    trail.close()  # SQLite forbids to carry an open connection across a fork (howtocorrupt.html).
    child = os.fork()
    if child == 0:
        try:
            trail.close()  # That of the parent is none of its business.
            asyncio.run(asyncio.wait_for(trail.record(row(call_id="child")), 20))
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert [each.call_id for each in trail.rows] == ["parent", "child"]
    trail.close()


# --- what goes wrong -------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_said_before_any_run(tmp_path):
    trail = AuditInDatabase(f"sqlite:///{tmp_path.as_posix()}/nowhere/audit.sqlite")
    with pytest.raises(StorageError, match=r"audit trail can't be kept in .*nowhere.*No such file"):
        trail.open()
    trail.close()


def test_a_file_that_is_no_database_is_said(sqlite_url, tmp_path):
    (tmp_path / "audit.sqlite").write_bytes(b"no database, but long enough to be read as one" * 99)
    trail = AuditInDatabase(sqlite_url)
    with pytest.raises(StorageError, match="not a database"):
        trail.open()
    trail.close()


def test_a_server_that_is_not_there_is_said_and_its_password_is_not():
    trail = AuditInDatabase("postgresql://lab:hunter2@127.0.0.1:1/lab")
    with pytest.raises(StorageError, match="audit trail") as failed:
        trail.open()
    assert "hunter2" not in str(failed.value) + repr(trail)
    trail.close()


@pytest.mark.parametrize("url", ["", "audit.sqlite", "mysql://h/d", "sqlite:///:memory:", None])
def test_a_url_that_no_database_has_is_refused_at_once(url):
    with pytest.raises(UsageError, match=r"database|a file"):
        AuditInDatabase(url)


def test_a_driver_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(MissingDependency, match="pip install"):
        AuditInDatabase("postgresql://127.0.0.1/lab")


async def test_a_row_waits_for_another_writer_and_gives_up_in_time(
    sqlite_url, tmp_path, monkeypatch
):
    trail = AuditInDatabase(sqlite_url)
    await trail.record(row(call_id="before"))
    monkeypatch.setattr(trail_module, "LIMIT_S", 0.2)
    with (
        closing(hold(tmp_path / "audit.sqlite")),
        pytest.raises(StorageError, match="nobody answers"),
    ):
        await trail.record(row(call_id="locked out"))
    monkeypatch.setattr(trail_module, "LIMIT_S", 30)
    await trail.record(row(call_id="after"))
    assert [each.call_id for each in await trail.read()] == ["before", "after"]
    trail.close()


# --- an agent alone --------------------------------------------------------------------------


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def test_an_agent_in_a_script_keeps_its_trail_where_it_is_told(model, agent_of, trail):
    model.answers(calls(("add", {"a": 1, "b": 2}), ("nosuch", {})), says("done"))
    result = await agent_of(add, audit=trail).run("go")
    kept = await trail.read()
    assert {(each.run_id, each.tool, each.result) for each in kept} == {
        (result.run_id, "add", "ok"),
        (result.run_id, "nosuch", "unknown"),
    }
    (added,) = [each for each in kept if each.tool == "add"]
    assert added.arguments_sha256 == fingerprint(json.dumps({"a": 1, "b": 2}))


def test_the_trail_of_a_sync_run_is_the_same(model, where, agent_of):
    trail = AuditInDatabase(where)
    model.answers(calls(("add", {"a": 1, "b": 2})), says("done"))
    agent_of(add, audit=trail).run_sync("go")
    assert [each.result for each in trail.rows] == ["ok"]
    trail.close()


async def test_a_trail_that_breaks_while_a_run_goes_on_is_told_and_ends_no_run(
    model, agent_of, sqlite_url, tmp_path
):
    trail, written = AuditInDatabase(sqlite_url), []
    await trail.record(row())
    trail.close()
    for each in tmp_path.glob("audit.sqlite*"):
        each.unlink()
    (tmp_path / "audit.sqlite").mkdir()

    @tool(writes=True)
    async def write(text: str) -> str:
        """Write a note."""
        written.append(text)
        return text

    async def approve(_):
        return True

    model.answers(calls(("write", {"text": "x"}), ("add", {"a": 1, "b": 2})), says("I see."))
    result = await agent_of(write, add, audit=trail).run("go", approve=approve)
    assert (result.text, written) == ("I see.", [])
    for call in result.tool_calls:
        assert call.outcome == "failed"
        assert "couldn't be recorded (the audit trail can't be kept in" in call.content
        assert "it counts for nothing" in call.content
    trail.close()


async def test_keeping_a_row_is_no_hop_of_a_trace(model, agent_of, sqlite_url):
    trail = AuditInDatabase(sqlite_url)
    model.answers(calls(("add", {"a": 1, "b": 2})), says("done"))
    with Trace() as trace:
        await agent_of(add, audit=trail).run("go")
    assert len(await trail.read()) == 1
    assert trace.find(kind="sql") == trace.find(kind="pool") == []
    assert [each.name for each in trace.find(kind="tool")] == ["tool add"]
    trail.close()
