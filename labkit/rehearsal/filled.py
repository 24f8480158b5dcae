"""
What was found for a tool's parameters, and what wasn't.

Floor 1: imports nothing of labkit but its neighbour `parameters`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.rehearsal.parameters import Parameter


@dataclass(slots=True)
class Filled:
    """
    What was found for one tool.

    Attributes:
        arguments: By parameter.
        missing: Required parameters that nothing was found for.
        several: For a parameter with more than one value, all of them.
        sure: How many values were found by more than being left over.
        certain: Whose they are.
        scores: How well a value fits that was taken by its look.
        assumed: Whose value no word says; it stands for all questions.
        unused: How many ids and addresses of the text no parameter takes.
        idle: How many numbers, dates and quotations.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    missing: list[Parameter] = field(default_factory=list)
    several: dict[str, list[Any]] = field(default_factory=dict)
    sure: int = 0
    certain: set[str] = field(default_factory=set)
    assumed: set[str] = field(default_factory=set)
    scores: dict[str, float] = field(default_factory=dict)
    unused: int = 0
    idle: int = 0

    def assume(self, standing: Mapping[str, str]) -> None:
        """Take what stands for all questions, where this one says nothing else."""
        for name, value in standing.items():
            if name not in self.arguments:
                self.arguments[name] = value
                self.assumed.add(name)
