"""The ring of requests: who was asked what, in order of arrival, and nothing that is secret."""

import asyncio

import pytest

from labkit import recorder
from labkit.clock import Clock
from labkit.recorder import Recorder, user_agent


def http(path="/", method="GET", query=b"", headers=()):
    return {
        "type": "http",
        "path": path,
        "method": method,
        "query_string": query,
        "headers": list(headers),
    }


async def receive():
    return {"type": "http.request", "body": b"hidden-body"}


async def ignore(message):
    pass


def answering(status):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


async def test_a_request_is_kept_with_the_time_at_which_it_came():
    kept = Recorder(Clock(1234.5))
    await kept.wrap("issuer", answering(200))(http(), receive, ignore)
    assert [request.at for request in kept.requests] == [1234.5]


async def test_a_request_is_kept_with_its_answer():
    kept = Recorder()
    await kept.wrap("issuer", answering(201))(http("/token", "POST"), receive, ignore)
    (one,) = kept.requests
    assert (one.number, one.service, one.method, one.path, one.status) == (
        1,
        "issuer",
        "POST",
        "/token",
        201,
    )


async def test_query_headers_and_body_are_not_kept():
    kept = Recorder()
    scope = http("/lines", query=b"hidden-query", headers=[(b"authorization", b"hidden-token")])
    await kept.wrap("inspections", answering(200))(scope, receive, ignore)
    assert "hidden" not in repr(kept.requests)


async def test_the_order_is_that_of_arrival_over_all_services():
    kept, go_on = Recorder(), asyncio.Event()

    async def slow(scope, receive, send):
        await go_on.wait()
        await answering(200)(scope, receive, send)

    first = asyncio.create_task(kept.wrap("inspections", slow)(http("/first"), receive, ignore))
    await asyncio.sleep(0)
    await kept.wrap("issuer", answering(200))(http("/second"), receive, ignore)
    assert [r.path for r in kept.requests] == ["/second"]
    go_on.set()
    await first
    assert [r.path for r in kept.requests] == ["/first", "/second"]


async def test_who_has_the_answer_finds_the_request():
    kept, seen = Recorder(), []

    async def look(message):
        seen.append(len(kept.requests))

    await kept.wrap("issuer", answering(200))(http(), receive, look)
    assert seen == [1, 1]


async def test_an_app_that_says_nothing_counts_as_500():
    async def silent(scope, receive, send):
        pass

    kept = Recorder()
    await kept.wrap("issuer", silent)(http(), receive, ignore)
    assert [r.status for r in kept.requests] == [500]


async def test_an_app_that_raises_counts_as_500_and_still_raises():
    async def broken(scope, receive, send):
        raise ZeroDivisionError

    kept = Recorder()
    with pytest.raises(ZeroDivisionError):
        await kept.wrap("issuer", broken)(http(), receive, ignore)
    assert [r.status for r in kept.requests] == [500]


async def test_the_lifespan_is_no_request():
    kept, seen = Recorder(), []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await kept.wrap("issuer", app)({"type": "lifespan"}, receive, ignore)
    assert (seen, kept.requests) == (["lifespan"], ())


async def test_the_ring_is_bounded_in_length_and_width():
    kept = Recorder()
    app = kept.wrap("issuer", answering(404))
    for _ in range(recorder.RING_REQUESTS + 5):
        await app(http("/" + "x" * 70_000), receive, ignore)
    assert len(kept.requests) == recorder.RING_REQUESTS
    assert kept.requests[0].number == 6
    assert {len(r.path) for r in kept.requests} == {recorder.PATH_CHARACTERS}


async def test_the_same_objects_are_given_each_time():
    kept = Recorder()
    await kept.wrap("issuer", answering(200))(http(), receive, ignore)
    assert kept.requests[0] is kept.requests[0]


async def test_a_neighbour_that_asks_is_named_and_nobody_else():
    kept = Recorder()
    kept.wrap("inspections", answering(200))
    issuer = kept.wrap("issuer", answering(200))
    for agent in (user_agent("inspections"), "labkit-evil", "inspections"):
        await issuer(http(headers=[(b"user-agent", agent.encode())]), receive, ignore)
    assert [request.caller for request in kept.requests] == ["inspections", "", ""]
