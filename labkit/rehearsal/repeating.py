"""
One tool called more than once by one clause: "12 points for Noor in physics, Ben 9".

A piece of the clause is a call of its own if it has another value for what the call before it was
about. What the piece doesn't say again is taken over.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role

MAX_CALLS = 8  # Of one clause; our choice.
_JOINT = re.compile(
    r"\s*;\s*|,?\s+and\s+(?:how (?:much|many)\s+)?|,\s+|"
    r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?]\s+(?:(?:and\s+)?(?:what|how) about\s+)?",
    re.IGNORECASE,
)
_LEFT_OVER = (Role.TEXT, Role.QUERY, Role.EXPRESSION, Role.OBJECT)
_MOMENTS = (Role.DATE, Role.TIME)

UNLIKE = 2.0  # Points by which two values fit a parameter differently that aren't said alike.
_HEAD = re.compile(r"(?<!\d):\s+")

Fill = Callable[[str, frozenset[str]], Filled]


def repeated(clause: str, parameters: Sequence[Parameter], fill: Fill) -> list[tuple[str, Filled]]:
    """
    Return the pieces of *clause* that make a call each; empty if it is one call.

    Args:
        fill: Returns what a piece says, but for the parameters that it is told to leave out.
    """
    head = _HEAD.search(clause)
    if head and (given := _shared(fill(clause[: head.start()], frozenset()), parameters)):
        rest = partial(_without, fill, frozenset(given))
        found = _pieces(clause[head.end() :], parameters, rest)
        for _, filled in found:
            filled.arguments = {**given, **filled.arguments}
        if found:
            return found
    return _pieces(clause, parameters, partial(_without, fill, frozenset()))


def _without(fill: Fill, names: frozenset[str], text: str) -> Filled:
    return fill(text, names)


def _pieces(
    clause: str, parameters: Sequence[Parameter], fill: Callable[[str], Filled]
) -> list[tuple[str, Filled]]:
    required = [p for p in parameters if p.required]
    whole = fill(clause)
    for joint in islice(_JOINT.finditer(clause), MAX_CALLS):
        if clause[: joint.start()].count('"') % 2:
            continue
        left, rest = fill(clause[: joint.start()]), clause[joint.end() :]
        right = fill(rest)
        common = _complete(left, right, whole)
        own = [p for p in required if p.name not in common]
        another = _is_another(left, right, whole, own) if required else _differs(left, right)
        if not left.missing and not left.several and another:
            right.arguments = {**_shared(left, required), **right.arguments}
            right.missing = []
            more = _pieces(rest, parameters, partial(_taken_over, fill, right, required))
            return [(clause[: joint.start()], left), *(more or [(rest, right)])]
    return []


def _complete(left: Filled, right: Filled, whole: Filled) -> set[str]:
    """Give a piece what is said once, behind the last: "12 chairs and 4 tables to Graz"."""
    common = set()
    for name in right.certain & whole.certain - left.certain - whole.several.keys():
        value = whole.arguments[name]
        if value == right.arguments[name]:
            left.arguments[name] = value
            left.missing[:] = [p for p in left.missing if p.name != name]
            common.add(name)
    return common


def _values(value: object) -> Iterator[object]:
    """Yield what an argument holds."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield value
    for each in inner:
        yield from _values(each)


def _is_another(left: Filled, right: Filled, whole: Filled, required: Sequence[Parameter]) -> bool:
    """Tell whether a piece says surely another value for what the call before it is about."""
    given = [p for p in required if p.name in right.arguments and p.role not in _LEFT_OVER]
    other = [p for p in given if right.arguments[p.name] != left.arguments.get(p.name)]
    sure = [p for p in other if p.name in right.certain & left.certain and not p.many]
    if not sure or len(other) < len(given) or all(p.role in _MOMENTS for p in sure):
        return False
    if any(right.scores.get(p.name, 0) - left.scores.get(p.name, 0) > UNLIKE for p in sure):
        return False
    if any(_built(left.arguments[p.name]) != _built(right.arguments[p.name]) for p in sure):
        return False
    needed = {p.name for p in required}
    return not any(
        right.arguments[p.name] in _values(value)
        for p in sure
        for name, value in whole.arguments.items()
        if name != p.name and (name in needed or isinstance(value, dict | list | int))
    )


def _built(value: object) -> bool:
    """Tell whether a value has letters: "OH2BH" and "57" aren't ids of one kind."""
    return any(map(str.isalpha, str(value)))


def _differs(left: Filled, right: Filled) -> bool:
    """Tell whether two pieces say the same two things or more, each with another value."""
    names = left.arguments.keys()
    if len(names) < 2 or names != right.arguments.keys():
        return False
    return all(left.arguments[name] != right.arguments[name] for name in names)


def _shared(left: Filled, required: Sequence[Parameter]) -> dict[str, object]:
    return {p.name: left.arguments[p.name] for p in required if p.name in left.arguments}


def _taken_over(
    fill: Callable[[str], Filled], before: Filled, required: Sequence[Parameter], text: str
) -> Filled:
    found = fill(text)
    found.arguments = {**_shared(before, required), **found.arguments}
    found.missing = [p for p in found.missing if p.name not in found.arguments]
    return found
