"""
Phrases that are joined to a list, for the one parameter that takes one.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Sequence

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.trimming import trimmed
from labkit.rehearsal.values import joined

_LISTED = (Role.NAME, Role.TEXT, Role.PERSON, Role.PLACE)
_KINDS = (Kind.PHRASE, Kind.NAME, Kind.SLUG, Kind.QUOTE)


def the_open_list(open_ones: Sequence[Parameter]) -> Parameter | None:
    """Return the one list among parameters without a value, if no other takes such words."""
    lists = [p for p in open_ones if p.many and p.role in _LISTED]
    others = [p for p in open_ones if p not in lists and p.required and p.role in _LISTED]
    return lists[0] if len(lists) == 1 and not others else None


def rest_list(
    parameter: Parameter, text: str, free: Sequence[Span], described: frozenset[str]
) -> list[Span]:
    """Return phrases of *text* that are joined to a list; nothing for a single one."""
    own = (trimmed(each, text, parameter, described) for each in free if each.kind in _KINDS)
    run = joined([each for each in own if each], text)
    return run if len(run) > 1 else []
