"""One message, several records; and values that no word of it says."""

import pytest
from kit import calls, number, text, tool, user

from labkit.rehearsal import explain
from labkit.rehearsal.standing import names_in, spelt, told_by

WHOLE = {"type": "integer"}
DAY = {"type": "string", "format": "date"}
METER = tool("enter_meter", "Store a meter reading.", plot_number=WHOLE, litres=number())
ASSIGN = tool("assign_van", "Give a van to a driver.", plate=text(), driver=text())
HOPS = tool("add_hops", "Add hops to a brew.", brew=text(), hop=text(), grams=WHOLE)
BED = tool("bring_bedding", "Bring bedding.", room={"enum": ["tsuru", "kame"]}, count=WHOLE)
BAKE = tool("bake", "What to bake on a day.", product=text(), day=DAY, pieces=WHOLE)
TRIP = tool("log_trip", "Log a trip of a boat.", boat=text(), skipper=text(),
            crew={"type": "array", "items": text()})  # fmt: skip
DRINKS = tool("order_drinks", "Order drinks to a room.", room=WHOLE, items={
    "type": "array", "items": {"type": "object", "properties": {
        "drink": text(), "quantity": WHOLE}, "required": ["drink", "quantity"]}})  # fmt: skip


@pytest.mark.parametrize(
    ("question", "one", "expected"),
    [
        ("meters today: no. 4 - 312 l, no. 7 - 1280 l", METER,
         [{"plot_number": 4, "litres": 312}, {"plot_number": 7, "litres": 1280}]),
        ("Goran drives KR-118-BA and Emil drives KR-520-HT", ASSIGN,
         [{"plate": "KR-118-BA", "driver": "Goran"}, {"plate": "KR-520-HT", "driver": "Emil"}]),
        ("Goran drives KR-118-BA and KR-520-HT", ASSIGN,
         [{"plate": "KR-118-BA", "driver": "Goran"}, {"plate": "KR-520-HT", "driver": "Goran"}]),
        ("add for the Nordic IPA: 20 g Magnum and 40 g Citra", HOPS,
         [{"brew": "Nordic IPA", "grams": 20, "hop": "Magnum"},
          {"brew": "Nordic IPA", "grams": 40, "hop": "Citra"}]),
        ("bring two more pillows to Tsuru and one to Kame", BED,
         [{"room": "tsuru", "count": 2}, {"room": "kame", "count": 1}]),
        ("bake 60 croissants and 25 buns for 2025-06-11", BAKE,
         [{"product": "croissants", "day": "2025-06-11", "pieces": 60},
          {"product": "buns", "day": "2025-06-11", "pieces": 25}]),
    ],
)  # fmt: skip
def test_each_record_takes_its_own_values_and_shares_the_rest(question, one, expected):
    assert [arguments for _, arguments in calls(question, [one])] == expected


def test_names_of_another_parameter_end_a_list():
    asked = "log a trip with the Gull: skipper Ingrid, crew Lars and Tomasz"
    assert calls(asked, [TRIP]) == [
        ("log_trip", {"boat": "Gull", "skipper": "Ingrid", "crew": ["Lars", "Tomasz"]})
    ]


def test_a_list_of_records_is_one_call():
    ((_, arguments),) = calls("order 3 highballs and a melon soda to room 7", [DRINKS])
    assert arguments["room"] == 7
    assert arguments["items"][0] == {"drink": "highballs", "quantity": 3}


REVIEW = tool("approve_change", "Approve a change.", repo=text(), number=WHOLE)
LUNCH = tool(
    "order_lunch", "Order lunch for a child.", child=text(), menu={"enum": ["meat", "veg"]}
)


def test_what_a_system_message_says_for_all_questions_needs_no_word():
    standing = {"role": "system", "content": "Default repository: acme/pay. Signed in as dk."}
    asked = calls([standing, user("approve change 482")], [REVIEW])
    assert asked == [("approve_change", {"repo": "acme/pay", "number": 482})]
    other = calls([standing, user("approve change 482 in acme/docs")], [REVIEW])
    assert other == [("approve_change", {"repo": "acme/docs", "number": 482})]
    (told,) = explain([standing, user("approve change 482")], [REVIEW]).tools
    assert (told.arguments, told.missing) == (asked[0][1], ())


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Active trip: Lisbon (June), travellers Ana, Ben.", {"active trip": "Lisbon"}),
        ("The user's dog: Biscuit.", {"the user's dog": "Biscuit"}),
        ("Children: Mia (class 3b), Jonah (class 6a).", {}),
        ("Answer briefly.", {}),
    ],
)
def test_a_label_of_several_values_stands_for_none(message, told):
    assert told_by([message]) == told


def test_names_are_spelt_as_the_system_message_has_them():
    names = names_in(["Children: Mia (class 3b), Jonah (class 6a)."])
    assert spelt("veg lunch for jonah", names) == "veg lunch for Jonah"
    system = {"role": "system", "content": "Children: Mia (class 3b), Jonah (class 6a)."}
    asked = calls([system, user("order veg lunch for jonah")], [LUNCH])
    assert asked == [("order_lunch", {"menu": "veg", "child": "Jonah"})]


def test_what_may_be_null_and_is_not_said_is_null():
    remind = tool("set_timer", "Set a timer.", minutes=WHOLE, label={"type": ["string", "null"]})
    assert calls("set a timer of 5 minutes", [remind]) == [
        ("set_timer", {"minutes": 5, "label": None})
    ]


ROUTE = tool("search_rides", "Find rides.", ["start"], start=text(), earliest=text("HH:MM"),
             latest=text("HH:MM"))  # fmt: skip
DOSE = tool("record_dose", "Record a dose.", drug=text(), taken_at={
    "type": "string", "format": "date-time"})  # fmt: skip
DESK = tool("find_desk", "Free desks.", features={
    "type": "array", "items": {"enum": ["window", "standing", "quiet"]}})  # fmt: skip
PICKUP = tool("next_pickup", "Next pickup of a bin.", street=text(), house_number=text())
NAMES = {"type": "array", "items": {"type": "string"}, "description": "Contact names"}
NOTE = tool("send_text", "Send a text message.", to=NAMES, body=text())
TODAY = {"role": "system", "content": "Today is 2025-06-10."}


@pytest.mark.parametrize(
    ("question", "one", "expected"),
    [
        ("find rides from Graz before 8 am", ROUTE, {"start": "Graz", "latest": "08:00"}),
        ("record a dose of sumatriptan at 7 pm", DOSE,
         {"drug": "sumatriptan", "taken_at": "2025-06-10T19:00:00"}),
        ("find a quiet desk at the window", DESK, {"features": ["quiet", "window"]}),
        ("next pickup at 17a Mossbank Road", PICKUP,
         {"street": "Mossbank Road", "house_number": "17a"}),
        ("next pickup, Hafenstr. 3", PICKUP, {"street": "Hafenstr.", "house_number": "3"}),
        ("send happy birthday to Jonas", NOTE, {"to": ["Jonas"], "body": "happy birthday"}),
    ],
)  # fmt: skip
def test_what_is_meant_and_what_is_left_is_found(question, one, expected):
    ((_, arguments),) = calls([TODAY, user(question)], [one])
    assert arguments == expected


def test_a_message_without_a_body_is_asked_for():
    assert calls("send a text message to Jonas", [NOTE]) == []


def test_a_switch_that_only_the_verb_names_is_no_value_of_a_record():
    boxes = tool("list_boxes", "Boxes on a shelf.", ["shelf"], shelf=text(),
                 sealed={"type": "boolean"})  # fmt: skip
    asked = calls("seal the boxes on shelf S4 and the boxes on shelf S5", [boxes])
    assert all("sealed" not in arguments for _, arguments in asked)
