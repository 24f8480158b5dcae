"""Fetching the issuer's keys: how often, how many wait, and what an outage does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from labkit.errors import KeySourceDown, UsageError
from labkit.tokens import JwksClient, JwksLimits
from labkit.tokens.jwks import MAX_WAITERS
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


async def test_more_waiters_than_allowed_are_told_to_come_back_and_nobody_is_refused(
    client: JwksClient, issuer: Issuer
) -> None:
    await client.key_set(OLD["kid"])
    issuer.gate = asyncio.Event()
    waiting = [asyncio.create_task(client.key_set(f"made-up-{n}")) for n in range(MAX_WAITERS)]
    await asyncio.sleep(0)
    with pytest.raises(KeySourceDown, match="too many"):
        await client.key_set(NEW["kid"])
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    issuer.keys = [OLD, NEW]
    issuer.gate.set()
    await asyncio.gather(*waiting)
    assert NEW in (await client.key_set(NEW["kid"]))["keys"]
    assert issuer.asked == 2


async def test_a_key_younger_than_the_answer_on_its_way_is_found_by_the_next_one(
    client: JwksClient, issuer: Issuer
) -> None:
    await client.key_set(OLD["kid"])
    issuer.gate, issuer.reached = asyncio.Event(), asyncio.Event()
    stale = reply(json.dumps({"keys": [OLD]}).encode())
    issuer.answer = lambda: stale
    early = asyncio.create_task(client.key_set("made-up"))
    await issuer.reached.wait()  # The issuer has written its answer; then it rotates.
    late = asyncio.create_task(client.key_set(NEW["kid"]))
    await asyncio.sleep(0)
    issuer.keys = [OLD, NEW]
    issuer.gate.set()
    await early
    issuer.answer = issuer.key_set
    assert NEW in (await late)["keys"]
    assert issuer.asked == 3


async def test_an_ageing_set_is_used_while_a_fetch_runs_beside_it(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    moment.now += 241
    issuer.gate = asyncio.Event()
    issuer.keys = [OLD, NEW]
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    fetching = client._fetching
    assert fetching is not None
    issuer.gate.set()
    await fetching
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD, NEW]}
    assert issuer.asked == 2


async def test_a_key_that_the_issuer_removed_is_gone_after_the_longest_age_even_when_idle(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    issuer.keys = [NEW]
    moment.now += 301
    assert await client.key_set(OLD["kid"]) == {"keys": [NEW]}


async def test_in_an_outage_one_waits_and_the_others_go_on(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    issuer.answer = lambda: reply(b"", 500)
    moment.now += 301
    await client.key_set(OLD["kid"])  # It waits, and learns that nobody answers.
    issuer.gate = asyncio.Event()  # Now the issuer hangs.
    moment.now += 1
    for _ in range(3):
        assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    assert client._fetching is not None  # Nobody waited for its end.
    moment.now += 301  # Idle for long: the next one finds out how things are.
    issuer.answer = issuer.key_set
    issuer.keys = [NEW]
    issuer.gate.set()
    assert await client.key_set(OLD["kid"]) == {"keys": [NEW]}


async def test_in_an_outage_an_unknown_kid_is_neither_refused_nor_accepted(
    client: JwksClient, issuer: Issuer, moment: Time
) -> None:
    await client.key_set(OLD["kid"])
    issuer.answer = lambda: reply(b"", 500)
    for _ in range(2):
        with pytest.raises(KeySourceDown, match="200"):
            await client.key_set(NEW["kid"])
    assert issuer.asked == 2  # The second question came within the cooldown.
    assert await client.key_set(OLD["kid"]) == {"keys": [OLD]}
    moment.now += 1
    issuer.answer, issuer.keys = issuer.key_set, [OLD, NEW]
    assert NEW in (await client.key_set(NEW["kid"]))["keys"]


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
        pytest.param(lambda: reply(b'{"keys": []}'), id="no key"),
        pytest.param(lambda: reply(b'{"keys": [7, null, {"kty": "oct"}]}'), id="no usable key"),
        pytest.param(lambda: 1 / 0, id="anything else"),
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


@pytest.mark.parametrize("url", ["", None, 7, "issuer", "file:///etc/passwd"])
def test_a_url_that_cannot_be_one_is_refused(url: object) -> None:
    with pytest.raises(UsageError, match="url"):
        JwksClient(url)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "limits",
    [{"refresh_s": 301}, {"refresh_s": 0}, {"stale_s": 200}, {"cooldown_s": 0}, {"timeout_s": -1},
     {"max_bytes": 0}],
)  # fmt: skip
def test_limits_that_contradict_each_other_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        JwksLimits(**limits)  # type: ignore[arg-type]
