"""
A tool as the rules know it: its parameters, its words weighed, and what it does.

Glossary:
    worth: how much a word says: most in a tool's name, least in a parameter's description.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

import numpy as np

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.filling import fill
from labkit.rehearsal.meaning import KIN, Vectors, vectors_of
from labkit.rehearsal.moods import kinds_of
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.request import Tool
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import ordering_verb
from labkit.rehearsal.telling import asks_advice
from labkit.rehearsal.words import SMALL, is_opener, kin_of, stem, stems_of, words_of

# Measured on prompts over many domains: what a word in each place says (course design, agent).
NAME, DESCRIPTION, CHOICES, PARAMETER, PARAMETER_DESCRIPTION = 3.0, 2.5, 2.5, 2.0, 1.5
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
        direction: The vector of all its words together.
        kinds: What it does, see `labkit.rehearsal.moods`.
        standing: What a system message says for its parameters.
    """

    tool: Tool
    parameters: tuple[Parameter, ...]
    weights: Mapping[str, float] = field(hash=False)
    vectors: Vectors = field(hash=False, compare=False)
    worth: Vectors = field(hash=False, compare=False)
    about: frozenset[str]
    described: frozenset[str]
    direction: Vectors = field(hash=False, compare=False)
    kinds: Vectors = field(hash=False, compare=False)
    standing: Mapping[str, str] = field(default_factory=dict, hash=False)

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

    def fill(self, text: str, today: date | None, besides: frozenset[str] = frozenset()) -> Filled:
        """
        Return what *text* says for its parameters.

        Args:
            today: What "tomorrow" counts from.
            besides: Names of parameters that it says nothing for.
        """
        own = [
            replace(each, required=False) if each.name in self.standing else each
            for each in self.parameters
            if each.name not in besides
        ]
        filled = fill(own, text, today, self.about, self.described)
        filled.assume(self.standing)
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
                filled.certain.discard(p.name)


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


def said(tool: KnownTool, word: str) -> float:
    """Return what a stem is worth that a tool has, or one of its kin."""
    kin = max((tool.weights.get(each, 0.0) for each in kin_of(word)), default=0.0)
    return max(tool.weights.get(word, 0.0), KIN * kin)


@lru_cache(maxsize=KEPT_TOOLS)
def known(name: str, description: str, parameters_json: str) -> KnownTool:
    """Return the tool of that content, read once."""
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
    vectors, values = vectors_of(list(worth)), np.array(list(worth.values()), np.float32)
    return KnownTool(
        tool, parameters, weights, vectors, values,
        about=about,
        described=about | frozenset(stems_of(_gist(tool.description))),
        direction=direction_of(vectors * values[:, None]),
        kinds=kinds_of(tool.name, tool.description),
    )  # fmt: skip


def direction_of(vectors: Vectors) -> Vectors:
    """Return where all of *vectors* point together, as a vector of length 1."""
    together = vectors.sum(0)
    return np.asarray(together / (float(np.linalg.norm(together)) or 1.0), np.float32)


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
