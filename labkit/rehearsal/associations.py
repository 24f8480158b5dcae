"""
What people say, and the words of the tools that it's said to: "is it ready?" goes to a "status".

Likeness of meaning doesn't lead from the one to the other: "how much" is no more like "price" than
like "time". The associations are general English, a line for each, in ``associations.txt``:
what is said (words or short phrases, with commas), ``>``, and words of tools. Both are compared by
their stems, so one form of a word stands for all: "cost" for "costs" too.

Glossary:
    cue: a word or a phrase of a question.
    association: cues, and the stems of the tools' words that they lead to.

Floor 1: imports nothing of labkit but its neighbour `words`.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from labkit.rehearsal.words import stem, words_of

KEPT = 512  # Clauses whose associations are kept: every tool of a request asks for the same few.
Cue = tuple[str, ...]


@lru_cache(maxsize=KEPT)
def associated(clause: str) -> tuple[frozenset[str], ...]:
    """Return, for each association with a cue in *clause*, the stems that it leads to."""
    stems = [stem(word) for word in words_of(clause)]
    lines, cues = _table()
    found = dict.fromkeys(
        number
        for place, first in enumerate(stems)
        for cue, number in cues.get(first, ())
        if tuple(stems[place : place + len(cue)]) == cue
    )
    return tuple(lines[number] for number in found)


@cache
def _table() -> tuple[list[frozenset[str]], dict[str, list[tuple[Cue, int]]]]:
    """Return the stems of each line, and by the first stem of a cue the cues with their lines."""
    lines: list[frozenset[str]] = []
    cues: dict[str, list[tuple[Cue, int]]] = {}
    for said, words in _lines():
        for phrase in said.split(","):
            cue = tuple(stem(word) for word in words_of(phrase))
            cues.setdefault(cue[0], []).append((cue, len(lines)))
        lines.append(frozenset(map(stem, words.split())))
    return lines, cues


def _lines() -> Iterator[tuple[str, str]]:
    text = files("labkit.rehearsal").joinpath("associations.txt").read_text("utf-8")
    for line in text.splitlines():
        said, arrow, words = line.partition(" > ")
        if arrow:
            yield said, words
