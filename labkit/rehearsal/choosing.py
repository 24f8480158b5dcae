"""
Which tool a piece of a question is about: words in common, weighed by where they stand.

Glossary:
    clause: a piece of a question that asks for one thing.
    weight: how much a word says: most in a tool's name, least in a parameter's description.
    share: a word that several tools have says less about each of them.
    evidence: what was found for a tool: words, and values that its parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from labkit.rehearsal.filled import Filled
from labkit.rehearsal.filling import fill
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.phrasal import single_verbs
from labkit.rehearsal.request import Tool
from labkit.rehearsal.words import is_opener, is_weak, kin_of, stem, stems_of, words_of

# Measured on prompts over many domains: what a word in each place says (course design, agent).
NAME, DESCRIPTION, CHOICES, PARAMETER, PARAMETER_DESCRIPTION = 3.0, 2.0, 1.5, 1.0, 0.6
KIN = 0.7  # What a word of the same meaning counts.
SAME_FORM = 0.3  # What a word of the name adds in the very form that it has there.
WEAK_WORD = 0.35  # What a word such as "show" counts.
ENOUGH = 1.6  # Our choice: one good word of a description, or a weak one with a value.


@dataclass(frozen=True, slots=True)
class KnownTool:
    """
    A tool with its words weighed.

    Attributes:
        tool: As the request has it.
        parameters: What it takes.
        weights: For each stem, the most that it counts.
        about: Stems of its name.
        described: Stems of its name and its description.
        forms: Longer words of its name as they are: a list has "lines", its sibling a "line".
    """

    tool: Tool
    parameters: tuple[Parameter, ...]
    weights: Mapping[str, float] = field(hash=False)
    about: frozenset[str]
    described: frozenset[str]
    forms: frozenset[str]

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
        return fill(self.parameters, text, today, self.about, self.described)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """
    The tools of one request.

    Attributes:
        tools: In the order of the request.
        shares: How many tools have a stem in name or description.
    """

    tools: tuple[KnownTool, ...]
    shares: Mapping[str, int] = field(hash=False)

    @classmethod
    def of(cls, tools: Sequence[Tool]) -> "Toolbox":
        """Weigh the words of *tools*."""
        known = tuple(_known(tool) for tool in tools)
        shares = Counter(
            word for each in known for word, weight in each.weights.items() if weight >= DESCRIPTION
        )
        return cls(known, shares)

    def __getitem__(self, name: str) -> KnownTool:
        return next(each for each in self.tools if each.name == name)

    def words(self, clause: str, known: KnownTool) -> dict[str, float]:
        """Return what each word of *clause* says for one tool."""
        found: dict[str, float] = {}
        for word in spoken(clause):
            best = max(
                (self._says(kin, known) * (1 if kin == word else KIN), kin) for kin in kin_of(word)
            )
            if best[0] and best[0] > found.get(word, 0.0):
                found[word] = best[0] * (WEAK_WORD if is_weak(word) else 1.0)
        return found

    def _says(self, word: str, known: KnownTool) -> float:
        weight = known.weights.get(word, 0.0)
        return weight / math.sqrt(max(1, self.shares.get(word, 1)))

    def score(self, clause: str, known: KnownTool) -> float:
        """Return how much the words of *clause* say for one tool."""
        same = known.forms & set(words_of(clause))
        return sum(self.words(clause, known).values()) + SAME_FORM * bool(same)


_ACT_WORDS = """
create add make delete remove update set change send cancel book reserve order buy sell pay transfer
assign close open start stop pause resume restart release block lock approve reject submit upload
write rename move schedule register renew extend
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
_ACTS, _READS, _GENERAL = (
    frozenset(map(stem, words.split())) for words in (_ACT_WORDS, _READ_WORDS, _GENERAL_WORDS)
)
_HOW_TO = re.compile(
    r"\b(?:how (?:do|can|should|to)|why|what (?:should|to do|if|can i do|do (?:i|we) do)|"
    r"what does .{1,40} (?:say|mean)|what now|what next|who (?:do|can) i)\b", re.IGNORECASE,
)  # fmt: skip


def searches(known: KnownTool, question: str) -> bool:
    """Tell whether a free-text search takes any question, or this one as it asks for advice."""
    return not _GENERAL.isdisjoint(known.weights) or bool(_HOW_TO.search(question))


_NO_WORDS = re.compile(r"\S*[\w-][./_@]\w\S*|\"[^\"]*\"|\u201c[^\u201d]*\u201d")


def spoken(clause: str) -> list[str]:
    """Return the stems of *clause*, values aside: a file's name says nothing about a tool."""
    plain = _NO_WORDS.sub(" ", clause)
    return [*stems_of(plain), *map(stem, single_verbs(plain))]


def _known(tool: Tool) -> KnownTool:
    parameters = tuple(parameters_of(tool.parameters))
    weights: dict[str, float] = {}
    places = [(stem(word) for word in words_of(tool.name)), stems_of(_gist(tool.description))]
    for weight, stems in zip((NAME, DESCRIPTION), places, strict=True):
        for word in stems:
            weights[word] = max(weights.get(word, 0.0), weight)
    for parameter in parameters:
        for weight, text in (
            (CHOICES, " ".join(map(str, parameter.choices))),
            (PARAMETER, parameter.name),
            (PARAMETER_DESCRIPTION, parameter.description),
        ):
            for word in stems_of(text):
                weights[word] = max(weights.get(word, 0.0), weight)
    about = frozenset(map(stem, words_of(tool.name)))
    described = about | frozenset(stems_of(_gist(tool.description)))
    forms = frozenset(word for word in words_of(tool.name) if not is_weak(stem(word)))
    return KnownTool(tool, parameters, weights, about, described, forms)


def _gist(description: str) -> str:
    """Return what a description says at first; long ones go on with details and warnings."""
    return " ".join(description.split()[:60])
