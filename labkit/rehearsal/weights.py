"""
What each sort of evidence counts for a tool. Learnt, not chosen: see tests/rehearsal/learning.py.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "words": 1.69,
    "share of the words": 3.49,
    "only talk": -5.35,
    "verb": 0.57,
    "asks, it acts": -1.62,
    "asks, it tells": 0.92,
    "reports, it acts": 0.34,
    "reports, it tells": -0.10,
    "asks how, it searches": 3.58,
    "sure values": 1.59,
    "telling values": 4.46,
    "ids without use": -0.90,
    "values without use": -0.32,
    "values lacking": -0.83,
    "something lacking": -0.59,
    "needs nothing": -0.70,
    "takes nothing": 1.14,
}
ENOUGH = 2.58
