"""
Why this tool: the scores behind a choice, to be read in a lesson.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import read
from labkit.rehearsal.evidence import ENOUGH
from labkit.rehearsal.request import parse_request
from labkit.rehearsal.steps import step_for


@dataclass(frozen=True, slots=True)
class Scored:
    """
    What speaks for one tool.

    Attributes:
        tool: Its name.
        score: The evidence; the best tool is called if it reaches `ENOUGH`.
        words: Stems of the question that it has too.
        arguments: What was found for its parameters.
        missing: What it needs and wasn't found.
    """

    tool: str
    score: float
    words: tuple[str, ...]
    arguments: Mapping[str, Any]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    The scores of all tools for one question, the best first.

    Attributes:
        question: The last user message.
        tools: One entry for each tool.
    """

    question: str
    tools: tuple[Scored, ...]

    def __repr__(self) -> str:
        lines = [f"{self.question!r}; a tool is called from {ENOUGH:g} points on"]
        for each in self.tools:
            words = " ".join(each.words) or "no word in common"
            lacks = f"; lacks {', '.join(each.missing)}" if each.missing else ""
            lines.append(f"  {each.score:5.2f}  {each.tool}: {words}{lacks}")
        return "\n".join(lines)


def explain(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> Explanation:
    """
    Return what speaks for each tool, for the last question of *messages*.

    Args:
        messages: As in a chat completion.
        tools: The same.

    Raises:
        RequestFault: They can't be what a client sends.
    """
    request = parse_request({"model": "rehearsal", "messages": messages, "tools": tools or None})
    toolbox, conversation = Toolbox.of(request.tools), read(request.messages)
    question, scored = conversation.question, []
    for tool in toolbox.tools:
        step = step_for(question, tool, toolbox, conversation.today)
        words = sorted(toolbox.words(question, tool))
        lacks = tuple(each.name for each in step.filled.missing)
        scored.append(Scored(tool.name, step.score, tuple(words), step.filled.arguments, lacks))
    return Explanation(question, tuple(sorted(scored, key=lambda each: -each.score)))
