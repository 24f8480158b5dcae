"""
What a model says in one turn: text, calls of tools, or both.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """
    A tool that the model wants called.

    Attributes:
        name: Of the tool.
        arguments: By parameter; plain JSON.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Turn:
    """
    One answer of a model.

    Attributes:
        text: What it says; may be empty beside calls.
        calls: Which tools it wants called, side by side.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
