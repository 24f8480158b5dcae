"""
What a question takes: one step for each clause, with the tool that fits and its arguments.

Glossary:
    step: a tool to call for one clause; it may need what an earlier step finds.
    evidence: words in common, and values that the tool's parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import Toolbox, spoken
from labkit.rehearsal.clauses import clauses_of, refers_back
from labkit.rehearsal.evidence import (
    ONLY_TALK,
    asks_or_orders,
    does_to_what_is_described,
    evidence_of,
    points,
)
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.free_text import tidy
from labkit.rehearsal.knowing import ASKS_HOW, KnownTool
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.repeating import MAX_CALLS, repeated
from labkit.rehearsal.roles import Role
from labkit.rehearsal.turn import Call
from labkit.rehearsal.words import is_weak, stem

WHOLE = 4  # Words that make a question of its own; "what now" belongs to what was said before it.
TELLING = 0.8  # What the words of a piece have to say for its tool, for a call of its own.


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
        if found and not _stands_alone(step) and _tells_more(found[-1], clause):
            continue
        if step is not None:
            found += _repeated(_completed(step, question, today), today)
    return list(_merged(_together(found, question, toolbox, today)))


def _together(steps: list[Step], question: str, toolbox: Toolbox, today: date | None) -> list[Step]:
    """Return one step for the whole question, if its clauses ask for one call of one tool."""
    if not steps or any(step.tool != steps[0].tool or step.waits for step in steps):
        return steps
    if len(steps) == 1 and steps[0].clause == question:
        return steps
    names = {p.name for p in steps[0].tool.required}
    given = [{n: v for n, v in s.filled.arguments.items() if n in names} for s in steps]
    if any(own != given[0] for own in given if len(own) == len(names)) or any(
        step.filled.several for step in steps
    ):
        return steps
    whole = step_for(question, steps[0].tool, toolbox, today)
    more = all(name in whole.filled.arguments for step in steps for name in step.filled.arguments)
    return [replace(whole, waits=False)] if more and not whole.filled.several else steps


def _stands_alone(step: Step | None) -> bool:
    """Tell whether a clause names what its tool is for: "recheck part 7"."""
    if step is None or step.filled.missing or not step.filled.sure:
        return False
    return any(p.role is Role.NUMBER for p in step.tool.required)


def _tells_more(step: Step, clause: str) -> bool:
    """Tell whether *clause* asks for nothing, and a text of the call before it has room for it."""
    texts = [p.name for p in step.tool.parameters if p.role is Role.TEXT]
    if not texts or asks_or_orders(clause):
        return False
    if step.filled.arguments.get(texts[0]) in (None, ""):
        step.filled.arguments[texts[0]] = tidy(clause)
        step.filled.missing[:] = [p for p in step.filled.missing if p.name != texts[0]]
    return True


def _tool_named(piece: str, toolbox: Toolbox, today: date | None) -> str:
    """Return the tool that a piece alone asks for, by a word that says more than "show"."""
    if expression_with_hole(piece):
        computing = (t for t in toolbox.tools if any(p.role is Role.EXPRESSION for p in t.required))
        return next((tool.name for tool in computing), "")
    best = best_step(piece, toolbox, today, after=True)
    meant = toolbox.meant(piece, best.tool) if best else {}
    telling = sum(points for word, points in meant.items() if not is_weak(stem(word)))
    asks = bool(ASKS_HOW.search(piece)) and len(piece.split()) >= WHOLE
    says = telling >= TELLING or asks
    return best.tool.name if best and says else ""


def names_its_tool(step: Step) -> bool:
    """Tell whether the clause has a telling word of its tool's name or description."""
    return any(word in step.tool.described and not is_weak(word) for word in spoken(step.clause))


def best_step(
    clause: str, toolbox: Toolbox, today: date | None, *, after: bool = False
) -> Step | None:
    """Return the step for one clause, or None if no tool has evidence enough."""
    steps = [step_for(clause, tool, toolbox, today, after=after) for tool in toolbox.tools]
    enough = [step for step in steps if step.score >= ENOUGH]
    if after and not asks_or_orders(clause):  # "... and its sealed boxes" orders nothing.
        enough = [step for step in enough if not (step.waits and step.tool.acts)]
    done = (s for s in enough if does_to_what_is_described(clause, s.tool, s.filled))
    return next(done, max(enough, key=lambda step: step.score, default=None))


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


def _repeated(step: Step, today: date | None) -> list[Step]:
    """Return two steps for "boxing on Monday and yoga on Sunday": one tool, other values."""
    if step.filled.several or step.waits:
        return [step]
    pieces = repeated(step.clause, step.tool.parameters, lambda text: step.tool.fill(text, today))
    return [replace(step, clause=clause, filled=filled) for clause, filled in pieces] or [step]


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
