"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 630 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.71,
    "share of the words": 3.16,
    "only talk": -4.88,
    "verb": 0.96,
    "asks, it acts": -1.59,
    "asks, it tells": 0.82,
    "reports, it acts": 0.48,
    "reports, it tells": -0.25,
    "asks how, it searches": 4.67,
    "asks how, it searches anywhere": -2.67,
    "sure values": 1.56,
    "choices among them": -0.50,
    "switches among them": 0.50,
    "telling values": 2.79,
    "ids without use": -0.88,
    "values without use": -0.43,
    "values lacking": -0.71,
    "something lacking": -0.20,
    "speaks of what lacks": 0.40,
    "needs nothing": -0.47,
    "takes nothing": 1.04,
}
ENOUGH = 2.66
"""Points of "none of them": from here on a tool is called."""
