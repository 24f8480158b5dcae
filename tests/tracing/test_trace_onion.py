"""The onion of requests that were really made: what the trace recorded, in the order it came."""

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI

from labkit.errors import UsageError
from labkit.tracing import Trace


def outer(app):
    return lambda *asgi: app(*asgi)


async def connection():
    yield "a connection"


def tell_shift():
    pass


@pytest.fixture
def client(lab):
    app = FastAPI()
    app.add_middleware(outer)

    @app.get("/lots/{lot}")
    async def read_lot(lot: int, later: BackgroundTasks, db: str = Depends(connection)):
        later.add_task(tell_shift)
        return 1 / lot

    return lab.serve(app, name="onion")


def test_the_answer_leaves_before_the_background_work_and_the_dependency_after_both(lab, client):
    with lab.trace() as trace:
        client.get("/lots/1")
    assert repr(trace.onion(title="Lot 1")) == (
        "Lot 1\n"
        "  1-10  server      GET /lots/{lot}\n"
        "   2-9    middleware  outer\n"
        "   3-8      dependency  connection\n"
        "     4        handler     read_lot\n"
        "     5        serialise   serialise\n"
        "     6        ->          the answer leaves: 200 OK\n"
        "     7        background  tell_shift"
    )


def test_an_error_is_shown_on_its_way_out_and_a_request_is_chosen_by_its_number(lab, client):
    with lab.trace() as trace:
        client.get("/lots/0")
        client.get("/nowhere")
    assert repr(trace.onion(0)).splitlines()[1:] == [
        "  1-8  server      GET /lots/{lot}  ! ZeroDivisionError passed",
        "  2-6    middleware  outer  ! ZeroDivisionError passed",
        "  3-5      dependency  connection  ! ZeroDivisionError passed",
        "    4        handler     read_lot  ! ZeroDivisionError arose here",
        "    7    ->          the answer leaves: 500 Internal Server Error",
    ]
    assert "404 Not Found" in repr(trace.onion()) == repr(trace.onion(1))


def test_a_trace_without_a_request_has_no_onion(lab):
    with lab.trace() as trace:
        pass
    for empty in (trace, Trace()):
        with pytest.raises(UsageError, match="here are 0"):
            empty.onion()
