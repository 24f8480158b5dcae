"""
Full names, for tools that ask for their two halves: "Lia Brandt" is "Lia" and "Brandt".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.words import words_of

_GIVEN = re.compile(r"(?:first|given|fore) ?name")
_FAMILY = re.compile(r"(?:last|family|sur) ?name")


def halves_of(
    parameters: Sequence[Parameter], spans: Sequence[Span]
) -> Iterator[tuple[Parameter, str, Span]]:
    """Yield both halves of the first full name of *spans*, if there is a parameter for each."""
    given, family = _named(_GIVEN, parameters), _named(_FAMILY, parameters)
    full = next((each for each in spans if each.kind is Kind.NAME and " " in each.value), None)
    if given and family and full:
        first, _, rest = full.value.partition(" ")
        yield given, first, full
        yield family, rest, full


def _named(pattern: re.Pattern[str], parameters: Sequence[Parameter]) -> Parameter | None:
    return next((p for p in parameters if pattern.search(" ".join(words_of(p.name)))), None)
