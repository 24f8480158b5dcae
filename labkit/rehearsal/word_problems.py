"""
Sums that are told as a story: "a box holds 144 screws, how many are in 36 boxes?".

Glossary:
    quantity: a number with the noun that it counts: "36 boxes".
    rate: so much of one thing for each of another: "1250 parts per hour".

Floor 1: imports nothing of labkit.
"""

import re
from collections.abc import Iterator

_N = r"(?:\d+/\d+|\d+(?:\.\d+)?)"
_EACH = re.compile(
    rf"({_N})\s+[a-z]+\s+(?:per|an?|each|every)\s+([a-z]+)\b|"
    rf"\b(?:an?|each|one|every)\s+(?:[a-z]+(?:ed|en)\s+)?([a-z]+)\s+(?:holds?|has|have|contains?|takes?|makes?|weighs?|"
    rf"costs?|needs?|fits?|is)\s+({_N})",
    re.IGNORECASE,
)
_QUANTITY = re.compile(rf"({_N})\s+(?:more\s+|full\s+|whole\s+)?([a-z]+)", re.IGNORECASE)
_CHAIN = re.compile(
    rf"{_N}\s+[a-z]+(?:\s+(?:with|of|at|\u00e0|containing|holding)\s+(?:each\s+)?{_N}(?:\s+[a-z]+)?)+",
    re.IGNORECASE,
)
_FEWER = re.compile(
    rf"\b(?:minus|less|without|except|but)\s+({_N})\b|({_N})\s+(?:[a-z]+\s+)?(?:are|were|is|was|went)"
    r"\s+(?:[a-z]+\s+)?(?:bad|broken|scrapped|lost|missing|rejected|removed|gone|taken)\b",
    re.IGNORECASE,
)
_MORE = re.compile(rf"\b(?:plus|and another|and also)\s+({_N})\b", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\w.,/-])({_N})(?![\w/]|[.,]\d|\s+(?:days?|weeks?|months?|hours?))", re.I)
_PERCENT = re.compile(r"\b(?:percent|per cent|percentage)\b|%", re.IGNORECASE)
_TOTAL = re.compile(r"\b(?:total|altogether|in all|how much|together)\b", re.IGNORECASE)
_SHARE = re.compile(
    rf"({_N})\s+(?:[a-z]+\s+)?(?:out\s+)?of\s+(?:the\s+|a\s+total\s+of\s+)?({_N})\b", re.IGNORECASE
)
_ASKS_SHARE = re.compile(
    r"\b(?:percent(?:age)?|rates?|share|fraction|proportion|ratio|quota|yield)\b|%", re.IGNORECASE
)
_HOW_MANY = re.compile(r"\bhow (?:many|much|long)\b|\b(?:total|altogether|in all|number)\b", re.I)


def told_sum(text: str) -> str | None:
    """Return the expression for what *text* asks for, or None if it tells no sum."""
    if _ASKS_SHARE.search(text) and (found := _SHARE.search(text)):
        return f"{found[1]} / {found[2]} * 100"
    plain = [each for each in _BARE.findall(text) if "/" not in each]
    if _PERCENT.search(text) and len(plain) == 2:
        part, whole = sorted(plain, key=float)
        return f"{part} / {whole} * 100"
    if not _HOW_MANY.search(text):
        return None
    product = _chained(text) or _rated(text)
    if product is None:
        return None
    if more := _MORE.search(text):
        return f"{product} + {more[1]}"
    fewer = _FEWER.search(text)
    less = (fewer[1] or fewer[2]) if fewer else None
    return f"{product} - {less}" if less and less not in product.split() else product


def _chained(text: str) -> str | None:
    """Return the product of "18 pallets with 36 boxes of 40 parts"."""
    found = _CHAIN.search(text)
    return " * ".join(re.findall(_N, found[0])) if found else None


def _rated(text: str) -> str | None:
    """Return a rate times the quantity that it is for, or divided by, if that is asked."""
    for found in _EACH.finditer(text):
        rate, noun = (found[1], found[2]) if found[1] else (found[4], found[3])
        for number in _counting(noun, text, found):
            return f"{rate} * {number}"
        others = [each for each in _BARE.findall(text) if each != rate]
        if _TOTAL.search(text) and len(others) == 1:
            return f"{rate} * {others[0]}"
    return None


def _counting(noun: str, text: str, rate: re.Match[str]) -> Iterator[str]:
    for found in _QUANTITY.finditer(text):
        outside = found.end() <= rate.start() or found.start() >= rate.end()
        if outside and _singular(found[2]) == _singular(noun):
            yield found[1]


def _singular(noun: str) -> str:
    noun = noun.lower()
    return noun.removesuffix("es") if noun.endswith(("xes", "ches")) else noun.removesuffix("s")
