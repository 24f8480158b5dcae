"""
Arithmetic that is written or spoken, as an expression that a calculator takes.

"15% of 240" is ``15 / 100 * 240``, "the square root of 16" is ``sqrt(16)``; "divide it by 10" has a
hole, which a result of another tool fills.

Floor 1: imports nothing of labkit but its neighbour `word_problems`.
"""

import re
from functools import lru_cache
from itertools import pairwise

from labkit.rehearsal.word_problems import told_sum

KEPT_TEXTS = 256  # A question is read once for its sum and once for each tool that computes.
_N = r"-?\d+(?:[.,]\d+)*(?:\.\d+)?"
_WORDS = (
    (r"\bmultiplied by\b|\bmultiply\b|\btimes\b|\u00d7|(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"\bdivided by\b|\bover\b(?=\s*\d)|\u00f7", "/"),
    (r"\bplus\b", "+"),
    (r"\bminus\b|\bless\b(?=\s*\d)|\u2212", "-"),
    (r"\bto the power of\b|\braised to(?: the)?(?: power(?: of)?)?\b|\^", "**"),
    (r"\bsquared\b", "** 2"),
    (r"\bcubed\b", "** 3"),
    (r"\bmod(?:ulo)?\b", "%"),
)
_WRITTEN = re.compile(
    r"(?:sqrt|abs|log|sin|cos|tan|exp|round|min|max|pow)?\(*\s*-?\d[\d.,]*\)*"
    r"(?:\s*(?:\*\*|//|[-+*/%^])\s*(?:(?:sqrt|abs|log|sin|cos|tan|exp|round|min|max|pow)\()?"
    r"\(*\s*-?\d[\d.,]*\)*)+|(?:sqrt|abs|log|sin|cos|tan|exp|pow)\([^()]*\)"
)
_PATTERNS = (
    (
        re.compile(
            rf"({_N})\s+(?:\w+\s+)?(?:out\s+)?of\s+(?:the\s+)?({_N})\b.{{0,40}}?\b"
            r"percent(?:age)?\b",
            re.I,
        ),
        "{0} / {1} * 100",
    ),
    (
        re.compile(
            rf"percent(?:age)?\b.{{0,40}}?\b({_N})\s+(?:\w+\s+)?(?:out\s+)?of\s+(?:the\s+)?({_N})",
            re.I,
        ),
        "{0} / {1} * 100",
    ),
    (re.compile(rf"({_N})\s*(?:%|percent|per cent)\s+of\s+({_N})", re.I), "{0} / 100 * {1}"),
    (re.compile(rf"square root of\s+({_N})", re.I), "sqrt({0})"),
    (re.compile(rf"cube root of\s+({_N})", re.I), "{0} ** (1 / 3)"),
    (re.compile(rf"subtract\s+({_N})\s+from\s+({_N})", re.I), "{1} - {0}"),
    (re.compile(rf"divide\s+({_N})\s+by\s+({_N})", re.I), "{0} / {1}"),
    (re.compile(rf"multiply\s+({_N})\s+(?:by|with|and)\s+({_N})", re.I), "{0} * {1}"),
    (re.compile(rf"add\s+({_N})\s+(?:to|and|with)\s+({_N})", re.I), "{0} + {1}"),
    (re.compile(rf"half of\s+({_N})", re.I), "{0} / 2"),
    (re.compile(rf"(?:double|twice)\s+({_N})", re.I), "{0} * 2"),
)
_MANY = (
    (re.compile(r"(?:average|mean)\s+of\s+([\d.,\s]+(?:and\s+[\d.]+)?)", re.I), "mean"),
    (re.compile(r"(?:sum|total)\s+of\s+([\d.,\s]+(?:and\s+[\d.]+)?)", re.I), "sum"),
    (re.compile(r"product\s+of\s+([\d.,\s]+(?:and\s+[\d.]+)?)", re.I), "product"),
)
_SHARE = r"(?:percent(?:age)?|share|fraction|proportion)"
SHARE_OF_TWO = "{part} / {whole} * 100"
"""The form of a share whose two numbers a result has."""
_IT = r"(?:that|this|it)"
_HOLE = r"(?:it|that|this|them|(?:the|its|their|that|this)(?:\s+\w+){1,3})"
_WITH_HOLE = (
    (
        re.compile(rf"\b{_SHARE}\b.{{0,20}}\b{_IT}\b.{{0,12}}?\bof\s+\D{{0,8}}({_N})", re.I),
        "{part} / {0} * 100",
    ),
    (
        re.compile(rf"\b{_IT}\b.{{0,20}}\b{_SHARE}\b.{{0,8}}\bof\s+\D{{0,8}}({_N})", re.I),
        "{part} / {0} * 100",
    ),
    (
        re.compile(rf"\b{_SHARE}\b\s*(?:is|are|was|were)\s*(?:that|this|it)\b", re.I),
        SHARE_OF_TWO,
    ),
    (
        re.compile(rf"\b(?:that|this|it)\b\s*(?:in|as)\s+(?:a\s+)?{_SHARE}\b", re.I),
        SHARE_OF_TWO,
    ),
    (re.compile(rf"divide\s+{_HOLE}\s+by\s+({_N})", re.I), "{x} / {0}"),
    (re.compile(rf"multiply\s+{_HOLE}\s+(?:by|with)\s+({_N})", re.I), "{x} * {0}"),
    (re.compile(rf"add\s+({_N})\s+to\s+{_HOLE}", re.I), "{x} + {0}"),
    (re.compile(rf"subtract\s+({_N})\s+from\s+{_HOLE}", re.I), "{x} - {0}"),
    (re.compile(rf"({_N})\s*(?:%|percent)\s+of\s+{_HOLE}", re.I), "{0} / 100 * {x}"),
    (re.compile(rf"half\s+(?:of\s+)?{_HOLE}", re.I), "{x} / 2"),
    (re.compile(rf"(?:double|twice)\s+{_HOLE}", re.I), "{x} * 2"),
    (re.compile(rf"square root of\s+{_HOLE}", re.I), "sqrt({x})"),
    (re.compile(rf"{_HOLE}\s*(?:divided by|/)\s*({_N})", re.I), "{x} / {0}"),
    (re.compile(rf"{_HOLE}\s*(?:times|multiplied by|\*)\s*({_N})", re.I), "{x} * {0}"),
    (re.compile(rf"{_HOLE}\s*(?:plus|\+)\s*({_N})", re.I), "{x} + {0}"),
    (re.compile(rf"{_HOLE}\s*(?:minus)\s*({_N})", re.I), "{x} - {0}"),
)


@lru_cache(maxsize=KEPT_TEXTS)
def expressions_in(text: str) -> tuple[str, ...]:
    """Return every expression of *text* that stands for itself: "7/420 and 11/510" has two."""
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)|\d{40,}", "", text)  # No number is that long.
    for pattern, form in _PATTERNS:
        if found := pattern.search(plain):
            rest = _rest(plain[found.end() :])
            whole = form.format(*found.groups())
            return (f"({whole}){rest}" if rest else whole,)
    for pattern, kind in _MANY:
        if (found := pattern.search(plain)) and len(
            parts := re.findall(r"\d+(?:\.\d+)?", found[1])
        ) > 1:
            return (_of_many(kind, parts),)
    written, told = _written(plain), told_sum(plain) or ""
    signs = len(_NUMBERS.findall(" ".join(written)))
    longer = len(written) < 2 and len(_NUMBERS.findall(told)) > signs
    return (told,) if told and longer else tuple(written)


def _written(text: str) -> list[str]:
    """Return what is written with signs, or with words for them and nouns between."""
    spoken = _NOUN.sub(r"\1", text)
    for words, sign in _WORDS:
        spoken = re.sub(words, f" {sign} ", spoken, flags=re.I)
    found = list(_WRITTEN.finditer(spoken))
    written = [re.sub(r"\s+", " ", each[0]).strip().rstrip(".,") for each in found]
    joints = [spoken[a.end() : b.start()] for a, b in pairwise(found)]
    if len(written) > 1 and all(map(_AND.fullmatch, joints)):
        return written
    return [max(written, key=len)] if written else []


_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_AND = re.compile(
    r"(?=\S|\s\S)[,;?]?\s*(?:and|or)?\s*(?:what(?:'s| is)|how much is)?\s*", re.IGNORECASE
)
_NOUN = re.compile(
    r"(\d)\s+(?!times|plus|minus|over|less|multiply|multiplied|divided|to|and|x|mod)[a-z]+(?=\s+(?:times|multiply|plus|minus|"
    r"multiplied by|divided by|over)\s+(?:the\s+)?\d)",
    re.IGNORECASE,
)


def expression_with_hole(text: str) -> str | None:
    """Return arithmetic on what a pronoun stands for, with ``{x}`` in its place, or None."""
    for pattern, form in _WITH_HOLE:
        if found := pattern.search(text):
            return form.format(*found.groups(), x="{x}", part="{part}", whole="{whole}")
    return None


def _rest(text: str) -> str:
    """Return what goes on behind a pattern: "... plus 3"."""
    for words, sign in _WORDS[:4]:
        if found := re.match(rf"\s*(?:{words})\s*({_N})", text, re.I):
            return f" {sign} {found[1]}"
    found = re.match(rf"\s*([-+*/])\s*({_N})", text)
    return f" {found[1]} {found[2]}" if found else ""


def _of_many(kind: str, parts: list[str]) -> str:
    if kind == "product":
        return " * ".join(parts)
    added = " + ".join(parts)
    return f"({added}) / {len(parts)}" if kind == "mean" else added
