"""
What tracing costs a request, as ratios to the same app without any of it.

`make bench` shows the table. In the test suite each measurement is made once, to see that it still
works; no time is asserted. The aim: off at most 1.05, on at most 2.0.

::

    floor     the inspections service as it is made, its one `span` taken out
    off       instrumented, and no trace open
    on        instrumented, and its requests recorded: a dozen spans each
    CPU       of the whole process, so the database's thread counts; no socket and no client
"""

import contextlib
import statistics
import time
from collections import deque

import pytest

from labkit.database import seeded_database
from labkit.services import bearer, inspections
from labkit.services.inspections import InspectionsConfig
from labkit.tokens import JwksClient, SigningKey, issue_access_token
from labkit.tracing import Trace, instrument

ROUNDS, REQUESTS = 45, 25  # Short rounds, side by side: whatever else runs disturbs all alike.
ISSUER = "http://issuer.test"


class KnownKeys(JwksClient):
    """Keys that are there already: no fetch is part of what is measured."""

    def __init__(self, key):
        super().__init__(f"{ISSUER}/jwks.json")
        self._known = {"keys": [key.public_jwk()]}

    async def key_set(self, kid):
        return self._known


@pytest.fixture
def rounds(request):
    """How many rounds to make: one unless somebody looks (`make bench` passes -s)."""
    return ROUNDS if request.config.getoption("capture") == "no" else 1


def a_read_with(token):
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/lines", "raw_path": b"/lines", "query_string": b"",
        "root_path": "", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def cpu_s(app, scope):
    """Return the CPU time of a request, in seconds."""
    statuses = []

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    begun = time.process_time()
    for _ in range(REQUESTS):
        await app(dict(scope), receive, send)
    took = time.process_time() - begun
    assert statuses == [200] * REQUESTS
    return took / REQUESTS


async def without_its_span(app, scope, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(bearer, "span", lambda *_: contextlib.nullcontext())
        return await cpu_s(app, scope)


async def traced(app, scope):
    with Trace() as trace:
        took = await cpu_s(app, scope)
    assert len(trace.find("SELECT lines")) == len(trace.find(kind="server")) == REQUESTS
    return took


async def test_a_read_that_is_recorded_and_one_that_is_not(rounds, tmp_path, monkeypatch):
    key = SigningKey.generate()
    path = seeded_database(tmp_path, tmp_path / "lab.sqlite")
    token = issue_access_token(
        key, issuer=ISSUER, subject="quality-lead", audience="inspections", client_id="bench",
        scopes=["inspections:read"], token_id="1",
    )  # fmt: skip
    config = InspectionsConfig(
        issuer=ISSUER, jwks_url=f"{ISSUER}/jwks.json",
        database_url=f"sqlite:///{path.as_posix()}", new_jwks_client=lambda _url: KnownKeys(key),
    )  # fmt: skip
    plain, app = inspections.create_app(config), inspections.create_app(config)
    ours, scope = instrument(app, service="inspections"), a_read_with(token)
    rows = {"floor": [], "off": [], "on": []}
    async with plain.router.lifespan_context(plain), app.router.lifespan_context(app):
        for _ in range(2):  # Opens what stays open.
            await cpu_s(plain, scope), await cpu_s(ours, scope), await traced(ours, scope)
        ways = {
            "floor": lambda: without_its_span(plain, scope, monkeypatch),
            "off": lambda: cpu_s(ours, scope),
            "on": lambda: traced(ours, scope),
        }
        for number in range(rounds):
            names = deque(ways)
            names.rotate(number)  # Each is first, second and last equally often.
            for name in names:
                rows[name].append(await ways[name]())
    print("\n  CPU of an authenticated read with one statement")
    for what, times in rows.items():
        ratio = statistics.median(t / f for t, f in zip(times, rows["floor"], strict=True))
        print(f"  {what:<8} {1e6 * statistics.median(times):8.0f} µs   ratio {ratio:6.3f}")
