"""
What needs no call, for it is known: the user's own box, or which of those found is the worst.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.results import entries_of
from labkit.rehearsal.step import Step
from labkit.rehearsal.words import stem


def asks_of_the_past(conversation: Conversation) -> bool:
    """Tell whether the last result has the answer: "Which one is the worst?"."""
    if conversation.results or not conversation.past:
        return False
    several = len(entries_of(conversation.past[-1].value)) > 1
    return several and bool(_WHICH.match(conversation.question))


_WHICH = re.compile(
    r"^\W*(?:(?:and|so|ok|now)\W+)*which (?:one|of (?:them|these|those))\s+"
    r"(?:is|was|has|had|does)\b[^,;.?]{0,30}\b(?:\w+est|worst|best|most|least)\b[^,;.?]{0,15}\W*$",
    re.IGNORECASE,
)


def from_what_is_known(step: Step, conversation: Conversation) -> None:
    """Fill what "my box" means with what the system message says of the user's box."""
    own = {stem(noun) for noun in _OWN.findall(step.clause)}
    lacking = [p for p in step.filled.missing if not own.isdisjoint(p.nouns)]
    if not lacking or not conversation.system:
        return
    known = step.tool.fill(conversation.system, conversation.today)
    for p in lacking:
        if p.name in known.certain:
            step.filled.arguments[p.name] = known.arguments[p.name]
            step.filled.missing.remove(p)


_OWN = re.compile(r"\b(?:my|our)\s+(\w+)", re.IGNORECASE)
