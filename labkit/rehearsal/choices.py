"""
Values that a schema lists: which of them a text names.

Glossary:
    choice: one value of an ``enum``.
    alias: what a choice's code stands for, such as "german" for "de".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from labkit.rehearsal.codes import aliases
from labkit.rehearsal.meaning import alike
from labkit.rehearsal.measured import measured_choices
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.values import Found, joined
from labkit.rehearsal.words import SMALL, is_weak, stem, words_of

_WORD = re.compile(r"[^\W_]++")


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
            place
            for value in parameter.choices
            if (place := finder(value, words, about)) and free(place)
        ]
        found = _apart(sorted(found, key=lambda each: each.start))
        if found:
            telling = [each for each in found if stem(str(each.value)) not in about]
            return telling or found if parameter.many else joined(telling or found, text)
    measured = [each for each in measured_choices(parameter, text) if free(each)]
    if measured:
        return joined(sorted(measured, key=lambda each: each.start), text)
    return _all(parameter, text) or list(_nearest(parameter, words, about, free))


NEAR, NEAR_ENOUGH = 0.45, 0.2  # The likeness of an optional choice to a word, and of a needed one.


def _nearest(
    parameter: Parameter, words: "_Words", about: frozenset[str], free: Callable[[Found], bool]
) -> Iterator[Found]:
    """Yield the choice that is most like any word of the text, if one is like enough."""
    telling = [each for each in words if _tells(each[0], about) and free(Found("", *each[1:]))]
    best: tuple[float, Found] = (0.0, Found("", 0, 0))
    for value, parts in _parts(parameter):
        for word, start, end in telling:
            like = max((alike(word.lower(), part) for part in parts), default=0.0)
            best = max(best, (like, Found(value, start, end, LIKELY)), key=itemgetter(0))
    if best[0] >= (NEAR_ENOUGH if parameter.required else NEAR):
        yield best[1]


def _tells(word: str, about: frozenset[str]) -> bool:
    plain = word.lower()
    weak = plain in SMALL or is_weak(stem(plain)) or stem(plain) in about
    return word.isalpha() and len(word) > 2 and not weak and not plain.endswith("est")


def _parts(parameter: Parameter) -> list[tuple[object, list[str]]]:
    """Return the words of each choice that it doesn't share with another."""
    named = [(value, words_of(str(value))) for value in parameter.choices]
    often = Counter(word for _, words in named for word in words)
    return [
        (
            value,
            [
                w
                for w in words
                if w.isalpha() and len(w) > 1 and often[w] == 1 and w not in _UNTELLING
            ],
        )
        for value, words in named
    ]


LIKELY = "likely"  # The unit of a choice that no word names.
_UNTELLING = {"other", "all", "any", "none", "default", "of", "and", "to", "in", "the", "not"}


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


def _spelt(value: object, words: _Words, _: frozenset[str]) -> Found | None:
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


def _aliased(value: object, words: _Words, _: frozenset[str]) -> Found | None:
    code = str(value).lower()
    for place, (word, start, end) in enumerate(words):
        two = f"{word} {words[place + 1][0]}".lower() if place + 1 < len(words) else ""
        if code in aliases().get(two, ()):
            return Found(value, start, words[place + 1][2])
        if code in aliases().get(word.lower().removesuffix("s"), ()):
            return Found(value, start, end)
    return None
