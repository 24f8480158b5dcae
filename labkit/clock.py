"""
What time it is, as a value that is passed in.

Tokens live and die by the clock, so whatever signs or verifies takes a `Clock`. Live services
take `SYSTEM_CLOCK`; a lesson whose output has to be the same next year takes a frozen one.
Unix time everywhere: seconds since 1970-01-01 UTC.

Floor 0: imports nothing of labkit but its errors.
"""

import math
import time
from dataclasses import dataclass
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

    def now(self) -> float:
        """Return the Unix time, in seconds."""
        return time.time() if self.frozen_at is None else self.frozen_at


SYSTEM_CLOCK = Clock()
LESSON_CLOCK = Clock(LAB_NOW.timestamp())
