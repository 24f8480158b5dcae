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
    "share of the words": 3.11,
    "only talk": -4.90,
    "verb": 1.06,
    "asks, it acts": -1.65,
    "asks, it tells": 0.88,
    "reports, it acts": 0.52,
    "reports, it tells": -0.25,
    "asks how, it searches": 4.46,
    "asks how, it searches anywhere": -2.67,
    "sure values": 1.54,
    "choices among them": -0.26,
    "switches among them": 0.64,
    "telling values": 2.83,
    "ids without use": -1.35,
    "values without use": -0.36,
    "values lacking": -0.66,
    "something lacking": -0.78,
    "speaks of what lacks": 0.92,
    "needs nothing": -0.61,
    "takes nothing": 1.30,
}
ENOUGH = 2.69
"""Points of "none of them": from here on a tool is called."""
