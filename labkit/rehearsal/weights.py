"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 630 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.80,
    "share of the words": 3.02,
    "only talk": -4.89,
    "verb": 1.04,
    "asks, it acts": -1.65,
    "asks, it tells": 0.89,
    "reports, it acts": 0.55,
    "reports, it tells": -0.27,
    "asks how, it searches": 4.51,
    "asks how, it searches anywhere": -2.67,
    "sure values": 1.53,
    "choices among them": -0.31,
    "switches among them": 0.60,
    "telling values": 2.84,
    "ids without use": -1.36,
    "values without use": -0.37,
    "values lacking": -0.68,
    "something lacking": -0.63,
    "speaks of what lacks": 0.80,
    "needs nothing": -0.57,
    "takes nothing": 1.27,
}
ENOUGH = 2.70
"""Points of "none of them": from here on a tool is called."""
