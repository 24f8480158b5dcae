"""How keys take over from each other: no valid token is refused, no removed key comes back."""

import json

import httpx2
import pytest

from labkit.clock import Clock
from labkit.errors import ExpiredToken, KeySourceDown, UnknownKey, UsageError
from labkit.tokens import (
    AccessTokenPolicy,
    JwksClient,
    JwksLimits,
    KeyRing,
    SigningKey,
    issue_access_token,
)
from labkit.tokens.keys import thumbprint
from labkit.tokens.ring import (
    KEPT_AFTER_RETIREMENT_S,
    RingState,
    publish_next,
    remove,
    rotate,
)
from labkit.tokens.teaching import teaching_key

KEY = teaching_key()
OTHER = teaching_key("stranger")
THIRD = SigningKey.generate()


def kids(ring: KeyRing) -> list[str]:
    return [jwk["kid"] for jwk in ring.jwk_set()["keys"]]


def ring_at(moment: float, ring: KeyRing) -> KeyRing:
    ring._clock = Clock(moment)
    return ring


def test_a_ring_publishes_the_next_key_before_it_signs() -> None:
    ring = KeyRing(KEY)
    following = ring.publish_next(OTHER)
    assert kids(ring) == [KEY.kid, following]
    assert ring.active.kid == KEY.kid
    assert ring.rotate() == following == ring.active.kid


def test_a_retired_key_stays_published_until_its_last_token_has_expired() -> None:
    ring = KeyRing(KEY, clock=Clock(1000))
    ring.publish_next(OTHER)
    ring.rotate()
    assert KEY.kid in kids(ring_at(1000 + KEPT_AFTER_RETIREMENT_S - 1, ring))
    assert KEY.kid not in kids(ring_at(1000 + KEPT_AFTER_RETIREMENT_S, ring))


async def test_a_retired_key_that_nobody_needs_is_dropped_at_the_next_rotation() -> None:
    ring = KeyRing(KEY, clock=Clock(1000))
    ring.publish_next(OTHER)
    ring.rotate()
    ring_at(1000 + KEPT_AFTER_RETIREMENT_S, ring).publish_next(THIRD)
    ring.rotate()
    assert [retired.kid for retired in (await ring.load()).retired] == [OTHER.kid]


async def test_the_private_half_of_a_retired_key_is_forgotten() -> None:
    ring = KeyRing(KEY)
    ring.publish_next(OTHER)
    ring.rotate()
    (retired,) = (await ring.load()).retired
    assert retired.jwk == KEY.public_jwk()


@pytest.mark.parametrize("rotations", [1, 3])
def test_every_token_is_accepted_until_it_expires_however_often_the_keys_change(rotations) -> None:
    """Tokens of the longest life, one before and one after each rotation."""
    ring, tokens, at = KeyRing(KEY), [], 1_000_000
    claims = {"issuer": "i", "subject": "s", "audience": "a", "client_id": "c", "lifetime_s": 600}
    for _ in range(rotations):
        ring_at(at, ring).publish_next(SigningKey.generate())
        tokens += [issue_access_token(ring.active, **claims, clock=Clock(at))]
        ring.rotate()
        tokens += [issue_access_token(ring.active, **claims, clock=Clock(at))]
        at += 200
    for age, token in enumerate(tokens):
        expires = 1_000_000 + 200 * (age // 2) + 600
        for now in range(1_000_000 + 200 * rotations, expires + 30, 7):
            policy = AccessTokenPolicy("i", "a", clock=Clock(now))
            assert policy.verify(token, ring_at(now, ring).jwk_set()).subject == "s"
        late = AccessTokenPolicy("i", "a", clock=Clock(expires + 30))
        with pytest.raises((ExpiredToken, UnknownKey)):
            late.verify(token, ring_at(expires + 30, ring).jwk_set())


def test_a_ring_without_a_next_key_does_not_rotate() -> None:
    ring = KeyRing(KEY)
    with pytest.raises(UsageError, match="publish_next"):
        ring.rotate()
    assert ring.active is KEY


def test_publishing_twice_keeps_the_key_that_waits() -> None:
    ring = KeyRing.generate()
    assert ring.publish_next() == ring.publish_next()
    assert len(kids(ring)) == 2


def test_another_key_may_take_the_place_of_the_one_that_waits() -> None:
    ring = KeyRing(KEY)
    ring.publish_next(OTHER)
    assert ring.publish_next(THIRD) == THIRD.kid
    assert kids(ring) == [KEY.kid, THIRD.kid]


def test_a_key_that_is_or_was_in_the_ring_is_no_next_key() -> None:
    ring = KeyRing(KEY)
    with pytest.raises(UsageError, match="is or was in the ring"):
        ring.publish_next(KEY)
    ring.publish_next(OTHER)
    ring.rotate()
    with pytest.raises(UsageError, match="is or was in the ring"):
        ring.publish_next(KEY)
    ring.remove(KEY.kid)
    with pytest.raises(UsageError, match="is or was in the ring"):
        ring.publish_next(KEY)


@pytest.mark.parametrize("wrong", ["key", b"pem", 7, {"kty": "RSA"}])
def test_a_ring_takes_signing_keys_only(wrong) -> None:
    with pytest.raises(UsageError, match="SigningKey"):
        KeyRing(wrong)
    with pytest.raises(UsageError, match="SigningKey"):
        KeyRing(KEY).publish_next(wrong)


def test_a_ring_shows_no_key() -> None:
    assert repr(KeyRing(KEY)) == "<KeyRing active=INSECURE..., 1 published>"


# Emergency


def test_the_waiting_key_signs_at_once_when_the_active_one_is_removed() -> None:
    ring = KeyRing(KEY)
    ring.publish_next(OTHER)
    assert ring.remove(KEY.kid) == OTHER.kid == ring.active.kid
    assert kids(ring) == [OTHER.kid]


def test_a_new_key_signs_when_the_active_one_is_removed_and_none_waits() -> None:
    ring = KeyRing(KEY)
    new = ring.remove(KEY.kid)
    assert kids(ring) == [new] == [thumbprint(ring.active.public_jwk())]


def test_a_waiting_and_a_retired_key_can_be_removed() -> None:
    ring = KeyRing(KEY)
    ring.publish_next(OTHER)
    ring.rotate()
    ring.publish_next(THIRD)
    assert ring.remove(THIRD.kid) == OTHER.kid
    assert kids(ring) == [OTHER.kid, KEY.kid]
    assert ring.remove(KEY.kid) == OTHER.kid
    assert kids(ring) == [OTHER.kid]


def test_removing_twice_is_once() -> None:
    ring = KeyRing(KEY)
    assert ring.remove(KEY.kid) == ring.remove(KEY.kid)


@pytest.mark.parametrize("kid", ["", "nobody", None])
def test_what_is_not_in_the_ring_is_not_removed(kid) -> None:
    ring = KeyRing(KEY)
    with pytest.raises(UsageError, match="no key of the ring has this kid"):
        ring.remove(kid)
    assert ring.active is KEY


@pytest.mark.parametrize("answers", [True, False])
async def test_a_removed_key_is_refused_within_the_bound_that_the_verifier_sets(answers) -> None:
    """`max_age_s` after the last fetch, or `stale_s` if the issuer is down as well."""
    ring, now, is_up = KeyRing(KEY), 1000.0, True
    limits = JwksLimits()
    bound = limits.max_age_s if answers else limits.stale_s

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.dumps(ring.jwk_set()).encode()
        return httpx2.Response(200 if is_up else 503, stream=httpx2.ByteStream(body))

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = JwksClient("http://issuer.test", limits=limits, http=http, monotonic=lambda: now)

    async def is_known() -> bool:
        try:
            return any(jwk["kid"] == KEY.kid for jwk in (await client.key_set(KEY.kid))["keys"])
        except KeySourceDown:
            return False

    assert await is_known()
    ring.remove(KEY.kid)
    is_up = answers
    if not answers:
        now += bound
        assert await is_known()
    now = 1000.0 + bound + 1
    assert not await is_known()
    await client.aclose()


# The same steps through a store


async def test_the_steps_of_a_store_are_those_of_a_ring() -> None:
    ring = KeyRing(KEY)
    following = await publish_next(ring)
    assert await publish_next(ring) == following
    assert await rotate(ring) == following == ring.active.kid
    new = await remove(ring, following)
    assert kids(ring) == [new, KEY.kid]


def test_a_step_leaves_the_state_before_it_as_it_was() -> None:
    before = RingState(KEY)
    after = before.publishing(OTHER, 0).rotated(0).without(KEY.kid, THIRD)
    assert before == RingState(KEY)
    assert after == RingState(OTHER, removed=frozenset({KEY.kid}))
