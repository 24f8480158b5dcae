"""
What each sort of evidence counts for a tool, in points (see `labkit.rehearsal.evidence`).

Every number was learnt: from 583 prompts over 116 sets of tools, by a softmax over the tools of a
prompt and "none of them" (``python tests/rehearsal/learning.py`` prints the table). Of two tools,
the one with a point more is the right one 2.7 times as often.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.75,
    "share of the words": 2.10,
    "only talk": -3.15,
    "verb": 0.62,
    "asks, it acts": -1.61,
    "asks, it tells": 0.66,
    "reports, it acts": 0.44,
    "reports, it tells": -0.26,
    "orders, it acts": -0.15,
    "orders, it tells": -0.13,
    "asks how, it searches": 2.74,
    "asks how, it searches anywhere": -1.52,
    "sure values": 1.43,
    "telling values": 1.61,
    "ids without use": -1.35,
    "values without use": -0.31,
    "values lacking": -0.78,
    "something lacking": -0.95,
    "needs nothing": -0.49,
    "takes nothing": 0.99,
}
ENOUGH = 2.29
"""Points of "none of them": from here on a tool is called."""
