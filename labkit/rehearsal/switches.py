"""
Switches: whether a text means a boolean parameter on or off.

Glossary:
    switch: a parameter of type boolean.
    opposite: the word for a switch's other position: "unlock" for "lock".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.meaning import SYNONYM, alike
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.values import Found
from labkit.rehearsal.words import is_small, stem, words_of

_PAIRS = (
    "on off", "enabled disabled", "open closed", "locked unlocked", "active inactive",
    "include exclude", "blocked unblocked", "subscribed unsubscribed", "start stop",
    "allow forbid", "public private", "visible hidden", "muted unmuted", "with without",
    "internal public", "up down", "show hide",
)  # fmt: skip
_OPPOSITES: dict[str, set[str]] = {}
for _one, _other in (pair.split() for pair in _PAIRS):
    _OPPOSITES.setdefault(stem(_one), set()).add(stem(_other))
    _OPPOSITES.setdefault(stem(_other), set()).add(stem(_one))

_OFF = re.compile(
    r"\b(?:no|not|non|without|don'?t|doesn'?t|isn'?t|aren'?t|hasn'?t|haven'?t|wasn'?t|weren'?t|nobody|"
    r"never|off|disable\w*|excluding|exclude|"
    r"skip|no longer|can'?t)(?:\s+(?:any|the|be|been|being|a|an|longer|is|it|in|on|"
    r"yet|held))*[\s-]*$",
    re.IGNORECASE,
)
_PREFIX_WORDS = """
is has have include includes with use only enable enabled should show be are set get all now want
wants needs by do in just
"""
_PREFIXES = frozenset(_PREFIX_WORDS.split())
_WORD = re.compile(r"[^\W_]++(?:'[^\W_]++)?")


def flagged(parameter: Parameter, text: str) -> list[Found]:
    """Return True or False if *text* has the words of a switch, else nothing."""
    said = words_of(parameter.name)
    names = [word for word in said if word not in _PREFIXES] or said
    words = [(match[0].lower(), match) for match in _WORD.finditer(text)]
    return _opposed(names, words) or _named(names, words, text)


_Words = list[tuple[str, re.Match[str]]]


def _opposed(names: list[str], words: _Words) -> list[Found]:
    """Find the opposite of a switch's only word, or "un-" and "non-" before it."""
    if len(names) != 1:
        return []
    name = stem(names[0])
    other = _OPPOSITES.get(name, set()) | {f"un{name}", f"non{name}", f"dis{name}"}
    for word, match in words:
        if stem(word) in other:
            return [Found(value=False, start=match.start(), end=match.end())]
    return []


def _named(names: list[str], words: _Words, text: str) -> list[Found]:
    places = [next((m for word, m in words if _means(word, name)), None) for name in names]
    found = [place for place in places if place is not None]
    if not found or len(found) < len(names):
        return []
    first = min(found, key=lambda match: match.start())
    return [Found(not _OFF.search(text[: first.start()]), first.start(), first.end())]


def _means(word: str, name: str) -> bool:
    if stem(word) == stem(name):
        return True
    return len(word) > 2 and not is_small(word) and alike(word, name) >= SYNONYM
