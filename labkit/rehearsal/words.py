"""
Words: cut out of a text, brought to a common form, and told apart by how much they say.

Glossary:
    stem: what is left of a word without its endings, so that "inspected" meets "inspections".
    small word: one that says nothing about what is wanted, such as "the" or "please".
    weak word: one that says a little, such as "show": nearly every tool shows something.
    kin: words that mean the same here; each group is known by its first member.

Floor 1: imports nothing of labkit.
"""

import re
from functools import cache

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
quickly thing things something anything everything one ones go got get gets getting
there's that's here's who's we're they're you're i've we've use using via
"""
_WEAK_WORDS = """
show list find look give fetch retrieve display return check see search query read view
name data info information detail details result results current currently new latest last
next today day time number value item entry make do run
"""
SMALL = frozenset(_SMALL_WORDS.split())
WEAK = frozenset(_WEAK_WORDS.split())
_KIN = """
mail email message send notify inform write
weather forecast temperature rain sunny snow climate
calculate compute sum add plus subtract minus multiply times divide arithmetic math evaluate work
search find look lookup query browse
create add make new register open insert
book reserve schedule arrange plan
delete remove erase drop
cancel abort revoke call-off
update change edit modify set adjust rename
buy purchase order checkout
price cost quote rate fee charge
stock share ticker equity
money currency exchange euro dollar pound yen
convert conversion transform
translate translation
clock hour oclock
calendar meeting appointment event
flight fly plane airline airport
hotel room stay accommodation lodging
restaurant eat dinner lunch table
train rail
route direction directions navigate drive distance way
remind reminder alarm alert
task todo
user account customer client member profile
employee staff colleague worker
ticket issue bug incident case
document doc file page article
runbook manual guide instruction procedure playbook handbook
note memo
play song music track playlist
movie film
picture image photo
camera lens
defect fault flaw error failure
rate ratio share percentage proportion
statistic stat figure total count summary
machine line equipment device
lot batch
block hold quarantine isolate
unblock release free
inspect inspection examine
temperature heat thermostat
light lamp
turn switch
log record history
deploy release rollout ship
server host instance node
restart reboot
status state health
pay payment transfer
invoice bill
refund reimburse
package parcel shipment delivery tracking
phone call dial
holiday vacation leave
recipe cook dish
pill dose medicine drug medication
patient
book novel author
news headline
supplier vendor
""".strip().splitlines()  # One group a line; a word in two lines belongs to both.


def words_of(text: str) -> list[str]:
    """Return the words of *text* in lower case; ``get_lineID`` has three."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text).replace("_", " "))]


@cache
def stem(word: str) -> str:
    """Return *word* without its endings, two at most: "inspections", "inspect"."""
    word = word.lower().removesuffix("'s").removesuffix("\u2019s")
    for _ in range(2):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
                word = word.removesuffix(ending)
                break
    if len(word) > _LEAST and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]  # "planning", "plan".
    return word


def stems_of(text: str) -> list[str]:
    """Return the stems of the words that say something, in order."""
    return [stem(word) for word in words_of(text) if word not in SMALL]


_WEAK_STEMS = frozenset(map(stem, WEAK))


def is_weak(stemmed: str) -> bool:
    """Tell whether a stem says only a little."""
    return stemmed in _WEAK_STEMS


def _groups() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in _KIN:
        stems = {stem(word) for word in line.split()}
        for each in stems:
            groups.setdefault(each, set()).update(stems)
    return {each: frozenset(kin) for each, kin in groups.items()}


_KIN_OF = _groups()


def kin_of(stemmed: str) -> frozenset[str]:
    """Return the stems that mean the same as *stemmed* here, itself included."""
    return _KIN_OF.get(stemmed, frozenset()) | {stemmed}
