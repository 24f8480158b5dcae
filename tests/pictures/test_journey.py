"""The course map: its twin, its states, and what it refuses."""

import pytest

from labkit.errors import UsageError
from labkit.pictures import Hop, course_map

LONG = "an exceedingly long title that nobody would give to a notebook of theirs"
OUT = ["question", "token", "trust", "ingress", "lifecycle", "dependencies", "event loop"]
BACK = ["session", "pool", "clients", "tool", "agent", "authority", "answer"]
COURSE = [
    Hop(f"{n:02d}", f"Title {n}", place, total=3, done=min(n, 3), available=n < 12)
    for n, place in enumerate(OUT + BACK)
]


def test_the_twin_lists_each_hop_with_its_mark():
    hops = [
        Hop("00", "The whole game", "question", total=2, done=2),
        Hop("01", "Signatures", "token", total=3, done=1),
        Hop("02", "Service to service", "trust", total=3),
        Hop("03", "From bytes to ASGI", "ingress", available=False),
        Hop("04", "No exercises", "lifecycle"),
    ]
    assert repr(course_map(hops, "01")) == (
        "the path of one request, 3 of 8 exercises solved\n"
        "  ● 00  question   The whole game (2 of 2)\n"
        "  ◐ 01  token      Signatures (1 of 3)  <- here\n"
        "  ○ 02  trust      Service to service (0 of 3)\n"
        "  · 03  ingress    From bytes to ASGI (not yet)\n"
        "  ○ 04  lifecycle  No exercises"
    )


def test_a_course_without_exercises_says_nothing_of_them():
    assert repr(course_map([Hop("00", "Start", "question")])) == (
        "the path of one request\n  ○ 00  question  Start"
    )


@pytest.mark.parametrize("here", [None, "00", "06", "07", "13"])
def test_the_map_is_legible_wherever_one_stands(here, legible):
    legible(course_map(COURSE, here))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_the_map_is_legible_with_any_number_of_long_stops(count, legible):
    hops = [Hop(f"{n:02d}", LONG, LONG, total=99, done=9) for n in range(count)]
    legible(course_map(hops, "00"))


def test_what_is_hostile_in_a_title_can_only_be_read():
    twin = repr(course_map([Hop("0\x1b[2J", "a\nb\u202e", "$x$ <b>")], "0\x1b[2J"))
    assert twin.splitlines()[1:] == ["  ○ 0\\x1b[2J  $x$ <b>  a\\nb\\u202e  <- here"]


@pytest.mark.parametrize(
    "fields",
    [
        {"number": ""},
        {"number": 1},
        {"title": " "},
        {"place": None},
        {"total": -1},
        {"total": True},
        {"done": 1.0},
        {"done": 4},
        {"available": "yes"},
    ],
)
def test_a_hop_that_cant_be_is_refused(fields):
    with pytest.raises(UsageError, match=next(iter(fields))):
        Hop(**{"number": "01", "title": "Signatures", "place": "token", "total": 3, **fields})


@pytest.mark.parametrize("hops", [None, "hops", [], [1], 7, [COURSE[0]] * 2, [COURSE[0]] * 21])
def test_a_course_that_cant_be_drawn_is_refused(hops):
    with pytest.raises(UsageError):
        course_map(hops)


@pytest.mark.parametrize("here", ["99", 1, "", True])
def test_a_hop_that_isnt_on_the_map_is_refused(here):
    with pytest.raises(UsageError, match="00, 01"):
        course_map(COURSE, here)
