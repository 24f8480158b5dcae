"""
Days that are meant and not said: one day as the first and the last, "at 7 pm" as today's.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from labkit.rehearsal.clauses import refers_back
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span


def days_meant(
    parameters: Sequence[Parameter],
    arguments: Mapping[str, Any],
    text: str,
    free: Sequence[Span],
    today: date | None,
) -> dict[str, Any]:
    """
    Return values for days of *parameters* that *text* doesn't name.

    Args:
        arguments: What it says.
        free: The spans that no parameter has.
    """
    days = [p for p in parameters if p.role is Role.DATE and p.required]
    lacking = [p for p in days if p.name not in arguments]
    if len(days) == 2 and len(lacking) == 1:
        given = next(p for p in days if p not in lacking)
        return {lacking[0].name: arguments[given.name]}
    clocks = [each.value for each in free if each.kind is Kind.TIME]
    one = len(days) == len(lacking) == len(clocks) == 1 and not refers_back(text)
    if one and today and days[0].schema.get("format") == "date-time":
        return {days[0].name: f"{today.isoformat()}T{clocks[0]}:00"}
    return {}
