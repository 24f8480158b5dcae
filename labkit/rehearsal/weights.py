"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 583 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.66,
    "share of the words": 2.52,
    "only talk": -3.26,
    "verb": 0.57,
    "asks, it acts": -1.79,
    "asks, it tells": 0.65,
    "reports, it acts": 0.34,
    "reports, it tells": -0.23,
    "orders, it acts": -0.01,
    "orders, it tells": -0.11,
    "asks how, it searches": 2.90,
    "asks how, it searches anywhere": -1.50,
    "sure values": 1.49,
    "telling values": 1.59,
    "ids without use": -0.92,
    "values without use": -0.33,
    "values lacking": -0.80,
    "something lacking": -0.54,
    "needs nothing": -0.45,
    "takes nothing": 0.88,
}
ENOUGH = 2.35
"""Points of "none of them": from here on a tool is called."""
