"""
Fetch the issuer's keys, without letting anybody steer the fetching.

A verifier has to learn of new keys by itself, so an unknown ``kid`` makes it ask the issuer again.
But anybody can write any ``kid`` into a token: what they cause has to be bounded. One fetch serves
all who wait; two fetches are at least a cooldown apart; a kid that was just looked for and not
found is refused at once; another new one waits for the next fetch, so a key that was rotated in
a moment ago is found even while somebody floods us with made-up kids.

Glossary:
    fresh: younger than ``refresh_s``; used without asking.
    ageing: younger than ``max_age_s``; used while a fetch runs beside it, so nobody waits.
    stale: older than that, and not older than ``stale_s``; used only while the issuer doesn't
        answer, so its outage stops nobody whose key is known.
    fault: why the last fetch brought no keys, in a few words. Then an unknown kid proves nothing,
        neither way.

So a key that the issuer removes is refused here after ``max_age_s``, or ``stale_s`` in an outage.

Floor 1: an HTTP client and the JWK set. Lives on one event loop, the one that awaits it.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from labkit.errors import InvalidKey, KeySourceDown, UsageError
from labkit.tokens.encoding import json_object
from labkit.tokens.jws import JwkSet
from labkit.tokens.keys import has_kid, public_key

MAX_WAITERS = 256  # Our choice: more unknown kids at once are told to come back.
_HEADERS = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class JwksLimits:
    """
    How long keys are trusted, how often they're fetched, how much is read.

    Attributes:
        refresh_s: Seconds for which a set is used without asking again.
        max_age_s: Seconds for which it's used while the issuer can be reached.
        stale_s: Seconds for which it's used while the issuer can't be reached.
        cooldown_s: Seconds between two fetches at least.
        timeout_s: Seconds for a whole fetch.
        max_bytes: Size of a key set at most.
    """

    refresh_s: float = 240  # Our choice: a minute, before anybody has to wait.
    max_age_s: float = 300  # Our choice: rotation publishes a key longer than this ahead.
    stale_s: float = 3600  # Our choice: an hour to mend an issuer; a removed key lives no longer.
    cooldown_s: float = 1  # Our choice: one request a second hurts no issuer.
    timeout_s: float = 3  # Our choice: a caller is waiting.
    max_bytes: int = 64 * 1024  # A hundred keys of 4096 bits.

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if not 0 < self.refresh_s <= self.max_age_s <= self.stale_s:
            raise UsageError("refresh_s, max_age_s and stale_s have to grow in this order")
        if min(self.cooldown_s, self.timeout_s, self.max_bytes) <= 0:
            raise UsageError("cooldown_s, timeout_s and max_bytes have to be above 0")


class _BadAnswer(Exception):
    """What the source sent is no key set. The text is ours, word for word."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: JwkSet
    at: float

    def has(self, kid: str | None) -> bool:
        return any(has_kid(jwk, kid) for jwk in self.keys["keys"])


class JwksClient:
    """
    The keys of one issuer, fetched from *url*. Build and close it on the loop that uses it.

    Args:
        url: Where the issuer publishes them. From the configuration, never from a token.
        limits: By default those of `JwksLimits`.
        http: Closed with this client. Whatever it's set to, redirects aren't followed.
        monotonic: Seconds that only grow: nobody who sets the wall clock moves it.

    Raises:
        UsageError: *url* can't be one.
    """

    def __init__(
        self,
        url: str,
        *,
        limits: JwksLimits | None = None,
        http: httpx2.AsyncClient | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise UsageError("url is where the keys are: http://127.0.0.1:8001/jwks.json")
        self._url = url
        self._limits = limits or JwksLimits()
        self._http = http or httpx2.AsyncClient(trust_env=False)
        self._monotonic = monotonic
        self._fetched: _Fetched | None = None
        self._fault: str | None = None
        self._last_try: float | None = None
        self._missing: set[str | None] = set()
        self._fetching: asyncio.Task[None] | None = None
        self._is_asked = False  # The request of `_fetching` is on its way.
        self._waiters = 0

    async def key_set(self, kid: str | None) -> JwkSet:
        """
        Return the issuer's usable keys, having asked again if none is called *kid*.

        The set may still lack it: then the issuer has no such key.

        Raises:
            KeySourceDown: Whether there is such a key can't be known now; come back soon.
        """
        known = self._usable()
        if known is None or not known.has(kid):
            await self._look_for(kid)
        elif self._age(known) > self._limits.refresh_s:
            await self._renew(known)
        usable = self._usable()
        if usable is None or (self._fault and not usable.has(kid)):
            raise self._down()
        return usable.keys

    async def aclose(self) -> None:
        """Stop a running fetch and close the connections."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
        await self._http.aclose()

    async def _look_for(self, kid: str | None) -> None:
        """Wait for an answer that is newer than the question, if there is a point in it."""
        if self._cooldown_left() > 0:
            if kid in self._missing:
                return
            if self._fault and self._fetching is None:
                raise self._down()
        if self._waiters >= MAX_WAITERS:
            raise KeySourceDown("too many wait for the issuer's keys; try again soon")
        self._waiters += 1
        try:
            await self._ask_for(kid)
        finally:
            self._waiters -= 1

    async def _ask_for(self, kid: str | None) -> None:
        was_asked = self._is_asked
        await self._fetch_together()
        if was_asked and not self._fault and not self._knows(kid):
            # That question was sent before ours came up: the key may be younger than its answer.
            await self._fetch_together()
        if not self._fault and not self._knows(kid) and len(self._missing) < MAX_WAITERS:
            self._missing.add(kid)

    async def _renew(self, known: _Fetched) -> None:
        """Ask again for a set that gets old; wait for it only when it's stale."""
        task = self._start_fetching()
        has_failed_lately = self._fault is not None and self._since_last_try() < (
            self._limits.max_age_s
        )
        if self._age(known) > self._limits.max_age_s and not has_failed_lately:
            await asyncio.shield(task)

    async def _fetch_together(self) -> None:
        # Shielded: one caller who gives up mustn't stop the fetch for the others.
        await asyncio.shield(self._start_fetching())

    def _start_fetching(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_after_cooldown())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._fetching is task:
            self._fetching = None

    async def _fetch_after_cooldown(self) -> None:
        await asyncio.sleep(self._cooldown_left())
        self._last_try = self._monotonic()
        self._missing.clear()
        self._is_asked = True
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                keys = await self._fetch()
        except _BadAnswer as error:
            self._fault = str(error)
        except Exception as error:  # Whatever it is, it's the source's fault and no caller's.
            self._fault = type(error).__name__  # Its text could quote what was sent.
        else:
            self._fetched, self._fault = _Fetched(keys, self._monotonic()), None
        finally:
            self._is_asked = False

    async def _fetch(self) -> JwkSet:
        async with self._http.stream(
            "GET", self._url, headers=_HEADERS, follow_redirects=False
        ) as response:
            if response.status_code != httpx2.codes.OK:
                raise _BadAnswer("not 200 OK; redirects aren't followed")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise _BadAnswer("compressed, although we asked for plain bytes")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._limits.max_bytes:
                    raise _BadAnswer("larger than any key set")
        return _usable_keys(json_object(bytes(body)).get("keys"))

    def _usable(self) -> _Fetched | None:
        fetched = self._fetched
        return fetched if fetched and self._age(fetched) <= self._limits.stale_s else None

    def _knows(self, kid: str | None) -> bool:
        usable = self._usable()
        return usable is not None and usable.has(kid)

    def _age(self, fetched: _Fetched) -> float:
        return self._monotonic() - fetched.at

    def _since_last_try(self) -> float:
        return float("inf") if self._last_try is None else self._monotonic() - self._last_try

    def _cooldown_left(self) -> float:
        return max(0.0, self._limits.cooldown_s - self._since_last_try())

    def _down(self) -> KeySourceDown:
        cause = self._fault or "too old"
        return KeySourceDown(
            f"the issuer's keys can't be had ({cause}); is it running? Try again soon"
        )


def _usable_keys(keys: Any) -> JwkSet:  # noqa: ANN401 - what a stranger's JSON holds.
    """
    Return the keys that can verify: a bad neighbour doesn't spoil the set.

    Raises:
        _BadAnswer: There is none. An issuer that can sign has one, so this is no answer.
    """
    usable = [jwk for jwk in keys if _is_usable(jwk)] if isinstance(keys, list) else []
    if not usable:
        raise _BadAnswer("no usable key in the answer")
    return {"keys": usable}


def _is_usable(jwk: object) -> bool:
    try:
        public_key(jwk)  # type: ignore[arg-type]  # It refuses what is no JSON object, too.
    except InvalidKey:
        return False
    return True
