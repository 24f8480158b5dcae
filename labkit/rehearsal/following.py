"""
The steps of a message that goes on with what was said and called before it.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.lead_ins import says_nothing
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.linking import linked_to
from labkit.rehearsal.pointing import meant
from labkit.rehearsal.readings import BACK, GOES_ON, NONE, readings
from labkit.rehearsal.step import Step, says_no_more_than_its_name
from labkit.rehearsal.steps import steps_of
from labkit.rehearsal.words import words_of

WHOLE = 6  # Words of a message that may say all there is to say; our choice.


def followed(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return the steps of a question that has calls before it, with what it takes from them."""
    steps = steps_of(conversation.question, toolbox, conversation.today)
    if len(steps) > 1:
        return [with_links(step, conversation) for step in steps]
    if says_nothing(conversation.question) or asks_which(conversation):
        return []
    if _says_all(steps, conversation):
        return steps
    found = readings(conversation, toolbox)
    led = [
        each for each in found if each.evidence["verb"] > 1 and each.evidence["points"] >= ENOUGH
    ]
    best = max(led or found, key=lambda each: each.points, default=None)
    if best is None or best.points < NONE:
        return []
    if steps and steps[0].tool == best.tool and not best.leans:
        return steps
    return [Step(conversation.question, best.tool, best.filled, waits=False, score=best.points)]


def asks_which(conversation: Conversation) -> bool:
    """Tell whether the answer stands in what was found: "which one is the worst?"."""
    question = conversation.question
    short = len(words_of(question)) <= WHOLE and bool(re.search(r"\bones?\b", question, re.I))
    asks = bool(re.match(r"\W*(?:so\s+|and\s+)?(?:which|who)\b", question, re.I))
    return short and asks and bool(conversation.past)


def _says_all(steps: Sequence[Step], conversation: Conversation) -> bool:
    """Tell whether a question is complete and means nothing that was found before."""
    question = conversation.question
    if not steps or any(step.filled.missing for step in steps) or GOES_ON.search(question):
        return False
    if any(_says_for_itself(step) for step in steps):
        return True
    if _WHICH.match(question) and not BACK.search(question):
        return True
    points = BACK.search(question) or meant(conversation).pointed
    return len(words_of(question)) >= WHOLE and not points


_WHICH = re.compile(r"\W*which (?!ones?\b)\w+ (?:is|are|was|were|has|have|had)\b", re.IGNORECASE)


def _says_for_itself(step: Step) -> bool:
    """Tell whether a clause has all that its tool needs: "List the lines", "recheck 1, 2 and 3"."""
    several = not step.filled.certain.isdisjoint(step.filled.several)
    return several or says_no_more_than_its_name(step.clause, step.tool)


def with_links(step: Step, conversation: Conversation) -> Step:
    """Return *step* with what its clause takes from before."""
    said = replace(conversation, question=step.clause)
    what = meant(said)
    leans = step.filled.missing or what.pointed or BACK.search(step.clause)
    if not conversation.earlier or step.waits or not leans:
        return step
    links = linked_to(step.tool, what, said)
    return replace(step, filled=links.filled) if links.any else step
