"""What members mean: the known ones, times, and what should stop a reader."""

import pytest

from labkit.pictures.meanings import Meaning, distance, general_meaning, meaning, utc
from labkit.pictures.parts import Member


def member(name, value, *, repeated=False):
    return Member(name, value, repr(value), repeated)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("alg", "RS256", "says: RSA with SHA-256; one signs, all can check"),
        ("alg", "HS256", "says: a shared secret; who can check can forge"),
        ("alg", "ES256", "how it says it is signed"),
        ("alg", 7, "how it says it is signed"),
        ("typ", "AT+JWT", "an access token (RFC 9068)"),
        ("typ", "JWT", "some JSON Web Token"),
        ("typ", "other", "what kind of token it says it is"),
        ("kid", "a", "which key to check it with, by name"),
        ("sub", "a", "up to whoever wrote it"),
    ],
)
def test_a_header_member_is_explained_by_its_value(name, value, words):
    assert meaning("header", member(name, value), None) == Meaning(words)


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip"])
def test_a_trap_in_the_header_alarms_but_not_in_the_payload(name):
    assert general_meaning("header", name).alarming
    assert not general_meaning("payload", name).alarming


@pytest.mark.parametrize("value", ["none", "NONE", "nOnE"])
def test_no_algorithm_alarms(value):
    assert meaning("header", member("alg", value), None) == Meaning(
        "says that it isn't signed at all: refuse it", alarming=True
    )


def test_a_repeated_member_alarms():
    assert meaning("payload", member("sub", "a", repeated=True), None).alarming


@pytest.mark.parametrize(
    ("name", "now", "words"),
    [
        ("exp", None, "ends 2026-03-02 08:05:00 UTC"),
        ("exp", 1772438400, "ends 2026-03-02 08:05:00 UTC, in 5 min"),
        ("iat", 1772438700.5, "issued 2026-03-02 08:05:00 UTC, now"),
        ("nbf", 1772460300, "begins 2026-03-02 08:05:00 UTC, 6 h ago"),
    ],
)
def test_a_time_is_told_in_utc_and_relative_only_to_a_known_now(name, now, words):
    assert meaning("payload", member(name, 1772438700), now).words == words


@pytest.mark.parametrize(
    "value", ["1772438700", True, None, [], float("nan"), float("inf"), 1e300, -(10**30)]
)
def test_what_is_no_time_alarms(value):
    assert meaning("payload", member("exp", value), 0).alarming
    assert utc(value) is None


def test_times_before_1970_and_fractions_are_told():
    assert utc(-1.5) == "1969-12-31 23:59:58 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (-0.4, "now"),
        (59, "in 59 s"),
        (60, "in 1 min"),
        (-3599, "59 min ago"),
        (3600, "in 1 h"),
        (-86400 * 1200, "1,200 d ago"),
    ],
)
def test_a_distance_is_told_in_its_largest_unit(seconds, words):
    assert distance(seconds) == words
