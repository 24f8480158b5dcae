"""Arithmetic, choices, switches, free text and clauses: what is read from one sentence."""

import pytest

from labkit.rehearsal.arithmetic import expression_with_hole, expressions_in
from labkit.rehearsal.choices import chosen
from labkit.rehearsal.clauses import clauses_of, kind_of, refers_back
from labkit.rehearsal.free_text import message_in, phrase_behind, query_in, rest_for, tidy
from labkit.rehearsal.parameters import parameters_of
from labkit.rehearsal.spans import Kind, Span
from labkit.rehearsal.switches import flagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("What is 17% of 2,340?", 397.8), ("12 times 15 minus 4", 176), ("(2 + 3) * 4", 20),
        ("the square root of 16", 4), ("subtract 4 from 10", 6), ("divide 9 by 3", 3),
        ("the average of 2, 4 and 9", 5), ("the sum of 1, 2 and 3", 6), ("2 to the power of 5", 32),
        ("multiply 6 by 7", 42), ("add 2 and 3", 5), ("half of 9", 4.5), ("double 8", 16),
        ("the product of 2, 3 and 4", 24), ("7 squared", 49), ("10 % of 50 plus 3", 8),
    ],
)  # fmt: skip
def test_spoken_arithmetic_is_an_expression_of_that_value(text, value):
    names = {"__builtins__": {}, "sqrt": lambda x: x**0.5}
    assert eval(expressions_in(text)[0], names) == pytest.approx(value)  # Our own output.


@pytest.mark.parametrize("text", ["Which line was worst?", "lot 7", "", "on 5 May"])
def test_what_is_no_arithmetic_is_none(text):
    assert expressions_in(text) == ()


@pytest.mark.parametrize(
    ("text", "form"),
    [("divide the total by 10", "{x} / 10"), ("double it", "{x} * 2"),
     ("20 percent of that", "20 / 100 * {x}"), ("add 5 to the result", "{x} + 5")],
)  # fmt: skip
def test_arithmetic_on_a_result_has_a_hole(text, form):
    assert expression_with_hole(text) == form


def parameter(**schema):
    (found,) = parameters_of({"properties": {"x": schema}, "required": ["x"]})
    return found


@pytest.mark.parametrize(
    ("choices", "text", "expected"),
    [
        (["open", "closed"], "the closed ones", ["closed"]),
        (["plant-a", "plant-b"], "at plant B", ["plant-b"]),
        (["living_room", "hall"], "in the living room", ["living_room"]),
        (["de", "fr"], "into German", ["de"]), (["mon", "wed"], "on Wednesday", ["wed"]),
        (["red", "blue"], "red and blue", ["red", "blue"]),
        (["high", "very high"], "a very high one", ["very high"]),
        (["imperial", "metric"], "in fahrenheit", ["imperial"]), (["s", "m"], "nothing here", []),
        (["EUR", "USD"], "in dollars", ["USD"]),
    ],
)  # fmt: skip
def test_a_choice_is_found_by_its_words_its_code_or_its_kin(choices, text, expected):
    assert [each.value for each in chosen(parameter(enum=choices), text)] == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("on", "turn it off", [False]), ("on", "switch it on", [True]),
        ("locked", "unlock it", [False]),
        ("include_archived", "with the archived ones", [True]),
        ("include_archived", "without the archived ones", [False]),
        ("public", "make it private", [False]), ("active_only", "all of them", []),
        ("blocked", "those that aren't blocked", [False]), ("express", "an express parcel", [True]),
    ],
)  # fmt: skip
def test_a_switch_is_on_off_or_not_spoken_of(name, text, expected):
    (switch,) = parameters_of({"properties": {name: {"type": "boolean"}}})
    assert [each.value for each in flagged(switch, text)] == expected


@pytest.mark.parametrize(
    ("text", "query"),
    [("Can you search the docs for rate limits?", "rate limits"),
     ("please look up how to clean a lens", "how to clean a lens"),
     ("find articles about beekeeping, thanks", "beekeeping")],
)  # fmt: skip
def test_a_query_is_the_question_without_the_asking(text, query):
    assert query_in(text) == query


@pytest.mark.parametrize(
    ("text", "message"),
    [("Remind me to call the supplier", "call the supplier"),
     ("send it saying see you at noon", "see you at noon"),
     ("let Tim's parents know he forgot his bag", "he forgot his bag"),
     ("block it because of deep scratches", "deep scratches"), ("block it", "")],
)  # fmt: skip
def test_a_message_is_what_has_to_be_passed_on(text, message):
    assert message_in(text) == message


def test_a_phrase_behind_a_cue_is_short():
    assert phrase_behind(["about"], "a ticket about the broken printer") == "the broken printer"
    assert phrase_behind(["about"], "about one two three four five six seven eight") == ""


def test_a_page_of_spaces_is_read_at_once():
    """Begun anew at each of them, and giving some back each time, 2,000 took half a minute."""
    apart = f"tea{' ' * 50_000}cups"
    assert tidy(f"{apart}, please?") == apart
    used = [Span(Kind.NUMBER, 7, len(apart) + 4, len(apart) + 5)]
    (query,) = parameters_of({"properties": {"query": {"type": "string"}}, "required": ["query"]})
    assert rest_for(query, f"{apart} of 7", used, frozenset()) == apart


def apart(left, right):
    def tool_of(piece):
        return next((word for word in ("mail", "weather") if word in piece), "")

    return "" != tool_of(left) != tool_of(right) != ""


def test_a_sentence_is_cut_only_where_both_sides_ask_for_something():
    assert clauses_of("the weather in Rome and Oslo", apart) == ["the weather in Rome and Oslo"]
    assert clauses_of("the weather in Rome and then mail it to Bo", apart) == [
        "the weather in Rome", "mail it to Bo",
    ]  # fmt: skip
    assert clauses_of('mail "weather and mail"', apart) == ['mail "weather and mail"']


def test_a_sentence_without_a_verb_belongs_to_the_one_before_it():
    assert clauses_of("A lamp is broken. Mill Lane 14. Send someone!", apart) == [
        "A lamp is broken. Mill Lane 14.", "Send someone!",
    ]  # fmt: skip
    assert clauses_of("Mill Lane 14. A lamp is broken.", apart) == [
        "Mill Lane 14.", "A lamp is broken.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello!", "greeting"), ("Good morning :)", "greeting"), ("thanks a lot", "thanks"),
        ("Thanks, that's all for today!", "thanks"), ("bye", "bye"),
        ("how are you?", "how-are-you"),
        ("Who are you?", "itself"), ("what can you do", "itself"),
        ("write me a poem about lots", "creative"),
        ("without looking anything up: why?", "no-tools"),
        ("Which lines are there?", ""),
    ],
)  # fmt: skip
def test_what_needs_no_tool_is_told_by_its_words(text, kind):
    assert kind_of(text) == kind


def test_words_that_point_back_are_told():
    assert refers_back("quarantine it")
    assert not refers_back("quarantine lot 7")
