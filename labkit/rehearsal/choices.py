"""
Values that a schema lists: which of them a text names, or whether a switch is meant on or off.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.roles import Parameter
from labkit.rehearsal.values import Found
from labkit.rehearsal.words import kin_of, stem, words_of

_OFF = re.compile(
    r"\b(?:no|not|non|without|don'?t|never|off|disable\w*|exclude|excluding|skip)\s*$", re.I
)


def chosen(parameter: Parameter, text: str) -> list[Found]:
    """Return the choices that *text* names, in its order; by a word of like meaning if by none."""
    found = [place for value in parameter.choices if (place := _spelt(value, text))]
    if not found:
        found = [place for value in parameter.choices if (place := _meant(value, text))]
    found.sort(key=lambda each: each.start)
    return found if parameter.many else _apart(found)


def _apart(found: list[Found]) -> list[Found]:
    """Drop a choice that stands inside of a longer one: "high" in "very high"."""
    return [
        each
        for each in found
        if not any(
            other is not each and other.start <= each.start and each.end <= other.end
            and other.end - other.start > each.end - each.start
            for other in found
        )
    ]  # fmt: skip


def _spelt(value: object, text: str) -> Found | None:
    words = words_of(str(value))
    if not words:
        return None
    pattern = r"[\s_-]*".join(map(re.escape, words))
    match = re.search(rf"(?<!\w){pattern}(?:s|es|ed)?(?!\w)", text, re.IGNORECASE)
    return Found(value, *match.span()) if match else None


def _meant(value: object, text: str) -> Found | None:
    wanted = [stem(word) for word in words_of(str(value))]
    for match in re.finditer(r"[^\W_]+", text):
        if len(match[0]) > 2 and len(wanted) == 1 and wanted[0] in kin_of(stem(match[0])):
            return Found(value, *match.span())
    return None


def flagged(parameter: Parameter, text: str) -> list[Found]:
    """Return True or False if *text* has the words of a switch, else nothing."""
    words = [word for word in words_of(parameter.name) if word not in _PREFIXES]
    if not words:
        return []
    places = [re.search(rf"\b{re.escape(stem(word))}\w*", text, re.IGNORECASE) for word in words]
    first = places[0]
    if first is None or not all(places):
        return []
    return [Found(not _OFF.search(text[: first.start()]), first.start(), first.end())]


_PREFIXES = {"is", "has", "include", "with", "use", "only", "enable", "enabled", "should", "show"}
