"""
What time it is, as a value that is passed in.

Tokens live and die by the clock, so whatever signs or verifies takes a `Clock`. Live services
take `SYSTEM_CLOCK`; a lesson whose output has to be the same next year takes a frozen one; a lab,
in which hours have to pass within a minute, takes a `MovableClock`.
Unix time everywhere: seconds since 1970-01-01 UTC.

Floor 0: imports nothing of labkit but its errors.
"""

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labkit.errors import UsageError

LAB_NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""
The moment at which the inspection data ends, a Monday morning: "last week" means the same on
every run. It dates the data only; live tokens use the real time.
"""


@dataclass(frozen=True, slots=True)
class Clock:
    """
    The system's clock, or one that stands still.

    Attributes:
        frozen_at: Unix time in seconds at which the clock stands; None follows the system.
    """

    frozen_at: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no moment in time, here and not at the first use."""
        at = self.frozen_at
        if at is not None and (
            isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at)
        ):
            raise UsageError(
                "frozen_at is a Unix time in seconds, such as LAB_NOW.timestamp(), or None"
            )

    @property
    def stands_still(self) -> bool:
        """Whether no time passes by itself."""
        return self.frozen_at is not None

    def now(self) -> float:
        """Return the Unix time, in seconds."""
        return time.time() if self.frozen_at is None else self.frozen_at


@dataclass(slots=True)
class _Hands:
    ahead_s: float = 0.0
    held: tuple[float, float] | None = None  # Wall and monotonic time at which it was stopped.


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MovableClock(Clock):
    """
    The system's clock, which whoever holds it can set ahead: nobody waits an hour in a lesson.

    All that share it age together: tokens, keys, copies of keys. It never goes back.
    """

    frozen_at: None = field(default=None, init=False)
    _hands: _Hands = field(default_factory=_Hands, init=False)

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0) -> None:
        """
        Let so much time have passed.

        Raises:
            UsageError: That is no length of time, or a negative one.
        """
        given = (seconds, minutes, hours)
        if not all(isinstance(each, int | float) and 0 <= each < math.inf for each in given):
            raise UsageError("a clock goes forward by a number: advance(minutes=5)")
        self._hands.ahead_s += seconds + 60 * minutes + 3600 * hours

    def hold(self) -> None:
        """Stand still from now on, but for `advance`: no token expires while somebody reads."""
        if self._hands.held is None:
            self._hands.held = (time.time(), time.monotonic())

    @property
    def stands_still(self) -> bool:
        """Whether no time passes but what `advance` lets pass."""
        return self._hands.held is not None

    def now(self) -> float:
        """Return the Unix time, in seconds."""
        held = self._hands.held
        return (time.time() if held is None else held[0]) + self._hands.ahead_s

    def monotonic(self) -> float:
        """Return seconds that only grow, whoever sets the wall clock."""
        held = self._hands.held
        return (time.monotonic() if held is None else held[1]) + self._hands.ahead_s

    def __repr__(self) -> str:
        still = ", stands still" if self._hands.held else ""
        return f"<MovableClock, {self._hands.ahead_s:g} s ahead{still}>"


SYSTEM_CLOCK = Clock()
LESSON_CLOCK = Clock(LAB_NOW.timestamp())
