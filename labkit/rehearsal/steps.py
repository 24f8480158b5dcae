"""
What a question takes: one step for each clause, with the tool that fits and its arguments.

Glossary:
    step: a tool to call for one clause; it may need what an earlier step finds.
    evidence: words in common, and values that the tool's parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole, expressions_in
from labkit.rehearsal.carrying import carry
from labkit.rehearsal.choosing import KnownTool, Toolbox, spoken
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
from labkit.rehearsal.repeating import MAX_CALLS, repeated
from labkit.rehearsal.roles import Role
from labkit.rehearsal.telling import asks_advice, reports
from labkit.rehearsal.turn import Call
from labkit.rehearsal.weights import ENOUGH
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
    clauses = clauses_of(question, lambda piece: _tool_named(piece, toolbox, today))
    if ONLY_TALK.search(question) or _is_one_sum(question, clauses):
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
    return list(merged(_together(found, question, toolbox, today)))


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


def _tool_named(piece: str, toolbox: Toolbox, today: date | None) -> str:
    """Return the tool that a piece alone asks for, by a word that says more than "show"."""
    if expression_with_hole(piece):
        computing = (t for t in toolbox.tools if any(p.role is Role.EXPRESSION for p in t.required))
        return next((tool.name for tool in computing), "")
    best = best_step(piece, toolbox, today, after=True)
    meant = toolbox.meant(piece, best.tool) if best else {}
    telling = sum(points for word, points in meant.items() if not is_weak(stem(word)))
    asks = asks_advice(piece) and len(piece.split()) >= WHOLE
    says = telling >= TELLING or asks
    return best.tool.name if best and says else ""


def names_its_tool(step: Step) -> bool:
    """Tell whether the clause has a telling word of its tool, besides those that name a value."""
    valued = {n for p in step.tool.parameters if p.name in step.filled.arguments for n in p.nouns}
    telling = step.tool.described - valued
    return any(word in telling and not is_weak(word) for word in spoken(step.clause))


def best_step(
    clause: str, toolbox: Toolbox, today: date | None, *, after: bool = False, context: str = ""
) -> Step | None:
    """
    Return the step for one clause, or None if no tool has evidence enough.

    Args:
        after: Whether a clause before it has a step.
        context: What was told before it, where its tool may find what the clause doesn't say.
    """
    steps = [
        step_for(clause, tool, toolbox, today, after=after, context=context)
        for tool in toolbox.tools
    ]
    enough = [step for step in steps if step.score >= ENOUGH]
    if after and not asks_or_orders(clause):  # "... and its sealed boxes" orders nothing.
        enough = [step for step in enough if not (step.waits and step.tool.acts)]
    done = (s for s in enough if does_to_what_is_described(clause, s.tool, s.filled))
    return next(done, max(enough, key=lambda step: step.score, default=None))


def step_for(
    clause: str,
    tool: KnownTool,
    toolbox: Toolbox,
    today: date | None,
    *,
    after: bool = False,
    context: str = "",
) -> Step:
    """Return what *clause* says for one tool, whether it's enough or not."""
    filled = tool.fill(clause, today)
    if context and filled.missing:
        _complete(filled, tool.fill(context, today))
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
    _complete(step.filled, step.tool.fill(question, today))
    return step


def _complete(filled: Filled, more: Filled) -> None:
    """Add to *filled* what it lacks and *more* has."""
    found = {p.name: more.arguments[p.name] for p in filled.missing if p.name in more.arguments}
    filled.arguments.update(found)
    filled.sure += len(found.keys() & more.certain)
    filled.missing[:] = [p for p in filled.missing if p.name not in found]


def _repeated(step: Step, today: date | None) -> list[Step]:
    """Return two steps for "boxing on Monday and yoga on Sunday": one tool, other values."""
    if step.filled.several or step.waits:
        return [step]
    pieces = repeated(step.clause, step.tool.parameters, lambda text: step.tool.fill(text, today))
    return [replace(step, clause=clause, filled=filled) for clause, filled in pieces] or [step]
