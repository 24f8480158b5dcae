"""
What is in a tool's result: the entries of a list, the number that was asked for, the best of them.

Glossary:
    entry: one object of a list, such as a line with its rate.
    label: what an entry is called.
    ordinal: its place in the list, as a word: "the second one".
    measure: the number of an entry that the question is about.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labkit.rehearsal.meaning import SYNONYM, alike
from labkit.rehearsal.words import is_small, stem, stems_of, words_of

_MOST = re.compile(
    r"\b(highest|most|largest|biggest|worst|maximum|max|top|greatest|best|longest|latest|newest|"
    r"strongest|hottest|richest|oldest|heaviest|fastest|busiest)\b", re.I
)  # fmt: skip
_LEAST = re.compile(
    r"\b(lowest|least|fewest|smallest|minimum|min|cheapest|shortest|earliest|coldest|slowest|"
    r"youngest|lightest|nearest|closest)\b", re.I
)  # fmt: skip
_LABELS = ("name", "title", "label", "id", "line", "line_id", "key", "city", "symbol")
WORDS = 60  # Of a question that are compared with the keys of a result.
MAX_DEPTH = 4  # How deep a result is looked into.
SHORT_CHARACTERS = 40  # Of a text that names something, or is worth looking for: our choice.
_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "latter": -1, "last": -1, "former": 0, "newest": 0, "latest": 0, "top": 0,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b(?P<nth>{'|'.join(_ORDINALS)})\b"
    r"(?=\s*(?:,|and\b|\.|\?|!|$|(?:one|two|of (?:them|those|these)|entry|item|result|option)\b)|"
    r"\s+(?!\d|week|month|year|day|night|hour|time|quarter|thing|of\b)\w+)",
    re.IGNORECASE,
)

Entry = Mapping[str, Any]


def entries_of(value: object, depth: int = 0) -> list[Entry]:
    """Return the first list of objects in *value*, or an empty list."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, Mapping)]
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        for each in value.values():
            if found := entries_of(each, depth + 1):
                return found
    return []


def places_in(question: str) -> dict[str, int]:
    """Return the places that *question* counts, by word: 1 for "the second one", -1 for "last"."""
    words = [match["nth"].lower() for match in _ORDINAL.finditer(question)]
    return {word: _ORDINALS[word] for word in words}


def plain(text: str) -> str:
    """Return *text* without accents, which people leave out."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def label_of(entry: Entry) -> str:
    """Return what *entry* is called: a name, a title, an id, or its first text."""
    for key in (*_LABELS, *(k for k in entry if k.endswith(("_name", "_id"))), *entry):
        if isinstance(entry.get(key), str) and entry[key]:
            return str(entry[key])
    ident = next((entry[k] for k in entry if k == "id" or k.endswith("_id")), None)
    return str(ident) if ident is not None else "an entry"


def measures_of(entry: Entry) -> list[str]:
    """Return the keys of an entry's numbers, ids left out."""
    return [
        key
        for key, value in entry.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
        and key != "id" and not key.endswith("_id")
    ]  # fmt: skip


def measure_for(question: str, entries: Sequence[Entry]) -> str | None:
    """Return the key of the number that *question* is about, or None if the entries have none."""
    keys = measures_of(entries[0]) if entries else []
    for text in (_after_superlative(question), question):
        fits = _fits(text)
        best = max(keys, key=fits, default=None)
        if best is None or fits(best) >= NAMED:
            return best
        if superlative_in(question) in ("best", "worst"):  # A rate judges fairly, a number doesn't.
            return next((key for key in keys if not _RATES.isdisjoint(words_of(key))), best)
        if fits(best):
            return best
    return best


NAMED = 1  # From here on a word of the question is a word of the key.
_RATES = frozenset(["rate", "share", "percent", "pct", "percentage", "ratio"])


def asked_first(question: str, keys: Sequence[str]) -> list[str]:
    """Return *keys* with those first that words of *question* name; else in their order."""
    fits = _fits(question)
    return sorted(keys, key=lambda key: fits(key) < 1)


def _fits(question: str) -> Callable[[str], float]:
    """Return what rates a key: 1 and more for a word of *question*, 0.5 for one that is like it."""
    # A later word says more: in "defect rate" the rate is meant.
    places = {word: 1 + 0.1 * place for place, word in enumerate(stems_of(question))}
    said = _said(question)

    def fits(key: str) -> float:
        words = words_of(key)
        like = (0.5 for word in words if any(_same(word, each) for each in said))
        return max((*(places.get(stem(word), 0.0) for word in words), *like), default=0.0)

    return fits


def _after_superlative(question: str) -> str:
    """Return what is said to be the most: "burnt rate" of "the highest burnt rate, and why?"."""
    word = superlative_in(question)
    if not word:
        return ""
    _, _, after = question.lower().partition(word)
    return re.split(r"[,;?.]|\band\b", after)[0]


def direction_of(question: str) -> int:
    """Return 1 if *question* asks for the most of something, -1 for the least, 0 for neither."""
    most, least = _MOST.search(question), _LEAST.search(question)
    if most and (not least or most.start() < least.start()):
        return 1
    return -1 if least else 0


def superlative_in(question: str) -> str:
    """Return the word that asks for a most or a least, in lower case; empty if there is none."""
    found = (_MOST if direction_of(question) > 0 else _LEAST).search(question)
    return found[1].lower() if found else ""


def ranked(question: str, entries: Sequence[Entry]) -> tuple[str | None, list[Entry]]:
    """Return the measure of *question*, and the entries that have it, the asked for first."""
    measure, direction = measure_for(question, entries), direction_of(question)
    if measure is None or not direction:
        return measure, list(entries)
    having = [entry for entry in entries if isinstance(entry.get(measure), int | float)]
    return measure, sorted(having, key=lambda entry: -direction * entry[measure])


def number_in(question: str, value: object) -> int | float | None:
    """Return the number of *value* that the words of *question* fit best, or its only one."""
    found = list(_numbers(value))
    said = _said(question)

    def fits(pair: tuple[frozenset[str], int | float]) -> int:
        return sum(any(_same(key, word) for word in said) for key in pair[0])

    best = max(found, key=fits, default=None)
    return None if best is None else best[1]


def _said(question: str) -> list[str]:
    """Return the words of *question* that say something, each once."""
    return list(dict.fromkeys(word for word in words_of(question) if not is_small(word)))[:WORDS]


def _same(one: str, other: str) -> bool:
    return stem(one) == stem(other) or alike(one, other) >= SYNONYM


def _numbers(
    value: object, under: frozenset[str] = frozenset(), depth: int = 0
) -> Iterator[tuple[frozenset[str], int | float]]:
    """Yield each number with the words of the keys above it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield under, value
    elif isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value.strip()):
        yield under, float(value) if "." in value else int(value)
    elif isinstance(value, Mapping) and depth < MAX_DEPTH:
        for key, each in value.items():
            if key != "id" and not str(key).endswith("_id"):
                yield from _numbers(each, under.union(words_of(str(key))), depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for each in value:
            yield from _numbers(each, under, depth + 1)
