"""The clock that is passed in."""

import time

import pytest

from labkit.clock import LAB_NOW, LESSON_CLOCK, SYSTEM_CLOCK, Clock
from labkit.errors import UsageError


def test_the_system_clock_follows_the_system() -> None:
    before = time.time()
    assert before <= SYSTEM_CLOCK.now() <= time.time()


def test_a_frozen_clock_stands_still() -> None:
    assert LESSON_CLOCK.now() == LESSON_CLOCK.now() == LAB_NOW.timestamp()


def test_the_data_ends_on_a_monday_so_last_week_is_whole() -> None:
    assert LAB_NOW.weekday() == 0


@pytest.mark.parametrize("wrong", ["", "now", True, float("nan"), float("inf"), [1]])
def test_a_moment_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError, match="frozen_at"):
        Clock(wrong)  # type: ignore[arg-type]
