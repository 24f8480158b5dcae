"""
What somebody does with a clause: asks, orders, or only talks; and what they say to be polite.

Glossary:
    speech act: what is done by saying something (J. L. Austin, "How to Do Things with Words",
        1962). "Could you seal it?" has a question's form, and is an order.
    courtesy: what stands before the request itself: "hi, could you please".

Floor 1: imports nothing of labkit but its neighbour `words`.
"""

import re
from functools import lru_cache

from labkit.rehearsal.words import SMALL, is_opener, is_weak, stem, words_of

KEPT_TEXTS = 512  # Every tool of a request asks about the same few clauses.
_ASKS = re.compile(
    r"^\W*(?:(?:until|since|from|at|for|in) (?:when|what|which|where)|"
    r"which|whats?|whos?|whose|where|when|how|any|are|is|was|were|do|does|did|"
    r"have|has)\b"
    r"(?!\s+(?:about|you|we|i)\b)",
    re.IGNORECASE,
)
_ONLY_TALK = re.compile(
    r"\b(?:would you (?:say|rather)|do you (?:think|like|prefer|believe)|is it true|in general|"
    r"what makes an?|what does \S+ mean|(?:should|shouldn'?t) (?:one|you)|favou?rite|"
    r"which do you|your opinion|i (?:find|love|hate|feel|think|wish)|if you were)\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:(?:please|kindly|hey|hi|hello|ok(?:ay)?|so|and|also|then|now|well)\b[\s,]*)*"
    r"(?:(?:can|could|would|will) you(?: please| kindly)?\s+|i(?:'d| would) like (?:you )?to\s+|"
    r"i (?:want|need) (?:you )?to\s+|i(?:'d| would) like\s+|i (?:want|need)\s+|let'?s\s+|"
    r"help me(?: to)?\s+|go ahead and\s+|is it possible to\s+)?(?:please\s+)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=KEPT_TEXTS)
def only_talks(clause: str) -> bool:
    """Tell whether *clause* is about opinions and words, which no tool has anything to say of."""
    return bool(_ONLY_TALK.search(clause))


def without_courtesy(clause: str) -> str:
    """Return *clause* without the polite words that it begins with."""
    return _COURTESY.sub("", clause)


def ordering_verb(clause: str) -> str:
    """Return the verb that *clause* begins with, polite words aside; empty if it orders nothing."""
    first = next(iter(words_of(without_courtesy(clause))), "")
    return first if is_opener(first) and not (first in SMALL or is_weak(stem(first))) else ""


def asks_or_orders(clause: str) -> bool:
    """Tell whether *clause* wants something; a statement doesn't."""
    return asks(clause) or _orders(clause)


def _orders(clause: str) -> bool:
    """Tell whether *clause* begins with a verb, or asks for something to be done."""
    first = next((word for word in words_of(clause) if word not in _SOFT), "")
    return bool(_POLITE.search(clause)) or (is_opener(first) and first not in SMALL)


_SOFT_WORDS = "please pls so ok okay and then now hey hi hello just also thanks great"
_SOFT = frozenset(_SOFT_WORDS.split())


@lru_cache(maxsize=KEPT_TEXTS)
def asks(clause: str) -> bool:
    """Tell whether *clause* is a question, and no request put as one."""
    marked = clause.rstrip().endswith("?") and not _POLITE.search(clause)
    return marked or bool(_ASKS.search(clause))


# Anywhere in a clause: it turns a question into an order.
_POLITE = re.compile(
    r"\b(?:(?:can|could|would|will) (?:you|i|we)|please|pls|i(?:'d| would) like|i (?:want|need)|"
    r"we (?:want|need)|(?:has|have|needs?) to (?:be|go)|let'?s|may i|mind)\b",
    re.IGNORECASE,
)
