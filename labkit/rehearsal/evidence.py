"""
What speaks for a tool, as numbers, and what each of them counts.

Glossary:
    evidence: one number for each thing that may speak for a tool, or against it.
    points: the evidence times its weights, added up. Of two tools one with a point more is 2.7
        times as likely to be right, so it was learnt (see `labkit.rehearsal.learnt`).

Floor 1: imports nothing of labkit but its neighbours.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import described
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.knowing import KnownTool, anywhere
from labkit.rehearsal.learnt import learnt
from labkit.rehearsal.moods import mood
from labkit.rehearsal.roles import IDS, Role
from labkit.rehearsal.speech_acts import asks, only_talks
from labkit.rehearsal.telling import asks_advice
from labkit.rehearsal.words import is_opener, is_weak, kin_of, stem, stems_of, words_of

TELLS = 1.5  # Points of a word for a tool, from which on it is accounted for; our choice.
PASSED_ON = 0.4  # How much a word is accounted for that stands in a value by chance; our choice.
DIGITS = 4  # Of a score that count, so that no choice hangs on a processor's last bit.
_TELLING = (Role.EXPRESSION, Role.EMAIL, Role.URL, Role.CURRENCY)
_LIGHT = re.compile(
    r"(?:\b(?:put|place|set|take|bring)\b.{1,40}?\b(?:in|on|under)|(?:^|\s)into)\s+(\w+)", re.I
)


def points(evidence: Mapping[str, float]) -> float:
    """Return the points of *evidence*; a tool is called from `ENOUGH` on."""
    return round(sum(counted(evidence).values()), DIGITS)


def counted(evidence: Mapping[str, float]) -> dict[str, float]:
    """Return the points of each sort of evidence."""
    weights = learnt().weights
    return {name: weights.get(name, 0.0) * value for name, value in evidence.items()}


def evidence_of(
    clause: str, tool: KnownTool, toolbox: Toolbox, filled: Filled, *, waits: bool = False
) -> dict[str, float]:
    """
    Return what speaks for *tool* in *clause*, by the names of ``learnt.json``.

    Args:
        filled: What was found for its parameters.
        waits: Whether an earlier step finds the rest. What *clause* describes ("the newest box")
            a look-up finds; it lacks nothing.
    """
    sought = _sought(clause, filled)
    lacking = 0 if waits else len(filled.missing) - sought
    required, question = tool.required, asks(clause)
    telling = sum(p.role in _TELLING and p.name in filled.arguments for p in required)
    hole = waits and expression_with_hole(clause) is not None
    return {
        "words": math.sqrt(toolbox.score(clause, tool)),
        "share of the words": toolbox.share(clause, tool),
        "only talk": float(only_talks(clause)),
        "verb": leads(clause, tool),
        "asks, it acts": float(question and tool.acts),
        "asks, it tells": float(question and not tool.acts),
        "asks how, it searches": float(
            asks_advice(clause) and any(p.role is Role.QUERY for p in required)
        ),
        "asks how, it searches anywhere": float(asks_advice(clause) and anywhere(tool, clause)),
        "sure values": min(filled.sure + sought, 4),
        "choices among them": _filled(tool, filled, Role.CHOICE),
        "switches among them": _filled(tool, filled, Role.FLAG),
        "telling values": telling + 1.5 * hole,
        "ids without use": 0 if sought else min(filled.unused, 2),
        "values without use": min(filled.idle, 3),
        "values lacking": lacking,
        "something lacking": float(lacking > 0),
        "speaks of what lacks": float(_speaks_of(clause, filled)),
        "needs nothing": float(not required),
        "takes nothing": float(not tool.parameters),
        "called at all": 1.0,
        "mood": mood(clause, tool.kinds),
        **toolbox.compared(clause, tool),
        **_of_the_values(tool, filled),
        **_covered(toolbox.meant(clause, tool), tool, filled),
    }


def _of_the_values(tool: KnownTool, filled: Filled) -> dict[str, float]:
    """Return what the values say by their roles: a date found is more than a text left over."""
    found: Counter[str] = Counter()
    for each in tool.parameters:
        sure, given = each.name in filled.certain, each.name in filled.arguments
        if each.required or sure:
            how = "sure" if sure else "guessed" if given else "lacking"
            found[f"{how} {each.role}{'' if each.required else ', optional'}"] += 1
        found["ids by their pattern"] += sure and "pattern" in each.schema
        found["ids as names"] += each.role in _WORDY and _is_id(filled.arguments.get(each.name))
    needed = len(tool.required)
    return {
        **{name: float(min(count, 2)) for name, count in found.items()},
        "all is found": float(needed > 0 and not filled.missing),
        "share that is found": 1 - len(filled.missing) / needed if needed else 0.0,
        "share that is sure": len(filled.certain) / max(1, len(tool.parameters)),
        "several values": float(min(3, sum(map(len, filled.several.values())))),
        "parameters": float(len(tool.parameters)),
        "needed": float(needed),
    }


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))


_WORDY = (Role.NAME, Role.PERSON, Role.PLACE, Role.TEXT, Role.QUERY)
_ID = re.compile(r"\S*\d\S*")


def _covered(meant: Mapping[str, float], tool: KnownTool, filled: Filled) -> dict[str, float]:
    """Return for how much of a clause's words what they mean and the values found account."""
    values = {name: str(value).lower() for name, value in filled.arguments.items()}
    sure = " ".join(text for name, text in values.items() if name in filled.certain)
    free = {p.name for p in tool.parameters if p.role in (Role.TEXT, Role.QUERY)}
    passed_on = " ".join(text for name, text in values.items() if name in free)
    said = " ".join(values.values())
    covered = [
        1.0 if word in sure else max(min(points / TELLS, 1), PASSED_ON * (word in said))
        for word, points in meant.items()
    ]
    words = max(len(meant), 1)
    return {
        "share of the words covered": sum(covered) / words,
        "words not covered": math.sqrt(len(covered) - sum(covered)),
        "share of the words passed on": sum(word in passed_on for word in meant) / words,
    }


def does_to_what_is_described(clause: str, tool: KnownTool, filled: Filled) -> bool:
    """Tell whether *tool* is named by the verb, and a look-up has to find what it is done to."""
    return leads(clause, tool) > 1 and _sought(clause, filled) > 0


def _sought(clause: str, filled: Filled) -> int:
    """Count the ids that lack and that *clause* describes: "the newest box"."""
    named = set(map(stem, described(clause)))
    return sum(p.role in IDS and not named.isdisjoint(p.nouns) for p in filled.missing)


def _filled(tool: KnownTool, filled: Filled, role: Role) -> int:
    return sum(p.role is role and p.name in filled.arguments for p in tool.parameters)


def _speaks_of(clause: str, filled: Filled) -> bool:
    """Tell whether *clause* has the noun of an id that lacks: "seal a box", "my box"."""
    nouns = {noun for p in filled.missing if p.role in IDS for noun in p.nouns}
    return any(
        stem(found[1]) in nouns and not found[1].endswith("s") for found in _ONE.finditer(clause)
    )


_ONE = re.compile(r"\b(?:an?|one|my|our|the|this|that|some)\s+([a-z]+)\b", re.IGNORECASE)


def leads(clause: str, tool: KnownTool) -> float:
    """Return whether the first word that says something is in the tool's name; 2 for its verb."""
    first = next(iter(stems_of(clause)), "")
    verb = stem(next(iter(words_of(tool.name)), ""))
    light = _LIGHT.search(clause)
    if light and verb in kin_of(stem(light[1])):
        return 2.0
    if verb in kin_of(first) and is_opener(first) and not is_weak(first):
        return 2.0
    return float(first in tool.about)
