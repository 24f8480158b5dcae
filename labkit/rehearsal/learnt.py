"""
What was learnt from prompts, as numbers: what each sort of evidence counts, and the table of moods.

The numbers stand in ``learnt.json``, which ``python tests/rehearsal/learning.py`` writes: a softmax
over the tools of a prompt and "none of them", fitted to prompts over many sets of tools. Of two
tools, the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

ENOUGH = 0.0
"""Points of "none of them", which all others are counted from: from here on a tool is called."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """
    What was learnt.

    Attributes:
        weights: Points for one of each sort of evidence.
        moods: For each trait of a question the points of each kind of tool, the last for none; see
            `labkit.rehearsal.moods`.
    """

    weights: Mapping[str, float] = field(hash=False)
    moods: Mapping[str, Sequence[float]] = field(hash=False)


@cache
def learnt() -> Learnt:
    """Return what was learnt, read once."""
    told = json.loads(files("labkit.rehearsal").joinpath("learnt.json").read_text("utf-8"))
    return Learnt(told["weights"], told["moods"])
