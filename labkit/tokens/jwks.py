"""
Fetch the issuer's keys, without letting anybody steer the fetching.

A verifier has to learn of new keys by itself, so an unknown ``kid`` makes it ask the issuer again.
But anybody can write any ``kid`` into a token: what they cause has to be bounded. One fetch serves
all who wait; two fetches are at least a cooldown apart; a kid that was just looked for and not
found is refused at once; another new one waits for the next fetch, so a key that was rotated in
a moment ago is found even while somebody floods us with made-up kids.

Glossary:
    fresh: younger than ``max_age_s``; used without asking.
    stale: older than that; used while a fetch runs beside it, until ``stale_s``, so an outage of
        the issuer stops nobody whose key is known.

Floor 1: an HTTP client and the JWK set. Lives on one event loop, the one that awaits it.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from labkit.errors import KeySourceDown
from labkit.tokens.encoding import json_object
from labkit.tokens.jws import JwkSet
from labkit.tokens.keys import has_kid

MAX_WAITERS = 256  # Our choice: beyond so many unknown kids at once, nobody honest is waiting.
_HEADERS = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class JwksLimits:
    """
    How long keys are trusted, how often they're fetched, how much is read.

    Attributes:
        max_age_s: Seconds for which a set is used without asking again.
        stale_s: Seconds for which it's used while the issuer can't be reached.
        cooldown_s: Seconds between two fetches at least.
        timeout_s: Seconds for a whole fetch.
        max_bytes: Size of a key set at most.
    """

    max_age_s: float = 300  # Our choice: rotation publishes a key longer than this ahead.
    stale_s: float = 3600  # Our choice: an hour to mend an issuer; a removed key lives no longer.
    cooldown_s: float = 1  # Our choice: one request a second hurts no issuer.
    timeout_s: float = 3  # Our choice: a caller is waiting.
    max_bytes: int = 64 * 1024  # A hundred keys of 4096 bits.


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: JwkSet
    at: float


class JwksClient:
    """The keys of one issuer, fetched from *url*. Build and close it on the loop that uses it."""

    def __init__(
        self,
        url: str,
        *,
        limits: JwksLimits | None = None,
        http: httpx2.AsyncClient | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._limits = limits or JwksLimits()
        self._http = http or httpx2.AsyncClient(trust_env=False)
        self._monotonic = monotonic
        self._fetched: _Fetched | None = None
        self._last_try: float | None = None
        self._missing: set[str | None] = set()
        self._fetching: asyncio.Task[None] | None = None
        self._waiters = 0

    async def key_set(self, kid: str | None) -> JwkSet:
        """
        Return the issuer's keys, having asked again if none is called *kid*.

        The set may still lack it: then nobody has such a key.

        Raises:
            KeySourceDown: No usable set is cached and none can be fetched.
        """
        known = self._usable()
        if known is None or not self._has(known, kid):
            await self._ask_again(kid, known)
        elif self._age(known) > self._limits.max_age_s:
            self._start_fetching()
        usable = self._usable()
        if usable is None:
            raise KeySourceDown("the issuer's keys can't be had; is it running? Try again soon")
        return usable.keys

    async def aclose(self) -> None:
        """Stop a running fetch and close the connections."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
        await self._http.aclose()

    async def _ask_again(self, kid: str | None, known: _Fetched | None) -> None:
        """Wait for a fetch that starts from now on, if it may help."""
        hopeless = known is None or kid in self._missing or self._waiters >= MAX_WAITERS
        if hopeless and self._cooldown_left() > 0 and self._fetching is None:
            return
        self._waiters += 1
        try:
            # Shielded: one caller who gives up mustn't stop the fetch for the others.
            await asyncio.shield(self._start_fetching())
        finally:
            self._waiters -= 1
        if len(self._missing) < MAX_WAITERS and (now := self._usable()) and not self._has(now, kid):
            self._missing.add(kid)

    def _start_fetching(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_after_cooldown())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch_after_cooldown(self) -> None:
        await asyncio.sleep(self._cooldown_left())
        self._last_try = self._monotonic()
        self._missing.clear()
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                keys = await self._fetch()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError, TimeoutError):
            return  # What is cached goes on; without a cache `key_set` says so.
        self._fetched = _Fetched(keys, self._monotonic())

    async def _fetch(self) -> JwkSet:
        async with self._http.stream(
            "GET", self._url, headers=_HEADERS, follow_redirects=False
        ) as response:
            if response.status_code != httpx2.codes.OK:
                raise ValueError("not 200 OK; a redirect is no answer either")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise ValueError("compressed, although we asked for plain bytes")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._limits.max_bytes:
                    raise ValueError("larger than any key set")
        keys = json_object(bytes(body))
        if not isinstance(keys.get("keys"), list):
            raise ValueError("not a JWK set")  # noqa: TRY004 - handled as any other bad answer.
        return keys

    def _usable(self) -> _Fetched | None:
        fetched = self._fetched
        return fetched if fetched and self._age(fetched) <= self._limits.stale_s else None

    def _age(self, fetched: _Fetched) -> float:
        return self._monotonic() - fetched.at

    def _has(self, fetched: _Fetched, kid: str | None) -> bool:
        return any(has_kid(jwk, kid) for jwk in fetched.keys["keys"])

    def _cooldown_left(self) -> float:
        if self._last_try is None:
            return 0
        return max(0.0, self._last_try + self._limits.cooldown_s - self._monotonic())
