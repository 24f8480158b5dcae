"""
What is said as a list or inside of an object: its pieces, its place, a name's two halves.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Sequence

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.trimming import trimmed
from labkit.rehearsal.values import joined
from labkit.rehearsal.words import stem

JOINT = re.compile(r"\s*[;,]\s*(?:and\s+)?|\s+(?:and|plus)\s+", re.IGNORECASE)
"""Where one entry of a list ends: "3 coffees and a tea"."""
ONE = frozenset(map(stem, ("quantity", "count", "amount", "number", "units", "pieces")))
"""Stems of what is 1 if nothing is said: "a tea"."""
_LISTED = (Role.NAME, Role.TEXT, Role.PERSON, Role.PLACE)
_KINDS = (Kind.PHRASE, Kind.NAME, Kind.SLUG, Kind.QUOTE)
_FIRST = re.compile(r"first_?name|given_?name", re.IGNORECASE)
_LAST = re.compile(r"last_?name|family_?name|surname", re.IGNORECASE)


def behind(cues: Sequence[str], text: str) -> str:
    """Return what stands behind "from" or "to", where *cues* have it, up to the other; else all."""
    for cue in cues:
        found = cue in ("from", "to") and re.search(rf"\b{cue}\s+(.+?)(?=\s+(?:from|to)\s|$)", text)
        if found:
            return found[1]
    return text


def full_name(parameters: Sequence[Parameter], spans: Sequence[Span]) -> dict[str, str]:
    """Return the two halves of a name, for a first and a last one; nothing if none is asked for."""
    first = next((p.name for p in parameters if _FIRST.match(p.name)), None)
    last = next((p.name for p in parameters if _LAST.match(p.name)), None)
    names = (each.value.split(maxsplit=1) for each in spans if each.kind is Kind.NAME)
    found = next((name for name in names if len(name) == 2), None)
    return {first: found[0], last: found[1]} if first and last and found else {}


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
