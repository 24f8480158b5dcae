"""
Learn what speaks for a way to take a message that goes on with others.

A softmax over the readings of a message and "none of them", fitted as `learning` fits that over
tools: to the messages of `evaluation.TUNED` that have calls before them, and to first messages put
behind the calls of another case, which have to stay what they are. ``python
tests/rehearsal/learning_readings.py`` prints the weights as ``labkit/rehearsal/readings.py`` has
them, and how often the right reading is taken of messages whose set of tools was never learnt
from. Where no reading is right, one with the right tool counts as such.

Glossary:
    follow-up: a message that has calls before it.
    displaced: of a first message, that it was put behind the calls of another case.
"""

import random
from typing import NamedTuple

import evaluation
import judge
import numpy as np
from learning import FOLDS, fitted, loss, parted, pose, tables, ways

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.readings import NONE, WEIGHTS, readings
from labkit.rehearsal.step import Step

PENALTY, PENALTY_OF_NONE = 3.0, 0.03  # The best of some tried in cross-validation.
DISPLACED = 0.15  # What a displaced message counts of a follow-up: there are twice as many.
EACH = 2  # Messages that are put behind the calls of each case.


class Sample(NamedTuple):
    """A message: its set of tools, what speaks for each reading, the right ones, what it counts."""

    toolset: str
    evidence: list
    right: list  # Of each reading, then of none.
    counts: float


def samples():
    return [
        sample
        for name in evaluation.TUNED
        for found, counts in ((follow_ups(name), 1.0), (displaced(name), DISPLACED))
        for case in found
        for sample in sampled(case, counts)
    ]


def follow_ups(name):
    return [case for case in evaluation.cases(name) if len(case["messages"]) > 1]


def displaced(name):
    """First messages that take one call, each behind the calls of a case of the same tools."""
    chance, found = random.Random(1), evaluation.cases(name)
    for case in found:
        *before, last = case["messages"]
        if last["role"] != "user" or not any(each["role"] == "tool" for each in before):
            continue
        others = [each for each in found if each["tools"] == case["tools"] and is_first(each)]
        for other in chance.sample(others, min(EACH, len(others))):
            yield {**other, "messages": [*before, *other["messages"]]}


def is_first(case):
    return len(case["messages"]) == 1 and len((ways(case) or [[]])[0]) == 1


def sampled(case, counts):
    """Yield the sample of a case, if its message has calls before it and some way to take it."""
    request = evaluation.request_for(case)
    said = read(request.messages)
    if not said.past or said.results:
        return
    found = readings(said, Toolbox.of(request.tools, said.told))
    right = right_of(case, found, said.question)
    if any(right):
        yield Sample(case["tools"], [each.evidence for each in found], right, counts)


def right_of(case, found, question):
    """Tell of each reading, then of none, whether it is right, or the nearest that there is."""
    if not ways(case):
        return [*(False for _ in found), True]
    called = {way[0]["name"] for way in ways(case)}
    whole = [not each.filled.missing for each in found]
    tool = [each.tool.name in called for each in found]
    right = [each and is_right(case, one, question) for each, one in zip(whole, found, strict=True)]
    near = [each and one for each, one in zip(whole, tool, strict=True)]
    return [*next((each for each in (right, near) if any(each)), tool), False]


def is_right(case, reading, question):
    step = Step(question, reading.tool, reading.filled, waits=False, score=0.0)
    calls = [{"name": each.name, "arguments": dict(each.arguments)} for each in step.calls]
    return judge.right(case, calls, "")


def problem(found):
    """All messages, with the evidence by its spread, and that for none last; and the spreads."""
    told, spread = tables([each.evidence for each in found], WEIGHTS)
    none = np.eye(1, len(spread) + 1, len(spread))
    rows = [np.vstack([np.pad(each / spread, ((0, 0), (0, 1))), none]) for each in told]
    rows = [each.astype(np.float32) for each in rows]
    return pose(rows, [each.right for each in found], [each.counts for each in found]), spread


def learn(posed):
    """All weights, for rows by their spread, that for none last."""
    held = np.array([*(PENALTY for _ in WEIGHTS), PENALTY_OF_NONE])
    return fitted(posed, held, np.zeros(len(held)))


def in_use(spread):
    """The weights of ``readings.py``, for the same rows."""
    return np.array([*(w * s for w, s in zip(WEIGHTS.values(), spread, strict=True)), NONE])


def validated(found, folds=FOLDS):
    """Tell of each message whether weights that never saw its tools take the right reading."""
    told, _ = tables([each.evidence for each in found], WEIGHTS)
    right = np.zeros(len(found), bool)
    for train, test in parted([each.toolset for each in found], folds):
        posed, by = problem([found[n] for n in train])
        *weights, none = learn(posed)
        for n in test:
            points = [*(told[n] @ (np.array(weights) / by)), none]
            right[n] = found[n].right[int(np.argmax(points))]
    return right


if __name__ == "__main__":
    found = samples()
    posed, spread = problem(found)
    *weights, none = learn(posed)
    for name, weight, each in zip(WEIGHTS, weights, spread, strict=True):
        print(f'    "{name}": {weight / each:.2f},')
    print(f"NONE = {none:.2f}")
    right, own = validated(found), np.array([each.counts == 1 for each in found])
    print(f"loss {loss(learn(posed), posed):.3f}, of the weights in use "
          f"{loss(in_use(spread), posed):.3f}")  # fmt: skip
    print(f"{own.sum()} follow-ups, {right[own].mean():.1%} of those not seen right; "
          f"{(~own).sum()} displaced, {right[~own].mean():.1%}")  # fmt: skip
