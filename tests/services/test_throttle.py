"""Failed logins are counted for each client and address, and forgotten after the window."""

import pytest

from labkit.errors import UsageError
from labkit.services import throttle
from labkit.services.throttle import FailureLimit

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


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
        assert limit.wait_s("a", HERE) == wait_s
        limit.failed("a", HERE)
    assert limit.wait_s("b", HERE) == 0


def test_each_failure_is_forgotten_after_the_window(limit, moment):
    for _ in range(3):
        limit.failed("a", HERE)
        moment.now += 10
    assert limit.wait_s("a", HERE) == 30
    moment.now += 29.5
    assert limit.wait_s("a", HERE) == 1
    moment.now += 0.5
    assert limit.wait_s("a", HERE) == 0
    limit.failed("a", HERE)
    assert limit.wait_s("a", HERE) == 10


def test_a_flood_takes_no_memory(limit):
    for _ in range(1000):
        limit.failed("a", HERE)
    assert repr(limit) == "<FailureLimit, 1 clients and addresses have failed>"
    assert len(limit._failures["a", HERE]) == 3


def test_a_stranger_elsewhere_keeps_no_client_out(limit):
    for _ in range(100):
        limit.failed("a", ELSEWHERE)
    assert limit.wait_s("a", ELSEWHERE) == 60
    assert limit.wait_s("a", HERE) == 0
    assert limit.wait_s("a", None) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:0:8000::", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        (None, "", True),
        ("testclient", "testclient", True),
        ("testclient", "other", False),
    ],
)
def test_one_network_of_ipv6_is_one_address(limit, one, other, same):
    for _ in range(3):
        limit.failed("a", one)
    assert (limit.wait_s("a", other) > 0) == same


def test_many_addresses_take_bounded_memory_and_the_oldest_goes_first(limit, monkeypatch):
    monkeypatch.setattr(throttle, "MAX_PAIRS", 5)
    for number in range(6):
        for _ in range(3):
            limit.failed("a", f"192.0.2.{number}")
    assert [limit.wait_s("a", f"192.0.2.{number}") > 0 for number in range(6)] == [False] + [
        True
    ] * 5
    assert len(limit._failures) == 5


@pytest.mark.parametrize("wrong", [0, -1, "3", None, True, 1.5])
def test_a_limit_is_a_whole_number(wrong):
    with pytest.raises(UsageError, match="max_failures"):
        FailureLimit(max_failures=wrong)
