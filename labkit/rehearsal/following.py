"""
What a message asks for that goes on with what was said and called before it.

Each tool has up to two readings of such a message: a call about what the message means of what was
found ("cancel the yoga"), and, for the tool that was called last, that call once more with what the
message changes in it ("and K2?"). What speaks for each is weighed, and the best is taken.

Glossary:
    thing: what an earlier call found or did, see `labkit.rehearsal.things`.
    reading: one way to take a message.
    linked: of a parameter, that its value comes from before.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from labkit.rehearsal.again import once_more
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import kind_of
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.evidence import DIGITS, asks_or_orders, evidence_of, points
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import is_id
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.learnt import ENOUGH
from labkit.rehearsal.linking import linked_to
from labkit.rehearsal.step import Step
from labkit.rehearsal.steps import steps_of
from labkit.rehearsal.things import Meant, meant
from labkit.rehearsal.words import is_weak, stem, stems_of, words_of

_BACK = re.compile(
    r"\b(?:it|its|them|same|again|one|ones|he|she|his|her|him|their|they|thats|"
    r"the (?:whole )?thing|(?<!is )(?<!are )there|(?:that|this|those|these)"
    r"(?!\s+(?:morning|afternoon|evening|night|day|week|month|quarter|year|time)))\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:(?:hm+|ok|okay|oh|ah|great|good|thanks|thank you|sorry|no|yes|now|so)\W+)*"
    r"(?:and|what about|how about|same|now (?:for|only|with)|only|just|also|plus)\b|"
    r"\b(?:too|as well|instead|the same|likewise|ditto)\b",
    re.IGNORECASE,
)
_MAKES = frozenset(map(stem, ["create", "new", "open", "register", "start", "plan"]))


WHOLE = 6  # Words of a message that may say all there is to say; our choice.


@dataclass(slots=True)
class Reading:
    """
    One way to take a message.

    Attributes:
        tool: What to call.
        filled: With what.
        evidence: What speaks for it, and against it, by name.
        leans: Whether it takes anything from before.
    """

    tool: KnownTool
    filled: Filled
    evidence: dict[str, float] = field(default_factory=dict)
    leans: bool = False

    @property
    def points(self) -> float:
        """All evidence together."""
        return round(sum(WEIGHTS[name] * each for name, each in self.evidence.items()), DIGITS)


def readings(conversation: Conversation, toolbox: Toolbox) -> list[Reading]:
    """Return all ways to take the question of *conversation*."""
    what = meant(conversation)
    found = [_about(tool, what, conversation, toolbox) for tool in toolbox.tools]
    last = conversation.past[-1].call
    again = (tool for tool in toolbox.tools if tool.name == last.name)
    return found + [_again(tool, what, conversation, toolbox) for tool in again]


def _about(tool: KnownTool, what: Meant, conversation: Conversation, toolbox: Toolbox) -> Reading:
    question = conversation.question
    links = linked_to(tool, what, conversation)
    linked = links.sure | links.older
    ids = [p for p in tool.parameters if p.name in linked and is_id(p)]
    backs = bool(_BACK.search(question))
    evidence = _evidence(tool, links.filled, links.own, conversation, toolbox)
    evidence |= {
        "id of what is named": float(bool(ids) and what.how in ("named", "ranked")),
        "id of what is counted": float(bool(ids) and what.how in ("ordinal", "all")),
        "id, at length": float(bool(ids) and not backs) * min(len(words_of(question)), 12) / 4,
        "id of the only one": float(bool(ids) and what.how == "only"),
        "id of the only one, and back": float(bool(ids) and what.how == "only" and backs),
        "id of one talked of": float(bool(ids) and what.how == "talked of"),
        "id of one talked of, and back": float(bool(ids) and what.how == "talked of" and backs),
        "others linked": min(len(linked) - len(ids), 3),
        "says all itself": float(not (links.any or links.filled.missing)),
        "says all itself, at length": float(
            not (links.any or links.filled.missing) and len(words_of(question)) > 5
        ),
        "pointed in vain": float(what.pointed and not linked),
        "back in vain": float(backs and not linked and not links.recalled),
        "makes anew": float(bool(linked) and not tool.about.isdisjoint(_MAKES)),
    }
    return Reading(tool, links.filled, evidence, bool(linked) or links.recalled > 0)


def _again(tool: KnownTool, what: Meant, conversation: Conversation, toolbox: Toolbox) -> Reading:
    """Return the last call once more, with what the message changes in it."""
    question = conversation.question
    filled, changed = once_more(tool, conversation)
    telling = [word for word in stems_of(question) if not is_weak(word)]
    own = tool.fill(core_of(question), conversation.today)
    evidence = _evidence(tool, filled, own, conversation, toolbox)
    evidence |= {
        "again": 1.0,
        "again, it goes on": float(bool(_GOES_ON.search(question))),
        "again, surely changed": min(sum(n in filled.certain for n in changed), 2),
        "again, changed": min(len(changed), 2),
        "again, words": min(len(telling), 8) / 4,
        "again, pointed": float(what.pointed),
        "again, orders": float(tool.acts and asks_or_orders(question)),
    }
    return Reading(tool, filled, evidence, leans=True)


def _evidence(
    tool: KnownTool, filled: Filled, own: Filled, conversation: Conversation, toolbox: Toolbox
) -> dict[str, float]:
    question = conversation.question
    made = [(r.call.name, dict(r.call.arguments)) for r in conversation.past]
    alone = evidence_of(question, tool, toolbox, own)
    evidence = evidence_of(question, tool, toolbox, filled)
    return {
        "points": points(alone),
        "points by links": points(evidence) - points(alone),
        "share": evidence["share of the words"],
        "verb": evidence["verb"],
        "lacks": float(bool(filled.missing)),
        "same tool": float(tool.name == conversation.past[-1].call.name),
        "made before": float(not filled.several and (tool.name, filled.arguments) in made),
        "thanks": float(kind_of(question) in ("thanks", "greeting", "bye")),
    }


# Learnt as those of `labkit.rehearsal.learnt`, from 156 messages that go on with others.
WEIGHTS: Mapping[str, float] = {
    "again": 1.34,
    "again, changed": -0.04,
    "again, it goes on": 3.27,
    "again, orders": -0.73,
    "again, pointed": -0.91,
    "again, surely changed": 0.28,
    "again, words": -0.78,
    "back in vain": -1.65,
    "id of one talked of": -0.78,
    "id of one talked of, and back": 0.30,
    "id of the only one": 0.25,
    "id of the only one, and back": 1.93,
    "id of what is counted": 1.74,
    "id of what is named": 4.20,
    "id, at length": 0.01,
    "lacks": -1.07,
    "made before": -1.75,
    "makes anew": -1.58,
    "others linked": 0.05,
    "pointed in vain": -0.61,
    "points": 0.62,
    "points by links": 0.44,
    "same tool": -0.79,
    "says all itself": -0.67,
    "says all itself, at length": 0.92,
    "share": 3.08,
    "thanks": -1.97,
    "verb": 0.08,
}
NONE = -1.15  # Points of "none of them".


def followed(conversation: Conversation, toolbox: Toolbox) -> list[Step]:
    """Return the steps of a question that has calls before it, with what it takes from them."""
    steps = steps_of(conversation.question, toolbox, conversation.today)
    if len(steps) > 1:
        return [with_links(step, conversation) for step in steps]
    if not conversation.question.strip() or _says_all(steps, conversation):
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


def _says_all(steps: Sequence[Step], conversation: Conversation) -> bool:
    """Tell whether a question is complete and means nothing that was found before."""
    question = conversation.question
    return (
        len(words_of(question)) >= WHOLE
        and bool(steps)
        and not any(step.filled.missing for step in steps)
        and not (_BACK.search(question) or _GOES_ON.search(question))
        and not meant(conversation).pointed
    )


def with_links(step: Step, conversation: Conversation) -> Step:
    """Return *step* with what its clause takes from before."""
    said = replace(conversation, question=step.clause)
    what = meant(said)
    leans = step.filled.missing or what.pointed or _BACK.search(step.clause)
    if not conversation.earlier or step.waits or not leans:
        return step
    links = linked_to(step.tool, what, said)
    return replace(step, filled=links.filled) if links.any else step
