"""Sentences about results: each number from a named tool, and nothing that isn't there."""

import json

import kit
import pytest
from kit import called, said, turn, user

from labkit.rehearsal import results
from labkit.rehearsal.asking import ask_for, asked_for
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.request import parse_request
from labkit.rehearsal.wording import counted, listed, quote, shown, told, unit_of


def answer(question, *results, tool="look", **arguments):
    asked = [user(question)]
    for number, result in enumerate(results):
        asked += called(tool, arguments, result, f"c{number}")
    return turn(asked).text


RATES = [{"oven": "K1", "burnt_rate": 0.012, "baked": 1200},
         {"oven": "K2", "burnt_rate": 0.05, "baked": 900},
         {"oven": "K3", "burnt_rate": 0.004, "baked": 10},
         {"oven": "K4", "burnt_rate": 0.001, "baked": 7}]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "result", "sentence"),
    [
        ("Which oven has the highest burnt rate?", RATES,
         "K2 has the highest burnt rate, 5 %, followed by K1 with 1.2 % and K3 with 0.4 % (look). "
         "For K2: baked 900."),
        ("Which oven has the lowest burnt rate?", RATES,
         "K4 has the lowest burnt rate, 0.1 %, followed by K3 with 0.4 % and K1 with 1.2 % (look). "
         "For K4: baked 7."),
        ("Show them", RATES[:1], "look found 1 entry: K1 (burnt rate 1.2 %, baked 1,200)."),
        ("how many", 7, "It is 7 (look)."),
        ("is it open", True, "Yes (look)."),
        ("say", "It rains.", "look says: It rains."),
        ("find", [], "look found nothing."),
        ("find", {"items": []}, "look found nothing."),
        ("find", {"items": [], "degrees": 7}, "degrees 7 (look)."),
        ("names", ["a", "b"], "look gave a and b."),
        ("what is it", {"degrees": 21.5, "sky": "clear"}, "degrees 21.5, sky clear (look)."),
        ("read", {"title": "Hinges", "text": "Oil them."},
         "\u201cHinges\u201d says: Oil them (look)."),
        ("find", [{"title": "A", "text": "One."}, {"title": "B", "text": "Two."}],
         "\u201cA\u201d says: One (look). look also found \u201cB\u201d."),
        ("x", {"error": {"message": "no such oven"}, "suggestion": "Try K1"},
         "I couldn't get an answer from look: no such oven. Try K1."),
        ("x", {"error": "no answer: is it running?", "hint": "Start it!"},
         "I couldn't get an answer from look: no answer: is it running? Start it!"),
        ("find", [{"title": "Who?"}], "look found 1 entry: Who?"),
        ("names", ["a.", "b."], "look gave a. and b."),
        ("x", "Error: it took too long",
         "I couldn't get an answer from look: it took too long."),
    ],
)  # fmt: skip
def test_a_result_becomes_a_sentence(question, result, sentence):
    assert answer(question, result) == sentence


LINES = [{"line": "A4", "on": "2026-02-23", "bad": 1}, {"line": "A5", "on": "2026-02-24", "bad": 0}]


@pytest.mark.parametrize(
    ("question", "tool", "arguments", "result", "sentence"),
    [
        # What repeats an argument isn't said again; units stand behind their numbers.
        ("How warm is it in Oslo?", "get_weather", {"city": "Oslo"},
         {"city": "Oslo", "temperature_c": 7.5, "wind_kmh": 22, "sky": "light_rain"},
         "Oslo: temperature 7.5 °C, wind 22 km/h, sky light rain (get_weather)."),
        ("How long is the drive?", "route", {"origin": "Graz", "target": "Wien"},
         {"distance_km": 193.4, "duration_min": 128},
         "Graz, Wien: distance 193.4 km, duration 128 min (route)."),
        # What is asked for comes first, totals before the list beside them.
        ("How many were bad?", "totals", {"line": "A4", "days": 7},
         {"line": "A4", "seen": 55, "bad": 9, "per_day": LINES},
         "A4, 7 days: bad 9, seen 55, per day A4 (bad 1, on 2026-02-23), A5 (bad 0, on 2026-02-24) "
         "(totals)."),
        ("Show order 9", "get_order", {"order_id": 9},
         {"status": "shipped", "items": [{"sku": "J-1", "qty": 2}], "to": {"city": "Graz"}},
         "order 9: status shipped, items J-1 (qty 2), to Graz (get_order)."),
        # Yes, no, done.
        ("Is it open?", "hours", {"place": "shop"}, {"open": False, "opens_at": "08:00"},
         "No (hours for shop): opens at 08:00."),
        ("Is it open?", "hours", {}, {"open": True}, "Yes (hours)."),
        ("Cancel order 9", "cancel", {"order_id": 9}, {"ok": True}, "Done (cancel for order 9)."),
        ("Cancel it", "cancel", {}, True, "Done (cancel)."),
        ("Cancel it", "cancel", {}, False, "No (cancel)."),
        ("Cancel it", "cancel", {}, "OK.", "Done (cancel)."),
        ("Cancel it", "cancel", {}, None, "Done; cancel gave nothing back."),
        ("Dim it", "dim", {"on": False}, {"on": False}, "not on (dim)."),
        # Lists are called by the name of their tool.
        ("my invoices", "list_invoices", {}, [{"id": "I-1", "total_eur": 12.5, "to": "Kolb"}],
         "list_invoices found 1 invoice: I-1 (total 12.5 EUR, to Kolb)."),
        ("entries", "list_entries", {}, [{"id": 1}], "list_entries found 1 entry: 1."),
        ("tags", "tags", {}, list("abcdefghijkl"),
         "tags gave a, b, c, d, e, f, g, h, i, j and 2 more."),
        ("add", "add", {"item": "milk"}, {"items": ["bread", "milk"]},
         "milk: items bread and milk (add)."),
        ("at", "clock", {}, "2025-06-10T21:04:09+09:00", "clock says: 2025-06-10 21:04 +09:00"),
        ("sum", "calculate", {"expression": "2*3"}, 6, "2*3 is 6 (calculate)."),
        # The most of what is said to be the most, not of what comes later in the question.
        ("Which has the highest burnt rate, and what did it bake?", "ovens", {}, RATES[:2],
         "K2 has the highest burnt rate, 5 %, followed by K1 with 1.2 % (ovens). For K2: baked "
         "900."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_was_asked(question, tool, arguments, result, sentence):
    assert answer(question, result, tool=tool, **arguments) == sentence


def test_the_rest_of_a_long_list_is_counted():
    assert answer("List the ovens", RATES).endswith(", and 1 more.")


def test_every_number_of_an_answer_is_in_the_result():
    told = answer("Which oven has the highest burnt rate?", RATES)
    numbers = {"5", "1.2", "0.4", "900", "K2", "K1", "K3"}
    words = told.replace("%", "").replace(",", " ").replace(".", ". ").split()
    digits = {word.strip(".():") for word in words if any(map(str.isdigit, word))}
    assert {digit for digit in digits if "." not in digit} <= numbers | {"0", "1", "2", "4"}


def test_the_same_sentence_is_said_once():
    assert answer("is it open", True, True) == "Yes (look)."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("rate", 0.0123, "1.23 %"), ("n", 1234567, "1,234,567"), ("x", 0.5, "0.5"),
     ("x", None, "unknown"),
     ("x", True, "yes"), ("x", 12345678.9, "12,345,679")],
)  # fmt: skip
def test_values_are_written_as_people_do(name, value, text):
    assert shown(name, value) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("order_id", 88, "order 88"), ("days", 7, "7 days"), ("amount", 99.5, "99.5"),
     ("city", "Oslo", "Oslo"), ("n", 3, "3")],
)  # fmt: skip
def test_an_argument_is_named(name, value, text):
    assert counted(name, value) == text


def test_a_quote_that_was_cut_keeps_its_dots():
    found = {"title": "Hinges", "text": "Oil them. " * 100}
    assert answer("read", found).endswith("Oil them. ... (look).")


def test_an_id_has_no_thousands_and_a_unit_needs_a_name_before_it():
    assert told("booking_id", 4711) == "booking id 4711"
    assert told("paid_eur", 4711) == "paid 4,711 EUR"
    assert unit_of("min") == ""
    assert told("open", value=False) == "not open"


def test_a_long_text_is_cut_at_the_end_of_a_sentence():
    cut = quote("A sentence of some length. " * 60)
    assert cut.endswith("length. ...")
    assert len(cut) < 610
    assert quote("x" * 700).endswith("x...")
    assert listed(["a", "b", "c"]) == "a, b and c"


def toolbox(tool):
    return Toolbox.of(parse_request({"model": "m", "messages": [user("x")], "tools": [tool]}).tools)


def test_asking_back_names_the_argument_and_its_choices_and_is_read_again():
    tool = kit.tool("heat", "", level={"enum": ["low", "high"], "description": "How warm."})
    (known,) = toolbox(tool).tools
    question = ask_for(known, known.parameters)
    assert "low or high" in question
    assert "How warm" in question
    assert asked_for(question) == "heat"
    assert asked_for("Which way?") is None


# What is in a result


def test_the_measure_is_the_number_that_the_question_is_about():
    assert results.measure_for("How many were baked?", RATES) == "baked"
    assert results.measure_for("the burnt rate", RATES) == "burnt_rate"
    assert results.measure_for("x", [{"a": "b"}]) is None


def test_lists_are_found_inside_of_objects_and_ids_are_no_measures():
    assert results.entries_of({"page": {"items": RATES}}) == RATES
    assert results.measures_of({"id": 7, "box_id": 8, "size": 9, "open": True}) == ["size"]
    assert results.label_of({"size": 9, "box_id": 8}) == "8"
    assert results.label_of({}) == "an entry"


def test_a_number_is_found_by_the_words_of_its_key():
    assert results.number_in("the total", {"id": 1, "parts": {"total": "12.5", "open": 3}}) == 12.5
    assert results.number_in("x", "none") is None


# The conversation


def test_a_conversation_is_cut_at_the_last_question():
    messages = [
        {"role": "system", "content": "Today is 2025-06-10."},
        user("one"), *called("look", {"a": 1}, {"b": 2}), said("two"),
        user("three"), *called("look", {"a": 3}, "not JSON", "c2"),
    ]  # fmt: skip
    found = read(parse_request({"model": "m", "messages": messages}).messages)
    assert (found.question, found.earlier, found.said) == ("three", ("one",), "two")
    assert [dict(each.call.arguments) for each in found.past] == [{"a": 1}]
    assert [each.value for each in found.results] == ["not JSON"]
    assert found.today.isoformat() == "2025-06-10"


def test_arguments_that_are_no_object_count_as_none():
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "[1]"}}
    messages = [
        user("x"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": json.dumps({"error": True})},
    ]
    (result,) = read(parse_request({"model": "m", "messages": messages}).messages).results
    assert dict(result.call.arguments) == {}
    assert result.error == "True"
