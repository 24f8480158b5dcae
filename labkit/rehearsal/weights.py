"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 630 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.79,
    "share of the words": 3.07,
    "only talk": -4.90,
    "verb": 1.05,
    "asks, it acts": -1.66,
    "asks, it tells": 0.88,
    "reports, it acts": 0.61,
    "reports, it tells": -0.26,
    "asks how, it searches": 4.47,
    "asks how, it searches anywhere": -2.67,
    "sure values": 1.56,
    "choices among them": -0.27,
    "switches among them": 0.64,
    "telling values": 2.82,
    "ids without use": -1.35,
    "values without use": -0.37,
    "values lacking": -0.66,
    "something lacking": -0.75,
    "speaks of what lacks": 0.88,
    "needs nothing": -0.60,
    "takes nothing": 1.31,
}
ENOUGH = 2.70
"""Points of "none of them": from here on a tool is called."""
