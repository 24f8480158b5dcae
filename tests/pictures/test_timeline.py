"""The lives of keys: their order, which token hangs on which key, and what is refused."""

import base64
import json
from dataclasses import dataclass

import pytest

from labkit.errors import UsageError
from labkit.pictures import key_timeline
from labkit.pictures.timeline_sheet import MAX_KEYS, MAX_TOKENS

START = 1_772_438_400


@dataclass(frozen=True)
class Life:
    kid: str
    published_at: float
    signs_from: float | None = None
    signs_until: float | None = None
    gone_at: float | None = None
    removed: bool = False


@dataclass(frozen=True)
class Fetch:
    at: float
    caller: str = "inspections"


def part(members):
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def token(kid, at, seconds=300):
    claims = {"iat": START + at, "exp": START + at + seconds}
    return f"{part({'alg': 'RS256', 'kid': kid})}.{part(claims)}.c2ln"


OLD = Life("a", START, START, START + 180, START + 810)
NEW = Life("b", START + 60, START + 180)
BOTH = {"before": token("a", 0), "after": token("b", 200)}
FETCHES = [Fetch(START + 200), Fetch(START + 1)]


def test_the_twin_hangs_tokens_on_their_keys_and_lists_what_happened_in_order():
    picture = key_timeline([OLD, NEW], now=START + 240, tokens=BOTH, fetches=FETCHES)
    assert repr(picture) == (
        "The lives of the keys: 2\n"
        "  key 1: signed, retired\n"
        "    token before: not expired\n"
        "  key 2: waited, signs\n"
        "    token after: not expired\n"
        "  in order\n"
        "    1. key 1 is published, key 1 signs\n"
        "    2. inspections fetches the keys\n"
        "    3. key 2 is published\n"
        "    4. key 1 retires, key 2 signs\n"
        "    5. inspections fetches the keys"
    )


def test_what_lies_ahead_has_not_happened():
    early = repr(key_timeline([OLD, NEW], now=START + 809, tokens=BOTH))
    late = repr(key_timeline([OLD, NEW], now=START + 810, tokens=BOTH))
    assert ("forgotten" in early, "key 1 is forgotten" in late) == (False, True)
    assert "token before: expired" in early
    assert "key 1: signed, forgotten" in late


def test_a_removed_key_and_one_that_never_signed_are_told_apart():
    lives = [
        Life("a", START, START, START + 90, START + 90, removed=True),
        Life("b", START + 10, gone_at=START + 90, removed=True),
        Life("c", START + 20, gone_at=START + 30),
        Life("d", START + 30, START + 90),
        Life("e", START + 95),
    ]
    assert repr(key_timeline(lives, now=START + 100)).splitlines()[1:6] == [
        "  key 1: signed, removed",
        "  key 2: waited, removed",
        "  key 3: waited, forgotten",
        "  key 4: waited, signs",
        "  key 5: waits",
    ]


def test_equal_events_one_after_the_other_are_counted():
    fetches = [Fetch(START + n) for n in range(1, 5)] + [Fetch(START + 9, "")]
    lines = repr(
        key_timeline([Life("a", START, START)], now=START + 20, fetches=fetches)
    ).splitlines()
    assert lines[-2:] == [
        "    2. inspections fetches the keys x 4",
        "    3. somebody fetches the keys",
    ]


def test_a_token_that_seems_older_than_its_key_is_drawn_where_the_key_begins():
    """Its iat is cut to whole seconds; the key began in the middle of one."""
    key = Life("a", START + 0.9, START + 0.9)
    figure = key_timeline([key], now=START + 30, tokens={"t": token("a", 0)}).figure
    assert figure is not None


@pytest.mark.parametrize("count", [1, 2, MAX_KEYS, MAX_KEYS + 3])
@pytest.mark.parametrize("far", [0, 60, 86_400 * 30])
def test_it_is_legible_with_any_number_of_keys_tokens_and_fetches(count, far, legible):
    lives = [
        Life(
            f"k{n}",
            START + n * 60,
            START + n * 60 + 30,
            START + n * 60 + 90,
            START + n * 60 + 720,
            removed=n % 3 == 2,
        )
        for n in range(count)
    ]
    tokens = {
        f"a token with a name that is long {n}": token(f"k{n % count}", n * 40)
        for n in range(count * (MAX_TOKENS + 2))
    }
    fetches = [Fetch(START + n * 7) for n in range(60)]
    picture = key_timeline(
        lives, now=START + count * 60 + far, tokens=tokens, fetches=fetches, title="W" * 300
    )
    legible(picture)


def test_one_key_alone_is_drawn(legible):
    legible(key_timeline([Life("a", START, START)], now=START))


def test_what_is_hostile_in_a_name_can_only_be_read():
    twin = repr(key_timeline([NEW], now=START + 240, tokens={"a\x1b\n": token("b", 200)}))
    assert "token a\\x1b\\n: not expired" in twin


@pytest.mark.parametrize(
    "wrong",
    [
        {"lives": []},
        {"lives": None},
        {"lives": ["a"]},
        {"lives": [Life("a", "yesterday")]},
        {"now": None},
        {"now": True},
        {"now": float("nan")},
        {"tokens": ["x"]},
        {"tokens": {"": token("a", 0)}},
        {"tokens": {7: token("a", 0)}},
        {"tokens": {"x": None}},
        {"tokens": {"x": "no token"}},
        {"tokens": {"x": token("stranger", 0)}},
        {"tokens": {"x": f"{part({'kid': 'a'})}.{part({'iat': 'now'})}.c2ln"}},
        {"fetches": ["x"]},
        {"fetches": None},
        {"title": ""},
        {"title": None},
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong):
    given = {"lives": [OLD, NEW], "now": START + 240} | wrong
    with pytest.raises(UsageError):
        key_timeline(given.pop("lives"), **given)
