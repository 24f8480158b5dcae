"""The clock that is passed in."""

import time

import pytest

from labkit.clock import LAB_NOW, LESSON_CLOCK, SYSTEM_CLOCK, Clock, MovableClock
from labkit.errors import UsageError


def test_the_system_clock_follows_the_system() -> None:
    before = time.time()
    assert before <= SYSTEM_CLOCK.now() <= time.time()


def test_a_frozen_clock_stands_still() -> None:
    assert LESSON_CLOCK.now() == LESSON_CLOCK.now() == LAB_NOW.timestamp()


def test_a_clock_says_whether_it_stands_still() -> None:
    assert not SYSTEM_CLOCK.stands_still
    assert LESSON_CLOCK.stands_still
    clock = MovableClock()
    assert not clock.stands_still
    clock.hold()
    assert clock.stands_still


def test_the_data_ends_on_a_monday_so_last_week_is_whole() -> None:
    assert LAB_NOW.weekday() == 0


@pytest.mark.parametrize("wrong", ["", "now", True, float("nan"), float("inf"), [1]])
def test_a_moment_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError, match="frozen_at"):
        Clock(wrong)  # type: ignore[arg-type]


def test_a_movable_clock_follows_the_system_and_can_be_set_ahead() -> None:
    clock = MovableClock()
    before = time.time()
    assert before <= clock.now() <= time.time()
    clock.advance(5, minutes=2, hours=1)
    wall, steady = clock.now(), clock.monotonic()
    assert wall - time.time() == pytest.approx(3725, abs=1)
    assert steady - time.monotonic() == pytest.approx(3725, abs=1)
    assert repr(clock) == "<MovableClock, 3725 s ahead>"


@pytest.mark.parametrize("wrong", [-1, "5", None, float("nan"), float("inf"), 1j])
def test_a_movable_clock_never_goes_back_and_takes_numbers_only(wrong: object) -> None:
    clock = MovableClock()
    with pytest.raises(UsageError, match="forward"):
        clock.advance(wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="forward"):
        clock.advance(minutes=wrong)  # type: ignore[arg-type]
    assert clock.now() <= time.time()


def test_a_held_clock_moves_only_when_it_is_told_to() -> None:
    clock = MovableClock()
    clock.hold()
    wall, steady = clock.now(), clock.monotonic()
    clock.hold()
    assert (clock.now(), clock.monotonic()) == (wall, steady)
    clock.advance(minutes=1)
    assert (clock.now(), clock.monotonic()) == (wall + 60, steady + 60)
    assert repr(clock) == "<MovableClock, 60 s ahead, stands still>"
