"""What is exchanged in other libraries: put back, left alone where it isn't ours, harmless."""

import functools
import gc
import threading
import types
import weakref
from typing import Annotated

import httpx2
import pytest
import sqlalchemy
import starlette.background
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import create_async_engine

from labkit.tracing import Trace, framework, instrument, span, statements, watching
from labkit.tracing.hooks import Hook, Hooks
from labkit.tracing.hop import Hop
from labkit.tracing.recording import Recording


def test_what_is_hooked_into_is_there_in_the_installed_versions():
    for hook in watching.HOOKS._hooks:
        if isinstance(hook, Hook):
            assert hook.name in vars(hook.owner), (hook.owner, hook.name)


def a_module():
    return types.SimpleNamespace(work=lambda: "theirs")


def test_hooks_are_in_place_as_long_as_somebody_wants_them():
    module = a_module()
    hooks = Hooks([Hook(module, "work", lambda original: lambda: f"ours, {original()}")])
    hooks.install()
    hooks.install()
    assert module.work() == "ours, theirs"
    hooks.remove()
    assert module.work() == "ours, theirs"
    hooks.remove()
    assert module.work() == "theirs"


def test_a_name_that_a_version_does_not_have_is_left_alone():
    module = a_module()
    hook = Hook(module, "missing", lambda original: original)
    hook.install()
    hook.remove()
    assert not hasattr(module, "missing")


def test_what_somebody_else_has_put_in_front_meanwhile_stays():
    module = a_module()
    hook = Hook(module, "work", lambda original: lambda: "ours")
    hook.install()
    module.work = lambda: "another's"
    hook.remove()
    assert module.work() == "another's"


def test_nothing_stays_behind_after_many_traces(lab, read):
    def names():
        return sorted(thread.name for thread in threading.enumerate())

    def cycle(times):
        for _ in range(times):
            with lab.trace():
                read()

    cycle(5)
    before, hooked = names(), starlette.background.BackgroundTask.__call__
    cycle(50)
    assert names() == before
    assert starlette.background.BackgroundTask.__call__ is hooked
    assert framework.forget_copies.__globals__["_copies"] == {}


def test_a_trace_that_nobody_keeps_is_freed():
    # Without a service: a loop keeps the context of a cancelled timer until its time has come.
    with Trace() as trace, span("work"):
        pass
    kept = weakref.ref(trace._recording)
    del trace
    gc.collect()
    assert kept() is None


def test_ctrl_c_while_the_end_waits_closes_the_trace(monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    trace = Trace()
    trace.__enter__()
    monkeypatch.setattr(Recording, "settle", interrupt)
    with pytest.raises(KeyboardInterrupt):
        trace.__exit__(None, None, None)
    assert trace._recording.closed
    assert [one.name for one in trace] == ["trace"]
    assert watching.HOOKS._wanted == 0


def test_ctrl_c_while_it_opens_leaves_nothing_in_place(monkeypatch):
    def interrupt(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Recording, "open", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Trace().__enter__()
    assert watching.HOOKS._wanted == 0


def test_a_thread_that_asks_while_a_trace_opens_is_outside_of_it(lab, monkeypatch):
    begin, answers = Hop.begin, []

    def ask():
        answers.append(httpx2.get(f"{lab.issuer.url}/health").status_code)

    def begin_slowly(hop):
        if not answers:
            asking = threading.Thread(target=ask)
            asking.start()
            asking.join(30)
        return begin(hop)

    monkeypatch.setattr(Hop, "begin", begin_slowly)
    with lab.trace() as trace:
        pass
    assert (answers, trace.order()) == ([200], [])


def test_a_request_that_outlives_its_trace_goes_on_without(lab):
    app, middle, go_on = FastAPI(), threading.Event(), threading.Event()

    def first() -> None:
        middle.set()
        assert go_on.wait(30)

    async def plain() -> int:
        return 1

    async def yielding():
        yield 2

    @app.get("/")
    async def answer(
        _: Annotated[None, Depends(first)],
        one: Annotated[int, Depends(plain)],
        two: Annotated[int, Depends(yielding)],
    ) -> list[int]:
        return [one, two]

    mine, answers = lab.serve(app, name="mine"), []

    def closed_early(self):
        return None

    trace = lab.trace()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Recording, "settle", closed_early)
        with trace:
            asking = threading.Thread(target=lambda: answers.append(mine.get("/").json()))
            asking.start()
            assert middle.wait(30)
    go_on.set()
    asking.join(30)
    assert answers == [[1, 2]]
    assert trace.order("dependency", "handler") == ["first"]
    assert "(unfinished)" in repr(trace)


def test_functions_in_disguise_are_called_as_fastapi_would_call_them():
    async def add(a: int = 1, b: int = 2) -> int:
        return a + b

    @functools.wraps(add)
    def decorated(**values):
        return add(**values)

    class Opens:
        def __call__(self):
            yield 7

    def first(a: int = 5) -> int:
        return a

    app = FastAPI()
    partial = functools.partial(first, a=6)

    @app.get("/")
    async def answer(
        one: Annotated[int, Depends(decorated)],
        two: Annotated[int, Depends(Opens())],
        three: Annotated[int, Depends(partial)],
        four: Annotated[int, Depends(functools.partial(add, b=10))],
    ) -> list[int]:
        return [one, two, three, four]

    with TestClient(instrument(app)) as client:
        expected = client.get("/").json()
        with Trace() as trace:
            assert client.get("/").json() == expected == [3, 7, 6, 11]
    assert trace.order("dependency") == ["add", "Opens", "first", "add"]


def test_more_routes_than_are_remembered_are_traced_all_the_same(monkeypatch):
    monkeypatch.setattr("labkit.tracing.dependencies._COPIES_AT_MOST", 1)
    app = FastAPI()

    def needed() -> int:
        return 1

    @app.get("/a")
    async def a(one: Annotated[int, Depends(needed)]) -> int:
        return one

    @app.get("/b")
    async def b(one: Annotated[int, Depends(needed)]) -> int:
        return one

    with TestClient(instrument(app)) as client, Trace() as trace:
        for path in ("/a", "/b", "/a"):
            client.get(path)
    assert trace.order("dependency", "handler") == ["needed", "a", "needed", "b", "needed", "a"]


# --- statements ----------------------------------------------------------


def test_statements_of_any_engine_are_seen_with_their_rows_and_errors(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'own.sqlite'}")
    sql = sqlalchemy.text
    with Trace() as trace, engine.begin() as connection:
        connection.execute(sql("CREATE TABLE parts (id INTEGER, name TEXT)"))
        connection.execute(sql("INSERT INTO parts VALUES (1, 'a'), (2, 'b')"))
        assert len(connection.execute(sql("SELECT * FROM parts")).all()) == 2
        with pytest.raises(sqlalchemy.exc.OperationalError):
            connection.execute(sql("SELECT nothing FROM parts"))
    engine.dispose()
    assert trace.order("sql") == ["CREATE parts", "INSERT parts", "SELECT parts", "SELECT parts"]
    inserted, failed = trace.find("INSERT parts")[0], trace.find("SELECT parts")[1]
    assert inserted.attributes["rows"] == 2
    assert inserted.attributes["statement"] == "INSERT INTO parts VALUES (?, ?), (?, ?)"
    assert (failed.error, failed.raised_here) == ("OperationalError", True)
    assert [one.name for one in trace.find(kind="pool")] == ["pool"]


async def test_a_wait_for_a_connection_that_fails_is_an_error_of_the_pool(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'own.sqlite'}"
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    async with engine.connect():
        with Trace() as trace, pytest.raises(sqlalchemy.exc.TimeoutError):
            await engine.connect()
    await engine.dispose()
    (waited,) = trace.find(kind="pool")
    assert (waited.error, waited.raised_here) == ("TimeoutError", True)


@pytest.mark.parametrize(
    ("statement", "clean", "title"),
    [
        ("SELECT a FROM t WHERE b = 'x''y' AND c = 3.5", "SELECT a FROM t WHERE b = ? AND c = ?",
         "SELECT t"),
        ("update  t1\nset a = 5", "update t1 set a = ?", "UPDATE t1"),
        ('DELETE FROM "order"', 'DELETE FROM "order"', "DELETE order"),
        ("SELECT a -- it's new\nFROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = ?", "SELECT t"),
        ("/* it's old */ SELECT 'x /* y' FROM t", "SELECT ? FROM t", "SELECT t"),
        ("SELECT \"it's\" FROM t WHERE b = 'x'", "SELECT \"it's\" FROM t WHERE b = ?", "SELECT t"),
        (r"SELECT E'it\'s', 'a\' FROM t WHERE b = e'x\\'", "SELECT ?, ? FROM t WHERE b = ?",
         "SELECT t"),
        ("SELECT $$it's$$, $q$a $$ b$q$ FROM t", "SELECT ?, ? FROM t", "SELECT t"),
        ("SELECT a FROM t WHERE b = $1 AND c = X'1f'", "SELECT a FROM t WHERE b = $1 AND c = ?",
         "SELECT t"),
        ("INSERT INTO t VALUES (U&'s', N'x', b'1', $$cut", "INSERT INTO t VALUES (?, ?, ?, ?",
         "INSERT t"),
        ("SELECT E'it\\'s cut\\", "SELECT ?", "SELECT"),
        ("SELECT costs$ FROM t", "SELECT costs$ FROM t", "SELECT t"),
        ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE", "BEGIN"),
        ("", "", "SQL"),
    ],
)  # fmt: skip
def test_a_statement_is_cleaned_of_values_and_named(statement, clean, title):
    assert statements.sanitised(statement) == clean
    assert statements.title_of(clean) == title


def test_a_statement_of_a_megabyte_is_cut_before_it_is_cleaned():
    assert len(statements.sanitised("SELECT " + "x, " * 1_000_000)) == 2000
    assert statements.sanitised("SELECT '" + "secret " * 1_000_000 + "'") == "SELECT ?"


# --- requests out --------------------------------------------------------


async def test_an_async_request_that_fails_is_an_error_of_the_client():
    with Trace() as trace:
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get("http://127.0.0.1:9/nothing")
    (asked,) = trace.find(kind="client")
    assert (asked.error, asked.raised_here) == ("ConnectError", True)


async def test_a_streamed_answer_ends_when_it_has_been_read(lab):
    with lab.trace() as trace:
        async with (
            httpx2.AsyncClient() as client,
            client.stream("GET", f"{lab.issuer.url}/openapi.json") as answer,
        ):
            with span("before the body"):
                pass
            body = [part async for part in answer.aiter_bytes()]
            with span("after the body"):
                pass
    assert b"openapi" in b"".join(body)
    (asked,) = trace.find(kind="client")
    before, after = trace.find("before the body")[0], trace.find("after the body")[0]
    assert before.start_ns < asked.end_ns < after.start_ns


def test_a_traceparent_of_the_callers_own_stays(lab):
    own = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    with lab.trace(), httpx2.Client() as client:
        request = client.build_request("GET", f"{lab.issuer.url}/health",
                                       headers={"traceparent": own})  # fmt: skip
        client.send(request)
    assert request.headers["traceparent"] == own


def test_a_thread_without_context_asks_outside_while_two_traces_are_open(lab):
    def ask():
        httpx2.get(f"{lab.issuer.url}/health")

    other = Trace()
    entered, leave = threading.Event(), threading.Event()

    def second():
        with other:
            entered.set()
            assert leave.wait(30)

    beside = threading.Thread(target=second)
    with lab.trace() as trace:
        beside.start()
        assert entered.wait(30)
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(30)
        leave.set()
        beside.join(30)
    assert (trace.order(), other.order()) == ([], [])


def test_a_trace_that_adopts_nothing_leaves_a_thread_without_context_to_the_one_that_does(lab):
    def ask():
        httpx2.get(f"{lab.issuer.url}/health")

    beside = Trace(adopts=False)
    entered, leave = threading.Event(), threading.Event()

    def second():
        with beside:
            ask()
            entered.set()
            assert leave.wait(30)

    other = threading.Thread(target=second)
    other.start()
    assert entered.wait(30)
    asking = threading.Thread(target=ask)  # Nobody takes this one in.
    asking.start()
    asking.join(30)
    with lab.trace() as trace:
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(30)
    leave.set()
    other.join(30)
    for each in (beside, trace):
        assert [span.name for span in each.find(kind="client")] == ["GET /health"]
        assert len(each.find(kind="server")) == 1
