"""What holds for any text: no exception, bounded work, the same bytes, no special case."""

import os
import re
import subprocess
import sys
from pathlib import Path

import evaluation
import judge
import kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labkit.rehearsal
from labkit.rehearsal import (
    arithmetic,
    clauses,
    clocks,
    codes,
    free_text,
    moments,
    phrases,
    quantities,
    values,
)
from labkit.rehearsal.phrasal import single_verbs
from labkit.rehearsal.spans import spans_of

SOURCES = [
    values.quoted, values.identifiers, values.slugs, values.capitals, values.tokens,
    quantities.numbers, quantities.bare_counts, moments.dates, clocks.times, phrases.phrases,
    codes.currencies, codes.languages, codes.countries,
]  # fmt: skip
WORDS = st.sampled_from(
    ["line", "A4", "and", "the", "5", "%", "tomorrow", "at", "half past", "three", '"', "'s", ",",
     "from", "to", "2025-06-10", "of", "August", "4th", "a@b.example", "(", "**", "it",
     "\u00e9\u00df", "1,0"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_every_value_stands_where_it_is_said_to(text):
    for source in SOURCES:
        for found in source(text):
            assert 0 <= found.start <= found.end <= len(text)
    arithmetic.expressions_in(text)
    arithmetic.expression_with_hole(text)
    clauses.kind_of(text)
    free_text.query_in(text)
    list(single_verbs(text))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_question_gets_a_turn_with_calls_of_offered_tools_and_known_arguments(text):
    offered = judge.toolsets()["lab"]
    known = {t["function"]["name"]: t["function"]["parameters"]["properties"] for t in offered}
    turn = kit.turn(text, offered)
    assert turn.text or turn.calls
    for call in turn.calls:
        assert set(call.arguments) <= set(known[call.name])


LONG = 100_000  # Bytes.


@pytest.mark.parametrize(
    "piece", ["a", "A", "1", "-", "a-", "1,", "1.", "a b ", "A b ", "and ", '"', "'", "\u201c", "(",
              "half ", "twenty ", "5 to ", "the 5th ", "a/", "@", ".a", "1 and ", "with ", ", ",
              "add ",
              "let a ", "it ", ": ", "\n", "1 + ", "of 1 "],
)  # fmt: skip
def test_the_work_on_a_long_text_is_bounded(piece):
    """A pattern that looks at a text more than once for each character never ends here."""
    text = piece * (LONG // len(piece))
    for source in SOURCES:
        for _ in source(text[:20_000]):
            pass
    assert kit.turn(text, judge.toolsets()["lab"]) is not None


def test_a_text_is_cut_into_spans_once_for_all_tools():
    spans_of.cache_clear()
    kit.turn("What is the defect rate of line A4?", judge.toolsets()["lab"])
    assert spans_of.cache_info().hits > spans_of.cache_info().misses


PROGRAM = """
import hashlib, evaluation
turns = [repr(evaluation.turn_for(case)) for case in evaluation.cases("foreign_a")]
print(hashlib.sha256("".join(turns).encode()).hexdigest())
"""


def test_the_same_requests_get_the_same_turns_in_every_process():
    here = Path(__file__).parent
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=here,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(here)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "77")
    }
    assert len(said) == 1


def test_no_rule_knows_a_tool_a_line_or_a_plant_of_the_lab():
    names = [tool["function"]["name"] for tool in judge.toolsets()["lab"]]
    # "calculate" is an English verb that any tool may have.
    names = [name for name in names if "_" in name]
    secret = re.compile("|".join([*names, r"plant-[ab]", r"\b[AB][1-4]\b", "lens-cleaning"]))
    room = Path(labkit.rehearsal.__file__).parent
    found = {
        f"{path.name}: {each}"
        for path in room.glob("*.py")
        for each in secret.findall(path.read_text("utf-8"))
    }
    assert found == set()


def test_a_whole_set_is_planned_without_an_exception():
    for case in evaluation.cases("foreign_a"):
        turn = evaluation.turn_for(case)
        assert turn.text or turn.calls
