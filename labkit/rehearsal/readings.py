"""
The ways to take a message that goes on with what was said and called before it.

Each tool has up to two readings of such a message: a call about what the message means of what was
found ("cancel the yoga"), and, for the tool that was called last, that call once more with what the
message changes in it ("and K2?"). What speaks for each is weighed.

Glossary:
    thing: what an earlier call found or did, see `labkit.rehearsal.things`.
    reading: one way to take a message.
    linked: of a parameter, that its value comes from before.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labkit.rehearsal.again import once_more
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import kind_of
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.evidence import DIGITS, evidence_of, points
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import is_id
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.linking import Links, linked_to
from labkit.rehearsal.pointing import meant
from labkit.rehearsal.roles import Role
from labkit.rehearsal.speech_acts import asks_or_orders
from labkit.rehearsal.things import Meant
from labkit.rehearsal.words import is_weak, stem, stems_of, words_of

BACK = re.compile(
    r"\b(?:it|its|them|same|again|one|ones|he|she|his|her|him|their|they|thats|"
    r"the (?:whole )?thing|(?<!is )(?<!are )there|(?:that|this|those|these)"
    r"(?!\s+(?:morning|afternoon|evening|night|day|week|month|quarter|year|time)))\b",
    re.IGNORECASE,
)
GOES_ON = re.compile(
    r"^\W*(?:(?:hm+|ok|okay|oh|ah|great|good|thanks|thank you|sorry|no|yes|now|so)\W+)*"
    r"(?:and|what about|how about|same|now (?:for|only|with)|only|just|also|plus)\b|"
    r"\b(?:too|as well|instead|the same|likewise|ditto)\b",
    re.IGNORECASE,
)
_ONCE_MORE = re.compile(r"\b(?:again|once more|retry|repeat|anew|redo)\b", re.IGNORECASE)
_MAKES = frozenset(map(stem, ["create", "new", "open", "register", "start", "plan", "schedule"]))


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
    found, last = [], conversation.past[-1].call
    for tool in toolbox.tools:
        links = linked_to(tool, what, conversation)
        found.append(_about(tool, links, what, conversation, toolbox))
        if tool.name == last.name:
            found.append(_again(tool, links.own, what, conversation, toolbox))
    if _ONCE_MORE.search(conversation.question):
        return found
    return [each for each in found if not (each.leans and each.evidence["made before"])]


def _about(
    tool: KnownTool, links: Links, what: Meant, conversation: Conversation, toolbox: Toolbox
) -> Reading:
    question = conversation.question
    linked = links.sure | links.older
    ids = [p for p in tool.parameters if p.name in linked and is_id(p)]
    backs = bool(BACK.search(question))
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
        "says all itself": float(_all_said(links)),
        "says all itself, at length": float(_all_said(links) and len(words_of(question)) > 5),
        "pointed in vain": float(what.pointed and not linked),
        "back in vain": float(backs and not linked and not links.recalled),
        "computes": float(any(p.role is Role.EXPRESSION for p in tool.required) and links.any),
        "makes anew": float(bool(linked) and not tool.about.isdisjoint(_MAKES)),
    }
    return Reading(tool, links.filled, evidence, bool(linked) or links.recalled > 0)


def _all_said(links: Links) -> bool:
    return not (links.any or links.filled.missing) and bool(links.own.arguments)


def _again(
    tool: KnownTool, own: Filled, what: Meant, conversation: Conversation, toolbox: Toolbox
) -> Reading:
    """Return the last call once more, with what the message changes in it."""
    question = conversation.question
    filled, changed = once_more(tool, own, conversation)
    telling = [word for word in stems_of(question) if not is_weak(word)]
    evidence = _evidence(tool, filled, own, conversation, toolbox)
    evidence |= {
        "again": 1.0,
        "again, it goes on": float(bool(GOES_ON.search(question))),
        "again, surely changed": min(sum(n in filled.certain for n in changed), 2),
        "again, changed": min(len(changed), 2),
        "again, words": min(len(telling), 8) / 4,
        "again, pointed": float(what.pointed),
        "again, nothing else": float(bool(changed) and not _left(telling, filled, changed)),
        "again, makes anew": float(
            bool(BACK.search(question)) and not tool.about.isdisjoint(_MAKES)
        ),
        "again, orders": float(tool.acts and asks_or_orders(question)),
    }
    return Reading(tool, filled, evidence, leans=True)


def _left(telling: Sequence[str], filled: Filled, changed: Sequence[str]) -> list[str]:
    """Return the words of a message that none of its changes accounts for."""
    said = {each for name in changed for each in stems_of(str(filled.arguments.get(name)))}
    return [word for word in telling if word not in said]


def _evidence(
    tool: KnownTool, filled: Filled, own: Filled, conversation: Conversation, toolbox: Toolbox
) -> dict[str, float]:
    question = conversation.question
    made = [(r.call.name, dict(r.call.arguments)) for r in conversation.past]
    alone = evidence_of(question, tool, toolbox, own)
    same = (own.arguments, own.several) == (filled.arguments, filled.several)
    evidence = alone if same else evidence_of(question, tool, toolbox, filled)
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


# As ``python tests/rehearsal/learning_readings.py`` prints them: learnt from 198 messages that go
# on with others, and from 393 first messages put behind the calls of others, at 0.15 each.
WEIGHTS: Mapping[str, float] = {
    "again": 0.78,
    "again, changed": -0.42,
    "again, it goes on": 3.65,
    "again, makes anew": -1.81,
    "again, nothing else": 0.31,
    "again, orders": -1.15,
    "again, pointed": -0.20,
    "again, surely changed": 0.85,
    "again, words": -0.51,
    "back in vain": -1.64,
    "computes": 3.23,
    "id of one talked of": -1.24,
    "id of one talked of, and back": 1.02,
    "id of the only one": 0.43,
    "id of the only one, and back": 1.91,
    "id of what is counted": 1.22,
    "id of what is named": 3.43,
    "id, at length": -0.10,
    "lacks": -1.26,
    "made before": 1.25,
    "makes anew": -2.08,
    "others linked": 0.53,
    "pointed in vain": -1.53,
    "points": 0.64,
    "points by links": 0.63,
    "same tool": -0.81,
    "says all itself": 0.24,
    "says all itself, at length": 0.65,
    "share": 2.52,
    "thanks": -2.36,
    "verb": 0.73,
}
NONE = -1.10  # Points of "none of them".
