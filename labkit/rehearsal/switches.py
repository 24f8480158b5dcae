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
    r"(?:\b(?:no need to|no|not|non|without|never|off|disable\w*|excluding|exclude|skip|no longer|"
    r"nothing|nobody|cannot|(?:do|does|is|are|have|has|had|was|were|did|ca|wo|should|must)n['\u2019]?t)"
    r"(?:\s+(?:any|the|been|being|a|an|longer|is|it|in|under|currently|yet|held|put|have|to|be|"
    r"of|on|for|get|getting|going))*)[\s-]*$",
    re.IGNORECASE,
)
_PREFIX_WORDS = """
is has have include includes with use only enable enabled should show be are set get all now want
wants needs by do in just
"""
_PREFIXES = frozenset(_PREFIX_WORDS.split())
_WORD = re.compile(r"[^\W_]++(?:'[^\W_]++)?")


def flagged(parameter: Parameter, text: str, about: frozenset[str] = frozenset()) -> list[Found]:
    """
    Return True or False if *text* has the words of a switch, or words like them, else nothing.

    Args:
        about: Stems of the tool's name and description; they say nothing about one switch of it.
    """
    said = words_of(parameter.name)
    names = [word for word in said if word not in _PREFIXES] or said
    words = [(match[0].lower(), match) for match in _WORD.finditer(text)]
    if _EITHER.search(text):
        return []
    return (
        _opposed(names, words, text)
        or _told(parameter, words, text, about)
        or _named(names, words, text)
        or _like(names, words, text, about)
        or (_turned(text) if _POSITIONS.intersection(said) else [])
    )


_EITHER = re.compile(
    r"\bor (?:not|otherwise)\b(?!\s*\?)|\bwhether\b.{1,40}\bor not\b|\b(?:don'?t|do not) care\b",
    re.I,
)
_POSITION = re.compile(r"\b(true|false)\s*(?::|=|means|for|if)\s*([^;.]*)", re.IGNORECASE)


def _told(parameter: Parameter, words: "_Words", text: str, about: frozenset[str]) -> list[Found]:
    """Find a word by which the description tells a position: "true: blocked; false: free"."""
    said = {on.lower(): words_of(told) for on, told in _POSITION.findall(parameter.description)}
    if len(said) < 2:
        return []
    for on, other in (("false", "true"), ("true", "false")):
        own = {stem(w) for w in said[on] if not is_small(w)} - {stem(w) for w in said[other]}
        for word, match in words:
            if stem(word) in own - _PLAIN - about:
                return [_switched(match, text, on=on == "true")]
    return []


_PLAIN = frozenset(map(stem, ("only", "list", "show", "may", "true", "false")))
_Words = list[tuple[str, re.Match[str]]]


def _opposed(names: list[str], words: _Words, text: str) -> list[Found]:
    """Find the opposite of a switch's only word, or "un-" and "non-" before it."""
    if len(names) != 1:
        return []
    name = stem(names[0])
    other = _OPPOSITES.get(name, set()) | {f"un{name}", f"non{name}", f"dis{name}"}
    for word, match in words:
        if stem(word) in other:
            return [_switched(match, text, on=False)]
    return []


def _switched(match: re.Match[str], text: str, *, on: bool) -> Found:
    """Return the position that a word means, turned over by a "not" before it."""
    off = _OFF.search(text[: match.start()]) is not None
    return Found(on != off, match.start(), match.end())


def _named(names: list[str], words: _Words, text: str) -> list[Found]:
    places = [next((m for word, m in words if _means(word, name)), None) for name in names]
    found = [place for place in places if place is not None]
    if not found or len(found) < len(names):
        return []
    return [_switched(min(found, key=lambda match: match.start()), text, on=True)]


def _means(word: str, name: str) -> bool:
    if stem(word) == stem(name):
        return True
    return len(word) > 2 and not is_small(word) and alike(word, name) >= SYNONYM


_POSITIONS = frozenset(("on", "enabled", "active", "state", "enable", "activate"))
_TURNED = re.compile(
    r"\b(?:turn|switch|set|put|flip)\b.{1,40}?\b(?P<to>on|off)\b|"
    r"\b(?P<verb>enable|activate|disable|deactivate|kill)\b",
    re.IGNORECASE,
)


def _turned(text: str) -> list[Found]:
    """Find what is switched on or off: "turn dark mode off" for "enabled"."""
    match = _TURNED.search(text)
    if match is None:
        return []
    group = "to" if match["to"] else "verb"
    return [Found(match[group].lower() in ("on", "enable", "activate"), *match.span(group))]


LIKE = 0.45  # The likeness of a word of the text to each of a switch's words.


def _like(names: list[str], words: _Words, text: str, about: frozenset[str]) -> list[Found]:
    """Find words of like meaning for each word of a switch: "saw the queen" for "queen_seen"."""
    telling = [match for word, match in words if stem(word) not in about and not is_small(word)]
    if not telling:
        return []
    best = [max((alike(m[0].lower(), name), -m.start(), m) for m in telling) for name in names]
    if min(each[0] for each in best) < LIKE:
        return []
    return [_switched(min((each[2] for each in best), key=re.Match.start), text, on=True)]
