"""What became of each key: read off the ring after each of its steps."""

import pytest

from labkit.clock import MovableClock
from labkit.tokens import KeyRing, SigningKey
from labkit.tokens.ring import KEPT_AFTER_RETIREMENT_S
from labkit.tokens.teaching import teaching_key

KEY, OTHER, THIRD = teaching_key(), teaching_key("stranger"), SigningKey.generate()


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def ring(clock):
    return KeyRing(KEY, clock=clock)


def stages(ring, clock):
    return [life.stage(clock.now()) for life in ring.lives]


def test_a_key_lives_from_next_over_active_and_retired_to_forgotten(ring, clock):
    seen = [stages(ring, clock)]
    ring.publish_next(OTHER)
    seen.append(stages(ring, clock))
    ring.rotate()
    seen.append(stages(ring, clock))
    clock.advance(KEPT_AFTER_RETIREMENT_S)
    seen.append(stages(ring, clock))
    assert seen == [["active"], ["active", "next"], ["retired", "active"], ["forgotten", "active"]]
    assert [life.kid for life in ring.lives] == [KEY.kid, OTHER.kid]


def test_the_moments_of_a_life_are_those_of_the_steps(ring, clock):
    start = clock.now()
    clock.advance(100)
    ring.publish_next(OTHER)
    clock.advance(300)
    ring.rotate()
    clock.advance(50)
    old, new = ring.lives
    assert new.published_at - start == pytest.approx(100, abs=5)
    assert new.signs_from - new.published_at == pytest.approx(300, abs=5)
    assert old.signs_from == old.published_at == pytest.approx(start, abs=5)
    assert old.signs_until == pytest.approx(new.signs_from, abs=5)
    assert old.gone_at == pytest.approx(old.signs_until + KEPT_AFTER_RETIREMENT_S, abs=5)
    assert (old.since(clock.now()), new.since(clock.now())) == (old.signs_until, new.signs_from)


def test_a_retired_key_keeps_its_moments_through_later_steps(ring, clock):
    ring.publish_next(OTHER)
    ring.rotate()
    before = ring.lives[0]
    clock.advance(60)
    ring.publish_next(THIRD)
    ring.rotate()
    assert ring.lives[0] == before
    clock.advance(KEPT_AFTER_RETIREMENT_S)
    ring.publish_next()
    assert ring.lives[0] == before
    assert stages(ring, clock) == ["forgotten", "forgotten", "active", "next"]


@pytest.mark.parametrize("role", ["active", "next", "retired"])
def test_a_removed_key_ends_at_once(ring, clock, role):
    ring.publish_next(OTHER)
    ring.rotate()
    ring.publish_next(THIRD)
    kid = {"active": OTHER, "next": THIRD, "retired": KEY}[role].kid
    clock.advance(60)
    ring.remove(kid)
    (life,) = [life for life in ring.lives if life.kid == kid]
    assert (life.stage(clock.now()), life.since(clock.now())) == ("removed", life.gone_at)
    assert life.gone_at == pytest.approx(clock.now(), abs=5)
    assert (life.signs_from is None) == (role == "next")
    assert (life.signs_until is None) == (role == "next")
    clock.advance(KEPT_AFTER_RETIREMENT_S)
    ring.publish_next()
    assert life in ring.lives


def test_a_next_key_that_another_replaces_never_signed(ring, clock):
    ring.publish_next(OTHER)
    ring.publish_next(THIRD)
    assert stages(ring, clock) == ["active", "replaced", "next"]
    assert ring.lives[1].signs_from is None
