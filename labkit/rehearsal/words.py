"""
Words: cut out of a text, brought to a common form, and told apart by how much they say.

Glossary:
    stem: what is left of a word without its endings, so that "inspected" meets "inspections".
    small word: one that says nothing about what is wanted, such as "the" or "please".
    weak word: one that says a little, such as "show": nearly every tool shows something.
    kin: words that mean the same here, see `labkit.rehearsal.kin`.

Floor 1: imports nothing of labkit but its neighbour `kin`.
"""

import re
from functools import cache, lru_cache

from labkit.rehearsal.kin import GROUPS

KEPT_TEXTS = 4096  # Every tool of a request asks for the words of the same few clauses.
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Longest first; what is left keeps `_LEAST` letters at least.
_ENDINGS = (
    "izations", "ization", "ations", "ation", "ators", "ator", "ments", "ment", "ities", "ity",
    "ings", "ing", "ions", "ion", "ives", "ive", "able", "ness", "ates", "ated", "ate", "ies",
    "ers", "er", "ors", "or", "als", "al", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip
_LEAST = 3

_SMALL_WORDS = """
a an the this that these those there here it its it's is isn't are aren't was were be been
being am i i'm i'd i'll me my mine we us our you your he she they them their his her him of in
on at by for from to into onto with without about as or and but if then than so not no do does
did don't doesn't didn't done have has had having can could would should will shall may might
must please kindly just now also too very really actually maybe perhaps hey hi hello ok okay
thanks thank what what's which who whom whose when where why how much many any some all each
every both other another such same own up out over under again more most less least few
let let's want need wants needs like know tell me say says said think wonder wondering quick
quickly thing things something anything everything nothing one ones go got get gets getting
whats whos hows wheres thats theres heres dont cant wont isnt ive im youre pls plz
brought took taken came put
there's that's here's who's where's how's when's we're they're you're i've we've use using via
"""
_WEAK_WORDS = """
show list find look give fetch retrieve display return check see search query read view
name data info information detail details result results current currently new latest last
next today day time number value item entry make do run
"""
_OPENERS = """
cancel change close compute convert could count delete deploy describe do does draw email explain
file fix forecast forward hold how increase decrease is are was inform keep launch let log lower
make mark message merge move notify open order pause pay ping play please post predict prepare
print pull push put raise read record refund register release remind remove rename renew replace
reply report request reserve reset restart resume rollback roll save scale schedule send set ship
sign solve start stop submit switch tag tail tell text translate transfer turn unblock unlock lock
update upgrade upload use verify wake watch what where which who why when write add any assign apply
approve free archive ask assess book borrow bounce bring browse buy calculate call can check clear
compare create fetch quarantine return run show list give find look search get see view query
try estimate analyse analyze classify rate review rank inspect summarize summarise
take give block new ignore forget seal stop check
instead please have make had got put ok sorry just so then now also and but or if since
are did has was were will would should may might must need want let lets i we you they he she it
the a an my our your there this that these those somebody someone anything
saw took got ran ate drank bought sold gave begin began started finished kick dump kicked swam rowed
found sent paid used fed opened made did went came left gets getting bring
yes no yesterday today tomorrow hi hello hey thanks
"""
OPENERS = frozenset(_OPENERS.split())
SMALL = frozenset(_SMALL_WORDS.split())
WEAK = frozenset(_WEAK_WORDS.split())


def words_of(text: str) -> list[str]:
    """Return the words of *text* in lower case; ``get_lineID`` has three."""
    return list(_words_of(text))


@lru_cache(maxsize=KEPT_TEXTS)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text).replace("_", " ")))


@cache
def stem(word: str) -> str:
    """Return *word* without its endings, two at most: "inspections", "inspect"."""
    word = word.lower().removesuffix("'s").removesuffix("\u2019s")
    for _ in range(2):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
                word = word.removesuffix(ending)
                break
    doubled = len(word) > _LEAST and word[-1] == word[-2]
    if doubled and (word[-1] not in "sl" or (word[-1] == "l" and len(word) > 2 * _LEAST)):
        word = word[:-1]  # "planning", "plan"; but "sell" and "pass" stay.
    return word


def is_small(word: str) -> bool:
    """Tell whether *word* says nothing about what is wanted."""
    return word.lower().replace("\u2019", "'") in SMALL


def is_opener(word: str) -> bool:
    """Tell whether *word* is one that requests begin with: it says what to do, and no name."""
    return word.lower() in OPENERS


def stems_of(text: str) -> list[str]:
    """Return the stems of the words that say something, in order."""
    return [stem(word) for word in words_of(text) if word not in SMALL]


_WEAK_STEMS = frozenset(map(stem, WEAK))


def is_weak(stemmed: str) -> bool:
    """Tell whether a stem says only a little."""
    return stemmed in _WEAK_STEMS


def _groups() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in GROUPS:
        stems = set(map(stem, line))
        for each in stems:
            groups.setdefault(each, set()).update(stems)
    return {each: frozenset(kin) for each, kin in groups.items()}


_KIN_OF = _groups()


def kin_of(stemmed: str) -> frozenset[str]:
    """Return the stems that mean the same as *stemmed* here, itself included."""
    return _KIN_OF.get(stemmed, frozenset()) | {stemmed}
