"""Attacks as data: what is tried, how it's made, and the one reason for which it's refused."""

from labkit.attacks.forged_tokens import CONTROLS, FORGERIES
from labkit.attacks.workshop import Attempt, Forgery, Workshop

__all__ = ["CONTROLS", "FORGERIES", "Attempt", "Forgery", "Workshop"]
