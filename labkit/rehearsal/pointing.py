"""
Which thing a message means: "the second one", "the july one", "the cheaper one", "both", "it".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.moments import dates
from labkit.rehearsal.repeating import MAX_CALLS
from labkit.rehearsal.results import SHORT_CHARACTERS, direction_of, places_in, plain, ranked
from labkit.rehearsal.things import Meant, Thing, things_of
from labkit.rehearsal.words import SMALL, is_weak, stem, stems_of, words_of

LOOKED_BACK = 4  # Results that a message may mean something of; our choice.
_ISO = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")
_COMPARED = re.compile(r"\b(?:the\s+)?(\w+?)(?:i?er)\s+(?:one|ones|option)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"^\W*(?:so\s+)?(?:which|who|whose|what)\b.*\?\s*$", re.IGNORECASE)
_LATER = re.compile(r"\b(?:later|latest|newest)\b", re.IGNORECASE)
_SOONER = re.compile(r"\b(?:earlier|earliest|sooner|soonest|oldest)\b", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:both|all|each|every|them|those|these|they)\b"
    r"(?!\s+(?:day|week|month|hour|time|morning|evening|night))",
    re.IGNORECASE,
)


def meant(conversation: Conversation) -> Meant:
    """Return what the question of *conversation* means of what came back before it."""
    recent = [each for each in reversed(conversation.past) if each.error is None][:LOOKED_BACK]
    found = [things_of(result) for result in recent]
    for things in found:
        told = _told(things, conversation.said) if things is found[0] else {}
        for finder in (_counted, _named, _compared, _every):
            if pointed := finder(things, conversation, told):
                return pointed
    talked = [_talked_of(things, conversation) for things in found]
    older = tuple(thing for each in talked[1:] for thing in each.things)
    return replace(talked[0], older=older) if talked else Meant()


_Told = Mapping[int, frozenset[str]]


def _told(things: Sequence[Thing], said: str) -> dict[int, frozenset[str]]:
    """Return the stems of the pieces in which the assistant spoke of each thing, by place."""
    pieces = re.split(r"(?<=\))|[,;.]\s|\band\b", said)
    found: dict[int, frozenset[str]] = {}
    for piece in pieces:
        words = {word.lower() for word in re.findall(r"[\w-]+", piece)}
        about = [n for n, thing in enumerate(things) if not _values(thing).isdisjoint(words)]
        if len(about) == 1:
            found[about[0]] = found.get(about[0], frozenset()) | frozenset(stems_of(piece))
    return found


def _values(thing: Thing) -> set[str]:
    """Return its ids: values with a digit, and those of one word."""
    return {
        str(each).lower()
        for each in thing.own.values()
        if isinstance(each, str | int) and not isinstance(each, bool) and " " not in str(each)
    }


def _counted(things: Sequence[Thing], conversation: Conversation, _: _Told) -> Meant | None:
    """Find "the second one", "the first and the third"."""
    if len(things) < 2:
        return None
    places = places_in(conversation.question)
    if any(not -len(things) <= place < len(things) for place in places.values()) or not places:
        return None
    ordered = dict.fromkeys(things[place] for place in places.values())
    return Meant(tuple(ordered), "ordinal", frozenset(map(stem, places)))


def _named(things: Sequence[Thing], conversation: Conversation, told: _Told) -> Meant | None:
    """Find the thing of whose short texts, ids and days the message has the most."""
    if len(things) < 2:
        return None
    asked = _asked_words(conversation.question, conversation.today)
    words = [asked & _words(thing) for thing in things]
    if not any(words):
        words = [asked & told.get(n, frozenset()) for n in range(len(things))]
    shared = frozenset.intersection(*map(frozenset, words))
    telling = [frozenset(each) - shared for each in words]
    most = max(len(each) for each in telling)
    best = [n for n, each in enumerate(telling) if len(each) == most]
    if not most or len(best) > 1:
        apart = [n for n, each in enumerate(telling) if each]
        both = most and len(apart) > 1 and len({telling[n] for n in apart}) == len(apart)
        if not both or len(apart) == len(things) > 3:
            return None
        best = apart
    return Meant(tuple(things[n] for n in best), "named", frozenset().union(*telling))


def _asked_words(question: str, today: date | None) -> frozenset[str]:
    stems = {stem(word) for word in words_of(plain(question)) if word not in SMALL}
    whole = {word.lower() for word in re.findall(r"[\w.-]*[\w]", question)}
    days = {found.value for found in dates(question, today)}
    months = {f"month {_MONTHS[w[:3]]}" for w in words_of(question) if w[:3] in _MONTHS}
    return frozenset(
        {each for each in stems if not is_weak(each)} | (whole - SMALL) | days | months
    )


_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}


def _words(thing: Thing) -> frozenset[str]:
    found: set[str] = set()
    for value in thing.own.values():
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        text = str(value)
        found.add(text.lower())
        if _ISO.match(text):
            found |= {text[:10], f"month {text[5:7]}"}
        elif len(text) <= SHORT_CHARACTERS:
            found |= set(stems_of(plain(text)))
    return frozenset(found)


def _compared(things: Sequence[Thing], conversation: Conversation, _: _Told) -> Meant | None:
    """Find "the later one", "the cheaper one", "the worst"; a question for it names none."""
    if len(things) < 2 or _ASKS_WHICH.search(conversation.question):
        return None
    question = _COMPARED.sub(r"the \1est one", conversation.question)
    later, sooner = _LATER.search(question), _SOONER.search(question)
    if later or sooner:
        timed = [(str(v), n) for n, t in enumerate(things) for v in t.own.values()
                 if isinstance(v, str) and _ISO.match(v)]  # fmt: skip
        if timed:
            return Meant((things[(max if later else min)(timed)[1]],), "ranked")
    if not direction_of(question):
        return None
    entries = [thing.own for thing in things]
    measure, order = ranked(question, entries)
    if measure is None or not order:
        return None
    best = next(thing for thing in things if thing.own is order[0])
    return Meant((best,), "ranked")


def _every(things: Sequence[Thing], conversation: Conversation, _: _Told) -> Meant | None:
    found = _ALL.search(conversation.question)
    if found is None or not 2 <= len(things) <= MAX_CALLS:
        return None
    if found[0].lower() == "both" and len(things) != 2:
        return None
    return Meant(tuple(things), "all")


def _talked_of(things: Sequence[Thing], conversation: Conversation) -> Meant:
    """Return the only thing, or the one that the question before or its answer was about."""
    if len(things) == 1:
        return Meant((things[0],), "only")
    said = {word.lower() for word in re.findall(r"[\w-]+", conversation.said)}
    told = [thing for thing in things if not _values(thing).isdisjoint(said)]
    if len(told) == 1:
        return Meant((told[0],), "talked of")
    before = conversation.earlier[-1] if conversation.earlier else ""
    _, order = ranked(before, [thing.own for thing in things])
    first = next((t for t in things if order and t.own is order[0]), things[0])
    return Meant((first,), "talked of")
