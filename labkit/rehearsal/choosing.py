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
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labkit.rehearsal.request import Tool
from labkit.rehearsal.roles import Parameter, parameters_of
from labkit.rehearsal.words import is_weak, kin_of, stem, stems_of, words_of

# Measured on prompts over many domains: what a word in each place says (course design, agent).
NAME, DESCRIPTION, CHOICES, PARAMETER, PARAMETER_DESCRIPTION = 3.0, 2.0, 1.5, 1.0, 0.6
KIN = 0.7  # What a word of the same meaning counts.
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
    """

    tool: Tool
    parameters: tuple[Parameter, ...]
    weights: Mapping[str, float] = field(hash=False)

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def required(self) -> tuple[Parameter, ...]:
        """Those of its parameters that a call can't go without."""
        return tuple(each for each in self.parameters if each.required)


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
        for word in stems_of(clause):
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
        return sum(self.words(clause, known).values())


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
    return KnownTool(tool, parameters, weights)


def _gist(description: str) -> str:
    """Return what a description says at first; long ones go on with details and warnings."""
    return " ".join(description.split()[:60])
