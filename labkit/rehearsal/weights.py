"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 882 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.50,
    "share of the words": 3.35,
    "only talk": -4.70,
    "verb": 1.35,
    "asks, it acts": -1.51,
    "asks, it tells": 0.80,
    "reports, it acts": 0.37,
    "reports, it tells": -0.41,
    "asks how, it searches": 3.84,
    "asks how, it searches anywhere": -2.48,
    "sure values": 1.64,
    "choices among them": -0.35,
    "switches among them": 0.39,
    "telling values": 2.82,
    "ids without use": -1.01,
    "values without use": -0.41,
    "values lacking": -0.75,
    "something lacking": -0.85,
    "speaks of what lacks": 1.76,
    "needs nothing": -0.81,
    "takes nothing": 1.33,
}
ENOUGH = 2.32
"""Points of "none of them": from here on a tool is called."""
