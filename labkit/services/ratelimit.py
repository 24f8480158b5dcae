"""
How often one caller may ask: so many requests in a window of time, then a refusal that says when.

Floor 2: knows errors.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from labkit.errors import UsageError

MAX_CALLERS = 1000  # Our choice: who asked longest ago is forgotten first; memory is bounded.


class RateLimit:
    """
    At most *requests* of one caller in any *window_s* seconds. Use it on one event loop.

    Raises:
        UsageError: A limit that lets nobody ask.
    """

    def __init__(
        self,
        requests: int,
        *,
        window_s: float = 60,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if type(requests) is not int or requests < 1:
            raise UsageError("requests has to be a whole number, 1 or more")
        self._requests = requests
        self._window_s = window_s
        self._monotonic = monotonic
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, caller: str) -> int:
        """Count a request of *caller*: 0 lets it pass, else it isn't counted and has to wait."""
        now = self._monotonic()
        asked = self._asked.setdefault(caller, deque(maxlen=self._requests))
        self._asked.move_to_end(caller)
        if len(self._asked) > MAX_CALLERS:
            self._asked.popitem(last=False)
        if len(asked) == self._requests and now - asked[0] < self._window_s:
            return max(1, math.ceil(asked[0] + self._window_s - now))
        asked.append(now)
        return 0

    def __repr__(self) -> str:
        return f"<RateLimit, {self._requests} requests in {self._window_s:g} s>"
