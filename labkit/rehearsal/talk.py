"""
What is said when no tool is called: greetings, what this is, and that something can't be done.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Sequence

from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.wording import listed

WHAT_IT_IS = (
    "I am labkit's rehearsal model: a set of rules that stands in for a language model, not a "
    "network. I match the words of a question with the tools that I'm given, and put their results "
    "into sentences."
)


def say(kind: str, tools: Sequence[KnownTool]) -> str:
    """Return what belongs to a *kind* of `labkit.rehearsal.clauses.kind_of`."""
    names = [tool.name for tool in tools]
    offer = f" I can use {listed(names)}." if names else " I have no tools just now."
    return {
        "greeting": f"Hello.{offer} What would you like to know?",
        "how-are-you": f"I'm a set of rules, so always the same.{offer}",
        "thanks": "You're welcome.",
        "bye": "Goodbye.",
        "itself": f"{WHAT_IT_IS}{offer}",
        "creative": f"I can't write that: {WHAT_IT_IS[5:]}",
        "no-tools": "Without looking anything up I know nothing about that: I'm rules, not a "
        "network, and all I can say comes from a tool.",
    }[kind]


def nothing_fits(tools: Sequence[KnownTool]) -> str:
    """Return that no tool belongs to the question, and what there is."""
    if not tools:
        return f"{WHAT_IT_IS} Without a tool there is nothing that I could answer from."
    names = listed([tool.name for tool in tools])
    return f"None of my tools fits this question. I have {names}. Which of them do you mean?"
