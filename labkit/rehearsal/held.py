"""
Which member of a thing is a parameter's value: by name, as the id of its kind, or by its role.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labkit.rehearsal.meaning import SYNONYM, alike
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role, role_of
from labkit.rehearsal.things import Thing
from labkit.rehearsal.units import UNITS
from labkit.rehearsal.words import stem, words_of

# How sure it is that a member belongs to a parameter; our choice, in this order.
SAME, ITS_ID, NOUN, ALIKE = 3.0, 2.5, 2.0, 1.0
FARTHER = 0.1  # Less for what stands around a thing, and for what was asked for.
_GENERIC = frozenset(
    map(stem, ["id", "no", "nr", "n", "number", "code", "key", "ref", "identifier", "uuid"])
)
_LABELS = frozenset(map(stem, ["name", "title", "label"]))
_KINDS = frozenset(
    map(
        stem,
        ["type", "kind", "class", "category", "status", "state", "count", "total", "price", "date"],
    )
)
_UNITS = frozenset(map(stem, UNITS))
_ROLES = (Role.PERSON, Role.PLACE, Role.EMAIL, Role.URL, Role.LANGUAGE, Role.COUNTRY, Role.CURRENCY)
_FREE = (Role.TEXT, Role.QUERY, Role.EXPRESSION, Role.FLAG, Role.OBJECT)
_SENDER, _RECIPIENT = frozenset(map(stem, ["from", "sender"])), frozenset(["to", "recipient"])


@dataclass(frozen=True, slots=True)
class Held:
    """
    A value that a thing has for a parameter.

    Attributes:
        value: As the parameter takes it.
        sure: See above.
    """

    value: Any
    sure: float


def held_for(parameter: Parameter, thing: Thing) -> Held | None:
    """Return what *thing* has for *parameter*, the surest."""
    found = list(_found(parameter, thing))
    return max(found, key=lambda each: each.sure, default=None)


def is_id(parameter: Parameter) -> bool:
    """Tell whether a parameter names a thing that has an id."""
    words = [stem(word) for word in words_of(parameter.name)]
    return parameter.role is Role.IDENTIFIER or words[-1:] == ["id"] or bool(_GENERIC & set(words))


def _found(parameter: Parameter, thing: Thing) -> Iterator[Held]:
    scopes = (thing.own, thing.around, thing.result.call.arguments)
    for far, members in enumerate(scopes):
        for key, value in members.items():
            sure = _sure(parameter, key, thing, asked=far == 2)
            typed = _typed(parameter, value) if sure else None
            if typed is not None:
                yield Held(typed, sure - FARTHER * far)


def _sure(parameter: Parameter, key: str, thing: Thing, *, asked: bool) -> float:
    wanted, named = set(map(stem, words_of(parameter.name))), set(map(stem, words_of(key)))
    if wanted == named or (named <= _SENDER and wanted <= _RECIPIENT and not asked):
        return SAME
    if parameter.role in _FREE:
        return 0.0
    noun, kind = wanted - _GENERIC - _UNITS, named - _GENERIC - _UNITS
    if noun and noun == kind:
        return ITS_ID + 0.2
    listed = not asked and _is_listed(parameter, thing.result.call.name)
    if listed and not kind and (is_id(parameter) or parameter.role in (Role.NAME, Role.NUMBER)):
        return ITS_ID
    if listed and len(thing.own) == 1 and is_id(parameter):
        return ITS_ID
    if (
        listed
        and kind
        and kind <= _LABELS
        and parameter.role in (Role.NAME, Role.PLACE, Role.PERSON)
    ):
        return NOUN
    if noun & kind and not (noun ^ kind) & _KINDS and (named & _GENERIC or not wanted & _GENERIC):
        return NOUN
    role = role_of([stem(word) for word in words_of(key)], {"type": "string"}, ())
    if parameter.role is Role.PERSON and (role is Role.PERSON or stem("name") in named):
        return ALIKE
    return ALIKE if role is parameter.role and role in _ROLES else 0.0


def _is_listed(parameter: Parameter, call: str) -> bool:
    """Tell whether an id without a noun of its own can be *parameter*'s: of what was listed."""
    wanted = [word for word in words_of(parameter.name) if stem(word) not in _GENERIC]
    named = words_of(call)
    return not wanted or any(alike(one, other) >= SYNONYM for one in named for other in wanted)


def _typed(parameter: Parameter, value: object) -> object:
    if isinstance(value, list):
        return list(value) if parameter.many and value else None
    if isinstance(value, bool):
        return value if parameter.role is Role.FLAG else None
    if not isinstance(value, str | int | float):
        return None
    one = _one(parameter, value)
    return [one] if parameter.many and one is not None else one


def _one(parameter: Parameter, value: str | float) -> object:
    if parameter.choices:
        return value if value in parameter.choices else None
    if parameter.role is Role.NUMBER:
        whole = parameter.schema.get("type") == "integer"
        return value if isinstance(value, int if whole else int | float) else None
    text, pattern = str(value), parameter.schema.get("pattern")
    if not text or (isinstance(pattern, str) and not _matches(pattern, text)):
        return None
    if parameter.role is Role.DATE and parameter.schema.get("format") == "date":
        return text[:10]
    return text


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text[:200]) is not None
    except re.error:
        return True
