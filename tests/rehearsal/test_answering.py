"""Sentences about results: each number from a named tool, and nothing that isn't there."""

import json

import kit
import pytest
from kit import called, said, turn, user

from labkit.rehearsal import results
from labkit.rehearsal.answers import ask_for, asked_for, listed, quote, shown
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.request import parse_request


def answer(question, *results, tool="look"):
    asked = [user(question)]
    for number, result in enumerate(results):
        asked += called(tool, {}, result, f"c{number}")
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
        ("how many", 7, "The look is 7 (look)."),
        ("is it open", True, "Yes, says look."),
        ("say", "It rains.", "look says: It rains."),
        ("find", [], "look found nothing."),
        ("find", {"items": []}, "look found nothing."),
        ("find", {"items": [], "degrees": 7}, "look gave: degrees 7."),
        ("names", ["a", "b"], "look gave a and b."),
        ("what is it", {"degrees": 21.5, "sky": "clear"}, "look gave: degrees 21.5, sky clear."),
        ("read", {"title": "Hinges", "text": "Oil them."},
         "\u201cHinges\u201d says: Oil them. (look)."),
        ("find", [{"title": "A", "text": "One."}, {"title": "B", "text": "Two."}],
         "\u201cA\u201d says: One. (look). look also found \u201cB\u201d."),
        ("x", {"error": {"message": "no such oven"}, "suggestion": "Try K1"},
         "I couldn't get an answer from look: no such oven. Try K1."),
        ("x", "Error: it took too long",
         "I couldn't get an answer from look: Error: it took too long."),
    ],
)  # fmt: skip
def test_a_result_becomes_a_sentence(question, result, sentence):
    assert answer(question, result) == sentence


def test_the_rest_of_a_long_list_is_counted():
    assert answer("List the ovens", RATES).endswith(", and 1 more.")


def test_every_number_of_an_answer_is_in_the_result():
    told = answer("Which oven has the highest burnt rate?", RATES)
    numbers = {"5", "1.2", "0.4", "900", "K2", "K1", "K3"}
    words = told.replace("%", "").replace(",", " ").replace(".", ". ").split()
    digits = {word.strip(".():") for word in words if any(map(str.isdigit, word))}
    assert {digit for digit in digits if "." not in digit} <= numbers | {"0", "1", "2", "4"}


def test_the_same_sentence_is_said_once():
    assert answer("is it open", True, True) == "Yes, says look."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("rate", 0.0123, "1.23 %"), ("n", 1234567, "1,234,567"), ("x", 0.5, "0.5"),
     ("x", None, "unknown"),
     ("x", True, "yes"), ("x", 12345678.9, "12,345,679")],
)  # fmt: skip
def test_values_are_written_as_people_do(name, value, text):
    assert shown(name, value) == text


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
