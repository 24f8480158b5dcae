"""
Limits: what "at most" and "or more" say for a number that is the least or the most allowed.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Span
from labkit.rehearsal.words import stem, words_of

BOUND = 1.6  # What such words are worth, for the one limit and against the other.
REACH = 48  # Characters before a number that are looked at.
_MONEY = r"\s*[$\u20ac\u00a3]?\s*$"
_UPPER_BEFORE = re.compile(
    r"(?:\b(?:up to|at most|under|below|(?:less|cheaper|fewer|shorter|earlier) than|within|"
    r"max(?:imum)?(?: of)?)|(?:\bno|\bnot|n't|\bnever)(?:\s\w+){0,3} "
    rf"(?:more|longer|over|above|later)(?: than)?){_MONEY}",
    re.IGNORECASE,
)
_LOWER_BEFORE = re.compile(
    r"\b(?:at least|over|above|(?:more|longer|bigger|older|later|stronger) than|from|"
    rf"min(?:imum)?(?: of)?){_MONEY}",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:before|by|until|till|no later than) (?:the )?$", re.IGNORECASE)
_FROM = re.compile(r"\b(?:after|from|since|not before|no earlier than) (?:the )?$", re.IGNORECASE)
_UPPER_BEHIND = re.compile(
    r"\W*(?:\w+ )?(?:or (?:less|fewer|under|below|cheaper)|max(?:imum)?|tops|at most)\b", re.I
)
_LOWER_BEHIND = re.compile(
    r"\W*(?:\w+ ){0,2}(?:or (?:more|over|above|better)|upwards|and (?:up|more)|at least)\b", re.I
)
_UPPER = frozenset(map(stem, ("max", "maximum", "limit", "most", "budget", "upper", "until",
                              "before", "to", "latest")))  # fmt: skip
_LOWER = frozenset(map(stem, ("min", "minimum", "least", "lower", "above", "since", "after",
                              "from", "earliest")))  # fmt: skip


def by_bound(parameter: Parameter, span: Span, text: str) -> float:
    """Return what the words around *span* say for a number that is a limit; 0 for any other."""
    words = {stem(word) for word in words_of(parameter.name)}
    upper, lower = bool(words & _UPPER), bool(words & _LOWER)
    timed = parameter.role in (Role.TIME, Role.DATE)
    if upper == lower or not (timed or parameter.role is Role.NUMBER):
        return 0.0
    before = text[max(0, span.start - REACH) : span.start]
    most = bool(_UPPER_BEFORE.search(before) or _UPPER_BEHIND.match(text, span.end))
    least = bool(_LOWER_BEFORE.search(before) or _LOWER_BEHIND.match(text, span.end)) and not most
    if timed:
        most, least = bool(_BY.search(before)), bool(_FROM.search(before))
    return BOUND * ((most and upper) + (least and lower) - (most and lower) - (least and upper))
