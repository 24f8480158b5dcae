"""
What the middlewares of every service cost, as ratios to the same service without them.

`make bench` shows the table. In the test suite each measurement is made once, to see that it still
works; no time is asserted.

::

    floor      the same routes, the same frame, no middleware of ours
    ASGI       the application alone, called in this process: the cost and nothing beside it
    sockets    a request over loopback, as a client sees it: five headers more for both sides
    a read     the same of a lab's inspections: token checked, rows from the database
"""

import asyncio
import contextlib
import statistics
import time

import httpx2
import pytest
from fastapi import APIRouter

import labkit.services.app
from labkit.lab import Lab
from labkit.server import Server
from labkit.services.app import new_service
from labkit.services.routes import PUBLIC

CALLS, ROUNDS = 100, 15  # Rounds alternate, so that a busy machine is busy for both.


@pytest.fixture
def rounds(request):
    return (CALLS, ROUNDS) if request.config.getoption("capture") == "no" else (1, 1)


def service(*, hardened):
    router = APIRouter()

    @router.get("/lines", openapi_extra=PUBLIC)
    async def lines() -> dict[str, list[str]]:
        return {"items": ["A1", "A2", "A3", "A4"]}

    app = new_service(title="Bench", description="", routers=[router], profile="local")
    if not hardened:
        app.user_middleware.clear()
    return app


def in_process(app, calls):
    """Return the seconds that *calls* calls of *app* take, without a server."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/lines", "raw_path": b"/lines", "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        "headers": [(b"host", b"127.0.0.1:8001"), (b"accept", b"*/*"), (b"user-agent", b"bench")],
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        assert message.get("status", 200) == 200

    async def all_of_them():
        begun = time.perf_counter()
        for _ in range(calls):
            await app({**scope, "state": {}}, receive, send)
        return time.perf_counter() - begun

    return asyncio.run(all_of_them())


def over_sockets(client, url, headers, calls):
    begun = time.perf_counter()
    for _ in range(calls):
        assert client.get(url, headers=headers).status_code == 200
    return time.perf_counter() - begun


def show(what, pairs, calls):
    hardened, floor = (1e6 * statistics.median(times) / calls for times in zip(*pairs, strict=True))
    ratio = statistics.median(ours / least for ours, least in pairs)
    print(f"  {what:<10} {hardened:7.0f} µs   floor {floor:7.0f} µs   ratio {ratio:5.2f}")


def test_the_middlewares_alone(rounds):
    calls, count = rounds
    apps = [service(hardened=hardened) for hardened in (True, False)]
    print()
    show("ASGI", [[in_process(app, calls) for app in apps] for _ in range(count)], calls)


def test_the_middlewares_over_sockets_for_an_endpoint_that_does_nothing(rounds):
    calls, count = rounds
    apps = [service(hardened=hardened) for hardened in (True, False)]
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(httpx2.Client())
        servers = [Server(lambda _url, app=app: app, name="bench") for app in apps]
        for server in servers:
            stack.callback(server.stop)
            server.start()
        urls = [f"{server.url}/lines" for server in servers]
        pairs = [[over_sockets(client, url, {}, calls) for url in urls] for _ in range(count)]
    show("sockets", pairs, calls)


def test_the_middlewares_over_sockets_for_a_read(rounds, monkeypatch):
    calls, count = rounds
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(httpx2.Client())
        labs = [stack.enter_context(Lab())]
        monkeypatch.setattr(labkit.services.app, "middlewares", lambda *_args, **_options: [])
        labs.append(stack.enter_context(Lab()))
        asked = [
            (f"{lab.inspections.url}/lines", {"Authorization": f"Bearer {lab.token()}"})
            for lab in labs
        ]
        pairs = [[over_sockets(client, *one, calls) for one in asked] for _ in range(count)]
    show("a read", pairs, calls)
