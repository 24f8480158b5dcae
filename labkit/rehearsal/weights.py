"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 630 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.81,
    "share of the words": 2.94,
    "only talk": -4.94,
    "verb": 0.86,
    "asks, it acts": -1.72,
    "asks, it tells": 0.90,
    "reports, it acts": 0.53,
    "reports, it tells": -0.27,
    "asks how, it searches": 4.40,
    "asks how, it searches anywhere": -2.68,
    "sure values": 1.51,
    "choices among them": -0.29,
    "switches among them": 0.60,
    "telling values": 2.84,
    "ids without use": -1.31,
    "values without use": -0.33,
    "values lacking": -0.51,
    "something lacking": -0.93,
    "speaks of what lacks": 1.01,
    "needs nothing": -0.66,
    "takes nothing": 1.29,
}
ENOUGH = 2.67
"""Points of "none of them": from here on a tool is called."""
