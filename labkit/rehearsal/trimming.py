"""
A phrase, without the words that only say which parameter or tool it is for.

"kitchen light" is the kitchen for a tool that switches lights, "platform team" is the platform
for a parameter called team.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.words import is_weak, stem

_WORD = re.compile(r"\S++")
_JOINTS = ("of", "the", "my", "our", "a", "an")
_INSEPARABLE = frozenset(map(stem, ("room", "street", "road", "avenue", "park", "hall")))


def trimmed(span: Span, text: str, parameter: Parameter, about: frozenset[str]) -> Span | None:
    """
    Return *span* without such words at its ends, or None if nothing is left.

    Args:
        about: Stems of the tool's name.
    """
    if span.kind is Kind.NAME:
        return _without(span, text, frozenset(parameter.nouns), behind=False) or span
    if span.kind not in (Kind.PHRASE, Kind.WORD):
        return span
    if span.value.istitle() and " " in span.value:
        return span  # "Mill Field" is a name, also for a parameter called field.
    names = frozenset(parameter.nouns) - _INSEPARABLE
    return _without(span, text, names | (about - _INSEPARABLE), behind=True)


def _without(span: Span, text: str, words: frozenset[str], *, behind: bool) -> Span | None:
    parts = list(_WORD.finditer(text, span.start, span.end))
    while parts and (_says_nothing(parts[0][0], words) or parts[0][0] in _JOINTS):
        parts = parts[1:]
    while behind and parts and _says_nothing(parts[-1][0], words):
        parts = parts[:-1]
    if not parts or all(part[0].isdigit() for part in parts):
        return None
    start, end = parts[0].start(), parts[-1].end()
    end -= 2 * text[start:end].endswith(("'s", "\u2019s"))
    return Span(span.kind, text[start:end], start, end)


def _says_nothing(word: str, words: frozenset[str]) -> bool:
    return stem(word) in words or (is_weak(stem(word)) and word.islower())
