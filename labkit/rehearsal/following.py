"""
What a message asks for that goes on with what was said and called before it.

Each tool has up to two readings of such a message: a call about what the message means of what was
found ("cancel the yoga"), and, for the tool that was called last, that call once more with what the
message changes in it ("and B2?"). What speaks for each is weighed, and the best is taken.

Glossary:
    thing: what an earlier call found or did, see `labkit.rehearsal.things`.
    reading: one way to take a message.
    linked: of a parameter, that its value comes from before.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.rehearsal.again import once_more
from labkit.rehearsal.choosing import KnownTool, Toolbox
from labkit.rehearsal.clauses import kind_of
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.evidence import asks_or_orders, evidence_of, points
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import is_id
from labkit.rehearsal.linking import linked_to
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
_ASKS_WHICH = re.compile(r"^\W*(?:so\s+)?(?:which|who|whose|what)\b.*\?\s*$", re.IGNORECASE)
_MAKES = frozenset(map(stem, ["create", "new", "open", "register", "start", "plan"]))


@dataclass(slots=True)
class Reading:
    """
    One way to take a message.

    Attributes:
        tool: What to call.
        filled: With what.
        evidence: What speaks for it, and against it, by name.
    """

    tool: KnownTool
    filled: Filled
    evidence: dict[str, float] = field(default_factory=dict)


def readings(conversation: Conversation, toolbox: Toolbox) -> list[Reading]:
    """Return all ways to take the question of *conversation*."""
    what = meant(conversation)
    found = [_about(tool, what, conversation, toolbox) for tool in toolbox.tools]
    last = conversation.past[-1].call
    for tool in toolbox.tools:
        if tool.name == last.name:
            found.append(_again(tool, what, conversation, toolbox))
    return found


def _about(
    tool: KnownTool, what: Meant, conversation: Conversation, toolbox: Toolbox
) -> Reading:
    question = conversation.question
    links = linked_to(tool, what, conversation)
    ids = [p for p in tool.parameters if p.name in links.sure and is_id(p)]
    backs = bool(_BACK.search(question))
    evidence = _evidence(tool, links.filled, conversation, toolbox)
    evidence |= {
        "id of what is pointed to": float(bool(ids) and what.pointed),
        "id of the only one": float(bool(ids) and what.how == "only"),
        "id of the only one, and back": float(bool(ids) and what.how == "only" and backs),
        "id of one talked of": float(bool(ids) and what.how == "talked of"),
        "id of one talked of, and back": float(bool(ids) and what.how == "talked of" and backs),
        "others linked": min(len(links.sure) - len(ids), 3),
        "recalled": min(links.recalled, 3),
        "pointed in vain": float(what.pointed and not links.sure),
        "back in vain": float(backs and not links.sure and not links.recalled),
        "makes anew": float(bool(links.sure) and not tool.about.isdisjoint(_MAKES)),
        "asks which": float(what.pointed and bool(_ASKS_WHICH.search(question))),
    }
    return Reading(tool, links.filled, evidence)


def _again(
    tool: KnownTool, what: Meant, conversation: Conversation, toolbox: Toolbox
) -> Reading:
    """Return the last call once more, with what the message changes in it."""
    question = conversation.question
    filled, changed = once_more(tool, conversation)
    telling = [word for word in stems_of(question) if not is_weak(word)]
    evidence = _evidence(tool, filled, conversation, toolbox)
    evidence |= {
        "again": 1.0,
        "again, it goes on": float(bool(_GOES_ON.search(question))),
        "again, surely changed": min(sum(n in filled.certain for n in changed), 2),
        "again, changed": min(len(changed), 2),
        "again, words": min(len(telling), 8) / 4,
        "again, pointed": float(what.pointed),
        "again, orders": float(tool.acts and asks_or_orders(question)),
    }
    return Reading(tool, filled, evidence)


def _evidence(
    tool: KnownTool, filled: Filled, conversation: Conversation, toolbox: Toolbox
) -> dict[str, float]:
    question = conversation.question
    made = [(r.call.name, dict(r.call.arguments)) for r in conversation.past]
    evidence = evidence_of(question, tool, toolbox, filled)
    return {
        "points": points(evidence),
        "lacks": float(bool(filled.missing)),
        "same tool": float(tool.name == conversation.past[-1].call.name),
        "made before": float(not filled.several and (tool.name, filled.arguments) in made),
        "acts": float(tool.acts),
        "short": float(len(words_of(question)) <= 5),
        "thanks": float(kind_of(question) in ("thanks", "greeting", "bye")),
    }


WEIGHTS: Mapping[str, float] = {}
