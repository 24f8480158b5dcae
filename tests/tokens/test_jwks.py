"""Fetching the issuer's keys: how often, how many wait, and what an outage does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from labkit.errors import KeySourceDown
from labkit.tokens import JwksClient, JwksLimits
from labkit.tokens.teaching import teaching_key

URL = "http://127.0.0.1:9/jwks.json"
OLD, NEW = teaching_key("issuer").public_jwk(), teaching_key("stranger").public_jwk()


def reply(body: bytes, status: int = 200, **headers: str) -> httpx2.Response:
    """Return an answer whose body is still on its way, as from a socket."""
    return httpx2.Response(status, stream=httpx2.ByteStream(body), headers=headers)


class Issuer:
    """A key server in memory: counts what it's asked, answers what the test says."""

    def __init__(self) -> None:
        self.asked = 0
        self.keys: list[object] = [OLD]
        self.answer: Callable[[], httpx2.Response] = self.key_set
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()

    def key_set(self) -> httpx2.Response:
        return reply(json.dumps({"keys": self.keys}).encode())

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        self.reached.set()
        assert request.headers["accept-encoding"] == "identity"
        if self.gate is not None:
            await self.gate.wait()
        return self.answer()


class Time:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def moment() -> Time:
    return Time()


@pytest.fixture
async def client(issuer: Issuer, moment: Time) -> AsyncIterator[JwksClient]:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(issuer))
    client = JwksClient(URL, http=http, monotonic=moment, limits=JwksLimits(cooldown_s=0.02))
    yield client
    await client.aclose()


async def test_the_first_question_fetches_and_the_next_ones_do_not(
    client: JwksClient, issuer: Issuer
) -> None:
    for _ in range(3):
        assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    assert issuer.asked == 1


async def test_fifty_who_wait_share_one_fetch(client: JwksClient, issuer: Issuer) -> None:
    issuer.gate = asyncio.Event()
    waiting = [asyncio.create_task(client.key_set(OLD["kid"])) for _ in range(50)]
    await asyncio.sleep(0)
    issuer.gate.set()
    assert [await task for task in waiting] == [{"keys": [OLD]}] * 50
    assert issuer.asked == 1


async def test_one_who_gives_up_does_not_stop_the_fetch_for_the_others(
    client: JwksClient, issuer: Issuer
) -> None:
    issuer.gate = asyncio.Event()
    impatient, patient = (asyncio.create_task(client.key_set(OLD["kid"])) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    issuer.gate.set()
    assert await patient == {"keys": [OLD]}
    assert impatient.cancelled() or impatient.cancelling()
    assert issuer.asked == 1


async def test_a_new_kid_is_found_although_the_last_fetch_was_a_moment_ago(
    client: JwksClient, issuer: Issuer
) -> None:
    await client.key_set(OLD["kid"])
    issuer.keys = [OLD, NEW]
    assert NEW in (await client.key_set(NEW["kid"]))["keys"]
    assert issuer.asked == 2


async def test_a_kid_that_was_not_found_is_not_looked_for_again_within_the_cooldown(
    client: JwksClient, issuer: Issuer
) -> None:
    await client.key_set("made-up")
    assert [await client.key_set("made-up") for _ in range(100)] == [{"keys": [OLD]}] * 100
    assert issuer.asked == 1


async def test_a_flood_of_made_up_kids_costs_one_fetch_and_hides_no_new_key(
    client: JwksClient, issuer: Issuer
) -> None:
    await client.key_set(OLD["kid"])
    flood = [asyncio.create_task(client.key_set(f"made-up-{n}")) for n in range(200)]
    await asyncio.sleep(0)
    issuer.keys = [OLD, NEW]
    assert NEW in (await client.key_set(NEW["kid"]))["keys"]
    await asyncio.gather(*flood)
    assert issuer.asked == 2


async def test_more_waiters_than_allowed_are_answered_at_once(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    client._waiters = 10_000
    assert await client.key_set("made-up") == {"keys": [OLD]}
    assert issuer.asked == 1


async def test_a_stale_set_is_used_while_a_fetch_runs_beside_it(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    moment.now += 301
    issuer.gate = asyncio.Event()
    issuer.keys = [OLD, NEW]
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    fetching = client._fetching
    assert fetching is not None
    issuer.gate.set()
    await fetching
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD, NEW]}
    assert issuer.asked == 2


async def test_an_outage_keeps_known_keys_working_for_a_bounded_time(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    issuer.answer = lambda: reply(b"", 500)
    moment.now += 3600
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    moment.now += 1
    with pytest.raises(KeySourceDown, match="is it running"):
        await client.key_set(OLD["kid"])


def refuse() -> httpx2.Response:
    raise httpx2.ConnectError("refused")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(refuse, id="no connection"),
        pytest.param(lambda: reply(b"", 500), id="500"),
        pytest.param(lambda: reply(b"", 302, location="http://127.0.0.1:9/other"), id="redirect"),
        pytest.param(lambda: reply(b"<h1>Hello</h1>"), id="HTML"),
        pytest.param(lambda: reply(json.dumps([OLD]).encode()), id="a list"),
        pytest.param(lambda: reply(b'{"keys": {}}'), id="keys is no list"),
        pytest.param(lambda: reply(b""), id="empty"),
        pytest.param(lambda: reply(b" " * 65_537), id="too large"),
        pytest.param(lambda: reply(b'{"a":' * 9000), id="deep"),
        pytest.param(lambda: reply(b"x", **{"content-encoding": "gzip"}), id="compressed"),
    ],
)
async def test_without_a_key_set_there_is_neither_yes_nor_no(
    client: JwksClient, issuer: Issuer, answer: Callable[[], httpx2.Response]
) -> None:
    issuer.answer = answer
    with pytest.raises(KeySourceDown):
        await client.key_set(OLD["kid"])
    with pytest.raises(KeySourceDown):
        await client.key_set(OLD["kid"])
    assert issuer.asked == 1  # The second question came within the cooldown.


async def test_a_key_server_that_never_answers_is_left_after_the_timeout(
    issuer: Issuer,
) -> None:
    issuer.gate = asyncio.Event()
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(issuer))
    client = JwksClient(URL, http=http, limits=JwksLimits(timeout_s=0.01))
    with pytest.raises(KeySourceDown):
        await client.key_set(OLD["kid"])
    await client.aclose()


async def test_closing_stops_a_running_fetch(issuer: Issuer) -> None:
    issuer.gate = asyncio.Event()
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(issuer))
    client = JwksClient(URL, http=http)
    waiting = asyncio.create_task(client.key_set(OLD["kid"]))
    await issuer.reached.wait()
    await client.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert http.is_closed


async def test_a_client_of_its_own_connects_to_the_url_alone() -> None:
    """Nothing listens on port 9: the answer is about the issuer, not about httpx2."""
    client = JwksClient(URL, limits=JwksLimits(timeout_s=1))
    with pytest.raises(KeySourceDown, match="issuer"):
        await client.key_set("any")
    await client.aclose()
