"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 882 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.53,
    "share of the words": 3.24,
    "only talk": -4.67,
    "verb": 1.33,
    "asks, it acts": -1.61,
    "asks, it tells": 0.78,
    "reports, it acts": 0.39,
    "reports, it tells": -0.41,
    "asks how, it searches": 3.94,
    "asks how, it searches anywhere": -2.40,
    "sure values": 1.58,
    "choices among them": -0.30,
    "switches among them": 0.53,
    "telling values": 2.94,
    "ids without use": -1.04,
    "values without use": -0.41,
    "values lacking": -0.74,
    "something lacking": -0.81,
    "speaks of what lacks": 1.73,
    "needs nothing": -0.75,
    "takes nothing": 1.27,
}
ENOUGH = 2.31
"""Points of "none of them": from here on a tool is called."""
