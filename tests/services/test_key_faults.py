"""What a key server can do wrong, over real sockets: nobody is let in, nobody good is refused."""

import asyncio
import gzip
import json
import socket
import threading
import time
from functools import partial
from itertools import pairwise

import httpx2
import pytest
from connection import Connection
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from service_kit import bearer
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from labkit.database import seeded_database
from labkit.errors import InvalidToken, KeySourceDown
from labkit.server import Server
from labkit.services import inspections
from labkit.services.inspections import InspectionsConfig
from labkit.tokens import JwksClient, JwksLimits, SigningKey, issue_access_token, sign_jws
from labkit.tokens import verify_jws as verify
from labkit.tokens.encoding import b64url_encode
from labkit.tokens.teaching import teaching_key

OLD, NEW = teaching_key("issuer"), teaching_key("stranger")
QUICK = JwksLimits(cooldown_s=0.05)
MIB = 1024 * 1024
FLOOD, CALLERS = 10_000, 100
HOUR_S = 3600
TIMER_RESOLUTION_S = 0.02  # An event loop may wake a tick early; the longest, on Windows, is 16 ms.


class KeyServer:
    """A key server on a socket: counts what it's asked, answers what the test says."""

    def __init__(self, port=0):
        self.paths, self.tries = [], []
        self.keys = [OLD.public_jwk()]
        self.answer = self.key_set
        self.go_on = threading.Event()  # For answers that wait; set when the test is over.
        routes = [Route("/{path:path}", self._endpoint)]
        self.server = Server(lambda _url: Starlette(routes=routes), name="keys", port=port)

    def __enter__(self):
        self.server.start()
        self.url = f"{self.server.url}/jwks.json"
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self.server.stop()

    @property
    def asked(self):
        return len(self.paths)

    async def _endpoint(self, request):
        self.paths.append(request.url.path)
        return await self.answer()

    async def key_set(self):
        return Response(json.dumps({"keys": self.keys}), media_type="application/jwk-set+json")

    async def late(self):
        await asyncio.to_thread(self.go_on.wait)
        return await self.key_set()

    async def dripping(self):
        async def drip():
            while not self.go_on.is_set():
                yield b" "
                await asyncio.sleep(0.01)

        return StreamingResponse(drip())


@pytest.fixture
def source():
    with KeyServer() as server:
        yield server


@pytest.fixture
async def client(source):
    client = JwksClient(source.url, limits=QUICK)
    yield client
    await client.aclose()


async def key_set_at_last(client, kid):
    """Ask as a caller does who is told to come back."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await client.key_set(kid)
            except KeySourceDown:
                await asyncio.sleep(QUICK.cooldown_s)


async def status_at_last(http):
    async with asyncio.timeout(30):
        while True:
            if (status := (await http.get("/lines")).status_code) != 503:
                return status
            await asyncio.sleep(QUICK.cooldown_s)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


# The source is away


async def test_a_source_that_comes_up_after_us_is_found():
    port = free_port()
    client = JwksClient(f"http://127.0.0.1:{port}/jwks.json", limits=QUICK)
    with pytest.raises(KeySourceDown, match="ConnectError"):
        await client.key_set(OLD.kid)
    with KeyServer(port):
        assert await key_set_at_last(client, OLD.kid) == {"keys": [OLD.public_jwk()]}
    await client.aclose()


async def test_a_source_that_goes_away_stops_nobody_whose_key_is_known():
    port = free_port()
    client = JwksClient(f"http://127.0.0.1:{port}/jwks.json", limits=QUICK)
    with KeyServer(port):
        await client.key_set(OLD.kid)
    with pytest.raises(KeySourceDown):
        await client.key_set(NEW.kid)
    assert await client.key_set(OLD.kid) == {"keys": [OLD.public_jwk()]}
    with KeyServer(port) as back:
        back.keys = [NEW.public_jwk()]
        assert await key_set_at_last(client, NEW.kid) == {"keys": [NEW.public_jwk()]}
    await client.aclose()


@pytest.mark.parametrize("how", ["late", "dripping"])
async def test_a_slow_source_is_left_after_the_timeout(source, how):
    limits = JwksLimits(cooldown_s=0.05, timeout_s=0.3)
    client = JwksClient(source.url, limits=limits)
    source.answer = getattr(source, how)
    with pytest.raises(KeySourceDown, match="TimeoutError"):
        await client.key_set(OLD.kid)
    source.answer = source.key_set
    assert await key_set_at_last(client, OLD.kid) == {"keys": [OLD.public_jwk()]}
    await client.aclose()


# The source answers something else


async def test_a_redirect_is_not_followed(source, client):
    async def redirect():
        return RedirectResponse("/elsewhere", 302)

    source.answer = redirect
    with pytest.raises(KeySourceDown, match="redirects"):
        await client.key_set(OLD.kid)
    assert source.paths == ["/jwks.json"]


async def test_fifty_megabytes_are_not_read(source, client):
    async def huge():
        async def body():
            yield b" " * MIB
            await asyncio.to_thread(source.go_on.wait)  # Who wants it all waits until the timeout.
            for _ in range(49):
                yield b" " * MIB

        return StreamingResponse(body(), media_type="application/json")

    source.answer = huge
    with pytest.raises(KeySourceDown, match="larger"):
        await client.key_set(OLD.kid)


def small_bomb():
    return gzip.compress(b" " * 50 * MIB)


@pytest.mark.parametrize(
    ("body", "headers", "says"),
    [
        pytest.param(lambda: b"<html><p>Hello", {"Content-Type": "text/html"}, "JSON", id="HTML"),
        pytest.param(small_bomb, {"Content-Encoding": "gzip"}, "compressed", id="gzip bomb"),
        pytest.param(small_bomb, {}, "ValueError", id="gzip bomb in disguise"),
        pytest.param(lambda: b'{"keys": []}', {}, "no usable key", id="empty set"),
        pytest.param(lambda: b'{"keys": [{"kty": "oct", "k": "AAAA"}]}', {}, "no usable", id="oct"),
        pytest.param(lambda: b'{"keys": [], "keys": []}', {}, "ValueError", id="twice"),
    ],
)
async def test_an_answer_that_is_no_key_set_changes_nothing(source, client, body, headers, says):
    body = body()

    async def other():
        return Response(body, headers=headers)

    source.answer = other
    with pytest.raises(KeySourceDown, match=says) as refused:
        await client.key_set(OLD.kid)
    assert "Hello" not in str(refused.value)
    source.answer = source.key_set
    await key_set_at_last(client, OLD.kid)
    source.answer = other
    with pytest.raises(KeySourceDown):
        await client.key_set(NEW.kid)
    assert await client.key_set(OLD.kid) == {"keys": [OLD.public_jwk()]}


# One bad key among good ones


def signed_with(private, kid):
    """Return a JWK and a token whose signature fits it, however weak the key is."""
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": kid}
    for name, number in (("n", numbers.n), ("e", numbers.e)):
        jwk[name] = b64url_encode(number.to_bytes((number.bit_length() + 7) // 8))
    header = json.dumps({"alg": "RS256", "kid": kid}).encode()
    text = f"{b64url_encode(header)}.{b64url_encode(b'payload')}"
    signature = private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return jwk, f"{text}.{b64url_encode(signature)}"


def good_control():
    return signed_with(rsa.generate_private_key(65537, 2048), "control")


def weak(bits, exponent):
    return signed_with(rsa.generate_private_key(exponent, bits), "weak")


def symmetric():
    return {"kty": "oct", "kid": NEW.kid, "k": "AAAA"}, sign_jws(b"payload", NEW)


def private_half():
    return {**NEW.public_jwk(), "d": "AAAA"}, sign_jws(b"payload", NEW)


async def test_the_same_token_from_a_good_key_is_accepted(source, client):
    """The control: what `signed_with` makes is refused for the key's weakness alone."""
    jwk, token = good_control()
    source.keys = [OLD.public_jwk(), jwk]
    assert verify(token, await client.key_set("control")) == b"payload"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(symmetric, id="oct"),
        pytest.param(private_half, id="private"),
        pytest.param(partial(weak, 1024, 65537), id="RSA-1024"),
        pytest.param(partial(weak, 2048, 3), id="e=3"),
    ],
)
async def test_a_bad_key_is_not_used_and_spoils_no_other(source, client, bad):
    jwk, token = bad()
    source.keys = [jwk, "no object", OLD.public_jwk()]
    assert verify(sign_jws(b"payload", OLD), await client.key_set(OLD.kid)) == b"payload"
    with pytest.raises(InvalidToken):
        verify(token, await client.key_set(jwk["kid"]))


async def test_two_keys_of_one_name_are_both_refused_and_spoil_no_other(source, client):
    twins = [SigningKey.generate("twin") for _ in range(2)]
    source.keys = [OLD.public_jwk(), *(twin.public_jwk() for twin in twins)]
    keys = await client.key_set("twin")
    for twin in twins:
        with pytest.raises(InvalidToken, match="share this kid"):
            verify(sign_jws(b"payload", twin), keys)
    assert verify(sign_jws(b"payload", OLD), keys) == b"payload"
    assert source.asked == 1


# The same through a running inspections service


class Arrivals:
    """Wraps an app and says when enough requests are inside."""

    def __init__(self, app, enough):
        self.app, self.enough, self.inside, self.reached = app, enough, 0, threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.inside += 1
            if self.inside == self.enough:
                self.reached.set()
        await self.app(scope, receive, send)


def noting_client(tries, url):
    """Make a key client that notes when it began each fetch, by its own clock."""

    async def note(_request):
        tries.append(client._last_try)

    http = httpx2.AsyncClient(trust_env=False, event_hooks={"request": [note]})
    client = JwksClient(url, limits=QUICK, http=http)
    return client


@pytest.fixture
def live(source, cache, tmp_path):
    """A live inspections service that trusts the source, with a quick key client."""
    source.arrivals = Arrivals(None, 50)

    def make(_url):
        source.arrivals.app = inspections.create_app(
            InspectionsConfig(
                issuer="http://issuer.test",
                jwks_url=source.url,
                database_url=f"sqlite:///{seeded_database(cache, tmp_path / 'lab.sqlite')}",
                new_jwks_client=partial(noting_client, source.tries),
            )
        )
        return source.arrivals

    server = Server(make, name="inspections")
    server.start()
    yield server.url
    server.stop()


def access_token(key, **changes):
    claims = {
        "issuer": "http://issuer.test", "subject": "operator-a", "audience": "inspections",
        "client_id": "notebook", "scopes": ["inspections:read"],
    }  # fmt: skip
    return issue_access_token(key, **{**claims, **changes})


async def test_fifty_requests_on_a_cold_cache_cost_one_fetch(source, live):
    source.answer = source.late
    headers = bearer(access_token(OLD))
    limits = httpx2.Limits(max_connections=50)
    async with httpx2.AsyncClient(base_url=live, limits=limits, timeout=60) as http:
        requests = [asyncio.create_task(http.get("/lines", headers=headers)) for _ in range(50)]
        assert await asyncio.to_thread(source.arrivals.reached.wait, 30)
        source.go_on.set()
        assert [(await request).status_code for request in requests] == [200] * 50
    assert source.asked == 1


async def test_no_key_source_is_a_503_that_says_when_to_come_back(source, live):
    async def broken():
        return Response(status_code=500)

    source.answer = broken
    async with httpx2.AsyncClient(base_url=live, headers=bearer(access_token(OLD))) as http:
        answer = await http.get("/lines")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        source.answer = source.key_set
        assert await status_at_last(http) == 200


LINES = "/lines?limit=1"


def made_up(token, number):
    """Return *token* with another kid; its signature fits no more."""
    _header, payload, signature = token.split(".")
    header = json.dumps({"alg": "RS256", "typ": "at+jwt", "kid": f"made-up-{number}"})
    return f"{b64url_encode(header.encode())}.{payload}.{signature}"


async def test_ten_thousand_unknown_kids_cost_a_fetch_per_cooldown_and_stop_nobody(source, live):
    good, rotated = access_token(OLD), access_token(NEW)
    numbers = iter(range(FLOOD))
    refused, admitted = [], []

    async def flood():
        async with Connection(live) as connection:
            for number in numbers:
                status = await connection.get(LINES, made_up(good, number))
                refused.append(status)

    async def work():
        async with Connection(live) as connection:
            while len(refused) < FLOOD:
                admitted.append(await connection.get(LINES, good))
                if len(refused) > FLOOD // 2 and len(source.keys) == 1:
                    source.keys = [OLD.public_jwk(), NEW.public_jwk()]
                    admitted.append(await connection.get(LINES, rotated))

    await asyncio.gather(work(), *(flood() for _ in range(CALLERS)))
    assert (len(refused), set(refused)) == (FLOOD, {401})
    assert set(admitted) == {200}
    assert len(source.keys) == 2
    assert source.asked == len(source.tries) > 1
    for earlier, later in pairwise(source.tries):
        assert later - earlier >= QUICK.cooldown_s - TIMER_RESOLUTION_S


async def test_a_clock_set_back_an_hour_asks_for_no_keys_and_accepts_no_more(
    source, live, monkeypatch
):
    now = time.time
    token = access_token(OLD)
    expired = access_token(OLD, lifetime_s=60)
    async with Connection(live) as connection:
        assert await connection.get(LINES, token) == 200
        monkeypatch.setattr("time.time", lambda: now() - HOUR_S)
        assert await connection.get(LINES, token) == 401  # To this clock it's from the future.
        assert await connection.get(LINES, access_token(OLD)) == 200
        monkeypatch.setattr("time.time", lambda: now() + 120)
        assert await connection.get(LINES, expired) == 401
        monkeypatch.setattr("time.time", now)
        assert await connection.get(LINES, token) == 200
    assert source.asked == 1
