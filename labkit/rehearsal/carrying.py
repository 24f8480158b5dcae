"""
What one clause takes from the one before: "how did it run this week, and which are its boxes?".

"Its" and "it" stand for what the earlier call is about, "the same time" for its other arguments.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role

_ITS = re.compile(r"\b(?:it|its|their|there|that one)\b", re.IGNORECASE)
_SAME = re.compile(r"\bsame\b|\bthat (?:time|period|week|month)\b", re.IGNORECASE)
_WHOSE = (Role.IDENTIFIER, Role.NAME, Role.PLACE, Role.PERSON, Role.CHOICE)


def carry(
    parameters: Sequence[Parameter], clause: str, filled: Filled, before: Mapping[str, Any]
) -> None:
    """Give *filled* what its clause means of *before*, the arguments of the clause before it."""
    for p in parameters:
        meant = _SAME if p.role in (Role.NUMBER, Role.DATE, Role.TIME) else _ITS
        known = p.name in before and p.name not in filled.arguments
        if known and (p.role in _WHOSE or meant is _SAME) and meant.search(clause):
            filled.arguments[p.name] = before[p.name]
            filled.missing[:] = [each for each in filled.missing if each.name != p.name]
