"""
What a question takes: one step for each clause, with the tool that fits and its arguments.

Glossary:
    clause, step: see `labkit.rehearsal.step`.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole, expressions_in
from labkit.rehearsal.carrying import carry
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import clauses_of, says_something
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.free_text import tidy
from labkit.rehearsal.repeating import repeated
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import asks_or_orders, only_talks
from labkit.rehearsal.step import Step, best_step, complete, step_for
from labkit.rehearsal.telling import reports

SAID = 1.5  # Points that each of two pieces needs for a call of its own.
LEAST = 1.5  # Points of a step beside another one.
APART, FAR_APART = 2.5, 4.0  # Points more for another tool than for that before; without a verb.


def steps_of(question: str, toolbox: Toolbox, today: date | None) -> list[Step]:
    """Return the steps that *question* takes; none if no tool fits any part of it."""
    clauses = clauses_of(question, _Pieces(toolbox, today).apart)
    if only_talks(question) or _is_one_sum(question, clauses):
        clauses = [question]
    found: list[Step] = []
    context = ""
    for place, clause in enumerate(clauses):
        step = best_step(clause, toolbox, today, after=bool(found), context=context)
        if _is_context(step, clause, clauses[place + 1 :]):
            context = f"{context} {clause}".strip()
            continue
        if found and not _stands_alone(step) and _tells_more(found[-1], clause):
            continue
        if step is not None:
            if found and found[-1].tool != step.tool and not found[-1].filled.several:
                carry(step.tool.parameters, clause, step.filled, found[-1].filled.arguments)
            found += _repeated(_completed(step, question, today), today)
    return list(_merged(_together(_clear(found), question, toolbox, today)))


def _clear(steps: list[Step]) -> list[Step]:
    """Leave out what a clause hardly asks for, if another clause asks clearly: "I went home"."""
    clear = [step for step in steps if step.score >= LEAST or step.waits]
    return clear or steps


def _is_one_sum(question: str, clauses: Sequence[str]) -> bool:
    """Tell whether a sum is told over several clauses: "A box holds 12. How many are 5 boxes?"."""
    return bool(expressions_in(question)) and not any(map(expressions_in, clauses))


def _is_context(step: Step | None, clause: str, following: Sequence[str]) -> bool:
    """Tell whether *clause* only tells what the next one is about: "A box fell. Look it up"."""
    told = reports(clause) and not asks_or_orders(clause) and not (step and step.tool.acts)
    return told and any(map(asks_or_orders, following))


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


class _Pieces:
    """The pieces of a question, each with its steps, which are worked out once."""

    def __init__(self, toolbox: Toolbox, today: date | None) -> None:
        self.toolbox, self.today = toolbox, today
        self.best = cache(self._best)

    def apart(self, left: str, right: str) -> bool:
        """Tell whether two pieces ask for two tools, the second one clearly not for the first's."""
        one, other = self.best(left), self.best(right)
        if one is None or other is None or one.tool == other.tool:
            return False
        as_before = step_for(right, one.tool, self.toolbox, self.today, after=True).score
        needed = APART if says_something(right) else FAR_APART
        said = min(one.score, other.score) >= SAID
        return said and (other.waits or other.score - as_before >= needed)

    def _best(self, piece: str) -> Step | None:
        if expression_with_hole(piece):
            computing = (
                t for t in self.toolbox.tools if any(p.role is Role.EXPRESSION for p in t.required)
            )
            tool = next(computing, None)
            return step_for(piece, tool, self.toolbox, self.today, after=True) if tool else None
        return best_step(piece, self.toolbox, self.today, after=True)


def _completed(step: Step, question: str, today: date | None) -> Step:
    """Look in the rest of the question for what a clause alone lacks."""
    if step.waits or not step.filled.missing or step.clause == question:
        return step
    complete(step.filled, step.tool.fill(question, today))
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
    if step.waits:
        return [step]
    pieces = repeated(
        step.clause, step.tool.parameters, lambda text, less: step.tool.fill(text, today, less)
    )
    if step.filled.several and not _differ(pieces, step.filled.several):
        return [step]
    return [replace(step, clause=clause, filled=filled) for clause, filled in pieces] or [step]


def _differ(pieces: list[tuple[str, Filled]], several: Iterable[str]) -> bool:
    """Tell whether the calls of the pieces differ in more than what has several values."""
    for name in several:
        if len({str(each.arguments.get(name)) for _, each in pieces}) < len(pieces):
            return False
    own = [{n: v for n, v in each.arguments.items() if n not in several} for _, each in pieces]
    return any(one[n] != other[n] for one, other in pairwise(own) for n in one.keys() & other)


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
