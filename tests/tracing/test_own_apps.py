"""An app that a learner wrote in a cell: middlewares, dependencies, handler, what comes after."""

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPBasic
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from labkit.tracing import Trace, instrument, span
from labkit.tracing.dependencies import _StandIn
from labkit.tracing.recording import Recording


@pytest.fixture
def serve(lab):
    return lambda app: lab.serve(app, name="mine")


class Inner:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


def full_app():
    app = FastAPI()
    app.add_middleware(Inner)

    @app.middleware("http")
    async def add_header(request, call_next):
        return await call_next(request)

    async def settings() -> str:
        return "settings"

    def connect(found: Annotated[str, Depends(settings)]) -> Iterator[str]:
        yield f"connection with {found}"

    async def unit_of_work(connection: Annotated[str, Depends(connect)]) -> AsyncIterator[str]:
        yield f"unit over {connection}"

    class Page:
        def __init__(self, page: int = 1):
            self.page = page

    def write_log(line: str) -> None: ...

    @app.get("/orders/{number}")
    def read_order(
        number: int,
        work: Annotated[str, Depends(unit_of_work)],
        found: Annotated[str, Depends(settings)],
        page: Annotated[Page, Depends()],
        after: BackgroundTasks,
    ) -> dict[str, object]:
        if number == 0:
            raise HTTPException(418)
        if number < 0:
            raise ZeroDivisionError
        after.add_task(write_log, "done")
        with span("count"):
            return {"work": work, "found": found, "page": page.page}

    return app


def test_everything_that_runs_is_a_span_in_its_order(lab, serve, tree):
    mine = serve(full_app())
    with lab.trace() as trace:
        answer = mine.get("/orders/7", params={"page": 3})
    assert answer.json() == {
        "work": "unit over connection with settings", "found": "settings", "page": 3
    }  # fmt: skip
    stack = "Inner < add_header < GET /orders/{number} < GET /orders/{number} < trace"
    inner = f"unit_of_work < connect < {stack}"
    assert tree(trace, middleware=True)[2:] == [
        "GET /orders/{number} < GET /orders/{number} < trace",
        "add_header < GET /orders/{number} < GET /orders/{number} < trace",
        stack,
        f"settings < {stack}",
        f"connect < {stack}",
        f"unit_of_work < connect < {stack}",
        f"settings < {inner}",
        f"Page < {inner}",
        f"read_order < {inner}",
        f"count < read_order < {inner}",
        f"serialise < {inner}",
        f"write_log < {inner}",
    ]


def test_a_dependency_says_who_needed_it_when_it_ran_and_when_it_was_not_called(lab, serve):
    mine = serve(full_app())
    with lab.trace() as trace:
        mine.get("/orders/7")
    first, again = trace.find("settings")
    assert [moment.name for moment in first.moments] == []
    assert [moment.name for moment in again.moments] == ["cached"]
    assert (first.attributes["needed_by"], again.attributes["needed_by"]) == (
        "connect", "read_order",
    )  # fmt: skip
    (unit,) = trace.find("unit_of_work")
    assert [moment.name for moment in unit.moments] == ["enter", "exit"]


@pytest.mark.parametrize(
    ("number", "status", "error"), [(0, 418, "HTTPException"), (-1, 500, "ZeroDivisionError")]
)
def test_an_error_arises_once_and_passes_through_what_is_around(lab, serve, number, status, error):
    mine = serve(full_app())
    with lab.trace() as trace:
        assert mine.get(f"/orders/{number}").status_code == status
    assert [(s.name, s.error) for s in trace if s.raised_here] == [("read_order", error)]
    passed = [span.name for span in trace if span.error and not span.raised_here]
    unhandled = ["GET /orders/{number}", "add_header", "Inner"] if status == 500 else []
    assert passed == [*unhandled, "connect", "unit_of_work"]


def test_overrides_count_with_and_without_a_trace(lab, serve):
    async def real() -> str:
        return "real"

    async def needs(word: Annotated[str, Depends(real)]) -> str:
        return word

    def pretended() -> str:
        return "pretended"

    app = FastAPI()

    @app.get("/word")
    async def say(word: Annotated[str, Depends(needs)]) -> str:
        return word

    mine = serve(app)
    app.dependency_overrides[real] = pretended
    assert mine.get("/word").json() == "pretended"
    with lab.trace() as trace:
        assert mine.get("/word").json() == "pretended"
    assert trace.order("dependency", "handler") == ["pretended", "needs", "say"]
    app.dependency_overrides = {}
    with lab.trace() as trace:
        assert mine.get("/word").json() == "real"
    assert trace.order("dependency") == ["real", "needs"]


def test_a_dependency_that_is_an_object_or_not_cached_or_for_security(lab, serve):
    class Counter:
        count = 0

        async def __call__(self) -> int:
            self.count += 1
            return self.count

    counter, basic = Counter(), HTTPBasic(auto_error=False)
    app = FastAPI()

    @app.get("/count")
    async def count(
        one: Annotated[int, Depends(counter, use_cache=False)],
        two: Annotated[int, Depends(counter, use_cache=False)],
        who: Annotated[object, Security(basic, scopes=["x"])],
    ) -> list[int]:
        return [one, two]

    mine = serve(app)
    with lab.trace() as trace:
        assert mine.get("/count").json() == [1, 2]
    assert trace.order("dependency") == ["Counter", "Counter", "HTTPBasic"]
    assert not any(span.moments for span in trace.find(kind="dependency"))


def test_the_end_of_the_block_waits_for_work_after_the_answer(lab, serve, monkeypatch):
    app, go_on, begun = FastAPI(), threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert go_on.wait(30)

    @app.get("/")
    async def start(after: BackgroundTasks) -> str:
        after.add_task(slowly)
        return "started"

    settle = Recording.settle
    monkeypatch.setattr(Recording, "settle", lambda self: (go_on.set(), settle(self)))
    mine = serve(app)
    with lab.trace() as trace:
        mine.get("/")
        assert begun.wait(30)
    (task,) = trace.find(kind="background")
    assert (task.name, "unfinished" in task.attributes) == ("slowly", False)
    (server,) = trace.find(kind="server")
    assert server.end_ns < task.end_ns


def test_a_starlette_app_a_mounted_app_and_a_bare_function(lab, serve, tree):
    async def hello(request):
        return PlainTextResponse("hello")

    inner = FastAPI()

    @inner.get("/deep/{x}")
    async def deep(x: str) -> str:
        return x

    app = Starlette(routes=[Route("/hello", hello), Mount("/inner", inner)])
    mine = serve(app)
    with lab.trace() as trace:
        assert mine.get("/hello").text == "hello"
        assert mine.get("/inner/deep/1").json() == "1"
    assert "hello < GET /hello < GET /hello < trace" in tree(trace)
    name = "GET /inner/deep/{x}"
    assert f"deep < {name} < {name} < trace" in tree(trace)

    async def bare(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    mine = serve(bare)
    with lab.trace() as trace:
        mine.get("/x")
    assert tree(trace)[-1] == "GET /x < GET /x < trace"


def test_an_app_that_is_called_without_a_socket_is_recorded_too(tree):
    app = FastAPI()
    app.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))

    @app.get("/")
    async def root() -> None: ...

    with TestClient(instrument(instrument(app), service="mine")) as client:
        client.get("/")  # Its middlewares are made by now.
        with Trace() as trace:
            client.get("/")
    assert trace.order("middleware", "handler") == ["<lambda>", "root"]


def test_middlewares_that_were_made_before_are_made_again_with_spans():
    app = FastAPI()
    app.add_middleware(Inner)
    with TestClient(app) as client:
        client.get("/")
    with TestClient(instrument(app)) as client, Trace() as trace:
        client.get("/")
    assert trace.order("middleware") == ["Inner"]
    assert [middleware.cls for middleware in app.user_middleware] == [Inner]


def test_a_stand_in_is_equal_to_what_it_stands_for():
    def one(): ...
    def two(): ...

    stand_in = _StandIn(one, "x")
    assert {one: 1}[stand_in] == 1
    assert stand_in == _StandIn(one, "y")
    assert stand_in != two
