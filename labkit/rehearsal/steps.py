"""
What a question takes: one step for each clause, with the tool that fits and its arguments.

Glossary:
    step: a tool to call for one clause; it may need what an earlier step finds.
    evidence: words in common, and values that the tool's parameters need.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import ENOUGH, KnownTool, Toolbox, spoken
from labkit.rehearsal.clauses import clauses_of, refers_back
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.repeating import MAX_CALLS, repeated
from labkit.rehearsal.roles import Role
from labkit.rehearsal.turn import Call
from labkit.rehearsal.words import is_opener, is_weak, kin_of, stem, stems_of, words_of

SURE_VALUE = 0.5  # What a value that was surely found adds; three at most count.
LEADS = 1.0  # What the verb of a request adds to a tool that is named after it.
UNUSED = 0.6  # What an id takes away that the tool has no use for.
COMPLETE = 0.7  # What it adds that nothing lacks and two values at least are sure.
LACKING = 0.7  # What a required parameter without a value takes away.
TELLING_SHAPE = 2.0  # An address, a link, arithmetic, for a parameter that needs it.
_TELLING = (Role.EXPRESSION, Role.EMAIL, Role.URL, Role.CURRENCY)
_ASKS_HOW = re.compile(
    r"^\W*(?:how (?:do|can|should|to)|why|what (?:should|to do|if)|what does)\b", re.I
)
_ASKS = re.compile(
    r"^\W*(?:which|whats?|whos?|whose|where|when|how|any|are|is|was|were|do|does|did|have|has)\b"
    r"(?!\s+(?:about|you|we|i)\b)",
    re.IGNORECASE,
)
ASKED = 2.0  # What a question takes from a tool that changes something.
ASKS = 1.0  # What "how do I ..." adds to a tool that takes a question.


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
    clauses = clauses_of(question, lambda piece: _names_a_tool(piece, toolbox))
    found: list[Step] = []
    for clause in clauses:
        step = best_step(clause, toolbox, today, after=bool(found))
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


def _names_a_tool(piece: str, toolbox: Toolbox) -> bool:
    """Tell whether a piece alone asks for something: by a word that says more than "show"."""
    if expression_with_hole(piece):
        return any(p.role is Role.EXPRESSION for tool in toolbox.tools for p in tool.parameters)
    for tool in toolbox.tools:
        words = toolbox.words(piece, tool)
        strong = [word for word in words if not is_weak(word) and word in tool.described]
        if strong and sum(words.values()) >= ENOUGH:
            return True
    return False


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
    words = toolbox.score(clause, tool)
    waits = after and _needs_more(clause, tool, filled)
    shapes = [p for p in tool.required if p.role in _TELLING and p.name in filled.arguments]
    hole = waits and expression_with_hole(clause) is not None
    score = words + TELLING_SHAPE * (len(shapes) + hole * 1.5)
    if _ASKS_HOW.search(clause) and any(p.role is Role.QUERY for p in tool.required):
        score += ASKS
    score += _leads(clause, tool)
    if _ASKS.search(clause) and tool.acts:
        score -= ASKED
    if score > 0 or filled.sure > 1:
        score += SURE_VALUE * min(filled.sure, 3)
        score -= UNUSED * min(filled.unused, 2)
        score += COMPLETE if filled.sure > 1 and not filled.missing else 0.0
        score -= 0.0 if waits else LACKING * len(filled.missing)
    return Step(clause, tool, filled, waits, score)


_LIGHT = re.compile(r"\b(?:put|place|set|take|bring)\b.{1,40}?\b(?:in|into|on|under)\s+(\w+)", re.I)


def _leads(clause: str, tool: KnownTool) -> float:
    """Return what it adds that the first word that says something is in the tool's name."""
    first = next(iter(stems_of(clause)), "")
    verb = next(iter(words_of(tool.name)), "")
    light = _LIGHT.search(clause)
    if light and stem(light[1].lower()) == stem(verb):
        return LEADS * 2
    if first == stem(verb) and is_opener(verb) and not is_weak(first):
        return LEADS * 2
    same = tool.about & ({first} if is_weak(first) else kin_of(first))
    return LEADS if same else 0.0


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
    lacking = {p.name for p in step.filled.missing}
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


def _repeated(step: Step, today: date | None) -> list[Step]:
    """Return two steps for "boxing on Monday and yoga on Sunday": one tool, other values."""
    if step.filled.several or step.waits:
        return [step]
    pieces = repeated(step.clause, step.tool.required, lambda text: step.tool.fill(text, today))
    return [replace(step, clause=clause, filled=filled) for clause, filled in pieces] or [step]


def _merged(steps: list[Step]) -> Iterator[Step]:
    """Leave out a step that would make the very calls of an earlier one."""
    steps = [step for step in steps if not any(_within(step, other) for other in steps)]
    made: list[Mapping[str, Any]] = []
    for step in steps:
        key = {"tool": step.tool.name, "arguments": step.filled.arguments, "waits": step.waits}
        if step.waits or key not in made:
            made.append(key)
            yield step
