"""
Which tool a piece of a question is about: words in common and words of like meaning, weighed by
where they stand.

Glossary:
    clause: a piece of a question that asks for one thing.
    worth: how much a word says: most in a tool's name, least in a parameter's description.
    shared: a word that several tools have, or that is like theirs, says less about each of them.
    likeness: of meaning, see `labkit.rehearsal.meaning`.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.filling import fill
from labkit.rehearsal.free_text import ordering_verb
from labkit.rehearsal.meaning import KIN, Vectors, likeness, vectors_of
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.phrasal import single_verbs
from labkit.rehearsal.request import Tool
from labkit.rehearsal.roles import Role
from labkit.rehearsal.telling import asks_advice
from labkit.rehearsal.words import SMALL, is_opener, is_weak, kin_of, stem, stems_of, words_of

# Measured on prompts over many domains: what a word in each place says (course design, agent).
NAME, DESCRIPTION, CHOICES, PARAMETER, PARAMETER_DESCRIPTION = 3.0, 2.5, 2.5, 2.0, 1.5
WEAK_WORD = 0.35  # What a word such as "show" counts.
NOISE = 0.1  # A likeness that says nothing: two words at random have less in 95 of 100 pairs.
BEND = 1.5  # Makes little of a little likeness. Both are the best of those tried on the prompts.
LITTLE = 0.3  # Keeps a share small where the words say hardly anything for any tool.
MOST_WORDS = 200  # Of a clause that are compared; our choice: a page has no more that matter.
KEPT_TOOLS = 512  # That are kept by their content, so that an agent's aren't read at every turn.


@dataclass(frozen=True, slots=True)
class KnownTool:
    """
    A tool with its words weighed.

    Attributes:
        tool: As the request has it.
        parameters: What it takes.
        weights: For each stem, the most that it is worth.
        vectors: One for each of its words.
        worth: What each of these is worth.
        about: Stems of its name.
        described: Stems of its name and its description.
    """

    tool: Tool
    parameters: tuple[Parameter, ...]
    weights: Mapping[str, float] = field(hash=False)
    vectors: Vectors = field(hash=False, compare=False)
    worth: Vectors = field(hash=False, compare=False)
    about: frozenset[str]
    described: frozenset[str]

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def required(self) -> tuple[Parameter, ...]:
        """Those of its parameters that a call can't go without."""
        return tuple(each for each in self.parameters if each.required)

    @property
    def acts(self) -> bool:
        """Whether its name begins with a verb that changes something."""
        verb = next(iter(words_of(self.name)), "")
        named = bool(self.about & _ACTS) or is_opener(verb)
        return named and not self.about & _READS

    def fill(self, text: str, today: date | None) -> Filled:
        """Return what *text* says for its parameters; *today* is what "tomorrow" counts from."""
        filled = fill(self.parameters, text, today, self.about, self.described)
        if not self.acts:
            self._leave_the_verb(text, filled)
        return filled

    def _leave_the_verb(self, text: str, filled: Filled) -> None:
        """Take back a switch that only the verb names: "seal a box" asks for no sealed one."""
        verb = ordering_verb(text)
        for p in self.parameters:
            named = verb and not kin_of(stem(verb)).isdisjoint(p.nouns)
            if p.role is Role.FLAG and named and filled.arguments.pop(p.name, None) is not None:
                filled.sure -= 1


@dataclass(frozen=True, slots=True)
class Toolbox:
    """
    The tools of one request.

    Attributes:
        tools: In the order of the request.
    """

    tools: tuple[KnownTool, ...]
    _meant: dict[str, dict[str, dict[str, float]]] = field(
        default_factory=dict, hash=False, compare=False, repr=False
    )

    @classmethod
    def of(cls, tools: Sequence[Tool]) -> "Toolbox":
        """Weigh the words of *tools*."""
        known = tuple(_known(t.name, t.description, json.dumps(t.parameters)) for t in tools)
        return cls(known)

    def __getitem__(self, name: str) -> KnownTool:
        return next(each for each in self.tools if each.name == name)

    def meant(self, clause: str, known: KnownTool) -> dict[str, float]:
        """Return what each word of *clause* says for one tool, as it stands or by its meaning."""
        if clause not in self._meant:
            self._meant[clause] = self._compared(clause)
        return self._meant[clause][known.name]

    def score(self, clause: str, known: KnownTool) -> float:
        """Return what all words of *clause* say for one tool."""
        return sum(self.meant(clause, known).values())

    def share(self, clause: str, known: KnownTool) -> float:
        """Return the part of what the words of *clause* say for all tools that is for this one."""
        return self.score(clause, known) / (LITTLE + sum(self.score(clause, t) for t in self.tools))

    def _compared(self, clause: str) -> dict[str, dict[str, float]]:
        words = _plain_words(clause)[:MOST_WORDS]
        sizes = [len(each.worth) for each in self.tools]
        if not words or not sizes:
            return {each.name: {} for each in self.tools}
        like = likeness(words, np.vstack([each.vectors for each in self.tools]))
        said = np.clip((like - NOISE) / (1 - NOISE), 0, None) ** BEND
        said *= np.concatenate([each.worth for each in self.tools])
        best = np.maximum.reduceat(said, [0, *np.cumsum(sizes)[:-1]], axis=1)
        same = [[_said(each, stem(word)) for each in self.tools] for word in words]
        best = np.maximum(best, same)
        shared = best.sum(1) / np.maximum(best.max(1), 1e-9)
        weak = [WEAK_WORD if is_weak(stem(word)) else 1.0 for word in words]
        rows = (best / np.sqrt(np.maximum(shared, 1))[:, None] * np.array(weak)[:, None]).T
        return {
            each.name: dict(zip(words, map(float, row), strict=True))
            for each, row in zip(self.tools, rows, strict=True)
        }


_ACT_WORDS = """
create add make delete remove update set change send cancel book reserve order buy sell pay
transfer assign close open start stop pause resume restart release block lock approve reject submit
upload write rename move schedule register renew extend queue toggle retire plan enter log record
report feed note subscribe mark print lend borrow adopt claim attach
"""
_READ_WORDS = """
list get find search show read check count fetch query status view lookup compare estimate quote
hours describe explain who what where when which how my tell track watch inspect translate convert
calculate compute predict forecast solve rate rank review summarize play call
"""
_GENERAL_WORDS = """
web internet online google wikipedia encyclopedia knowledge general anything faq documentation docs
help
"""
_OUTSIDE_WORDS = "outside external web internet online public vendor supplier maker manufacturer"
_ACTS, _READS, _GENERAL, _OUTSIDE = (
    frozenset(map(stem, words.split()))
    for words in (_ACT_WORDS, _READ_WORDS, _GENERAL_WORDS, _OUTSIDE_WORDS)
)


def searches(known: KnownTool, question: str) -> bool:
    """Tell whether a free-text search takes any question, or this one as it asks for advice."""
    return not _GENERAL.isdisjoint(known.weights) or asks_advice(question)


def anywhere(known: KnownTool, question: str) -> bool:
    """Tell whether a tool looks outside of the house, and the question doesn't ask for that."""
    return bool(known.about & _OUTSIDE) and _OUTSIDE.isdisjoint(stems_of(question))


_NO_WORDS = re.compile(r"\S*[\w-][./_@]\w\S*|\"[^\"]*\"|\u201c[^\u201d]*\u201d")


def spoken(clause: str) -> list[str]:
    """Return the stems of *clause*, values aside: a file's name says nothing about a tool."""
    plain = _NO_WORDS.sub(" ", clause)
    return [*stems_of(plain), *map(stem, single_verbs(plain))]


def _said(known: KnownTool, word: str) -> float:
    """Return what a stem is worth that a tool has, or one of its kin."""
    kin = max((known.weights.get(each, 0.0) for each in kin_of(word)), default=0.0)
    return max(known.weights.get(word, 0.0), KIN * kin)


def _plain_words(clause: str) -> list[str]:
    """Return the words of *clause* that say something, values aside, each once."""
    plain = _NO_WORDS.sub(" ", clause)
    said = [word for word in words_of(plain) if word not in SMALL and not word.isdigit()]
    return list(dict.fromkeys([*said, *single_verbs(plain)]))


@lru_cache(maxsize=KEPT_TOOLS)
def _known(name: str, description: str, parameters_json: str) -> KnownTool:
    tool = Tool(name, description, json.loads(parameters_json))
    parameters = tuple(parameters_of(tool.parameters))
    worth: dict[str, float] = {}
    for place, text in _places(tool, parameters):
        for word in words_of(text):
            if word not in SMALL or place == NAME:
                worth[word] = max(worth.get(word, 0.0), place)
    worth = worth or {name.lower(): NAME}
    weights: dict[str, float] = {}
    for word, weight in worth.items():
        weights[stem(word)] = max(weights.get(stem(word), 0.0), weight)
    about = frozenset(map(stem, words_of(tool.name)))
    return KnownTool(
        tool, parameters, weights,
        vectors=vectors_of(list(worth)),
        worth=np.array(list(worth.values()), np.float32),
        about=about,
        described=about | frozenset(stems_of(_gist(tool.description))),
    )  # fmt: skip


def _places(tool: Tool, parameters: Sequence[Parameter]) -> Iterator[tuple[float, str]]:
    yield NAME, tool.name
    yield DESCRIPTION, _gist(tool.description)
    for parameter in parameters:
        yield CHOICES, " ".join(map(str, parameter.choices))
        yield PARAMETER, parameter.name
        yield PARAMETER_DESCRIPTION, parameter.description


def _gist(description: str) -> str:
    """Return what a description says at first; long ones go on with details and warnings."""
    return " ".join(description.split()[:60])
