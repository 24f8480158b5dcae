"""
Whether a value may go to a parameter: how well it has to fit one that is needed, and any other.

Floor 1: imports nothing of labkit but its neighbours.
"""

from labkit.rehearsal.fitting import Fit
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind

# Found by trying on prompts of many domains.
NEEDED = 0.9  # The score of a span for a required parameter.
WELCOME = 2.4  # For an optional one, with a hint.
SHAPED = 3.0  # A look that is enough without a hint: an address, a date.
PLAIN, COUNT = 1.5, 1.0  # A look that is enough for what nothing else has claimed.
UNHINTED = -0.3  # The least hint of such a value.
SURE = 1.9  # From here on a value counts as evidence for its tool.
_DISTINCT = (
    Kind.IDENTIFIER, Kind.NAME, Kind.SLUG, Kind.EMAIL, Kind.QUOTE, Kind.LANGUAGE, Kind.COUNTRY,
    Kind.CURRENCY, Kind.NUMBER, Kind.COUNT,
)  # fmt: skip


def is_enough(found: Fit) -> bool:
    """Tell whether a value may go to the parameter that it fits best."""
    if found.parameter.required:
        return found.score >= NEEDED
    return (found.hint > 0 and found.score >= WELCOME) or found.look >= SHAPED


def is_plain(found: Fit) -> bool:
    """Tell whether a value may go to a parameter that nothing points to."""
    look = COUNT if found.span.kind is Kind.COUNT else PLAIN
    return found.look >= look and found.span.kind in _DISTINCT and found.hint >= UNHINTED


def may_be_several(best: Fit) -> bool:
    """Tell whether more values make more calls: names and numbers do, amounts don't."""
    if best.parameter.role in (Role.TIME, Role.TEXT, Role.QUERY):
        return best.span.kind is Kind.QUOTE
    if best.parameter.role is Role.NUMBER:
        return best.parameter.required and best.parameter.unit is None and not best.span.unit
    return True
