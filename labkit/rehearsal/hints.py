"""
What the words around a stretch of a text say for a parameter.

Glossary:
    hint: a number of points: for the parameter's name beside the value, a cue before it, a unit.
    counting: a number parameter that says how many there are, such as "quantity" or "copies".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from bisect import bisect_left

from labkit.rehearsal.bounds import by_bound
from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.meaning import alike
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.quantities import NTH, PERSON, TIMES_OVER
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.units import MONEY, UNITS, same_dimension
from labkit.rehearsal.words import is_opener, is_small, stem, words_of

NAMED_BEFORE, NAMED_AFTER, CUED, LIKE_EXAMPLE, SAME_UNIT = 3.0, 2.0, 1.5, 2.0, 2.0
COUNTED = 1.2  # What a noun behind a number says for a parameter that counts.
NEAR = 0.4  # The likeness of a noun behind a number to a parameter's name, from which it counts.
OTHER_UNIT = -1.8  # Seconds for what is no time.
UNASKED_UNIT = -0.6  # A unit where the parameter names none.
REACH = 48  # Characters before and after a span that are looked at.
YEARS = (1900, 2100)
_GLUE = {
    "is", "are", "was", "of", "to", "at", "the", "a", "an", "number", "no", "nr", "id", "ids",
    "code", "named", "called", "with", "by", "for", "as", "be", "should", "set",
}  # fmt: skip
_ARTICLES = {"the", "a", "an", "my", "our", "your", "their", "his", "her", "some", "is", "of",
             "room", "city", "day"}  # fmt: skip
_COPULAS = {"is", "as", "was", "be", "are"}
_NAME_BEFORE = re.compile(r"(?<=[\w,] )[A-Z\u00c0-\u00dd]([\w.-]+) $")
_SCORE = re.compile(r":\d{1,3}\b(?!:)|\s?[A-Z]{3}\b")  # "9:6", "118000 KRW".
_NEAR = re.compile(r"[^\W_][\w'\u2019-]*+")
_COUNTING = (
    "count quantity qty amount number copies pieces items units people persons guests "
    "passengers seats riders tickets bottles boxes size participants adults places num total "
    "packs crew passes repeats times rounds limit max top results"
)
_COUNT_WORDS = frozenset(map(stem, _COUNTING.split()))
_ID_WORDS = frozenset(
    map(stem, ["id", "no", "nr", "number", "code", "ref", "job", "order", "lot", "batch"])
)


def hint_of(parameter: Parameter, span: Span, text: str) -> float:
    """Return what the words around *span* say for *parameter*."""
    return (
        _by_name(parameter, span, text)
        + _by_unit(parameter, span)
        + _by_count(parameter, span, text)
        + by_bound(parameter, span, text)
        + by_example(parameter, span)
    )


def words_before(text: str, start: int) -> list[str]:
    """Return the few words before a place, the nearest first; none across a sentence's end."""
    near = re.split(r"[.!?;]\s", text[max(0, start - REACH) : start])[-1]
    return [word.lower() for word in reversed(_NEAR.findall(near))]


def words_after(text: str, end: int) -> list[str]:
    """Return the few words behind a place; none across a comma."""
    return [
        word.lower() for word in _NEAR.findall(re.split(r"[.!?;,:]", text[end : end + REACH])[0])
    ]


def names_of(parameter: Parameter) -> set[str]:
    """Return the stems by which somebody would name *parameter*."""
    return set(parameter.nouns) or set(map(stem, words_of(parameter.name)))


def _by_name(parameter: Parameter, span: Span, text: str) -> float:
    before, after = words_before(text, span.start), words_after(text, span.end)
    names = names_of(parameter)
    for far, word in enumerate(before[:4]):
        behind = before[far + 1 :]
        counted = _counts_it(word, text[: span.start])
        leads = not behind and is_opener(word)  # "Print a.stl" names no printer.
        if is_named(word, names) and not (counted or leads or _is_done_by(parameter, word)):
            return NAMED_BEFORE - 0.2 * far + _more(names, before[far + 1 :])
        if word not in _GLUE:
            break
    return max(_cued(parameter, before), _by_next(parameter, span, names, before, after))


def is_named(word: str, names: set[str]) -> bool:
    """Tell whether a word is one of a name's, or what one of them is short for: "temp"."""
    short = (name for name in names if len(name) > 3)
    return stem(word) in names or any(word.startswith(name) and word != name for name in short)


def _counts_it(word: str, before: str) -> bool:
    """Tell whether a number stands before *word*, and so has it: "42.8 litres for 71.50"."""
    return re.search(rf"\d\s*{re.escape(word)}\b", before, re.IGNORECASE) is not None


def _is_done_by(parameter: Parameter, word: str) -> bool:
    """Tell whether *word* is what somebody does: the driver stands before "drives"."""
    agents = [name for name in words_of(parameter.name) if name.endswith(("er", "or"))]
    same = [name for name in agents if stem(name) == stem(word)]
    return bool(same) and not word.endswith(("er", "or", "ers", "ors", "er's", "or's"))


def _cued(parameter: Parameter, before: list[str]) -> float:
    for place, word in enumerate(before[:3]):
        pair = f"{before[place + 1]} {word}" if place + 1 < len(before) else ""
        for cue in (pair, word):
            if cue in parameter.cues:
                rank = len(parameter.cues) - parameter.cues.index(cue)
                return CUED + 0.1 * rank / 10
        if word not in _ARTICLES:
            break
    return 0.0


def _by_next(
    parameter: Parameter, span: Span, names: set[str], before: list[str], after: list[str]
) -> float:
    """Return what the words right beside a span say: "6 replicas", "two more packs"."""
    if after and is_named(after[0], names):
        return NAMED_AFTER
    if after[:1] and after[0] in _COPULAS and names & set(map(stem, after[1:3])):
        return NAMED_AFTER  # "Ilse is the skipper".
    counted = span.kind in (Kind.NUMBER, Kind.COUNT)
    if counted and len(after) > 1 and stem(after[1]) in names:
        return NAMED_AFTER - 0.2
    leads = len(before) == 1 and is_opener(before[0])
    beside = [w for w in (*after[:1], *(() if leads else before[:1])) if not is_small(w)]
    if any(stem(word) in parameter.hints for word in beside):
        return NAMED_AFTER / 2
    if not counted:
        return 0.0
    own = [word for word in words_of(parameter.name) if stem(word) in names and word.isalpha()]
    near = max(
        (alike(word, name) for word in after[:2] for name in own if word.isalpha()), default=0
    )
    return NAMED_AFTER * near if near >= NEAR else 0.0


def _more(names: set[str], words: list[str]) -> float:
    """Return what a second word of the name adds: "order number 7" for "order_number"."""
    return 0.5 * len(names & {stem(word) for word in words[:2]})


def counts(parameter: Parameter) -> bool:
    """Tell whether a number says how many."""
    words = [stem(word) for word in words_of(parameter.name)]
    return parameter.unit is None and bool(words) and not identifies(parameter) and (
        words[-1] in _COUNT_WORDS or words[0] in ("num", stem("count")) or stem("per") in words
    )  # fmt: skip


def identifies(parameter: Parameter) -> bool:
    """Tell whether a number is a name: an order's, a lot's."""
    words = [stem(word) for word in words_of(parameter.name)]
    return words[-1:] != [] and words[-1] in _ID_WORDS and parameter.unit is None and (
        len(words) > 1 or words[0] not in (stem("number"),)
    )  # fmt: skip


def _by_count(parameter: Parameter, span: Span, text: str) -> float:
    """Return what a noun behind a number says: "40 stickers" are a count and no order's number."""
    if parameter.role is not Role.NUMBER or span.kind not in (Kind.NUMBER, Kind.COUNT):
        return 0.0
    if span.unit == TIMES_OVER:
        return COUNTED + 1 if counts(parameter) else -2.0
    if span.unit or parameter.unit == "year":
        return 0.0
    name = _NAME_BEFORE.search(text, 0, span.start)
    score = _SCORE.match(text, span.end)
    if name and not score and not is_named(name[1], names_of(parameter)):
        return -COUNTED  # "Mill Lane 14": it belongs to the name.
    plural = noun_behind(span, text)
    if identifies(parameter):
        return -COUNTED * plural
    return COUNTED * plural if counts(parameter) else 0.0


def noun_behind(span: Span, text: str) -> bool:
    """Tell whether a plural stands right behind *span*: "9 people", "6 spelt loaves"."""
    tokens = tokens_of(text)
    place = bisect_left(tokens, span.end, key=lambda token: token.start)
    for token in tokens[place : place + 3]:
        if token.tag in ("NN2", "NN0") or token.text == "x":
            return True
        if not (token.is_adjective or token.is_noun):
            return False
    return False


def _by_unit(parameter: Parameter, span: Span) -> float:
    if span.kind not in (Kind.NUMBER, Kind.COUNT) or parameter.role is not Role.NUMBER:
        return 0.0
    if span.unit == PERSON:
        return SAME_UNIT
    if span.unit in UNITS or span.unit == "%":
        if parameter.unit is None:
            named = span.unit == "%" and parameter.hints & _PERCENT
            strict = (
                identifies(parameter)
                or span.unit == "%"
                or (counts(parameter) and span.unit not in MONEY)
            )
            return SAME_UNIT if named else OTHER_UNIT if strict else UNASKED_UNIT
        return SAME_UNIT if same_dimension(span.unit, parameter.unit) else OTHER_UNIT
    if parameter.unit == "year":
        return -OTHER_UNIT / 2 if YEARS[0] <= span.value <= YEARS[1] else OTHER_UNIT
    return -0.3 if parameter.unit and span.unit not in (NTH, TIMES_OVER) else 0.0


_PERCENT = set(
    map(stem, ("percent", "pct", "discount", "percentage", "rate", "share", "brightness", "volume"))
)


def by_example(parameter: Parameter, span: Span) -> float:
    """Return what a value says that is built like the examples of a description."""
    if not isinstance(span.value, str):
        return 0.0
    shapes = {shape_of(span.value), shape_of(span.value.upper())}
    return LIKE_EXAMPLE if not shapes.isdisjoint(parameter.examples) else 0.0
