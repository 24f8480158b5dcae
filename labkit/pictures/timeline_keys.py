"""
What a timeline of keys shows, and how it is told in words.

Glossary. *Life*: when a key was published, signed, retired and went. *Fetch*: a request for the
keys. *Event*: what happened at one moment; events are told in order, without times.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from labkit.pictures.writing import plain, shorten


class LifeLike(Protocol):
    """A key's life, such as `labkit.tokens.lives.KeyLife`. Moments are Unix times."""

    @property
    def kid(self) -> str:
        """Its name."""

    @property
    def published_at(self) -> float:
        """Since when it can be fetched."""

    @property
    def signs_from(self) -> float | None:
        """Since when it signs; None if it never did."""

    @property
    def signs_until(self) -> float | None:
        """Until when it did; None while it does."""

    @property
    def gone_at(self) -> float | None:
        """When it is published no more; None if that isn't known yet."""

    @property
    def removed(self) -> bool:
        """It was taken out at once."""


class FetchLike(Protocol):
    """A request for the keys, such as one of ``lab.requests``."""

    @property
    def at(self) -> float:
        """When (Unix time)."""

    @property
    def caller(self) -> str:
        """Which service asked."""


@dataclass(frozen=True, slots=True)
class Token:
    """
    A token on its key's lines.

    Attributes:
        name: As the learner called it.
        starts: When it was signed (Unix time).
        ends: When it expires.
    """

    name: str
    starts: float
    ends: float


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key with a short name of its own: names of real keys are 43 random characters.

    Attributes:
        name: Such as "key 1".
        life: When what happened to it.
        tokens: What it signed, in the order in which they were given.
    """

    name: str
    life: LifeLike
    tokens: tuple[Token, ...]

    def end(self, now: float) -> float | None:
        """Return when it went, if that is past."""
        gone = self.life.gone_at
        return gone if gone is not None and gone <= now else None


def twin_of(keys: Sequence[Key], fetches: Sequence[FetchLike], now: float, title: str) -> str:
    """Return the same in words: each key with its tokens, then what happened, in order."""
    lines = [f"{title}: {len(keys)}"]
    for key in keys:
        lines.append(f"  {key.name}: {_story(key, now)}")
        lines += [
            f"    token {token.name}: {'not expired' if token.ends > now else 'expired'}"
            for token in key.tokens
        ]
    return "\n".join([*lines, "  in order", *_events(keys, fetches, now)])


def _story(key: Key, now: float) -> str:
    life, words = key.life, []
    if life.signs_from is None or life.signs_from > life.published_at:
        words.append("waits" if life.signs_from is None and key.end(now) is None else "waited")
    if life.signs_from is not None:
        words.append("signs" if life.signs_until is None else "signed")
    if life.removed:
        words.append("removed")
    elif key.end(now) is not None:
        words.append("forgotten")
    elif life.signs_until is not None:
        words.append("retired")
    return ", ".join(words)


def _events(keys: Sequence[Key], fetches: Sequence[FetchLike], now: float) -> list[str]:
    found = [event for key in keys for event in _events_of(key, now)]
    found += [(fetch.at, 4, f"{_who(fetch)} fetches the keys") for fetch in fetches]
    moments = groupby(sorted(found), key=lambda event: event[0])
    together = (", ".join(words for _, _, words in events) for _, events in moments)
    folded = [(words, len(list(same))) for words, same in groupby(together)]
    return [
        f"    {number}. {words}" + (f" x {count}" if count > 1 else "")
        for number, (words, count) in enumerate(folded, 1)
    ]


def _events_of(key: Key, now: float) -> Iterable[tuple[float, int, str]]:
    """Return what happened to a key: when, its place among what happened then, and the words."""
    life, end = key.life, key.end(now)
    yield life.published_at, 2, f"{key.name} is published"
    if life.signs_from is not None:
        yield life.signs_from, 3, f"{key.name} signs"
    if life.signs_until is not None and not (life.removed and life.signs_until == end):
        yield life.signs_until, 1, f"{key.name} retires"
    if end is not None:
        yield end, 0, f"{key.name} is {'removed' if life.removed else 'forgotten'}"


def _who(fetch: FetchLike) -> str:
    return shorten(plain(getattr(fetch, "caller", "") or "somebody"), 24)
