"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 882 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.58,
    "share of the words": 3.03,
    "only talk": -4.69,
    "verb": 1.02,
    "asks, it acts": -1.70,
    "asks, it tells": 0.79,
    "reports, it acts": 0.42,
    "reports, it tells": -0.41,
    "asks how, it searches": 3.90,
    "asks how, it searches anywhere": -2.40,
    "sure values": 1.50,
    "choices among them": -0.27,
    "switches among them": 0.51,
    "telling values": 2.96,
    "ids without use": -1.02,
    "values without use": -0.39,
    "values lacking": -0.59,
    "something lacking": -0.93,
    "speaks of what lacks": 1.75,
    "needs nothing": -0.71,
    "takes nothing": 1.19,
}
ENOUGH = 2.29
"""Points of "none of them": from here on a tool is called."""
