"""What is handed over: long texts whole, results as text, the last answer as a call."""

import json

import kit
import pytest
from kit import called, turn, user

from labkit.rehearsal import parse_request, plan
from labkit.rehearsal.conversation import read
from labkit.rehearsal.observations import with_tool_messages
from labkit.rehearsal.payloads import QUESTION_CHARACTERS, taken_out

LONG = "The first one sleeps, and the second sings. Nobody saw it at 5 pm, did they? " * 400
TRANSLATE = kit.tool(
    "translate", "Translate a text", text={"type": "string"}, language={"type": "string"},
    required=["text", "language"],
)  # fmt: skip
WEATHER = kit.tool("get_weather", "Weather of a city", city={"type": "string"}, required=["city"])
FINAL = kit.tool("final_answer", "Provides the answer.", answer={"type": "any"},
                 required=["answer"])  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [
        'Translate this into French: "{}"', "Translate into French: {}",
        "Translate into French:\n```text\n{}\n```", "{}\n\nTranslate this into French.",
        "Translate \u201c{}\u201d into French", "Please translate this into French\n\n{}",
    ],
)  # fmt: skip
def test_a_long_text_is_passed_on_whole(question):
    (call,) = turn([user(question.format(LONG.strip()))], [TRANSLATE]).calls
    assert call.arguments == {"text": LONG.strip(), "language": "French"}


def test_a_call_with_a_long_text_is_not_made_twice():
    asked = user(f"Translate into French: {LONG}")
    (call,) = turn([asked], [TRANSLATE]).calls
    after = turn(
        [asked, *called("translate", dict(call.arguments), "Le premier dort.")], [TRANSLATE]
    )
    assert (after.calls, after.text) == ((), "translate says: Le premier dort.")


def test_a_long_text_in_an_answer_of_json_is_escaped():
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    body = {
        "model": "rehearsal", "messages": [user(f"Keep this:\n\n{LONG}\n\"end\"")],
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}},
    }  # fmt: skip
    assert LONG.strip()[:500] in json.loads(plan(parse_request(body)).text)["text"]


def test_what_is_not_read_of_a_rambling_question_is_said():
    rambling = "please tell me the weather in Oslo " * 100
    asked = turn([user(rambling)], [WEATHER])
    assert asked.text.startswith(f"I read only the first {QUESTION_CHARACTERS:,} characters")
    assert asked.calls
    assert "I read only" not in turn([user("the weather in Oslo")], [WEATHER]).text


# Results as text


def observed(calls, text):
    return [
        {"role": "assistant", "content": f"Calling tools:\n{calls}"},
        user(f"Observation:\n{text}"),
    ]


def written(*cities):
    calls = [{"name": "get_weather", "arguments": {"city": city}} for city in cities]
    return [{"id": "c", "type": "function", "function": call} for call in calls]


@pytest.mark.parametrize("form", [json.dumps, str])
def test_an_observation_is_a_result(form):
    asked = [
        user("What is the weather in Oslo?"),
        *observed(form(written("Oslo")), '{"sky": "grey"}'),
    ]
    assert turn(asked, [WEATHER]).text == "Oslo: sky grey (get_weather)."


def test_observations_of_several_calls_are_a_line_each_or_told_as_one():
    question = user("What is the weather in Oslo and Graz?")
    calls = written("Oslo", "Graz")
    apart = turn([question, *observed(calls, '{"sky": "grey"}\n{"sky": "blue"}')], [WEATHER])
    assert apart.text == "Oslo: sky grey (get_weather). Graz: sky blue (get_weather)."
    together = turn([question, *observed(calls, "grey in both")], [WEATHER])
    assert together.text == "get_weather says: grey in both"


@pytest.mark.parametrize("before", ["Let me see.", "Action: {not JSON}", "Calling tools: [1, {}]"])
def test_an_observation_without_calls_is_what_the_user_says(before):
    asked = [user("hello"), {"role": "assistant", "content": before}, user("Observation: it rains")]
    for messages in (asked, asked[2:]):
        found = read(parse_request({"model": "m", "messages": messages}).messages)
        assert (found.question, found.results) == ("Observation: it rains", ())


# A tool that ends the conversation


def demanded(messages, tools, choice="required"):
    body = {"model": "rehearsal", "messages": messages, "tools": tools, "tool_choice": choice}
    return plan(parse_request(body))


def test_a_demanded_call_is_the_tool_first_and_then_the_ending():
    asked = [user("What is the weather in Oslo?")]
    (first,) = demanded(asked, [WEATHER, FINAL]).calls
    assert (first.name, dict(first.arguments)) == ("get_weather", {"city": "Oslo"})
    (last,) = demanded([*asked, *observed(written("Oslo"), "grey")], [WEATHER, FINAL]).calls
    assert (last.name, dict(last.arguments)) == (
        "final_answer",
        {"answer": "get_weather says: grey"},
    )


def test_small_talk_ends_at_once_where_a_call_is_demanded():
    (call,) = demanded([user("hello")], [WEATHER, FINAL]).calls
    assert call.name == "final_answer"
    assert call.arguments["answer"].startswith("Hello.")


def test_an_ending_of_several_members_is_filled_from_the_results():
    ending = kit.tool(
        "submit", "The final response which ends this conversation",
        city={"type": "string"}, degrees={"type": "number"}, required=["city", "degrees"],
    )  # fmt: skip
    results = called("get_weather", {"city": "Oslo"}, {"city": "Oslo", "degrees": 7})
    (call,) = demanded([user("How warm is Oslo?"), *results], [WEATHER, ending]).calls
    assert (call.name, dict(call.arguments)) == ("submit", {"city": "Oslo", "degrees": 7})


def test_an_ending_that_is_named_is_called_and_one_that_is_offered_freely_is_a_tool():
    name = {"type": "function", "function": {"name": "final_answer"}}
    (call,) = demanded([user("What is the weather in Oslo?")], [WEATHER, FINAL], name).calls
    assert call.name == "final_answer"
    empty = kit.tool("final_step", "Ends it.")
    assert demanded([user("hello")], [empty]).calls[0].arguments == {}
    free = turn([user("What is the weather in Oslo?")], [WEATHER, FINAL])
    assert [call.name for call in free.calls] == ["get_weather"]


@pytest.mark.parametrize("filler", ["\n", " \n", "\n ", ": ", "Action:{"])
def test_a_page_of_empty_lines_is_read_at_once(filler):
    """With two repetitions side by side, 2,000 of them took half a minute: 50,000 never end."""
    short, payloads = taken_out("s" * 201 + filler * 50_000 + "b" * 300)
    assert (len(short), payloads.cut) == (QUESTION_CHARACTERS, True)


def test_calls_that_never_close_are_read_at_once():
    """Each "Action:{" once looked through all of the text for its end."""
    said = {"role": "assistant", "content": "Action:{" * 50_000}
    messages = [said, user("Observation: 5 degrees")]
    assert with_tool_messages(messages) == messages


@pytest.mark.parametrize(
    "written",
    ["{{}}", "{'name': 'get_weather', 'arguments': {(1, 2): 3}}",
     "{'name': 'get_weather', 'arguments': {'city': 0x" + "f" * 20_000 + "}}"],
)  # fmt: skip
def test_what_only_looks_like_a_call_is_no_call_and_no_fault(written):
    said = {"role": "assistant", "content": f"Action: {written}"}
    messages = [said, user("Observation: 5 degrees")]
    assert with_tool_messages(messages) == messages
