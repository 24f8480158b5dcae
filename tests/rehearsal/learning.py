"""
Learn what each sort of evidence counts, from the prompts that may be tuned on.

A softmax over the tools of a prompt and "none of them", fitted by Newton's method with a penalty
on large weights. Of several right tools any will do. ``python tests/rehearsal/learning.py`` prints
the table of `labkit.rehearsal.weights`, and how often tools of prompts that it hasn't seen are
chosen rightly: cross-validated by set of tools, so that no tool of the test part was ever learnt
from.
"""

from collections import Counter

import evaluation
import numpy as np

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.evidence import evidence_of

PENALTY = 10.0  # The best of 1, 3, 10 and 30 in cross-validation.
RARE = 0.15  # Evidence that hardly varies isn't trusted with a great weight.
MOST_OF_A_SET = 150  # Prompts of one set of tools that count in full; more count less each.
FOLDS = 10
CLOSE = 0.1  # How near to the learnt ones the weights in use have to be.
STEPS = 30  # Of Newton's method; it needs about eight.


def samples():
    """For each prompt: its set of tools, their names, the right ones, and their evidence."""
    found = []
    for name in evaluation.TUNED:
        for case in evaluation.cases(name):
            expect = case["expect"]
            ways = ([expect["calls"]] if expect.get("calls") else []) + list(expect.get("or", ()))
            if len(case["messages"]) > 1:
                continue
            tools, rows = evidence(case)
            right = {call["name"] for call in ways[0]} if ways else set()
            if not ways and expect.get("ask"):  # For a tool that still needs something.
                right = {
                    tool for tool, row in zip(tools, rows, strict=True) if row["something lacking"]
                }
            if right or expect.get("text"):
                found.append((case["tools"], tools, rows, right))
    return found


def evidence(case):
    request = evaluation.request_for(case)
    box, said = Toolbox.of(request.tools), read(request.messages)
    rows = [
        evidence_of(said.question, tool, box, tool.fill(said.question, said.today))
        for tool in box.tools
    ]
    return [tool.name for tool in box.tools], rows


def problem(found):
    """Each prompt as a matrix, with a row for no tool, what is right, and how much it counts."""
    names = list(found[0][2][0])
    every = np.array([list(row.values()) for _, _, rows, _ in found for row in rows])
    spread = np.maximum(every.std(0), RARE)
    often = Counter(each[0] for each in found)
    for toolset, tools, rows, right in found:
        matrix = np.array([[*row.values()] for row in rows]) / spread
        matrix = np.hstack([matrix, np.zeros((len(matrix), 1))])
        none = np.zeros((1, len(names) + 1))
        none[0, -1] = 1
        wanted = np.array([float(tool in right) for tool in tools] + [float(not right)])
        yield np.vstack([matrix, none]), wanted, spread, min(1.0, MOST_OF_A_SET / often[toolset])


def learnt(found, penalty=PENALTY):
    """The weight of each sort of evidence, and the points from which on a tool is called."""
    posed = list(problem(found))
    size = posed[0][0].shape[1]
    weights = np.zeros(size)
    held = np.full(size, float(penalty))
    held[-1] = 0.01 * penalty
    for _ in range(STEPS):
        slope, bend = held * weights, np.diag(held)
        for matrix, wanted, _, counts in posed:
            chance = np.exp(matrix @ weights - (matrix @ weights).max())
            chance /= chance.sum()
            slope += counts * matrix.T @ (chance - wanted * chance / (wanted @ chance))
            bend += counts * matrix.T @ (np.diag(chance) - np.outer(chance, chance)) @ matrix
        weights -= np.linalg.solve(bend, slope)
    spread = posed[0][2]
    return dict(zip(found[0][2][0], weights[:-1] / spread, strict=True)), float(weights[-1])


def chosen(tools, rows, weights, enough):
    scores = [sum(weights[name] * value for name, value in row.items()) for row in rows]
    best = int(np.argmax(scores))
    return tools[best] if scores[best] >= enough else None


def validated(found, penalty=PENALTY):
    """The share of prompts whose tool is chosen rightly by weights that never saw its set."""
    sets = sorted({each[0] for each in found})
    np.random.default_rng(0).shuffle(sets)
    right = 0
    for fold in range(FOLDS):
        held_out = set(sets[fold::FOLDS])
        weights, enough = learnt([each for each in found if each[0] not in held_out], penalty)
        for toolset, tools, rows, wanted in found:
            if toolset in held_out:
                best = chosen(tools, rows, weights, enough)
                right += best in wanted if wanted else best is None
    return right / len(found)


if __name__ == "__main__":
    found = samples()
    weights, enough = learnt(found)
    for name, weight in weights.items():
        print(f'    "{name}": {weight:.2f},')
    print(f"ENOUGH = {enough:.2f}")
    print(f"{len(found)} prompts; of those not seen {validated(found):.1%} right")
