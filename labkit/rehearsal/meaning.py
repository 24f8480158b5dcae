"""
How like two words are in meaning, by a table of word vectors.

The table comes with the package wordllama: 32,000 pieces of words with 256 numbers each, made from
the input tables of several language models and trained so that texts of like meaning point the same
way (L. Miller, WordLlama, 2024). A table is looked up, nothing is computed by a network.

Glossary:
    vector: the numbers of one word, of length 1 here, counted from the mean of the table.
    likeness: the cosine of two vectors: 1 for the same word, about 0.05 for two words at random;
        99 of 100 random pairs stay under 0.3, "picture" and "image" have 0.7.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit.rehearsal.words import kin_of, stem

PACKAGE = "wordllama"
TABLE, PIECES = (
    "weights/l2_supercat_256.safetensors",
    "tokenizers/l2_supercat_tokenizer_config.json",
)
KIN = 0.7  # Of words that are listed in `labkit.rehearsal.kin`: our choice.
SYNONYM = 0.5  # From here on two words may stand for each other: our choice.
DIGITS = 5  # Of a likeness that count: the last bits differ between processors, choices mustn't.
KEPT_WORDS = 20_000  # Whose vectors are kept: our choice, 20 MB.
LONGEST_WORD = 40  # Characters that are looked up: our choice; more is no word.
_START = "\u2581"  # Before a piece that begins a word.
_BYTES = 300  # The first pieces are single bytes and signs.
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""),
            ("ing", "e"), ("er", ""), ("er", "e"), ("ly", ""))  # fmt: skip

Vectors = NDArray[np.float32]


class NoWordVectorsError(RuntimeError):
    """The table of word vectors is missing or broken; the text says which file and what to do."""


class _Table(NamedTuple):
    """The vectors, the row of each piece, and the mean of all."""

    vectors: NDArray[np.float16]
    rows: dict[str, int]
    mean: Vectors


def likeness(words: Sequence[str], others: Vectors) -> Vectors:
    """Return a row for each of *words* with its likeness to each of *others*, a matrix of them."""
    return np.round(vectors_of(words) @ others.T, DIGITS)


def alike(word: str, other: str) -> float:
    """Return the likeness of two words in lower case; 1 if they are the same, `KIN` for kin."""
    if word == other:
        return 1.0
    kin = KIN if stem(other) in kin_of(stem(word)) else 0.0
    return max(kin, round(float(_vector(word) @ _vector(other)), DIGITS))


def vectors_of(words: Sequence[str]) -> Vectors:
    """Return a matrix with a vector for each of *words*, in lower case."""
    rows = [_vector(word) for word in words]
    return np.stack(rows) if rows else np.zeros((0, _table().mean.size), np.float32)


@lru_cache(maxsize=KEPT_WORDS)
def _vector(word: str) -> Vectors:
    table = _table()
    vector = table.vectors[_rows(word[:LONGEST_WORD])].mean(0, dtype=np.float32) - table.mean
    length = float(np.linalg.norm(vector)) or 1.0
    return np.asarray(vector / length, np.float32)


def _rows(word: str) -> list[int]:
    """Return the rows of a word: of itself or its plain form if it has one, else of its pieces."""
    rows = _table().rows
    for form in _forms(word):
        if (row := rows.get(_START + form)) is not None:
            return [row]
    return [rows[piece] for piece in _pieces(_START + word, rows) if piece in rows] or [0]


def _forms(word: str) -> Iterator[str]:
    """Yield *word*, then without an ending: "cleaned", "clean"; "planning", "plan"."""
    yield word
    for ending, instead in _ENDINGS:
        plain = word.removesuffix(ending)
        if plain != word and len(plain) >= 3:
            yield plain + instead
            if plain[-1] == plain[-2]:
                yield plain[:-1]


def _pieces(word: str, rows: dict[str, int]) -> list[str]:
    """Cut a word as the table's makers did: of two neighbours the most frequent pair is joined."""
    pieces = list(word)
    while True:
        pairs = [rows.get(one + other) for one, other in pairwise(pieces)]
        best = min((row for row in pairs if row is not None), default=None)
        if best is None:
            return pieces
        place = pairs.index(best)
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]


@cache
def _table() -> _Table:
    home = _home()
    try:
        rows = json.loads((home / PIECES).read_text("utf-8"))["model"]["vocab"]
        raw = (home / TABLE).read_bytes()
        size = int.from_bytes(raw[:8], "little")
        ((_, told),) = (
            each for each in json.loads(raw[8 : 8 + size]).items() if "shape" in each[1]
        )
        vectors = np.frombuffer(raw, "<f2", offset=8 + size).reshape(told["shape"])
        assert len(rows) == len(vectors), f"{len(rows)} pieces, {len(vectors)} vectors"
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
        raise NoWordVectorsError(
            f"The rehearsal model can't read its word vectors in {home} ({error!r}). Install them "
            f"anew: python -m pip install --force-reinstall {PACKAGE}"
        ) from error
    return _Table(vectors, rows, vectors[_BYTES:].mean(0, dtype=np.float32))


def _home() -> Path:
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NoWordVectorsError(
            f"The rehearsal model needs the package {PACKAGE} for its word vectors: "
            f"python -m pip install {PACKAGE}"
        )
    return Path(found.origin).parent
