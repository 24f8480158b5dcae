"""
Full names and addresses, for tools that ask for their halves: "Lia Brandt" is "Lia" and "Brandt",
"Am Bach 12" is "Am Bach" and "12".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.words import words_of

_GIVEN = re.compile(r"(?:first|given|fore) ?name")
_STREET = re.compile(r"^street")
_HOUSE = re.compile(r"^(?:house|street|building) ?(?:number|no|nr)\b")
_ADDRESS = re.compile(
    r"(?P<street>\D+?) (?P<number>\d+[a-z]?)|(?P<ahead>\d+[a-z]?) (?P<behind>\D+)", re.IGNORECASE
)
_FAMILY = re.compile(r"(?:last|family|sur) ?name")


def halves_of(
    parameters: Sequence[Parameter], spans: Sequence[Span]
) -> Iterator[tuple[Parameter, str, Span]]:
    """Yield the halves of the first full name and address, if there is a parameter for each."""
    yield from _street_and_number(parameters, spans)
    given, family = _named(_GIVEN, parameters), _named(_FAMILY, parameters)
    full = next((each for each in spans if each.kind is Kind.NAME and " " in each.value), None)
    if given and family and full:
        first, _, rest = full.value.partition(" ")
        yield given, first, full
        yield family, rest, full


def _street_and_number(
    parameters: Sequence[Parameter], spans: Sequence[Span]
) -> Iterator[tuple[Parameter, str, Span]]:
    street, number = _named(_STREET, parameters), _named(_HOUSE, parameters)
    for span in spans if street and number else ():
        found = _ADDRESS.fullmatch(str(span.value)) if span.kind is Kind.NAME else None
        if street and number and found:
            yield street, found["street"] or found["behind"], span
            yield number, found["number"] or found["ahead"], span
            return


def _named(pattern: re.Pattern[str], parameters: Sequence[Parameter]) -> Parameter | None:
    return next((p for p in parameters if pattern.search(" ".join(words_of(p.name)))), None)
