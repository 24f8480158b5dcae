"""
What a slow key server costs everybody else on the loop: the longest gap between two heartbeats.

`make bench` shows the table, with a key server that takes 5 s. In the test suite it takes a moment
only, to see that the measurement still works; no time is asserted.

::

    gap       how much later than planned a heartbeat came; what every other request had to wait
    floor     the same loop with nothing on it but the heartbeat
    blocking  PyJWT's own client, which waits on the loop's thread
"""

import asyncio
import json
import time

import jwt
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from labkit.errors import KeySourceDown
from labkit.server import Server
from labkit.tokens import JwksClient
from labkit.tokens.teaching import teaching_key

SLOW_S, MOMENT_S = 5.0, 0.2
BEAT_S = 0.005
CALLERS = 50
KEY = teaching_key("issuer")


@pytest.fixture
def delay_s(request):
    """How long the key server takes: long only when somebody looks (`make bench` passes -s)."""
    return SLOW_S if request.config.getoption("capture") == "no" else MOMENT_S


@pytest.fixture
def source_url(delay_s):
    async def keys(_request):
        await asyncio.sleep(delay_s)
        return Response(json.dumps({"keys": [KEY.public_jwk()]}))

    server = Server(lambda _url: Starlette(routes=[Route("/jwks.json", keys)]), name="slow")
    server.start()
    yield f"{server.url}/jwks.json"
    server.stop()


async def longest_gap_s(work):
    """Return the longest gap of a heartbeat while *work* is awaited."""
    gaps = [0.0]

    async def beat():
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(BEAT_S)
            gaps.append(time.perf_counter() - begun - BEAT_S)

    heart = asyncio.create_task(beat())
    await asyncio.sleep(BEAT_S)
    await work
    await asyncio.sleep(BEAT_S)
    heart.cancel()
    return max(gaps)


async def asked_by_many(client):
    """Let fifty ask at once; in 5 s each is told to come back, in a moment each has the keys."""
    asked = (client.key_set(KEY.kid) for _ in range(CALLERS))
    return await asyncio.gather(*asked, return_exceptions=True)


async def blocking(url):
    jwt.PyJWKClient(url, timeout=2 * SLOW_S).get_signing_key(KEY.kid)


async def test_the_loop_goes_on_while_the_key_server_is_slow(source_url, delay_s):
    client = JwksClient(source_url)
    answers = []

    async def ask():
        answers.extend(await asked_by_many(client))

    rows = {
        "the heartbeat alone (floor)": await longest_gap_s(asyncio.sleep(delay_s)),
        "labkit's JwksClient, fifty callers": await longest_gap_s(ask()),
        "a client that blocks": await longest_gap_s(blocking(source_url)),
    }
    await client.aclose()
    assert len(answers) == CALLERS
    assert all(isinstance(answer, dict | KeySourceDown) for answer in answers)
    floor_s = rows["the heartbeat alone (floor)"]
    print(f"\n  longest gap of the event loop, key server answers after {delay_s} s")
    for what, gap_s in rows.items():
        print(f"  {what:<46} {1e3 * gap_s:8.2f} ms   ratio {gap_s / floor_s:8.1f}")
