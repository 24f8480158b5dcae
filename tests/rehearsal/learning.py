"""
Learn what each sort of evidence counts, from the prompts that may be tuned on, but for `APART`.

A softmax over the tools of a prompt and "none of them", fitted by Newton's method with a penalty
on large weights. Of several right tools any will do. ``python tests/rehearsal/learning.py`` writes
``learnt.json`` of the rehearsal model, and prints how often tools of prompts that it hasn't seen
are chosen rightly: cross-validated by set of tools, so that no tool of the test part was ever
learnt from.

Glossary:
    row: the numbers of one tool for one prompt: its evidence, then traits times kinds for the mood;
        all are 0 for "none of them" but for the kinds.
"""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import evaluation
import numpy as np

import labkit.rehearsal
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.evidence import evidence_of
from labkit.rehearsal.learnt import learnt
from labkit.rehearsal.moods import KINDS, TRAITS, table, traits_of

PENALTY, PENALTY_OF_MOODS = 20.0, 2.0  # The best of some tried in cross-validation.
RARE = 0.15  # Evidence that hardly varies isn't trusted with a great weight.
FOLDS = 10
MOST_OF_A_SET = 150  # Prompts of one set of tools that count in full; more count less each.
# Not learnt from: with them three of the older files lose 0.7 to 1.3 points of their share, for the
# rules were written with the weights that don't know them.
APART = ("tuned/foreign_c4", "tuned/foreign_c5", "tuned/lab3")
STEPS = 20  # Of Newton's method; it needs about eight.
STILL = 1e-3  # A step that changes no weight by more is the last one.
HOME = Path(labkit.rehearsal.__file__).parent / "learnt.json"


class Sample(NamedTuple):
    """A prompt: its set of tools, their names, the right ones, and their evidence."""

    toolset: str
    tools: list
    right: set
    evidence: list
    rows: np.ndarray  # Traits times kinds.


class Problem(NamedTuple):
    """
    All prompts: a row for each tool and for none, where each prompt begins, what is right, and
    how much each row counts.
    """

    rows: np.ndarray
    starts: np.ndarray
    right: np.ndarray
    counts: np.ndarray


def ways(case):
    """The sets of calls of which each is right."""
    expect = case["expect"]
    return ([expect["calls"]] if expect.get("calls") else []) + list(expect.get("or", ()))


def samples():
    names = [name for name in evaluation.TUNED if name not in APART]
    return [s for name in names for case in evaluation.cases(name) for s in sample(case)]


def sample(case):
    """Yield the prompt of a case, if it is the first one of its conversation."""
    if len(case["messages"]) > 1:
        return
    expect, right_ways = case["expect"], ways(case)
    request = evaluation.request_for(case)
    box, said = Toolbox.of(request.tools), read(request.messages)
    rows = [
        evidence_of(said.question, tool, box, tool.fill(said.question, said.today))
        for tool in box.tools
    ]
    right = {call["name"] for call in right_ways[0]} if right_ways else set()
    if not right_ways and expect.get("ask"):  # For a tool that still needs something.
        right = {t.name for t, row in zip(box.tools, rows, strict=True) if row["something lacking"]}
    if right or expect.get("text"):
        moods = [np.outer(traits_of(said.question), tool.kinds).ravel() for tool in box.tools]
        names = [tool.name for tool in box.tools]
        yield Sample(case["tools"], names, right, rows, np.array(moods))


def names_of(found):
    """The sorts of evidence, the mood aside, which is learnt number by number."""
    names = dict.fromkeys(name for each in found for row in each.evidence for name in row)
    return [name for name in names if name != "mood"]


def tables(evidence, names):
    """Evidence by name as a matrix for each prompt, and how much each sort of it varies."""
    told = [np.array([[row.get(name, 0) for name in names] for row in each]) for each in evidence]
    return told, np.maximum(np.vstack(told).std(0), RARE)


def matrices(found, names):
    """Each prompt's rows with one for none, all evidence by its spread; and the spread."""
    told, spread = tables([each.evidence for each in found], names)
    moods = len(TRAITS) * (len(KINDS) + 1)
    none = np.zeros((1, len(names) + moods))
    return [
        np.vstack([np.hstack([evidence / spread, each.rows]), none]).astype(np.float32)
        for evidence, each in zip(told, found, strict=True)
    ], spread


def problem(found, rows):
    wanted = [[*(t in each.right for t in each.tools), not each.right] for each in found]
    often = Counter(each.toolset for each in found)
    return pose(rows, wanted, [min(1.0, MOST_OF_A_SET / often[each.toolset]) for each in found])


def pose(rows, wanted, counts):
    """The problem of prompts: of each the rows, which of them are right, and how much it counts."""
    sizes = list(map(len, rows))
    starts = np.cumsum([0, *sizes])[:-1]
    counts = np.repeat(counts, sizes).astype(np.float32)
    return Problem(np.vstack(rows), starts, np.concatenate(wanted).astype(np.float32), counts)


def shares(numbers, posed):
    """Numbers of each prompt, as shares of their sum."""
    sums = np.add.reduceat(numbers, posed.starts)
    sizes = np.diff([*posed.starts, len(numbers)])
    return numbers / np.repeat(np.maximum(sums, 1e-9), sizes)


def chances(weights, posed):
    points = posed.rows @ weights.astype(np.float32)  # Of one sort, or all rows are copied.
    sizes = np.diff([*posed.starts, len(points)])
    return shares(
        np.exp(points - np.repeat(np.maximum.reduceat(points, posed.starts), sizes)), posed
    )


def fitted(posed, held, start):
    """The weights with the least loss and penalty, looked for from *start* on."""
    weights = start.copy()
    for _ in range(STEPS):
        chance = chances(weights, posed)
        off = (chance - shares(chance * posed.right, posed)) * posed.counts
        counted = posed.rows * (chance * posed.counts)[:, None]
        slope = held * weights + posed.rows.T @ off
        mean = np.add.reduceat(posed.rows * chance[:, None], posed.starts, axis=0)
        mean *= np.sqrt(posed.counts[posed.starts])[:, None]
        bend = np.diag(held) + counted.T @ posed.rows - mean.T @ mean
        step = np.linalg.solve(bend, slope)
        weights -= step
        if abs(step).max() < STILL:
            break
    return weights


def loss(weights, posed):
    """The mean of minus the logarithm of the right tools' chance."""
    right = np.add.reduceat(chances(weights, posed) * posed.right, posed.starts)
    counts = posed.counts[posed.starts]
    return float(-(counts * np.log(np.maximum(right, 1e-9))).sum() / counts.sum())


def penalties(names):
    moods = len(TRAITS) * (len(KINDS) + 1)
    held = np.array([PENALTY] * len(names) + [PENALTY_OF_MOODS] * moods)
    held[names.index("called at all")] = 0.1
    return held


def learn(found):
    """All weights, for rows by their spread."""
    names = names_of(found)
    rows, spread = matrices(found, names)
    held = penalties(names)
    return fitted(problem(found, rows), held, np.zeros(len(held))), spread


def in_use(found):
    """The weights of ``learnt.json``, for the same rows."""
    names = names_of(found)
    _, spread = matrices(found, names)
    told = learnt().weights
    weights = [told.get(name, 0) * each for name, each in zip(names, spread, strict=True)]
    return np.array([*weights, *table().ravel()])


def parted(toolsets, folds):
    """Yield the places of prompts to learn from, and of those to test on: no set is in both."""
    sets = sorted(set(toolsets))
    np.random.default_rng(0).shuffle(sets)
    for fold in range(folds):
        out = set(sets[fold::folds])
        places = range(len(toolsets))
        yield (
            [n for n in places if toolsets[n] not in out],
            [n for n in places if toolsets[n] in out],
        )


def validated(found, folds=FOLDS):
    """The share of prompts whose tool is chosen rightly by weights that never saw its set; loss."""
    names = names_of(found)
    rows, _ = matrices(found, names)
    held = penalties(names)
    start = fitted(problem(found, rows), held, np.zeros(len(held)))
    right, lost = np.zeros(len(found), bool), 0.0
    for train, test in parted([each.toolset for each in found], folds):
        known = problem([found[n] for n in train], [rows[n] for n in train])
        weights = fitted(known, held, start)
        asked = problem([found[n] for n in test], [rows[n] for n in test])
        lost += loss(weights, asked) * len(test)
        for n in test:
            wanted = [*(tool in found[n].right for tool in found[n].tools), not found[n].right]
            right[n] = wanted[int(np.argmax(rows[n] @ weights))]
    return right, lost / len(found)


def written(found):
    """What ``learnt.json`` says."""
    weights, spread = learn(found)
    names = names_of(found)
    moods = weights[len(names) :].reshape(len(TRAITS), -1)
    told = {n: round(float(w / s), 3) for n, w, s in zip(names, weights, spread, strict=False)}
    rows = {t: [round(float(w), 2) for w in row] for t, row in zip(TRAITS, moods, strict=True)}
    return {"weights": {**told, "mood": 1.0}, "moods": rows}


def as_text(told):
    """JSON with a trait a line."""
    weights = json.dumps(told["weights"], indent=2).replace("\n", "\n  ")
    moods = ",\n".join(f'    "{trait}": {json.dumps(row)}' for trait, row in told["moods"].items())
    return f'{{\n  "weights": {weights},\n  "moods": {{\n{moods}\n  }}\n}}\n'


if __name__ == "__main__":
    found = samples()
    HOME.write_text(as_text(written(found)), "utf-8")
    right, lost = validated(found)
    print(f"{len(found)} prompts; of those not seen {right.mean():.1%} right, loss {lost:.3f}")
