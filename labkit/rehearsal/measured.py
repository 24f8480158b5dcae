"""
Choices that are quantities or times: "half a year" for "6M", "half a kilo" for 500, "4 to 6 pm" for
"16-18".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator

from labkit.rehearsal.clocks import times
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.quantities import NTH, bare_counts, numbers
from labkit.rehearsal.units import UNITS, converted, same_dimension
from labkit.rehearsal.values import Found
from labkit.rehearsal.words import stem, words_of

NEARLY = 0.02  # Of a quantity by which it may differ: half a year is 182 days, six months are 180.
_QUANTITY = re.compile(r"(?P<n>\d+(?:\.\d+)?)[\s_-]?(?P<unit>[^\W\d_]*)")
_WINDOW = re.compile(r"(?P<first>\d\d?)(?::00)?\s?[-\u2013_]\s?(?P<last>\d\d?)(?::00)?(?:h)?")
_PERIODS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


def measured_choices(parameter: Parameter, text: str) -> Iterator[Found]:
    """Yield the choices of *parameter* that *text* gives as a quantity or as two times of day."""
    said = [(found, found.unit) for found in numbers(text)]
    clock = list(times(text))
    yield from _counted(parameter, text)
    for value in parameter.choices:
        if quantity := _QUANTITY.fullmatch(str(value)):
            unit = _unit(quantity["unit"]) or parameter.unit
            same = (found for found, own in said if _equal(found, own, float(quantity["n"]), unit))
            yield from (Found(value, each.start, each.end) for each in list(same)[:1])
        elif (window := _WINDOW.fullmatch(str(value))) and len(clock) > 1:
            hours = [int(each.value[:2]) for each in clock[:2]]
            if hours == [int(window["first"]), int(window["last"])]:
                yield Found(value, clock[0].start, clock[1].end)


def _counted(parameter: Parameter, text: str) -> Iterator[Found]:
    """Yield the choice that is counted by its place: "the second day"."""
    names = set(parameter.nouns) or {stem(word) for word in words_of(parameter.name)}
    for found in bare_counts(text):
        following = words_of(text[found.end :])[:1]
        if found.unit == NTH and following and stem(following[0]) in names:
            same = (value for value in parameter.choices if str(value) == str(found.value))
            yield from (Found(value, found.start, found.end) for value in same)


def _unit(written: str) -> str | None:
    if written in _PERIODS:
        return _PERIODS[written]
    return written.lower() if written.lower() in UNITS else None


def _equal(found: Found, own: str, number: float, unit: str | None) -> bool:
    if unit is None or not own:
        return not own and unit is None and found.value == number
    if not same_dimension(own, unit):
        return False
    return abs(converted(found.value, own, unit) - number) <= NEARLY * number
