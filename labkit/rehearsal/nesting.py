"""
Objects inside of arguments, and lists of them: "two boxes, 2 and 3 kilos, from Graz to Zagreb".

Each object is filled from its own piece of the text: behind its cue ("from", "to"), or between the
commas of a list.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.quantities import numbers
from labkit.rehearsal.roles import Role
from labkit.rehearsal.units import converted, same_dimension
from labkit.rehearsal.words import stem

MAX_OBJECTS = 12  # Of one list; our choice.
_JOINT = re.compile(
    r"(?<!\d),\s*(?:and\s+)?|,\s+(?:and\s+)?|\s+and\s+|;\s*|\s+plus\s+|\s*\+\s*|\.\s+", re.I
)
_PAIR = re.compile(r"\b([A-Za-z_][\w.-]*)\s*(?:=|:|\bset to\b|\bto\b|\bis\b)\s*([\w.-]+)")

Fill = Callable[[Sequence[Parameter], str], Filled]


def nested(parameter: Parameter, text: str, others: Sequence[Parameter], fill: Fill) -> Any:  # noqa: ANN401 - JSON.
    """Return the object or the list of objects that *text* says for *parameter*, or None."""
    inner = parameters_of(parameter.schema)
    if not inner:
        return _pairs(parameter, text)
    if parameter.many:
        return _list(inner, text, fill)
    own = _own_piece(parameter, text, others)
    for piece in (own, text) if own else (text,):
        filled = fill(inner, piece)
        arguments = filled.arguments
        if filled.missing:
            arguments = {**arguments, **_in_order([p for p in inner if p.required], piece)}
        if arguments and all(p.name in arguments for p in inner if p.required):
            return arguments
    return None


def _pairs(parameter: Parameter, text: str) -> dict[str, str] | None:
    """Return names with values, for an object of any members: "DEBUG=1", "DEBUG set to 1"."""
    if not isinstance(parameter.schema.get("additionalProperties"), dict):
        return None
    return {
        name: value for name, value in _PAIR.findall(text) if name.isupper() or "=" in text
    } or None


def _own_piece(parameter: Parameter, text: str, others: Sequence[Parameter]) -> str:
    """Return what stands behind the cue of *parameter*, up to the cue of another object."""
    start = _cue(parameter, text)
    if start is None:
        return ""
    ends = [place for other in others if (place := _cue(other, text)) is not None and place > start]
    return text[start : min(ends, default=len(text))]


def _cue(parameter: Parameter, text: str) -> int | None:
    for cue in parameter.cues:
        if found := re.search(rf"\b{re.escape(cue)}\s", text, re.IGNORECASE):
            return found.start()
    return None


def _in_order(required: Sequence[Parameter], text: str) -> dict[str, float]:
    """Return plain numbers for parameters in their order: "48.2, 16.37" for a point."""
    plain = [found.value for found in numbers(text) if not found.unit]
    if all(p.role is Role.NUMBER for p in required) and len(plain) == len(required):
        return {p.name: value for p, value in zip(required, plain, strict=True)}
    return {}


def _list(inner: Sequence[Parameter], text: str, fill: Fill) -> list[dict[str, Any]] | None:
    inner = [replace(p, role=Role.NAME) if p.role is Role.TEXT else p for p in inner]
    required = [p for p in inner if p.required]
    if len(required) == 1 and required[0].unit:
        found = list(_measures(required[0], text))
        if len(found) > 1:
            return [{required[0].name: value} for value in found[:MAX_OBJECTS]]
    pieces = [piece for piece in _JOINT.split(text) if piece.strip()]
    filled = [_counted(fill(inner, piece)) for piece in pieces[:MAX_OBJECTS]]
    whole = [each.arguments for each in filled if each.arguments and not each.missing]
    return whole or None


_ONE = frozenset(map(stem, ("quantity", "count", "amount", "number", "units", "pieces", "qty")))


def _counted(filled: Filled) -> Filled:
    """Take 1 for how many, if nothing is said: "a tea"."""
    for each in list(filled.missing):
        if filled.arguments and each.role is Role.NUMBER and _ONE.intersection(each.nouns):
            filled.arguments[each.name] = 1
            filled.missing.remove(each)
    return filled


def _measures(parameter: Parameter, text: str) -> Iterator[float]:
    for found in numbers(text):
        if parameter.unit and same_dimension(found.unit, parameter.unit):
            yield converted(found.value, found.unit, parameter.unit)
