"""The graph that is read is the one that FastAPI walks; the steps are those that were recorded."""

import inspect
import random
from functools import partial
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.security import SecurityScopes

from labkit.errors import UsageError
from labkit.instruments import dependencies_of
from labkit.pictures import GraphNode
from labkit.tracing import Kind, Moment, Span


async def ask(app: FastAPI, path: str) -> int:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://app") as client:
        return (await client.get(path)).status_code


def random_app(seed: int) -> tuple[FastAPI, list[str]]:
    """Make an app whose dependencies are drawn by lot; each call notes its name."""
    dice, log = random.Random(seed), []
    made: list[tuple[object, str | None]] = []  # Functions, each with its scope if it yields.

    def depend(chosen):
        call, kind = chosen
        scope = kind if kind in ("request", "function") else None
        return Depends(call, use_cache=dice.random() < 0.8, scope=scope)

    def function(name, kind, parts):
        def returns(**values):
            log.append(name)
            return name

        def yields(**values):
            log.append(name)
            yield name
            log.append(f"out {name}")

        made_one = yields if kind else returns
        made_one.__name__ = name
        made_one.__signature__ = signature(parts)
        return made_one

    for place in range(dice.randint(1, 9)):
        kind = dice.choice((None, None, "request", "function"))
        # One that is left after the answer can't need one that is left before it.
        allowed = [m for m in made if not (kind == "request" and m[1] == "function")]
        chosen = dice.sample(allowed, min(len(allowed), dice.randrange(4)))
        parts = [depend(each) for each in chosen]
        made.append((function(f"f{place}", kind, parts), kind))
    app = FastAPI()
    parts = [depend(each) for each in made]
    app.get("/x")(function("handler", None, parts))
    return app, log


def signature(parts):
    names = [
        inspect.Parameter(f"p{n}", inspect.Parameter.KEYWORD_ONLY, default=part)
        for n, part in enumerate(parts)
    ]
    return inspect.Signature(names)


@pytest.mark.parametrize("seed", range(60))
async def test_the_nodes_are_the_calls_that_fastapi_makes_in_its_order(seed):
    app, log = random_app(seed)
    nodes = dependencies_of(app, "GET /x")
    assert await ask(app, "/x") == 200
    assert [node.name for node in nodes] == [name for name in log if not name.startswith("out ")]
    left = {name.removeprefix("out ") for name in log if name.startswith("out ")}
    assert {node.name for node in nodes if node.scope} == left


def open_db():
    yield "db"


def stock(db: Annotated[str, Depends(open_db)]):
    return db


def journal(db: Annotated[str, Depends(open_db)]):
    return db


def hold(
    lot: int, stock: Annotated[str, Depends(stock)], journal: Annotated[str, Depends(journal)]
):
    return stock


def app_of(handler=hold, path="/lots/{lot}") -> FastAPI:
    app = FastAPI()
    app.get(path)(handler)
    return app


def test_what_two_need_is_one_node_and_the_second_gets_it_from_the_cache():
    assert dependencies_of(app_of(), "GET /lots/{lot}") == (
        GraphNode("open_db", scope="request"),
        GraphNode("stock", needs=(0,)),
        GraphNode("journal", needs=(0,), from_cache=frozenset({0})),
        GraphNode("hold", "handler", (1, 2)),
    )


def test_an_override_stands_where_the_original_stood():
    def memory():
        return "memory"

    app = app_of()
    app.dependency_overrides[open_db] = memory
    first, *_ = dependencies_of(app, "GET /lots/{lot}")
    assert first == GraphNode("memory", instead_of="open_db")


def test_instances_classes_and_partial_functions_have_names():
    class Require:
        def __init__(self, scope="read"):
            self.scope = scope

        def __call__(self):
            yield self.scope

    def handler(
        one: Annotated[str, Depends(Require("a"))],
        two: Annotated[object, Depends(Require)],
        three: Annotated[str, Depends(partial(journal, "db"))],
    ):
        return one

    nodes = dependencies_of(app_of(handler, "/x"), "GET /x")
    assert [(node.name, node.scope) for node in nodes[:-1]] == [
        ("Require", "request"),
        ("Require", None),
        ("journal", None),
    ]


async def test_with_security_scopes_each_set_of_scopes_is_a_call_of_its_own():
    calls = []

    def current(scopes: SecurityScopes):
        calls.append(scopes.scope_str)
        return scopes.scopes

    def handler(
        a: Annotated[list, Security(current, scopes=["a"])],
        b: Annotated[list, Security(current, scopes=["b"])],
        c: Annotated[list, Security(current, scopes=["a"])],
    ):
        return a

    app = app_of(handler, "/x")
    nodes = dependencies_of(app, "GET /x")
    assert await ask(app, "/x") == 200
    assert calls == ["a", "b"]
    assert [node.name for node in nodes] == ["current", "current", "handler"]
    assert nodes[-1].needs == (0, 1, 0)


def test_a_route_of_an_included_router_is_found_under_its_prefix():
    router = APIRouter(prefix="/lots")
    router.get("/{lot}")(hold)
    app = FastAPI()
    app.include_router(router, prefix="/v1")
    assert dependencies_of(app, "GET /v1/lots/{lot}")[-1].name == "hold"


@pytest.mark.parametrize("route", ["GET /", "get /lots/{lot}", "POST /lots/{lot}", "", None, 7])
def test_a_route_that_is_not_there_is_refused_with_those_that_are(route):
    with pytest.raises(UsageError, match=r"this one has: GET /lots/\{lot\}"):
        dependencies_of(app_of(), route)


def test_what_is_no_app_and_what_are_no_spans_is_refused():
    with pytest.raises(UsageError, match="FastAPI application"):
        dependencies_of(object(), "GET /")
    for spans in (7, "spans", [None], [{}]):
        with pytest.raises(UsageError, match="spans"):
            dependencies_of(app_of(), "GET /lots/{lot}", spans)


# What was recorded.

ROUTE = "GET /lots/{lot}"


def span(name, kind, start, end, *moments, number=0, parent="server", error=None):
    return Span(
        span_id=f"{name}{number}",
        parent_id=parent,
        trace_id="t",
        name=name,
        kind=kind,
        service="mine",
        start_ns=start,
        end_ns=end,
        attributes={"status": 200} if kind is Kind.SERVER else {},
        error=error,
        raised_here=bool(error),
        moments=tuple(Moment(what, at) for what, at in moments),
    )


def server(start=0, name="server", sent=60):
    made = span(ROUTE, Kind.SERVER, start, start + 100, ("first byte", start + sent), parent=None)
    return Span(**{**{f: getattr(made, f) for f in Span.__slots__}, "span_id": name})


RUN = [
    server(),
    span("open_db", Kind.DEPENDENCY, 10, 80, ("enter", 10), ("exit", 70), error="IntegrityError"),
    span("stock", Kind.DEPENDENCY, 20, 25, ("enter", 20)),
    span("open_db", Kind.DEPENDENCY, 27, 27, ("cached", 27), number=1),
    span("journal", Kind.DEPENDENCY, 30, 35, ("enter", 30)),
    span("hold", Kind.HANDLER, 40, 50, number=1),
]


def test_the_steps_are_the_order_of_the_recorded_moments():
    nodes = dependencies_of(app_of(), ROUTE, reversed(RUN))
    assert [(n.name, n.enter, n.leave, n.error) for n in nodes] == [
        ("open_db", 1, 6, "IntegrityError"),
        ("stock", 2, None, ""),
        ("journal", 3, None, ""),
        ("hold", 4, None, ""),
        ("200", 5, None, ""),
    ]


def test_moments_at_one_time_stay_in_the_order_in_which_things_are_done():
    still = [
        server(sent=0),
        *(
            span(s.name, s.kind, 0, 0, *((m.name, 0) for m in s.moments))
            for s in RUN
            if s.kind is not Kind.SERVER
        ),
    ]
    nodes = dependencies_of(app_of(), ROUTE, still)
    assert [(n.enter, n.leave) for n in nodes] == [
        (1, 6),
        (2, None),
        (3, None),
        (4, None),
        (5, None),
    ]


def test_of_two_requests_the_last_one_counts_and_of_none_nothing_is_made_up():
    later = [server(1000, "later"), span("open_db", Kind.DEPENDENCY, 1010, 1020, parent="later")]
    nodes = dependencies_of(app_of(), ROUTE, [*RUN, *later])
    assert [(n.enter, n.leave) for n in nodes[:2]] == [(1, None), (None, None)]
    other = [span("POST /x", Kind.SERVER, 0, 1, parent=None)]
    assert dependencies_of(app_of(), ROUTE, other) == dependencies_of(app_of(), ROUTE)


def test_a_value_from_the_cache_is_no_call():
    calls = [
        span("open_db", Kind.DEPENDENCY, 5, 5, ("cached", 5)),
        span("open_db", Kind.DEPENDENCY, 10, 20, ("enter", 10), number=1),
    ]
    first, *_ = dependencies_of(app_of(), ROUTE, [server(), *calls])
    assert (first.enter, first.leave) == (1, None)


def test_calls_of_one_name_belong_to_the_nodes_of_that_name_in_order():
    def handler(
        one: Annotated[str, Depends(open_db, use_cache=False)],
        two: Annotated[str, Depends(open_db, use_cache=False)],
    ):
        return one

    calls = [
        span("open_db", Kind.DEPENDENCY, 10, 90, ("enter", 10), ("exit", 80)),
        span("open_db", Kind.DEPENDENCY, 20, 90, ("enter", 20), ("exit", 70), number=1),
    ]
    nodes = dependencies_of(app_of(handler, "/lots/{lot}"), ROUTE, [server(), *calls])
    assert [(n.enter, n.leave) for n in nodes[:2]] == [(1, 5), (2, 4)]
