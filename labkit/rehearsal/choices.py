"""
Values that a schema lists: which of them a text names.

Glossary:
    choice: one value of an ``enum``.
    alias: what a choice's code stands for, such as "german" for "de".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable, Sequence

from labkit.rehearsal.codes import ALIASES
from labkit.rehearsal.meaning import alike
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.quantities import bare_counts, numbers
from labkit.rehearsal.units import converted, same_dimension
from labkit.rehearsal.values import Found, joined
from labkit.rehearsal.words import SMALL, is_weak, stem, words_of

_WORD = re.compile(r"[^\W_]++")
_SHORT_ENDINGS = re.compile(r"(?:ing|ed|s|ly|ion|d)$")


def chosen(
    parameter: Parameter,
    text: str,
    about: frozenset[str] = frozenset(),
    free: Callable[[Found], bool] = lambda _: True,
) -> list[Found]:
    """
    Return the choices that *text* names, in its order; by a word of like meaning if by none.

    Args:
        about: Stems of the tool's name; a choice of such a word gives way to any other.
        free: Tells whether a place isn't another parameter's.
    """
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    for finder in (_spelt, _aliased):
        found = [
            place for value in parameter.choices if (place := finder(value, words)) and free(place)
        ]
        found = _apart(sorted(found, key=lambda each: each.start))
        if found:
            telling = [each for each in found if stem(str(each.value)) not in about]
            return joined(telling or found, text)
    return (
        _all(parameter, text)
        or _measured(parameter, text)
        or _likeliest(parameter, words, about, free)
    )


_Words = Sequence[tuple[str, int, int]]
_ALL = r"\b(?:all|both|every|each)\s+(?:(?:of\s+)?(?:the|my|our|them)\s+)?(?:of\s+them\b|\w*{noun})"


def _all(parameter: Parameter, text: str) -> list[Found]:
    """Return every choice if *text* asks for all of them: "both accounts"."""
    if not parameter.required or len(parameter.choices) > 4:
        return []
    for noun in parameter.nouns:
        if match := re.search(_ALL.format(noun=re.escape(noun)), text, re.IGNORECASE):
            return [Found(value, *match.span()) for value in parameter.choices]
    return []


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


def _spelt(value: object, words: _Words) -> Found | None:
    """Find the words of *value* in a row, endings aside; a short one to the letter."""
    wanted = words_of(str(value))
    whole = "".join(wanted)
    for place, (word, start, end) in enumerate(words):
        row = [each[0].lower() for each in words[place : place + len(wanted)]]
        if wanted and len(row) == len(wanted) and all(map(_same, row, wanted)):
            return Found(value, start, words[place + len(wanted) - 1][2])
        if len(wanted) > 1 and word.lower() == whole:
            return Found(value, start, end)
    return None


def _same(word: str, wanted: str) -> bool:
    if len(wanted) <= 3 or not wanted.isalpha():
        return word in (wanted, wanted + "s")
    return word == wanted or (
        stem(word) == stem(wanted) and word not in SMALL and abs(len(word) - len(wanted)) <= 4
    )


def _aliased(value: object, words: _Words) -> Found | None:
    code = str(value).lower()
    for place, (word, start, end) in enumerate(words):
        two = f"{word} {words[place + 1][0]}".lower() if place + 1 < len(words) else ""
        if code in ALIASES.get(two, ()):
            return Found(value, start, words[place + 1][2])
        if code in ALIASES.get(word.lower().removesuffix("s"), ()):
            return Found(value, start, end)
    return None


LIKE, MARGIN = (
    0.45,
    0.1,
)  # How like a word has to be to a choice, and how much more than to another.
NEEDED = 0.3  # The same for a parameter that a call can't go without.


def _likeliest(
    parameter: Parameter, words: _Words, about: frozenset[str], free: Callable[[Found], bool]
) -> list[Found]:
    """Return the choice that a word of the text is most like in meaning, if one stands out."""
    named = [(value, words_of(str(value))) for value in parameter.choices]
    if any(not each or each[0].isdigit() for _, each in named):
        return []
    rows: list[tuple[float, float, Found]] = []
    for word, start, end in words:
        plain, place = word.lower(), Found(None, start, end)
        if len(word) < 3 or word in SMALL or is_weak(stem(plain)) or stem(plain) in about:
            continue
        if not word.isalpha() or plain.endswith("est") or not free(place):
            continue
        likes = [(max(alike(plain, each) for each in wanted), value) for value, wanted in named]
        likes.sort(key=lambda pair: -pair[0])
        second = likes[1][0] if len(likes) > 1 else 0.0
        rows.append((likes[0][0], likes[0][0] - second, Found(likes[0][1], start, end)))
    best = max(rows, key=lambda row: row[0], default=None)
    enough = NEEDED if parameter.required else LIKE
    return [best[2]] if best and best[0] >= enough and best[1] >= MARGIN else []


_SIZED = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")
_SHORT_UNITS = {"d": "day", "w": "week", "m": "month", "mo": "month", "y": "year", "h": "hour",
                "min": "minute", "s": "second"}  # fmt: skip


def _measured(parameter: Parameter, text: str) -> list[Found]:
    """Return a choice such as "20m", 500 or "6M" that a quantity of the text comes to."""
    for found in (*numbers(text), *bare_counts(text)):
        for value in parameter.choices:
            sized = _SIZED.fullmatch(str(value))
            if sized and _comes_to(found, float(sized[1]), sized[2], parameter):
                return [Found(value, found.start, found.end)]
    return []


def _comes_to(found: Found, size: float, unit: str, parameter: Parameter) -> bool:
    if not found.unit:
        return bool(found.value == size) and not unit
    same = unit and (found.unit == unit.lower() or found.unit.startswith(unit.lower()))
    if same and found.value == size:
        return True
    for wanted in (_SHORT_UNITS.get(unit.lower(), unit.lower()), parameter.unit or ""):
        if same_dimension(found.unit, wanted):
            return abs(converted(found.value, found.unit, wanted) - size) <= 0.02 * size
    return False
