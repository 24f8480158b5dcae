"""The rules reach what was measured, on prompts of somebody who hadn't read them."""

import evaluation
import judge
import learning
import pytest

from labkit.rehearsal.weights import ENOUGH, WEIGHTS

# Measured, less a margin of about two cases; the aims are 0.95 for lab and 0.80 for foreign.
FLOORS = {
    "lab_a": 0.82, "lab_b": 0.77, "tuned/lab": 0.87, "tuned/lab2": 0.73, "unseen/lab": 0.68,
    "foreign_a": 0.80, "foreign_b": 0.65, "tuned/foreign": 0.60, "unseen/foreign": 0.50,
}  # fmt: skip
CHOSEN = 0.84  # Of prompts whose tools were never learnt from, the right tool; measured 0.859.


def test_the_weights_are_those_that_were_learnt_and_hold_for_tools_never_seen():
    """Changed rules change the evidence: then take the table that learning.py prints."""
    found = learning.samples()
    learnt, enough = learning.learnt(found)
    assert {**learnt, "enough": enough} == pytest.approx(
        {**WEIGHTS, "enough": ENOUGH}, abs=learning.CLOSE
    )
    assert learning.validated(found) >= CHOSEN


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_the_measured_share_of_prompts_is_answered_rightly(name):
    assert evaluation.share_right(name) >= FLOORS[name]


CASE = {"tools": "lab", "expect": {"calls": [{"name": "list_lines", "arguments": {}}]}}


def test_the_judge_tells_right_from_wrong():
    assert judge.right(CASE, [{"name": "list_lines", "arguments": {}}], "")
    assert not judge.right(CASE, [{"name": "list_lines", "arguments": {"plant": "plant-a"}}], "")
    assert not judge.right(CASE, [{"name": "defect_rates", "arguments": {}}], "")
    assert not judge.right(CASE, [], "Which line?")
    assert judge.right({"tools": "lab", "expect": {"ask": "lot"}}, [], "Which lot?")
    assert not judge.right({"tools": "lab", "expect": {"ask": "lot"}}, [], "")


def test_no_prompt_is_in_two_halves():
    asked = [[str(case["messages"]) for case in evaluation.cases(name)] for name in sorted(FLOORS)]
    assert len({prompt for half in asked for prompt in half}) == sum(map(len, asked))
