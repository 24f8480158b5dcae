"""
Why this tool: the evidence behind a choice, to be read in a lesson.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation, read
from labkit.rehearsal.evidence import counted, evidence_of
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.request import parse_request

SHOWN_WORDS = 3  # Of those that speak for a tool.
LEAST = 0.1  # Points of a word that is shown.


@dataclass(frozen=True, slots=True)
class Scored:
    """
    What speaks for one tool.

    Attributes:
        tool: Its name.
        score: All points together; the best tool is called if it reaches `ENOUGH`.
        evidence: The points by what they are for, the greatest first; what speaks against it has
            less than 0.
        words: What words of the question say for it, the most telling first.
        arguments: What was found for its parameters.
        missing: What it needs and wasn't found.
    """

    tool: str
    score: float
    evidence: Mapping[str, float]
    words: Mapping[str, float]
    arguments: Mapping[str, Any]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        words = ", ".join(list(self.words)[:SHOWN_WORDS]) or "no word like its own"
        points = ", ".join(f"{name} {value:+.1f}" for name, value in self.evidence.items())
        lacks = f"; lacks {', '.join(self.missing)}" if self.missing else ""
        return f"{self.score:6.2f}  {self.tool}: {words}{lacks}\n          {points or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    The evidence for all tools for one question, the best tool first.

    Attributes:
        question: The last user message.
        tools: One entry for each tool.
    """

    question: str
    tools: tuple[Scored, ...]

    def __repr__(self) -> str:
        head = f"{self.question!r}; a tool is called from {ENOUGH:g} points on"
        return "\n".join([head, *map(str, self.tools)])


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
        NoWordVectorsError: The table of word vectors can't be read.
    """
    request = parse_request({"model": "rehearsal", "messages": messages, "tools": tools or None})
    conversation = read(request.messages)
    toolbox = Toolbox.of(request.tools, conversation.told)
    scored = [_scored(tool, toolbox, conversation) for tool in toolbox.tools]
    return Explanation(conversation.question, tuple(sorted(scored, key=lambda each: -each.score)))


def _scored(tool: KnownTool, toolbox: Toolbox, conversation: Conversation) -> Scored:
    question = conversation.question
    filled = tool.fill(question, conversation.today)
    evidence = counted(evidence_of(question, tool, toolbox, filled))
    words = toolbox.meant(question, tool)
    return Scored(
        tool.name,
        round(sum(evidence.values()), 4),
        _sorted({name: points for name, points in evidence.items() if points}),
        _sorted({word: points for word, points in words.items() if points >= LEAST}),
        filled.arguments,
        tuple(each.name for each in filled.missing),
    )


def _sorted(numbers: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(numbers.items(), key=lambda pair: -pair[1]))
