"""
Verbs of more than one word, and the one verb that a tool would be named after.

Floor 1: imports nothing of labkit.
"""

import re
from collections.abc import Iterator

_NOT = r"\b(?:don'?t|do not|never|not to|mustn'?t|must not) "
_BETWEEN = r"(?:\s+[\w'-]+){0,4}?\s+"  # What " .. " stands for: four words at most, or none.
_VERBS = tuple(
    (re.compile(pattern.replace(" .. ", _BETWEEN), re.IGNORECASE), verbs.split())
    for pattern, verbs in (
        (rf"{_NOT}let .. (?:go|out|leave)\b", "hold quarantine"),
        (r"\blet .. (?:go|out|leave)\b|\bset .. free\b", "release"),
        (r"\b(?:lift|end|undo|remove) (?:the |its |their )?(?:quarantine|hold|block|lock|ban)\b",
         "release unblock"),
        (r"\b(?:take|get|let|comes?|bring|pull|move) .. out of\b", "release"),
        (r"\b(?:can|may) (?:go|leave|ship)\b|\bgo out\b", "release"),
        (r"\b(?:hold|held) .. back\b|\bheld back\b", "hold quarantine"),
        (r"\b(?:each|every|per) day\b|\bday (?:by|to) day\b|\bday-by-day\b|"
         r"\bdays one by one\b", "daily"),
        (r"\bstays? (?:here|in)\b", "hold quarantine"),
        (r"\btake .. out\b|\b(?:forget|scrap) (?:it|that|them)\b|\bwants? out\b|"
         r"\bchanged my mind\b|\bkill (?:it|that|them)\b|"
         r"\b(?:no longer|do(?:es)? not|do(?:es)?n'?t) need\b", "cancel"),
        (r"\btick .. off\b|^\W*(?:\w+ )?done\b(?! by)", "complete done"),
        (r"\b(?:i|we)(?:'ll| will)? take\b|\bfor me\W*$|\bone,? for me\b", "book order enrol join"),
        (r"\b(?:tell|answer) (?:him|her|them)\b", "reply comment message"),
        (r"\b(?:has|have|needs?) to wait\b|\bnot today\b", "postpone"),
        (r"\bget rid of\b|\bthrow .. (?:away|out)\b|\btake .. off\b", "delete remove"),
        (r"\bturn .. down\b", "reject decline"),
        (r"\bput .. (?:down|in) for\b|\bpencil .. in\b|\bfit .. in\b", "book"),
        (r"\bsign .. up\b", "register book subscribe"),
        (r"\bcall .. off\b", "cancel"),
        (r"\bhand .. over\b|\bpass .. (?:on )?to\b", "assign"),
        (r"\bsend .. back\b|\bbring .. back\b|\bgive .. back\b", "return"),
        (r"\bgo back to\b|\broll .. back\b", "rollback revert"),
        (r"\bput .. off\b|\bpush .. (?:back|to)\b|\bbring .. forward\b", "move postpone"),
        (r"\blook .. up\b|\bfind out\b", "search find"),
        (r"\bset .. up\b", "create"),
        (r"\bfill .. in\b", "enter"),
        (r"\bwrite .. down\b|\bnote .. down\b", "note record log"),
        (r"\bhow far\b", "distance route"),
        (r"\bhow long\b", "duration time"),
        (r"\bhow (?:hot|cold|warm)\b", "weather temperature"),
        (r"\bhow much .. (?:cost|is)\b", "price"),
        (r"\bon time\b", "status delay"),
        (r"\bput .. on hold\b|\bput .. aside\b", "hold reserve"),
        (r"\bturn .. (?:on|off)\b|\bswitch .. (?:on|off)\b", "switch set"),
        (r"\bshut .. (?:down|off)\b", "stop"),
        (r"\btop .. up\b", "topup"),
        (r"\bgo off\b", "alarm"),
        (r"\blet .. know\b", "notify message send"),
        (r"\bwake me\b", "alarm"),
        (r"\bcheck .. (?:in|into)\b", "checkin"),
        (r"\bmark .. (?:as )?(?:done|complete|finished)\b", "complete"),
        (r"\bkeep .. (?:here|back|from leaving)\b|\b(?:mustn'?t|must not) leave\b|"
         r"\bmust stay\b", "quarantine hold block"),
    )
)  # fmt: skip


def single_verbs(text: str) -> Iterator[str]:
    """Yield the single verbs for what *text* says in several words."""
    for pattern, verbs in _VERBS:
        if pattern.search(text):
            yield from verbs
            text = pattern.sub(" ", text)


def without_verbs(text: str) -> str:
    """Return *text* without what makes up such a verb, the words between aside."""
    for pattern, _ in _VERBS:
        text = pattern.sub(" ", text)
    return text
