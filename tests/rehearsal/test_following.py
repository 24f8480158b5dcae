"""Messages that go on with others: which thing they mean, what they take, what they change."""

import judge
import kit
import pytest
from kit import called, said, turn, user

from labkit.rehearsal.conversation import read
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.pointing import meant

DATED = kit.text(format="date-time")
TOOLS = [
    kit.tool("find_trips", "Find boat trips.", ["harbour"], harbour=kit.text(), day=kit.text(
        format="date"), children={"type": "boolean"}),
    kit.tool("book_trip", "Book seats on a trip.", ["trip_id", "seats"], trip_id=kit.text(),
             seats={"type": "integer"}, on_name=kit.text()),
    kit.tool("move_trip", "Move a trip to another time.", ["trip_id", "new_start"],
             trip_id=kit.text(), new_start=DATED),
    kit.tool("cancel_trip", "Cancel a trip.", ["trip_id"], trip_id=kit.text(), reason=kit.text()),
    kit.tool("trip_costs", "The costs of a quarter.", ["year", "quarter"],
             year={"type": "integer"}, quarter={"type": "integer"}),
    kit.tool("calculate", "Evaluate arithmetic.", expression=kit.text("Arithmetic.")),
    kit.tool("weather_at", "The weather at a buoy.", buoy=kit.text("Such as BY7."),
             unit={"enum": ["celsius", "kelvin"]}, required=["buoy"]),
]  # fmt: skip
FOUND = [
    {"trip_id": "TR-17", "boat": "Heron", "start": "2025-07-03T09:00", "price": 30},
    {"trip_id": "TR-22", "boat": "Otter", "start": "2025-08-01T14:00", "price": 25},
    {"trip_id": "TR-31", "boat": "Puffin", "start": "2025-07-19T08:00", "price": 44},
]
TRIPS = [
    user("trips from Brean?"),
    *called("find_trips", {"harbour": "Brean"}, FOUND),
    said("Three: the Heron (TR-17), the Otter with dogs (TR-22) and the Puffin (TR-31)."),
]
MOVED = [
    user("move TR-17 to 3 July at 10"),
    *called("move_trip", {"trip_id": "TR-17", "new_start": "2025-07-03T10:00:00"}, {"ok": True}),
    said("Done."),
]


def ids(words, before=TRIPS):
    what = meant(read([*before, user(words)]))
    return what.how, [thing.own.get("trip_id") for thing in what.things]


@pytest.mark.parametrize(
    ("words", "how", "expected"),
    [
        ("the second one", "ordinal", ["TR-22"]), ("the last one please", "ordinal", ["TR-31"]),
        ("the first and third one", "ordinal", ["TR-17", "TR-31"]),
        ("book the otter", "named", ["TR-22"]), ("and TR-31?", "named", ["TR-31"]),
        ("the one where dogs are allowed", "named", ["TR-22"]),
        ("the august one", "named", ["TR-22"]), ("the one on 3 July 2025", "named", ["TR-17"]),
        ("the heron and the puffin", "named", ["TR-17", "TR-31"]),
        ("the cheaper one", "ranked", ["TR-22"]), ("the later one", "ranked", ["TR-22"]),
        ("the earliest", "ranked", ["TR-17"]), ("the most expensive price", "ranked", ["TR-31"]),
        ("cancel all of them", "all", ["TR-17", "TR-22", "TR-31"]),
        ("cancel both", "talked of", ["TR-17"]), ("the ninth one", "talked of", ["TR-17"]),
        ("which is the cheapest?", "talked of", ["TR-17"]), ("cancel it", "talked of", ["TR-17"]),
    ],
)  # fmt: skip
def test_a_message_means_a_thing_by_place_name_day_or_measure(words, how, expected):
    assert ids(words) == (how, expected)


def test_what_was_asked_for_is_what_is_talked_of():
    before = [user("the cheapest trip from Brean?"), *TRIPS[1:3], said("It costs 25.")]
    assert ids("book it", before) == ("talked of", ["TR-22"])
    assert ids("book it", [*before[:-1], said("That's the Puffin.")]) == ("talked of", ["TR-31"])


def test_a_list_of_plain_values_holds_things_too():
    for value in ({"free": ["B-2", "B-9"]}, ["B-2", "B-9"]):
        before = [user("berths?"), *called("berths", {}, value), said("Two.")]
        (thing,) = meant(read([*before, user("the second one")])).things
        assert list(thing.own.values()) == ["B-9"]


def test_a_failed_call_found_nothing():
    before = [user("trips?"), *called("find_trips", {}, {"error": "closed"}), said("No.")]
    assert meant(read([*before, user("it")])).things == ()


def calls(words, before=TRIPS, tools=TOOLS):
    made = turn([*before, user(words)], tools).calls
    return [(call.name, dict(call.arguments)) for call in made]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cancel the otter", [("cancel_trip", {"trip_id": "TR-22"})]),
        ("book the second one for 2 people",
         [("book_trip", {"trip_id": "TR-22", "seats": 2})]),
        ("cancel the first and the third one",
         [("cancel_trip", {"trip_id": "TR-17"}), ("cancel_trip", {"trip_id": "TR-31"})]),
        ("move the puffin to 10 am",
         [("move_trip", {"trip_id": "TR-31", "new_start": "2025-07-19T10:00:00"})]),
        ("and from Minehead?", [("find_trips", {"harbour": "Minehead"})]),
        ("ok, and Ilfracombe", [("find_trips", {"harbour": "Ilfracombe"})]),
    ],
)  # fmt: skip
def test_a_call_takes_its_values_from_what_was_found(words, expected):
    assert calls(words) == expected


def asked(name, arguments, value):
    return [user("that"), *called(name, arguments, value), said("Done.")]


@pytest.mark.parametrize(
    ("words", "name", "before", "changed"),
    [
        ("and the year before?", "trip_costs", {"year": 2025, "quarter": 1}, {"year": 2024}),
        ("and the next quarter?", "trip_costs", {"year": 2025, "quarter": 1}, {"quarter": 2}),
        ("ok and 12?", "weather_at", {"buoy": "BY7"}, {"buoy": "BY12"}),
        ("and BY9 too", "weather_at", {"buoy": "BY7"}, {"buoy": "BY9"}),
        ("the same in the other unit", "weather_at", {"buoy": "BY7", "unit": "celsius"},
         {"unit": "kelvin"}),
    ],
)  # fmt: skip
def test_the_last_call_is_made_once_more_with_what_changes(words, name, before, changed):
    assert calls(words, asked(name, before, {"ok": 1})) == [(name, {**before, **changed})]


def test_a_filter_is_dropped_where_all_are_asked_for():
    tool = kit.tool("costs", "The costs of harbours.", [], harbour={"enum": ["brean", "watchet"]},
                    days={"type": "integer"})  # fmt: skip
    before = asked("costs", {"harbour": "brean", "days": 7}, {"eur": 3})
    assert calls("and both harbours together?", before, [tool]) == [("costs", {"days": 7})]


def test_ids_of_one_kind_make_a_call_each():
    tool = kit.tool("check_buoy", "Check a buoy.", ["number"], number={"type": "integer"})
    before = asked("check_buoy", {"number": 20010}, {"ok": True})
    assert calls("and the next two as well, 20011 and 20012", before, [tool]) == [
        ("check_buoy", {"number": 20011}), ("check_buoy", {"number": 20012}),
    ]  # fmt: skip


def test_a_month_is_its_number():
    tool = kit.tool("payslip", "A payslip.", ["year", "month"], year={"type": "integer"},
                    month={"type": "integer"})  # fmt: skip
    before = asked("payslip", {"year": 2025, "month": 1}, {"url": "x"})
    assert calls("feb too please", before, [tool]) == [("payslip", {"year": 2025, "month": 2})]


def test_the_name_behind_an_amount_changes_with_it():
    tool = kit.tool("log_catch", "Log a catch.", ["fish", "grams"], fish=kit.text(),
                    grams={"type": "number"})  # fmt: skip
    before = asked("log_catch", {"fish": "cod", "grams": 900}, {"ok": True})
    assert calls("plus 150 g herring", before, [tool]) == [
        ("log_catch", {"fish": "herring", "grams": 150})
    ]


@pytest.mark.parametrize(
    ("words", "expression"),
    [("what is that in percent?", "12 / 480 * 100"), ("divide the caught ones by 3", "12 / 3")],
)
def test_arithmetic_is_done_on_what_was_found(words, expression):
    before = asked("find_trips", {"harbour": "Brean"}, {"caught": 12, "seen": 480})
    assert calls(words, before) == [("calculate", {"expression": expression})]


def test_thanks_and_a_whole_new_question_take_nothing_from_before():
    assert calls("perfect, thank you!") == []
    assert calls("What is the weather at buoy BY7 now?") == [("weather_at", {"buoy": "BY7"})]


def test_of_two_things_asked_each_takes_what_it_means():
    made = calls("cancel the otter, and what is the weather at buoy BY7?")
    assert made == [("cancel_trip", {"trip_id": "TR-22"}), ("weather_at", {"buoy": "BY7"})]


@pytest.mark.parametrize(
    ("words", "core"),
    [
        ("ok and B12?", "B12?"), ("Hm, what about tomorrow", "tomorrow"), ("ok", "ok"),
        ("oh no, not today, bring it tomorrow", "bring it tomorrow"), ("same again", "same again"),
    ],
)  # fmt: skip
def test_what_leads_in_says_nothing(words, core):
    assert core_of(words) == core


@pytest.mark.parametrize("words", ["Which line is worst?", "Which line has defects?"])
def test_which_of_a_kind_asks_anew_whatever_was_found(words):
    before = [user("lines?"), *called("list_lines", {}, [{"line": "A1"}, {"line": "B1"}])]
    assert kit.calls([*before, user(words)], judge.toolsets()["lab"]) == [("defect_rates", {})]


def test_which_one_is_answered_from_what_was_found():
    answer = turn([*TRIPS, user("which one has the lowest price?")], TOOLS)
    assert answer.calls == ()
    assert "Otter" in answer.text or "TR-22" in answer.text


def test_a_message_of_nothing_but_lead_ins_calls_nothing():
    assert calls("lol ok") == []


LOOK_UPS = [
    kit.tool("search_notes", "Search our notes.", query=kit.text("Words to look for.")),
    kit.tool("search_makers", "Search what makers and suppliers publish.", query=kit.text()),
]


def test_what_was_looked_for_is_looked_for_elsewhere():
    before = asked("search_notes", {"query": "anchor winch jams"}, [])
    assert calls("then look at what the suppliers say", before, LOOK_UPS) == [
        ("search_makers", {"query": "anchor winch jams"})
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("block the second one, a torn sail", "a torn sail"),
        ("the first one is torn at the seam, block it", "the first one is torn at the seam"),
    ],
)
def test_a_reason_is_the_piece_that_orders_nothing(words, reason):
    block = kit.tool("block_boat", "Block a boat.", boat={"type": "integer"},
                     reason=kit.text("Why."))  # fmt: skip
    before = asked("list_boats", {}, [{"boat": 7803}, {"boat": 7799}])
    ((_, arguments),) = calls(words, before, [block])
    assert arguments["reason"] == reason


def test_what_the_assistant_offered_is_taken():
    order = kit.tool("order_bin", "Order a bin.", address=kit.text(), litres={"type": "integer"})
    before = [user("which bin is right at Hofgasse 3?"),
              said("A bin of 1100 litres. Shall I order it for Hofgasse 3?")]  # fmt: skip
    assert calls("yes please, order that bin", before, [order]) == [
        ("order_bin", {"address": "Hofgasse 3", "litres": 1100})
    ]


def test_lists_of_one_entry_each_are_one_thing():
    match = kit.tool("match_items", "Match a line with entries.", line={"type": "integer"},
                     entries={"type": "array", "items": {"type": "integer"}})  # fmt: skip
    found = {"lines": [{"line": 5044}], "book": [{"entry": 88210}]}
    assert calls("match them", asked("unmatched", {}, found), [match]) == [
        ("match_items", {"line": 5044, "entries": [88210]})
    ]


def test_a_value_behind_against_is_the_other_of_a_pair():
    rate = kit.tool("get_rate", "A rate.", base=kit.text("ISO 4217 currency."),
                    quote=kit.text("ISO 4217 currency."))  # fmt: skip
    before = asked("get_rate", {"base": "USD", "quote": "EUR"}, {"rate": 0.9})
    assert calls("and against the yen?", before, [rate]) == [
        ("get_rate", {"base": "USD", "quote": "JPY"})
    ]


def test_a_lone_number_goes_to_the_only_number():
    tool = kit.tool("edit_cue", "Edit a cue.", ["cue_id"], cue_id=kit.text(), fade_s=kit.number())
    before = asked("edit_cue", {"cue_id": "Q-9", "fade_s": 6}, {"ok": True})
    assert calls("no that's too slow, three and a half", before, [tool]) == [
        ("edit_cue", {"cue_id": "Q-9", "fade_s": 3.5})
    ]


def test_a_call_about_the_very_same_takes_the_rest_too():
    beds = {"hut": kit.text(), "arrival": kit.text(format="date"), "nights": {"type": "integer"}}
    tools = [kit.tool("free_beds", "Free beds of a hut.", **beds),
             kit.tool("book_beds", "Book beds.", ["hut", "arrival"], **beds)]  # fmt: skip
    arguments = {"hut": "Riffel", "arrival": "2025-07-18", "nights": 2}
    before = asked("free_beds", arguments, {"free": 11})
    assert calls("then book them please", before, tools) == [("book_beds", arguments)]
