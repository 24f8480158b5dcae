"""What a piece of a sentence tells besides asking: reasons, topics, sums, what it goes on from."""

import kit
import pytest

from labkit.rehearsal.arithmetic import expression_with_hole, expressions_in
from labkit.rehearsal.free_text import query_in, topics_in
from labkit.rehearsal.parameters import parameters_of
from labkit.rehearsal.resolving import part_and_whole
from labkit.rehearsal.spans import Kind, spans_of
from labkit.rehearsal.speech_acts import asks, asks_or_orders, only_talks, ordering_verb
from labkit.rehearsal.switches import flagged
from labkit.rehearsal.telling import asks_advice, only_asks, reports, told_besides, topic_of
from labkit.rehearsal.values import Found

SEAL = frozenset(("seal", "box", "shut"))


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("Seal box 77, the lid is torn", "77", "the lid is torn"),
        ("box 77 is wet, seal it", "77", "box 77 is wet"),
        ("Seal box 77 (leaks)", "77", "leaks"),
        ("Seal the newest box; somebody found glass in it", "newest", "somebody found glass in it"),
        ("ok it smells of smoke after all, seal it", "zz", "it smells of smoke after all"),
        ("Seal box 77", "77", ""),
        ("box 77 has to be sealed", "77", ""),
        ("Seal box 77, please", "77", ""),
    ],
)  # fmt: skip
def test_a_reason_is_the_piece_that_tells_and_never_the_one_that_orders(text, value, told):
    start = text.find(value)
    taken = [Found(value, start, start + len(value))] if start >= 0 else []
    assert told_besides(text, taken, SEAL) == told


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("The belt slips, what now?", "The belt slips"),
        ("the pump is loud, any instructions?", "the pump is loud"),
        ("oven smokes. What are the steps?", "oven smokes"),
        ("what should I do?", "what should I do?"),
        ("how do I change a belt?", "how do I change a belt?"),
    ],
)
def test_a_topic_is_the_text_without_what_only_asks(text, topic):
    assert topic_of(text) == topic
    assert asks_advice(text)


def test_a_question_about_something_is_more_than_asking():
    assert not only_asks("what does its guide say?")
    assert not only_asks("how many are there?")
    assert only_asks("is there a procedure for that?")
    assert not asks_advice("how many boxes are sealed?")


def test_a_report_tells_and_neither_asks_nor_orders():
    assert reports("The jib has a tear")
    assert reports("Handing over at six.")
    assert not reports("Seal the box")
    assert not reports("The box has to be sealed")
    assert not reports("Is the box wet?")
    assert not reports("")


@pytest.mark.parametrize(
    ("text", "question", "wants", "verb"),
    [
        ("Is the box wet?", True, True, ""), ("which boxes are wet", True, True, ""),
        ("Could you seal the box?", False, True, "seal"), ("ok so seal it", False, True, "seal"),
        ("I'd like to book a seat", False, True, "book"), ("the box is wet", False, False, ""),
        ("and its wet boxes", False, False, ""), ("show me the boxes", False, True, ""),
    ],
)  # fmt: skip
def test_a_request_put_as_a_question_orders_and_a_statement_does_neither(
    text, question, wants, verb
):
    assert (asks(text), asks_or_orders(text)) == (question, wants)
    assert ordering_verb(text) == verb


def test_an_opinion_is_only_talk():
    assert only_talks("do you like blue boxes?")
    assert only_talks("what does quarantine mean?")
    assert not only_talks("which boxes are blue?")


def test_what_is_looked_for_is_what_the_sentence_before_tells():
    assert (
        query_in("The pump on deck 2 is loud. What are the steps?") == "The pump on deck 2 is loud"
    )
    assert topics_in("a power cut and the one for a leak") == ["a power cut", "a leak"]
    assert topics_in("bread and butter") == ["bread and butter"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A box holds 144 screws. How many screws are 36 boxes, minus 27 rejects?", 5157),
        ("we make 1250 parts per hour, how many in 7.5 hours?", 9375),
        ("18 pallets with 36 boxes of 40 parts each, how many parts is that?", 25920),
        ("How many are in 14 boxes of 36 plus 5 loose ones?", 509),
        ("If 46 of 3,680 were bad, what is the rate?", 1.25),
        ("It checked 4,980 parts and 140 were bad, what's that in percent?", 140 / 49.8),
        ("A broken part costs 4.20 euros and we had 306. Total?", 1285.2),
        ("what is 24 volts times 3.5 amps", 84), ("8 hours multiply 520 parts", 4160),
        ("5 crates of 12, but 8 are broken: how many are left?", 52),
    ],
)  # fmt: skip
def test_a_sum_that_is_told_as_a_story_is_worked_out(text, value):
    (expression,) = expressions_in(text)
    assert eval(expression, {"__builtins__": {}}) == pytest.approx(value)  # Our own output.


@pytest.mark.parametrize(
    "text",
    ["how many parts per day in the last 10 days?", "how many boxes are there?", "5 of 7 lines",
     "A box holds 12 screws.", "how many of 3 kinds?", "an hour has how many minutes?"],
)  # fmt: skip
def test_a_question_with_a_number_is_no_sum(text):
    assert expressions_in(text) == ()


def test_several_sums_of_one_question_are_several():
    assert expressions_in("whats 18/640 and 25/710?") == ("18/640", "25/710")
    assert expressions_in("What's 12 * 48, and what's 576 / 7?") == ("12 * 48", "576 / 7")
    assert expressions_in("12 * 48 for the left one, 3 + 4 for the other") == ("12 * 48",)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("how much percent is that", "{part} / {whole} * 100"),
        ("what is that in percent?", "{part} / {whole} * 100"),
        ("So which share is that of the 3200 it saw?", "{part} / 3200 * 100"),
        ("How much is that in percent of the 52 crates?", "{part} / 52 * 100"),
    ],
)
def test_a_share_of_what_was_found_has_a_hole_for_each_number(text, form):
    assert expression_with_hole(text) == form


def test_part_and_whole_are_the_two_counts_that_all_entries_have():
    rows = [{"day": "2025-05-05", "seen": 900, "bad": 21}, {"day": "x", "seen": 700, "bad": 13}]
    assert part_and_whole(rows) == ("(13 + 21)", "(700 + 900)")
    assert part_and_whole({"id": 7, "seen": 900, "bad": 21}) == ("21", "900")
    assert part_and_whole([{"seen": 900}]) is None
    assert part_and_whole([{"seen": 900, "bad": 1}, {"seen": 2}]) is None
    assert part_and_whole("nothing") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("which are occupied?", [True]), ("which are free?", [False]),
     ("which aren't occupied?", [False]),
     ("all rooms", []), ("I don't care if they are free", []),
     ("rooms, occupied or not", [])],
)  # fmt: skip
def test_a_switch_is_read_by_what_its_description_says_of_each_position(text, expected):
    told = "true: only rooms that are occupied; false: only rooms that are free."
    (switch,) = parameters_of({"properties": {"booked": {"type": "boolean", "description": told}}})
    assert [each.value for each in flagged(switch, text, frozenset({"room"}))] == expected


def test_days_since_a_date_are_a_number_of_days():
    from datetime import date

    def days(text):
        spans = spans_of(text, date(2025, 6, 10))
        return [s.value for s in spans if s.kind is Kind.NUMBER and s.unit == "day"]

    assert days("figures since the first of June") == [9]
    assert days("since 2025-06-08") == [2]
    assert days("since 2025-13-45") == []
    assert days("since 2026-01-01") == []


STATS = kit.tool(
    "daily_counts", "Count what one pump moved, day by day.", required=["pump"],
    pump=kit.text("The pump's id, such as P7.", pattern="^P[0-9]+$"),
    days={"type": "integer", "default": 7, "description": "How many days back."},
)  # fmt: skip
FIND = kit.tool(
    "find_barrels", "List the barrels of a pump, all or only those that are sealed.", required=[],
    pump=kit.text("Only the barrels of one pump, by its id such as P7.", pattern="^P[0-9]+$"),
    sealed={"type": "boolean", "description": "Only sealed ones."},
)  # fmt: skip
SEAL_IT = kit.tool(
    "seal_barrel", "Seal a barrel, so that nobody opens it.", required=["barrel", "reason"],
    barrel={"type": "integer", "description": "The barrel's number."},
    reason=kit.text("Why, in a few words."),
)  # fmt: skip
CALCULATE = kit.tool(
    "calculate", "Work out an arithmetic expression.", expression=kit.text("The sum.")
)
TOOLS = [STATS, FIND, SEAL_IT, CALCULATE]


def test_a_clause_takes_what_its_means_from_the_one_before():
    text = "Daily counts of pump P7 for 3 days, and which of its barrels are sealed?"
    assert kit.calls(text, TOOLS) == [
        ("daily_counts", {"pump": "P7", "days": 3}),
        ("find_barrels", {"pump": "P7", "sealed": True}),
    ]


def test_an_order_by_the_verb_is_no_switch_and_lacks_what_it_lacks():
    turn = kit.turn("please seal a barrel because of rust", TOOLS)
    assert not turn.calls
    assert "seal_barrel" in turn.text
    assert "barrel" in turn.text


def test_a_reply_is_read_with_the_question_that_it_answers_in_whatever_words_it_was_asked():
    talk = [
        kit.user("Seal barrel 77."),
        kit.said("What is the reason?"),
        kit.user("It leaks a bit."),
    ]
    assert kit.calls(talk, TOOLS) == [("seal_barrel", {"barrel": 77, "reason": "It leaks a bit"})]
    talk = [kit.user("daily counts of the pump, 3 days"), kit.said("Which pump?"), kit.user("P7")]
    assert kit.calls(talk, TOOLS) == [("daily_counts", {"pump": "P7", "days": 3})]


def test_the_users_own_is_what_the_system_message_says_of_it():
    system = {"role": "system", "content": "The user looks after pump P7."}
    question = kit.user("Daily counts of my pump, please.")
    assert kit.calls([system, question], TOOLS) == [("daily_counts", {"pump": "P7"})]
    assert not kit.turn([question], TOOLS).calls


def test_a_share_is_worked_out_from_what_the_last_call_found():
    found = {"pump": "P7", "moved": 3980, "spilt": 117}
    talk = [kit.user("counts of pump P7"), *kit.called("daily_counts", {"pump": "P7"}, found),
            kit.said("It spilt 117."), kit.user("how much percent is that")]  # fmt: skip
    assert kit.calls(talk, TOOLS) == [("calculate", {"expression": "117 / 3980 * 100"})]


def test_which_of_them_is_the_worst_is_answered_from_what_was_found():
    found = [{"pump": "P1", "spilt": 3}, {"pump": "P7", "spilt": 9}]
    talk = [kit.user("list the pumps"), *kit.called("find_barrels", {}, found),
            kit.said("P1 3, P7 9."), kit.user("which one is the highest?")]  # fmt: skip
    turn = kit.turn(talk, TOOLS)
    assert not turn.calls
    assert "P7" in turn.text


def test_thanks_behind_a_result_ask_for_nothing():
    talk = [kit.user("counts of pump P7"), *kit.called("daily_counts", {"pump": "P7"}, {"n": 1}),
            kit.said("1."), kit.user("perfect, thank you!")]  # fmt: skip
    assert not kit.turn(talk, TOOLS).calls
