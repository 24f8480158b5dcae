"""
What a question takes: one step for each clause, with the tool that fits and its arguments.

Glossary:
    step: a tool to call for one clause; it may need what an earlier step finds.
    evidence: words in common, and values that the tool's parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import KnownTool, Toolbox, spoken
from labkit.rehearsal.clauses import clauses_of, refers_back
from labkit.rehearsal.evidence import ONLY_TALK, evidence_of, points
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.roles import Role
from labkit.rehearsal.turn import Call
from labkit.rehearsal.weights import ENOUGH
from labkit.rehearsal.words import is_weak, stem

TELLING = 0.9  # What one word of a piece has to say for its tool, for a call of its own.
REPEATED = 2  # Required values that a piece has to bring of its own to be a call of its own.
MAX_CALLS = 8  # Of one step that names several values; our choice.


@dataclass(frozen=True, slots=True)
class Step:
    """
    One clause, with the tool that fits best.

    Attributes:
        clause: The words.
        tool: What to call.
        filled: What was found for its parameters.
        waits: Whether it needs what an earlier step finds.
        score: The evidence.
    """

    clause: str
    tool: KnownTool
    filled: Filled = field(hash=False)
    waits: bool
    score: float

    @property
    def calls(self) -> list[Call]:
        """The calls: one, or one for each of several values of a parameter."""
        arguments = dict(self.filled.arguments)
        for name, values in self.filled.several.items():
            return [Call(self.tool.name, {**arguments, name: each}) for each in values[:MAX_CALLS]]
        return [Call(self.tool.name, arguments)]


def steps_of(question: str, toolbox: Toolbox, today: date | None) -> list[Step]:
    """Return the steps that *question* takes; none if no tool fits any part of it."""
    whole = bool(ONLY_TALK.search(question))
    clauses = (
        [question] if whole else clauses_of(question, lambda p: _tool_named(p, toolbox, today))
    )
    found: list[Step] = []
    for clause in clauses:
        step = best_step(clause, toolbox, today, after=bool(found))
        if step is not None:
            found += _repeated(_completed(step, question, today), toolbox, today)
    return list(_merged(found))


def _tool_named(piece: str, toolbox: Toolbox, today: date | None) -> str:
    """Return the tool that a piece alone asks for, by a word that says more than "show"."""
    if expression_with_hole(piece):
        computing = (t for t in toolbox.tools if any(p.role is Role.EXPRESSION for p in t.required))
        return next((tool.name for tool in computing), "")
    best = best_step(piece, toolbox, today, after=True)
    meant = toolbox.meant(piece, best.tool) if best else {}
    telling = any(points >= TELLING and not is_weak(stem(word)) for word, points in meant.items())
    return best.tool.name if best and telling else ""


def names_its_tool(step: Step) -> bool:
    """Tell whether the clause has a telling word of its tool's name or description."""
    return any(word in step.tool.described and not is_weak(word) for word in spoken(step.clause))


def best_step(
    clause: str, toolbox: Toolbox, today: date | None, *, after: bool = False
) -> Step | None:
    """Return the step for one clause, or None if no tool has evidence enough."""
    steps = [step_for(clause, tool, toolbox, today, after=after) for tool in toolbox.tools]
    best = max(steps, key=lambda step: step.score, default=None)
    return best if best is not None and best.score >= ENOUGH else None


def step_for(
    clause: str, tool: KnownTool, toolbox: Toolbox, today: date | None, *, after: bool = False
) -> Step:
    """Return what *clause* says for one tool, whether it's enough or not."""
    filled = tool.fill(clause, today)
    waits = after and _needs_more(clause, tool, filled)
    return Step(
        clause, tool, filled, waits, points(evidence_of(clause, tool, toolbox, filled, waits=waits))
    )


def _needs_more(clause: str, tool: KnownTool, filled: Filled) -> bool:
    """Tell whether a clause stands on what was found before it."""
    if any(p.role is Role.EXPRESSION for p in tool.required):
        return expression_with_hole(clause) is not None
    vague = [p for p in tool.required if p.role in (Role.QUERY, Role.NAME)]
    return refers_back(clause) and (bool(filled.missing) or bool(vague))


def _completed(step: Step, question: str, today: date | None) -> Step:
    """Look in the rest of the question for what a clause alone lacks."""
    if step.waits or not step.filled.missing or step.clause == question:
        return step
    whole = step.tool.fill(question, today)
    lacking = [p.name for p in step.filled.missing]
    found = {name: whole.arguments[name] for name in lacking if name in whole.arguments}
    step.filled.arguments.update(found)
    step.filled.missing[:] = [p for p in step.filled.missing if p.name not in found]
    return step


def _within(step: Step, other: Step) -> bool:
    """Tell whether another step makes the same call with more that is known."""
    mine, theirs = step.filled.arguments, other.filled.arguments
    return (
        step.tool.name == other.tool.name
        and not (step.waits or other.waits or step.filled.several)
        and len(mine) < len(theirs)
        and all(theirs.get(name) == value for name, value in mine.items())
    )


def _taken_in(step: Step, other: Step) -> bool:
    """Add to a step what the next one says of the same call: "Ten days will do"."""
    mine, more = step.filled.arguments, other.filled.arguments
    if step.tool.name != other.tool.name or other.waits or not mine.keys().isdisjoint(more):
        return False
    if step.filled.several or other.filled.several:
        return False
    mine.update(more)
    step.filled.missing[:] = [p for p in step.filled.missing if p.name not in mine]
    return True


_AND = re.compile(r"\s*;\s*|,?\s+and\s+|,\s+", re.IGNORECASE)


def _repeated(step: Step, toolbox: Toolbox, today: date | None) -> list[Step]:
    """Return two steps for "boxing on Monday and yoga on Sunday": one tool, other values."""
    if len(step.tool.required) < REPEATED or step.filled.several or step.waits:
        return [step]
    for joint in islice(_AND.finditer(step.clause), MAX_CALLS):
        left = step_for(step.clause[: joint.start()], step.tool, toolbox, today)
        right = step_for(step.clause[joint.end() :], step.tool, toolbox, today)
        names = {p.name for p in step.tool.required}
        given = names & right.filled.arguments.keys()
        clash = all(
            right.filled.arguments[name] != left.filled.arguments.get(name) for name in given
        )
        if len(given) >= REPEATED and clash and not left.filled.missing:
            right.filled.arguments = {**left.filled.arguments, **right.filled.arguments}
            right.filled.missing = []
            return [left, *_repeated(right, toolbox, today)]
    return [step]


def _merged(steps: list[Step]) -> Iterator[Step]:
    """Leave out a step that would make the very calls of an earlier one."""
    steps = [step for step in steps if not any(_within(step, other) for other in steps)]
    steps = [step for n, step in enumerate(steps) if n == 0 or not _taken_in(steps[n - 1], step)]
    made: list[Mapping[str, Any]] = []
    for step in steps:
        key = {"tool": step.tool.name, "arguments": step.filled.arguments, "waits": step.waits}
        if step.waits or key not in made:
            made.append(key)
            yield step
