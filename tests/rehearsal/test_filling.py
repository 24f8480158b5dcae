"""Arguments found in sentences: for tools that no lesson has."""

from datetime import date

import kit
import pytest
from kit import called, calls, number, said, text, user

from labkit.rehearsal.clocks import times
from labkit.rehearsal.filling import fill
from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.moments import dates
from labkit.rehearsal.parameters import parameters_of
from labkit.rehearsal.phrases import phrases, single_words

TUESDAY = date(2025, 6, 10)
DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
CLOCK = {"type": "string", "pattern": r"^\d\d:\d\d$"}
WHOLE = {"type": "integer"}
SWITCH = {"type": "boolean"}


def filled(question, required=None, **properties):
    names = list(properties) if required is None else required
    schema = {"properties": properties, "required": names}
    return fill(parameters_of(schema), question, TUESDAY).arguments


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("from 2 to 5 pm", ["14:00", "17:00"]), ("between four and six pm", ["16:00", "18:00"]),
        ("from 10 to 14 o'clock", ["10:00", "14:00"]), ("11 to 2 pm", ["11:00", "14:00"]),
        ("ten to seven", ["06:50"]), ("quarter to midnight", ["23:45"]),
        ("20 past 3", ["15:20"]), ("8pm-10pm", ["20:00", "22:00"]), ("dinner at 8", ["20:00"]),
        ("9am tomorrow morning", ["09:00"]), ("breakfast at 7.30", ["07:30"]),
        ("from noon to half past two", ["12:00", "14:30"]), ("until 10", ["10:00"]),
        ("2 to 3 people", []), ("at 1.018", []), ("at one and a half", []),
    ],
)  # fmt: skip
def test_times_are_found_alone_and_as_a_range(said, expected):
    assert [each.value for each in times(said)] == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("on the first of January", ["2026-01-01"]), ("Sunday the 22nd", ["2025-06-22"]),
        ("Thursday next week", ["2025-06-19"]), ("next week Friday", ["2025-06-20"]),
        ("the last Saturday of this month", ["2025-06-28"]),
        ("the first Monday in May", ["2026-05-04"]), ("end of the month", ["2025-06-30"]),
        ("start of next year", ["2026-01-01"]), ("end of August", ["2025-08-31"]),
        ("last quarter", ["2025-01-01", "2025-03-31"]), ("last night", ["2025-06-09"]),
        ("in two months", ["2025-08-10"]), ("a year ago", ["2024-06-10"]),
        ("the past 3 days", ["2025-06-07", "2025-06-10"]), ("24.12.2025", ["2025-12-24"]),
        ("12/24/2025", ["2025-12-24"]), ("Friday week", ["2025-06-20"]), ("decks 2", []),
        ("sat on it", []),
        ("in March", ["2025-03-01", "2025-03-31"]),
    ],
)  # fmt: skip
def test_dates_are_counted_from_today(said, expected):
    assert [each.value for each in dates(said, TUESDAY)] == expected


def test_a_weekday_that_is_told_of_lies_behind():
    (found,) = dates("on Monday", TUESDAY, past=lambda _: True)
    assert found.value == "2025-06-09"
    assert filled("I ran it on Monday", day=DAY) == {"day": "2025-06-09"}


def test_phrases_are_nouns_with_what_belongs_to_them():
    assert [each.value for each in phrases("12 neon tetras moved in the office tank")] == [
        "neon tetras", "office tank",
    ]  # fmt: skip
    assert "tram 4" in [each.value for each in phrases("I left it in tram 4")]
    assert [each.value for each in phrases("kick off the build")] == ["build"]
    assert [each.value for each in single_words("mop it twice and the kitchen")] == ["kitchen"]


def test_what_the_tagger_has_no_way_through_has_no_tags():
    assert {token.tag for token in tokens_of("")} == set()
    assert [token.text for token in tokens_of("a@b.example, 5!")] == ["a@b.example", ",", "5", "!"]


@pytest.mark.parametrize(
    ("question", "properties", "expected"),
    [
        ("at least 3 rooms, up to 1500", {"max_price": WHOLE, "min_rooms": WHOLE},
         {"max_price": 1500, "min_rooms": 3}),
        ("don't pay more than 410", {"limit_price": number()}, {"limit_price": 410}),
        ("something from 150 square metres upwards", {"minAreaSqm": number()}, {"minAreaSqm": 150}),
        ("42.8 litres for 71.50 euros", {"litres": number(), "priceTotal": number()},
         {"litres": 42.8, "priceTotal": 71.5}),
        ("it costs 12 euro 50", {"price_eur": number()}, {"price_eur": 12.5}),
        ("taxi for 34,80 euro", {"amount_eur": number()}, {"amount_eur": 34.8}),
        ("pays 52 to 60 thousand", {"salaryMin": WHOLE, "salaryMax": WHOLE},
         {"salaryMin": 52000, "salaryMax": 60000}),
        ("two and a half hours", {"duration_min": WHOLE}, {"duration_min": 150}),
        ("in 3/4 of an hour", {"minutes": WHOLE}, {"minutes": 45}),
        ("ran 8k", {"distance_km": number()}, {"distance_km": 8}),
        ("only 1:10 to 2:30", {"start_s": number(), "end_s": number()},
         {"start_s": 70, "end_s": 150}),
        ("from 2 to 5 pm", {"from_hour": WHOLE, "to_hour": WHOLE},
         {"from_hour": 14, "to_hour": 17}),
        ("go back two minutes", {"offset_seconds": number("negative: back")},
         {"offset_seconds": -120}),
        ("report for last year", {"year": WHOLE}, {"year": 2024}),
        ("temperature 25", {"tempC": number()}, {"tempC": 25}),
        ("ticket #12 please", {"ticket_no": WHOLE}, {"ticket_no": 12}),
        ("the third rack", {"rack": WHOLE}, {"rack": 3}),
        ("mop it twice", {"passes": WHOLE}, {"passes": 2}),
        ("40 stickers for order 2207", {"orderNo": WHOLE, "count": WHOLE},
         {"orderNo": 2207, "count": 40}),
        ("for my wife and me", {"guests": WHOLE}, {"guests": 2}),
    ],
)  # fmt: skip
def test_numbers_go_where_their_words_point(question, properties, expected):
    assert filled(question, **properties) == expected


@pytest.mark.parametrize(
    ("question", "properties", "expected"),
    [
        ("did 3A pay in August?", {"month": {"type": "string", "pattern": r"^\d{4}-\d\d$"}},
         {"month": "2025-08"}),
        ("ready at half past five in the morning", {"ready_by": CLOCK}, {"ready_by": "05:30"}),
        ("1500 swiss francs", {"base": {"type": "string", "pattern": "^[A-Z]{3}$"}},
         {"base": "CHF"}),
        ("say it in Japanese", {"target": {"type": "string", "pattern": "^[a-z]{2}$"}},
         {"target": "ja"}),
        ("we fly with lh 441", {"flight": {"type": "string", "pattern": r"^[A-Z]{2}\d+$"}},
         {"flight": "LH441"}),
        ("wake me at ten to seven", {"at": text("HH:MM")}, {"at": "06:50"}),
        ("chart over half a year", {"period": {"enum": ["1W", "6M", "1Y"]}}, {"period": "6M"}),
        ("conditions on 20 meters", {"band": {"enum": ["80m", "20m"]}}, {"band": "20m"}),
        ("between four and six pm", {"window": {"enum": ["10-12", "16-18"]}}, {"window": "16-18"}),
        ("half a kilo", {"bagGrams": {"type": "integer", "enum": [250, 500]}}, {"bagGrams": 500}),
        ("it's about my automobile", {"kind": {"enum": ["car", "house", "dog"]}}, {"kind": "car"}),
        ("New member: Lia Brandt", {"first_name": text(), "surname": text()},
         {"first_name": "Lia", "surname": "Brandt"}),
        ("a plumber to Am Bach 12", {"address": text()}, {"address": "Am Bach 12"}),
        ("it was fetched by Mr. Okafor", {"taken_by": text()}, {"taken_by": "Mr. Okafor"}),
    ],
)  # fmt: skip
def test_values_are_written_as_the_schema_wants_them(question, properties, expected):
    assert filled(question, **properties) == expected


@pytest.mark.parametrize(
    ("question", "name", "expected"),
    [
        ("which are not in quarantine", "quarantined", False),
        ("those that haven't been blocked", "blocked", False),
        ("saw the queen today", "queen_seen", True), ("unlock it", "lock", False),
        ("with steam", "steam", True),
    ],
)  # fmt: skip
def test_a_switch_is_turned_by_its_words_and_by_a_not(question, name, expected):
    assert filled(question, required=[], **{name: SWITCH}) == {name: expected}


BOX = {"type": "object", "properties": {"weight_kg": number()}, "required": ["weight_kg"]}
ITEM = {"type": "object", "properties": {"drink": text(), "quantity": WHOLE}, "required": ["drink"]}
POINT = {"type": "object", "properties": {"lat": number(), "lon": number()},
         "required": ["lat", "lon"]}  # fmt: skip
PLACE = {"type": "object", "properties": {"city": text()}, "required": ["city"]}


@pytest.mark.parametrize(
    ("question", "properties", "expected"),
    [
        ("two boxes, 2 and 3 kilos", {"boxes": {"type": "array", "items": BOX}},
         {"boxes": [{"weight_kg": 2}, {"weight_kg": 3}]}),
        ("3 highballs and a melon soda", {"items": {"type": "array", "items": ITEM}},
         {"items": [{"drink": "highballs", "quantity": 3}, {"drink": "melon soda"}]}),
        ("a bank near 48.2, 16.37", {"center": POINT}, {"center": {"lat": 48.2, "lon": 16.37}}),
        ("from Graz to Zagreb", {"origin": PLACE, "destination": PLACE},
         {"origin": {"city": "Graz"}, "destination": {"city": "Zagreb"}}),
        ("run it with DEBUG set to 1",
         {"variables": {"type": "object", "additionalProperties": {"type": "string"}}},
         {"variables": {"DEBUG": "1"}}),
        ("nothing to see", {"center": POINT}, {}),
        ("nothing", {"any": {"type": "object"}}, {}),
    ],
)  # fmt: skip
def test_objects_are_filled_from_their_own_piece(question, properties, expected):
    assert filled(question, **properties) == expected


GRADE = kit.tool("record_grade", "Record a grade.", ["pupil", "points"], pupil=text(),
                 points=WHOLE, subject=text())  # fmt: skip
STATUS = kit.tool("job_status", "Status of a job.", job_no=WHOLE)
CANCEL = kit.tool("cancel_job", "Cancel a job.", job_no=WHOLE)
MOVE = kit.tool("move_event", "Move an event.", event_id=WHOLE, start=MOMENT)
BOOK = kit.tool("book_slot", "Book a slot.", slot=text(pattern=r"^N-\d+$"))
ROOM = kit.tool("book_room", "Book a room.", room={"enum": ["youth", "hall"]}, day=DAY)


def test_a_piece_with_another_value_is_a_call_of_its_own():
    asked = "record a grade: Noor Haddad got 12 points, Ben Ode 9 points"
    assert calls(asked, [GRADE]) == [
        ("record_grade", {"pupil": "Noor Haddad", "points": 12}),
        ("record_grade", {"pupil": "Ben Ode", "points": 9}),
    ]
    assert calls("is job 20344 finished? what about job 20351", [STATUS]) == [
        ("job_status", {"job_no": 20344}), ("job_status", {"job_no": 20351}),
    ]  # fmt: skip


def test_an_id_that_is_not_said_again_is_the_last_one():
    before = [user("status of job 302?"), *called("job_status", {"job_no": 302}, {"state": "open"}),
              said("Job 302 is open.")]  # fmt: skip
    assert calls([*before, user("then cancel the job, please")], [STATUS, CANCEL]) == [
        ("cancel_job", {"job_no": 302})
    ]


SLOTS = [{"slot": "N-1", "time": "9:20"}, {"slot": "N-2", "time": "11:40"}, {"slot": "N-3"}]


@pytest.mark.parametrize(
    ("question", "slots"),
    [("book the second one", ["N-2"]), ("book the first and the third one", ["N-1", "N-3"]),
     ("book all of them", ["N-1", "N-2", "N-3"])],
)  # fmt: skip
def test_entries_are_meant_by_their_place(question, slots):
    free = kit.tool("free_slots", "Free slots.", [])
    before = [user("which slots are free?"), *called("free_slots", {}, SLOTS), said("Three.")]
    assert calls([*before, user(question)], [free, BOOK]) == [
        ("book_slot", {"slot": slot}) for slot in slots
    ]


def test_a_moment_of_the_past_is_moved_to_the_time_that_is_said():
    found = [{"event_id": 318, "start": "2025-06-11T14:00:00"}]
    events = kit.tool("list_events", "List the events of a day.", day=DAY)
    before = [user("what events are there on 2025-06-11?"),
              *called("list_events", {"day": "2025-06-11"}, found), said("One.")]  # fmt: skip
    assert calls([*before, user("move it to 5 pm")], [events, MOVE]) == [
        ("move_event", {"event_id": 318, "start": "2025-06-11T17:00:00"})
    ]


def test_the_answer_to_a_question_is_filled_up_with_what_was_asked_before():
    asked = [user("book the youth room on 2025-07-05"), said("From when to when?"),
             user("book the room from 14 to 18 o'clock")]  # fmt: skip
    assert calls(asked, [ROOM]) == [("book_room", {"room": "youth", "day": "2025-07-05"})]


def test_the_same_takes_over_what_is_not_said():
    harvest = kit.tool("record_harvest", "Record a harvest of honey.", ["hive", "kg"],
                       hive=text(pattern=r"^H\d+$"), kg=number(), kind=text())  # fmt: skip
    before = [user("14 kg of linden honey harvest out of H12"),
              *called("record_harvest", {"hive": "H12", "kg": 14, "kind": "linden"}, {"ok": True}),
              said("Saved.")]  # fmt: skip
    again = calls([*before, user("record H13 with 9 kg of honey, the same kind")], [harvest])
    assert again == [("record_harvest", {"hive": "H13", "kg": 9, "kind": "linden"})]


def test_what_is_essential_and_not_said_is_asked_for():
    assert calls("cancel a job", [CANCEL]) == []


@pytest.mark.parametrize(
    ("question", "properties", "expected"),
    [
        ("call me on 0664 1234567", {"contactPhone": text()}, {"contactPhone": "0664 1234567"}),
        ("the talks of the second day", {"day": {"enum": ["1", "2", "3"]}}, {"day": "2"}),
        ("a dozen Barolo 2019", {"wine": text(), "vintage": WHOLE, "bottles": WHOLE},
         {"wine": "Barolo", "vintage": 2019, "bottles": 12}),
        ("turn it off on staging", {"enabled": SWITCH}, {"enabled": False}),
        ("please activate it", {"enabled": SWITCH}, {"enabled": True}),
        ("845 has 28 kg", {"patient_id": WHOLE, "kg": number()}, {"patient_id": 845, "kg": 28}),
        ("what is missing for 2051 still?", {"student_no": WHOLE}, {"student_no": 2051}),
        ("1450 net with 7% vat", {"net": number(), "ratePct": number()},
         {"net": 1450, "ratePct": 7}),
        ("ill today and tomorrow", {"firstDay": DAY, "lastDay": DAY},
         {"firstDay": "2025-06-10", "lastDay": "2025-06-11"}),
        ("room 9 wants one more hour", {"minutes": {"type": "integer", "enum": [30, 60]}},
         {"minutes": 60}),
        ("The jib of the boat has a tear near the clew.", {"text": text()},
         {"text": "The jib of the boat has a tear near the clew"}),
    ],
)  # fmt: skip
def test_what_a_value_is_for_is_told_by_its_look(question, properties, expected):
    assert filled(question, **properties) == expected
