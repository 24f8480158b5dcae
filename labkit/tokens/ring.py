"""
How one key takes over from another: next -> active -> retired, or out at once.

Glossary:
    ring: the keys of one issuer.
    next: the key that is published, and not yet used.
    active: the key that signs.
    retired: a key that signs no more. Its private half is forgotten; its public half stays
        published until the last token that it signed has expired.
    removed: a key that may be in wrong hands. It's published no more, and never again.
    store: what keeps a ring: `KeyRing` for one process, a database for many.

Floor 1: knows keys, errors and the clock.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import UsageError
from labkit.tokens.keys import Jwk, SigningKey
from labkit.tokens.lives import KeyLife, Roles, follow

KEPT_AFTER_RETIREMENT_S = 600 + 30  # The longest token life plus the leeway of its verifiers.


@dataclass(frozen=True, slots=True)
class Retired:
    """The public half of a key that signs no more, and until when it verifies (Unix time)."""

    jwk: Jwk
    until: float

    @property
    def kid(self) -> str:
        """The key's name."""
        return str(self.jwk["kid"])


@dataclass(frozen=True, slots=True)
class RingState:
    """
    What a ring holds at one moment: a value. Each step returns the next state and changes nothing.

    Attributes:
        active: Signs.
        next: Will sign after `rotated`; published already.
        retired: Verify only.
        removed: The names of keys that must never come back.
    """

    active: SigningKey
    next: SigningKey | None = None
    retired: tuple[Retired, ...] = ()
    removed: frozenset[str] = frozenset()

    def jwk_set(self, now: float) -> dict[str, list[dict[str, Any]]]:
        """Return what the issuer publishes at *now*: active, next, retired ones still needed."""
        return {"keys": list(self._published(now))}

    def roles(self) -> Roles:
        """Return which key does what, by name."""
        return Roles(
            active=self.active.kid,
            next=self.next.kid if self.next else None,
            retired={key.kid: key.until for key in self.retired},
            removed=self.removed,
        )

    def publishing(self, key: SigningKey, now: float) -> "RingState":
        """
        Publish *key* as the next one, in place of any that waits.

        Raises:
            UsageError: The key is, or was, in the ring.
        """
        if not isinstance(key, SigningKey):
            raise UsageError("the next key has to be a SigningKey: SigningKey.generate()")
        others = {jwk["kid"] for jwk in replace(self, next=None)._published(now)}
        if key.kid in others | self.removed:
            raise UsageError("this key is or was in the ring already; make a new one")
        return replace(self, next=key)

    def rotated(self, now: float) -> "RingState":
        """
        Let the next key sign; the one before it only verifies.

        Raises:
            UsageError: No next key is published.
        """
        if self.next is None:
            raise UsageError("no next key is published: call publish_next() first")
        old = Retired(self.active.public_jwk(), now + KEPT_AFTER_RETIREMENT_S)
        retired = (*self._still_needed(now), old)
        return replace(self, active=self.next, next=None, retired=retired)

    def without(self, kid: str, successor: SigningKey) -> "RingState":
        """
        Remove the key called *kid* at once; twice is once.

        Args:
            successor: Signs if the active key goes and no next one is published.

        Raises:
            UsageError: No key of the ring has this name.
        """
        if kid in self.removed:
            return self
        left = replace(
            self,
            next=None if self.next and kid == self.next.kid else self.next,
            retired=tuple(key for key in self.retired if key.kid != kid),
            removed=self.removed | {kid},
        )
        if kid == self.active.kid:
            return replace(left, active=left.next or successor, next=None)
        if (left.next, left.retired) == (self.next, self.retired):
            raise UsageError("no key of the ring has this kid; the JWK set lists them")
        return left

    def _published(self, now: float) -> Iterator[dict[str, Any]]:
        yield self.active.public_jwk()
        if self.next:
            yield self.next.public_jwk()
        yield from (dict(retired.jwk) for retired in self._still_needed(now))

    def _still_needed(self, now: float) -> Iterator[Retired]:
        return (retired for retired in self.retired if retired.until > now)


Step = Callable[[RingState], RingState]
"""From one state of a ring to the next."""


class KeyStore(Protocol):
    """What keeps the ring of an issuer."""

    async def load(self) -> RingState:
        """Return the ring as it is now, whoever changed it last."""
        ...

    async def change(self, step: Step) -> RingState:
        """Take one *step* that no other comes between, and return where it led."""
        ...


class KeyRing:
    """
    The keys of one issuer in one process: a `KeyStore` that forgets all when the process ends.

    A key is published before its first use and stays published until its last token has expired,
    so a verifier that refetches on an unknown kid refuses no valid token. Safe between threads.
    """

    def __init__(self, active: SigningKey, *, clock: Clock = SYSTEM_CLOCK) -> None:
        if not isinstance(active, SigningKey):
            raise UsageError("active has to be a SigningKey; or call KeyRing.generate()")
        self._state = RingState(active)
        self._clock = clock
        self._lock = threading.Lock()
        self._lives = follow((), self._state.roles(), clock.now())

    @classmethod
    def generate(cls, *, clock: Clock = SYSTEM_CLOCK) -> Self:
        """Make a ring around a new random key."""
        return cls(SigningKey.generate(), clock=clock)

    @property
    def active(self) -> SigningKey:
        """The key that signs now."""
        return self._state.active

    @property
    def lives(self) -> tuple[KeyLife, ...]:
        """What became of each key that is or was in the ring, the oldest first."""
        return self._lives

    def publish_next(self, key: SigningKey | None = None) -> str:
        """
        Publish the key that will sign after the next `rotate`, and return its kid.

        A key that is already waiting is kept, unless *key* replaces it.

        Raises:
            UsageError: The key is, or was, in the ring.
        """
        new = key or self._state.next or SigningKey.generate()  # Slow: not under the lock.
        following = self._step(lambda state: state.publishing(new, self._clock.now())).next
        assert following is not None
        return following.kid

    def rotate(self) -> str:
        """
        Let the next key sign from now on, and return its kid.

        Raises:
            UsageError: No next key is published. Call `publish_next`, give verifiers time, rotate.
        """
        return self._step(lambda state: state.rotated(self._clock.now())).active.kid

    def remove(self, kid: str) -> str:
        """
        Take a key that was stolen out of the ring at once, and return the kid that signs now.

        The issuer stops at once. A verifier goes on until it fetches again: `JwksLimits.max_age_s`
        at the longest, or `JwksLimits.stale_s` while the issuer doesn't answer it; and the time of
        one fetch.

        Raises:
            UsageError: No key of the ring has this name.
        """
        successor = SigningKey.generate()
        return self._step(lambda state: state.without(kid, successor)).active.kid

    def jwk_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the issuer publishes: active, next, and retired keys still needed."""
        return self._state.jwk_set(self._clock.now())

    async def load(self) -> RingState:
        """Return the ring as it is now."""
        return self._state

    async def change(self, step: Step) -> RingState:
        """Take one *step* that no other comes between, and return where it led."""
        return self._step(step)

    def _step(self, step: Step) -> RingState:
        with self._lock:
            self._state = step(self._state)
            self._lives = follow(self._lives, self._state.roles(), self._clock.now())
            return self._state

    def __repr__(self) -> str:
        return f"<KeyRing active={self.active.kid[:8]}..., {len(self.jwk_set()['keys'])} published>"


async def publish_next(store: KeyStore, clock: Clock = SYSTEM_CLOCK) -> str:
    """
    Publish a key that will sign after the next `rotate`, and return its kid.

    A key that is already waiting is kept.
    """
    new = await asyncio.to_thread(SigningKey.generate)  # Up to 150 ms.

    def step(state: RingState) -> RingState:
        return state if state.next else state.publishing(new, clock.now())

    waiting = (await store.change(step)).next
    assert waiting is not None
    return waiting.kid


async def rotate(store: KeyStore, clock: Clock = SYSTEM_CLOCK) -> str:
    """
    Let the next key of *store* sign from now on, and return its kid.

    Raises:
        UsageError: No next key is published.
    """
    return (await store.change(lambda state: state.rotated(clock.now()))).active.kid


async def remove(store: KeyStore, kid: str) -> str:
    """
    Take a key out of *store* at once, as `KeyRing.remove` does; return the kid that signs now.

    Raises:
        UsageError: No key of the ring has this name.
    """
    successor = await asyncio.to_thread(SigningKey.generate)
    return (await store.change(lambda state: state.without(kid, successor))).active.kid
