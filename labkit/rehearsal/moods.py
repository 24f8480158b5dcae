"""
How a question is put, and what kind of tool such a question goes to.

"Took 50 mg at seven" reports, "when is it due?" asks, "kill it" orders. Small words, the parts of
speech and the first word tell; the kind of a tool is told by the verb that its name begins with. A
table that was learnt says how well each trait goes with each kind, and with no tool at all: nobody
wrote a rule for it.

Glossary:
    trait: something that a question has or hasn't, such as the word "how" or a past tense.
    kind: what a tool does: list, get, find, compute, create, log, update, remove, send.
    mood: the points that the traits of a question give to the kind of a tool.

Floor 1: imports nothing of labkit but its neighbours.
"""

import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np

from labkit.rehearsal.grammar import Token, tokens_of
from labkit.rehearsal.learnt import learnt
from labkit.rehearsal.meaning import Vectors, likeness, vectors_of
from labkit.rehearsal.words import is_opener, stem, words_of

NEAR = 0.35  # The likeness to a verb of a kind from which another verb is of that kind.
KEPT = 512  # Clauses whose traits are kept: every tool of a request asks for the same few.
SHORT, LONG = 5, 15  # Words of a clause.
SECOND = 0.5  # What the description's first word counts, beside the name's.

_KIND_VERBS = """
list: list all overview index
get: get read show view fetch status check describe info details inspect track watch state history
  due upcoming when who what where which is has hours schedule agenda latest next report
find: find search lookup locate query identify nearby look explain how why
compute: calculate compute convert estimate quote compare translate predict forecast rate price
  cost score measure
create: create add new make register open book reserve order request buy enrol enroll sign offer
  plan schedule start launch begin issue preorder submit announce
log: log record enter report note save mark write remember check track post complete finish weigh
update: update set change edit rename move reschedule assign adjust switch toggle turn extend renew
  shift postpone put transfer upsert replace resume pause hold reset
remove: delete remove cancel drop close end stop retire archive clear reject withdraw leave
  terminate deactivate lock block unsubscribe revoke abort
send: send notify message call text email tell remind alert share invite forward print play dispatch
"""
_VERBS = tuple(
    (verb, kind)
    for kind, verbs in re.findall(r"(\w+): ([^:]+)(?=\n\w+:|\n$)", _KIND_VERBS)
    for verb in verbs.split()
)
KINDS = tuple(dict.fromkeys(kind for _, kind in _VERBS))
"""What tools do."""
_SMALL_WORDS = """
a an any my our your the this it i we you he she they me us is are was were do does did have has had
can could would should will may how what when where who which why whose if not no never please new
all just now again still already today tomorrow yesterday at on in to for from of with about by than
as because and or then instead need want wants like let give get got put take make much many long
far more thanks ok hi
"""
_SMALL = tuple(_SMALL_WORDS.split())
_FIRST_WORDS = {
    "is": "is are was were",
    "do": "do does did have has any",
    "can": "can could would will",
    **{word: f"{word} {word}s" for word in ("how", "what", "where", "who")},
    **{word: word for word in ("when", "why", "i")},
}
_FIRST = {word: f"first {name}" for name, words in _FIRST_WORDS.items() for word in words.split()}
_TENSES = {
    "past": {"VVD", "VBD", "VHD", "VDD"},
    "participle": {"VVN", "VDN", "VHN"},
    "present": {"VVZ"},
    "ing": {"VVG"},
    "modal": {"VM0"},
}
_FORMS = {
    "?": re.compile(r"\?\s*$"),
    "!": re.compile("!"),
    "number": re.compile(r"\d"),
    "id": re.compile(r"[a-z]-?\d|\d[a-z]", re.IGNORECASE),
    "did": re.compile(r"\b(?:i|we|he|she)(?: just| already)? \w+ed\b", re.IGNORECASE),
    "do you": re.compile(r"\b(?:do|would|can|could) you\b", re.IGNORECASE),
}
_FIRST_TAGS = {"NN": "first noun", "AJ": "first noun", "NP": "first name"}
_UNSAID = {"please", "pls", "ok", "so", "hi", "hey", "hello", ","}
_ORDERED = ["always", *_SMALL, *_FIRST.values(), "first order", *_FIRST_TAGS.values()]
_ORDERED += ["first number", *_TENSES, *_FORMS, "short", "long"]
TRAITS = tuple(dict.fromkeys(_ORDERED))
"""All that is looked for in a question; "always" is true of each."""
_PLACE = {trait: place for place, trait in enumerate(TRAITS)}


def mood(clause: str, kinds: Vectors) -> float:
    """Return the points that the traits of *clause* give to a tool of these *kinds*."""
    return float(traits_of(clause) @ table() @ kinds)


@lru_cache(maxsize=KEPT)
def traits_of(clause: str) -> Vectors:
    """Return a number for each of `TRAITS`, 0 where *clause* lacks it; of length 2 together."""
    found = np.zeros(len(TRAITS), np.float32)
    found[[_PLACE[trait] for trait in _traits(clause)]] = 1
    return np.asarray(found * 2 / math.sqrt(found.sum()), np.float32)


def _traits(clause: str) -> Iterator[str]:
    words = [word.split("'")[0].split("\u2019")[0] for word in words_of(clause)]
    yield "always"
    yield from (word for word in words if word in _PLACE and word in _SMALL)
    yield from (name for name, form in _FORMS.items() if form.search(clause))
    if words[:1] and words[0] in _FIRST:
        yield _FIRST[words[0]]
    tokens = [each for each in tokens_of(clause) if each.text.lower() not in _UNSAID]
    yield from _of_the_first(tokens)
    tags = {each.tag for each in tokens}
    yield from (tense for tense, its in _TENSES.items() if its & tags)
    if len(words) <= SHORT or len(words) >= LONG:
        yield "short" if len(words) <= SHORT else "long"


def _of_the_first(tokens: list[Token]) -> Iterator[str]:
    """Yield how a clause begins."""
    if not tokens:
        return
    first = tokens[0]
    if first.tag in ("VVB", "VVI") or is_opener(first.text):
        yield "first order"
    if first.tag[:2] in _FIRST_TAGS:
        yield _FIRST_TAGS[first.tag[:2]]
    if any(map(str.isdigit, first.text)):
        yield "first number"


def kinds_of(name: str, description: str) -> Vectors:
    """Return how much a tool is of each of `KINDS`, 1 together; and -1, which "no tool" has."""
    found = _kind(next(iter(words_of(name)), ""))
    if found.sum() < SECOND:
        found = sum((_kind(word) * SECOND for word in words_of(name)[1:]), found)
    found = sum((_kind(word) * SECOND for word in words_of(description)[:1]), found)
    return np.asarray([*(found / (found.sum() or 1)), -1], np.float32)


def _kind(word: str) -> Vectors:
    """Return the kinds of a verb: by itself, or as the verb that is most like it."""
    own = [kind for verb, kind in _VERBS if stem(verb) == stem(word)]
    share = 1.0
    if not own:
        near = likeness([word], vectors_of([verb for verb, _ in _VERBS]))[0]
        best = int(near.argmax())
        share = float(near[best])
        own = [kind for verb, kind in _VERBS if verb == _VERBS[best][0] and share > NEAR]
    return np.array([share * own.count(kind) / max(len(own), 1) for kind in KINDS], np.float32)


@cache
def table() -> Vectors:
    """Return the points that were learnt: a row for each of `TRAITS`, 0 for one that is new."""
    rows, new = learnt().moods, [0.0] * (len(KINDS) + 1)
    return np.array([rows.get(trait, new) for trait in TRAITS], np.float32)
