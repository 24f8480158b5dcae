"""
What became of each key of a ring, and when.

Glossary:
    life: from the moment a key is published to the moment it's published no more.
    stage: where in its life a key is: next, active, retired, forgotten, removed, replaced.

A life is read off the ring after each of its steps, so it tells what happened and not what was
meant to happen.

Floor 1: imports nothing of labkit. `ring` tells it each step.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Stage = Literal["next", "active", "retired", "forgotten", "removed", "replaced"]


@dataclass(frozen=True, slots=True)
class KeyLife:
    """
    One key of an issuer, from its first day to its last. All moments are Unix times.

    Attributes:
        kid: Its name.
        published_at: Since when verifiers can fetch it.
        signs_from: Since when it signs; None if it never did.
        signs_until: Until when it did; None while it does.
        gone_at: When it is published no more. For a retired key, which is kept until the last of
            its tokens has expired, this can lie ahead.
        removed: It was taken out at once.
    """

    kid: str
    published_at: float
    signs_from: float | None = None
    signs_until: float | None = None
    gone_at: float | None = None
    removed: bool = False

    def stage(self, now: float) -> Stage:
        """Return the stage of its life at *now*, a moment after the last step of the ring."""
        if self.removed:
            return "removed"
        if self.signs_from is None:
            return "next" if self.gone_at is None else "replaced"
        if self.gone_at is None:
            return "active"
        return "retired" if now < self.gone_at else "forgotten"

    def since(self, now: float) -> float:
        """Return since when it has been at the stage where it is at *now*."""
        moments = (self.published_at, self.signs_from, self.signs_until, self.gone_at)
        return max(moment for moment in moments if moment is not None and moment <= now)


@dataclass(frozen=True, slots=True)
class Roles:
    """
    Which key does what in a ring, by kid.

    Attributes:
        active: The key that signs.
        next: The key that waits, if there is one.
        retired: Until when each retired key stays published (Unix time).
        removed: The keys that were taken out at once.
    """

    active: str
    next: str | None = None
    retired: Mapping[str, float] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


def follow(lives: Iterable[KeyLife], roles: Roles, now: float) -> tuple[KeyLife, ...]:
    """Return *lives* after a step at *now* that led a ring to *roles*; a new key comes last."""
    known = tuple(_led_on(life, roles, now) for life in lives)
    names = {life.kid for life in known}
    return known + tuple(life for life in _newborn(roles, now) if life.kid not in names)


def _newborn(roles: Roles, now: float) -> Iterator[KeyLife]:
    yield KeyLife(roles.active, now, signs_from=now)
    if roles.next is not None:
        yield KeyLife(roles.next, now)


def _led_on(life: KeyLife, roles: Roles, now: float) -> KeyLife:
    if life.stage(now) in ("removed", "forgotten", "replaced"):
        return life
    if life.kid in roles.removed:
        until = life.signs_until or (now if life.signs_from is not None else None)
        return replace(life, signs_until=until, gone_at=now, removed=True)
    if life.kid == roles.active:
        return life if life.signs_from is not None else replace(life, signs_from=now)
    if life.kid in roles.retired:
        until = life.signs_until or now
        return replace(life, signs_until=until, gone_at=roles.retired[life.kid])
    return life if life.kid == roles.next else replace(life, gone_at=now)
