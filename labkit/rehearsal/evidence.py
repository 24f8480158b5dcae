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
from functools import lru_cache

from labkit.rehearsal.arithmetic import expression_with_hole
from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.clauses import described
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.knowing import KnownTool, anywhere
from labkit.rehearsal.learnt import learnt
from labkit.rehearsal.moods import mood
from labkit.rehearsal.roles import IDS, Role
from labkit.rehearsal.telling import asks_advice
from labkit.rehearsal.words import SMALL, is_opener, is_weak, kin_of, stem, stems_of, words_of

TELLS = 1.5  # Points of a word for a tool, from which on it is accounted for; our choice.
PASSED_ON = 0.4  # How much a word is accounted for that stands in a value by chance; our choice.
KEPT = 512  # Clauses that are looked at once for all tools of a request.
DIGITS = 4  # Of a score that count, so that no choice hangs on a processor's last bit.
_TELLING = (Role.EXPRESSION, Role.EMAIL, Role.URL, Role.CURRENCY)
_ASKS = re.compile(
    r"^\W*(?:(?:until|since|from|at|for|in) (?:when|what|which|where)|"
    r"which|whats?|whos?|whose|where|when|how|any|are|is|was|were|do|does|did|"
    r"have|has)\b"
    r"(?!\s+(?:about|you|we|i)\b)",
    re.IGNORECASE,
)
_LIGHT = re.compile(
    r"(?:\b(?:put|place|set|take|bring)\b.{1,40}?\b(?:in|on|under)|(?:^|\s)into)\s+(\w+)", re.I
)


ONLY_TALK = re.compile(
    r"\b(?:would you (?:say|rather)|do you (?:think|like|prefer|believe)|is it true|in general|"
    r"what makes an?|what does \S+ mean|(?:should|shouldn'?t) (?:one|you)|favou?rite|"
    r"which do you|your opinion|i (?:find|love|hate|feel|think|wish)|if you were)\b",
    re.IGNORECASE,
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
    required, (asks, talks) = tool.required, _put(clause)
    telling = sum(p.role in _TELLING and p.name in filled.arguments for p in required)
    hole = waits and expression_with_hole(clause) is not None
    return {
        "words": math.sqrt(toolbox.score(clause, tool)),
        "share of the words": toolbox.share(clause, tool),
        "only talk": float(talks),
        "verb": leads(clause, tool),
        "asks, it acts": float(asks and tool.acts),
        "asks, it tells": float(asks and not tool.acts),
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


@lru_cache(maxsize=KEPT)
def _put(clause: str) -> tuple[bool, bool]:
    """Return whether *clause* asks, and whether it only talks."""
    return _asks(clause), bool(ONLY_TALK.search(clause))


def does_to_what_is_described(clause: str, tool: KnownTool, filled: Filled) -> bool:
    """Tell whether *tool* is named by the verb, and a look-up has to find what it is done to."""
    return leads(clause, tool) > 1 and _sought(clause, filled) > 0


def _sought(clause: str, filled: Filled) -> int:
    """Count the ids that lack and that *clause* describes: "the newest box"."""
    named = set(map(stem, described(clause)))
    return sum(p.role in IDS and not named.isdisjoint(p.nouns) for p in filled.missing)


def asks_or_orders(clause: str) -> bool:
    """Tell whether *clause* wants something; a statement doesn't."""
    return _asks(clause) or _orders(clause)


def _orders(clause: str) -> bool:
    """Tell whether *clause* begins with a verb, or asks for something to be done."""
    first = next((word for word in words_of(clause) if word not in _SOFT), "")
    return bool(_POLITE.search(clause)) or (is_opener(first) and first not in SMALL)


_SOFT_WORDS = "please pls so ok okay and then now hey hi hello just also thanks great"
_SOFT = frozenset(_SOFT_WORDS.split())


def _asks(clause: str) -> bool:
    """Tell whether *clause* is a question, and no request put as one."""
    marked = clause.rstrip().endswith("?") and not _POLITE.search(clause)
    return marked or bool(_ASKS.search(clause))


_POLITE = re.compile(
    r"\b(?:(?:can|could|would|will) (?:you|i|we)|please|pls|i(?:'d| would) like|i (?:want|need)|"
    r"we (?:want|need)|(?:has|have|needs?) to (?:be|go)|let'?s|may i|mind)\b",
    re.IGNORECASE,
)


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
