"""
One tool called more than once by one clause: "12 points for Noor in physics, Ben 9".

A piece of the clause is a call of its own if it has another value for what the call before it was
about. What the piece doesn't say again is taken over.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable, Sequence
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

Fill = Callable[[str], Filled]


def repeated(clause: str, parameters: Sequence[Parameter], fill: Fill) -> list[tuple[str, Filled]]:
    """Return the pieces of *clause* that make a call each; empty if it is one call."""
    required = [p for p in parameters if p.required]
    once = _of_others(fill(clause), parameters)
    for joint in islice(_JOINT.finditer(clause), MAX_CALLS):
        if clause[: joint.start()].count('"') % 2:
            continue
        left, rest = fill(clause[: joint.start()]), clause[joint.end() :]
        right = fill(rest)
        if not left.missing and not left.several and _is_another(left, right, once, required):
            right.arguments = {**_shared(left, required), **right.arguments}
            right.missing = []
            more = repeated(rest, parameters, partial(_taken_over, fill, right, required))
            return [(clause[: joint.start()], left), *(more or [(rest, right)])]
    return []


def _of_others(whole: Filled, parameters: Sequence[Parameter]) -> list[object]:
    """Return the ids and numbers of the clause that go to what needn't be said."""
    others = (p for p in parameters if not p.required)
    kinds = (p for p in others if "pattern" in p.schema or p.role is Role.NUMBER)
    return [whole.arguments[p.name] for p in kinds if p.name in whole.arguments]


def _is_another(
    left: Filled, right: Filled, once: Sequence[object], required: Sequence[Parameter]
) -> bool:
    """Tell whether a piece says surely another value for what the call before it is about."""
    if not required:
        return _differs(left, right)
    given = [p for p in required if p.name in right.arguments and p.role not in _LEFT_OVER]
    other = [p for p in given if right.arguments[p.name] != left.arguments.get(p.name)]
    sure = [p for p in other if p.name in right.certain & left.certain and not p.many]
    if not sure or len(other) < len(given) or all(p.role in _MOMENTS for p in sure):
        return False
    return not any(right.arguments[p.name] in once for p in sure)


def _differs(left: Filled, right: Filled) -> bool:
    """Tell whether two pieces say the same two things or more, each with another value."""
    names = left.arguments.keys()
    if len(names) < 2 or names != right.arguments.keys():
        return False
    return all(left.arguments[name] != right.arguments[name] for name in names)


def _shared(left: Filled, required: Sequence[Parameter]) -> dict[str, object]:
    return {p.name: left.arguments[p.name] for p in required if p.name in left.arguments}


def _taken_over(fill: Fill, before: Filled, required: Sequence[Parameter], text: str) -> Filled:
    found = fill(text)
    found.arguments = {**_shared(before, required), **found.arguments}
    found.missing = [p for p in found.missing if p.name not in found.arguments]
    return found
