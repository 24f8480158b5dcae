"""
What earlier calls found or did, as things that a message may mean.

Glossary:
    thing: one entry of a result, or the whole result if it lists nothing.
    naming words: the stems of a message that say which thing is meant.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.rehearsal.conversation import Result
from labkit.rehearsal.results import entries_of

MANY = 50  # Things of a result that are compared with a message; our choice.


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """
    Something that an earlier call found or did.

    Attributes:
        own: Its members.
        around: Those of the result that it stands in.
        result: Which.
    """

    own: Mapping[str, Any]
    around: Mapping[str, Any]
    result: Result

    @property
    def members(self) -> Iterator[tuple[str, Any]]:
        """Its members, those of the result around it, then the call's arguments."""
        for each in (self.own, self.around, self.result.call.arguments):
            yield from each.items()


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """
    What a message means.

    Attributes:
        things: None, one or more.
        how: "named", "ordinal", "ranked", "all", "only", "talked of", or empty.
        naming: See the module.
        older: What earlier results were about, the newest first.
    """

    things: tuple[Thing, ...] = ()
    how: str = ""
    naming: frozenset[str] = field(default_factory=frozenset)
    older: tuple[Thing, ...] = ()

    @property
    def pointed(self) -> bool:
        """Whether the message says itself which thing it means."""
        return self.how in ("named", "ordinal", "ranked", "all")


def things_of(result: Result) -> list[Thing]:
    """Return the things of *result*, in its order; at least one."""
    value = result.value
    whole = value if isinstance(value, Mapping) else {}
    scalars = {key: each for key, each in whole.items() if not isinstance(each, list | Mapping)}
    lists = [each for each in whole.values() if isinstance(each, list)]
    if len(lists) > 1 and all(len(e) == 1 and isinstance(e[0], Mapping) for e in lists):
        return [
            Thing({key: one for each in lists for key, one in each[0].items()}, scalars, result)
        ]
    if entries := entries_of(value):
        return [Thing(each, scalars, result) for each in entries[:MANY]]
    for key, each in whole.items():
        plain = isinstance(each, list) and all(isinstance(one, str | int) for one in each)
        if plain and each and not scalars:
            return [Thing({key: one}, {}, result) for one in each[:MANY]]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [Thing({"name": one}, {}, result) for one in value[:MANY]] or [Thing({}, {}, result)]
    return [Thing(whole, {}, result)]
