"""
One clause with the tool that fits it best.

Glossary:
    step: a tool to call for one clause; it may need what an earlier step finds.
    evidence: words in common, and values that the tool's parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

from dataclasses import dataclass, field
from datetime import date

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import Toolbox, spoken
from labkit.rehearsal.clauses import refers_back
from labkit.rehearsal.evidence import (
    does_to_what_is_described,
    evidence_of,
    points,
)
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.repeating import MAX_CALLS
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import asks_or_orders
from labkit.rehearsal.turn import Call
from labkit.rehearsal.words import SMALL, is_weak, stem, words_of


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
        nothing = {each.name: None for each in self.tool.parameters if each.nullable}
        arguments = {**nothing, **self.filled.arguments}
        for name, values in self.filled.several.items():
            return [Call(self.tool.name, {**arguments, name: each}) for each in values[:MAX_CALLS]]
        return [Call(self.tool.name, arguments)]


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
    named = [step for step in steps if says_no_more_than_its_name(clause, step.tool)]
    if len(named) == 1 and not named[0].filled.missing:
        return named[0]
    done = (s for s in enough if does_to_what_is_described(clause, s.tool, s.filled))
    return next(done, max(enough, key=lambda step: step.score, default=None))


def says_no_more_than_its_name(clause: str, tool: KnownTool) -> bool:
    """Tell whether *clause* is the tool's name in other words: "Show me the boxes", list_boxes."""
    said, name = (
        {stem(word) for word in words_of(text) if word not in SMALL and not is_weak(stem(word))}
        for text in (clause, tool.name)
    )
    return bool(said) and said == name


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
        complete(filled, tool.fill(context, today))
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


def complete(filled: Filled, more: Filled) -> None:
    """Add to *filled* what it lacks and *more* has."""
    found = {p.name: more.arguments[p.name] for p in filled.missing if p.name in more.arguments}
    filled.arguments.update(found)
    filled.sure += len(found.keys() & more.certain)
    filled.missing[:] = [p for p in filled.missing if p.name not in found]
