"""Failed logins are counted for each client, and forgotten after the window."""

import pytest

from labkit.errors import UsageError
from labkit.services.throttle import FailureLimit


class Time:
    """A monotonic clock that the test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def moment():
    return Time()


@pytest.fixture
def limit(moment):
    return FailureLimit(max_failures=3, window_s=60, monotonic=moment)


def test_a_client_waits_after_as_many_failures_as_allowed_and_not_before(limit):
    for wait_s in (0, 0, 0, 60):
        assert limit.wait_s("a") == wait_s
        limit.failed("a")
    assert limit.wait_s("b") == 0


def test_each_failure_is_forgotten_after_the_window(limit, moment):
    for _ in range(3):
        limit.failed("a")
        moment.now += 10
    assert limit.wait_s("a") == 30
    moment.now += 29.5
    assert limit.wait_s("a") == 1
    moment.now += 0.5
    assert limit.wait_s("a") == 0
    limit.failed("a")
    assert limit.wait_s("a") == 10


def test_a_flood_takes_no_memory(limit):
    for _ in range(1000):
        limit.failed("a")
    assert repr(limit) == "<FailureLimit, 1 clients have failed>"
    assert len(limit._failures["a"]) == 3


@pytest.mark.parametrize("wrong", [0, -1, "3", None, True, 1.5])
def test_a_limit_is_a_whole_number(wrong):
    with pytest.raises(UsageError, match="max_failures"):
        FailureLimit(max_failures=wrong)
