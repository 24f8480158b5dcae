"""
The rest of a clause: what to look for, what to pass on, once everything else is taken out.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Sequence

from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Span
from labkit.rehearsal.speech_acts import without_courtesy
from labkit.rehearsal.telling import VAGUE, reports, telling_words, told_besides, topic_of
from labkit.rehearsal.words import is_opener, stem

_COMMAND = re.compile(
    r"^(?:search|look|find|query|check|google|browse|fetch|get|show|list|tell|give|read|pull|bring|"
    r"see|know|look up|find out|search for)\b(?:\s+(?:up|out|for|me|us|through|in|into|on|at))*"
    r"(?:\s+(?:the|our|my|any|some|all|a|an)\b)*\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|related to|on the topic of|on how to|on|for|"
    r"mention(?:s|ing)?|containing|with the (?:word|words|term|keyword)s?)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:\bsaying(?: that)?|\bthat says|\bto say(?: that)?|\breading|"
    r"\btelling (?:him|her|them)(?: that)?|\b(?:let|tell)\b[^.,]{1,40}?\bknow(?: that)?|"
    r"\bwith (?:the )?(?:text|message|content|body|note|reason|description)|"
    r":)\s*[:,]?\s*(?P<rest>[^\s].*)$",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|as a reason|reason(?: is|:)?|cause)\s*[:,]?\s*"
    r"(?P<rest>[^\s].*)$",
    re.IGNORECASE,
)
_MESSAGES = frozenset(map(stem, ("body", "message", "content", "caption")))
_REASONS = frozenset(map(stem, ("reason", "cause", "why", "justification", "grounds")))
_THAT = re.compile(
    r"(?:,|\b(?:tell|inform|notify|remind|message|text|email|write|let|warn|answer|reply|announce|note|"
    r"add|record|post|say)\b[^.?!]{1,40}?)\s*\bthat\s+(?P<rest>\S+\s+\S+\s+\S.*)$",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:remind (?:me|us|him|her|them)(?: to| about| that)?|"
    r"(?:task|todo|to-do|reminder|note|item|alarm)(?: to| for| about| that|:)|"
    r"translate|summari[sz]e|repeat|echo|note(?: down)? that|"
    r"write down(?: that)?|remember(?: that| to)?)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_STOPS = (
    r"(?=\s+(?:saying|that|which|with|from|to|on|at|by|for|in|about|tomorrow|today|and|because|as)\b"
    r"|[,.;:?!]|$)"
)
PHRASE_WORDS = 6  # Our choice: longer is a sentence, no name.
# Begun anew in the middle of a run of spaces, or giving some back, a page of them takes minutes.
_TRAILING = re.compile(
    r"(?<![\s,])[\s,]*+(?:please|thanks|thank you|for me|now)?[\s?.!]*+$", re.IGNORECASE
)
_ASKS = re.compile(r"^(?:how|why|what|when|where|who|which|is|are|does|do|can|should)\b", re.I)


def query_in(clause: str) -> str:
    """
    Return what *clause* wants to be looked for, without the request around it.

    "Can you search the docs for rate limits?" gives "rate limits".
    """
    text = tidy(without_courtesy(topic_of(clause)))
    found = _ABOUT.search(text)
    if found and not reports(text):
        return tidy(found["rest"])
    if _ASKS.match(text):
        return text
    return tidy(_COMMAND.sub("", text)) or text


def message_in(clause: str, nouns: Sequence[str] = ()) -> str:
    """
    Return what *clause* wants to be passed on or written down; empty if it doesn't say.

    "Remind me to call the supplier" gives "call the supplier".

    Args:
        nouns: Stems of the parameter's name; a reason stands behind "because".
    """
    reason = _BECAUSE.search(clause)
    said = [match for p in (_SAID, _TASK, _THAT) if (match := p.search(clause))]
    first = min(said, key=lambda match: match.start("rest"), default=reason)
    found = first if _REASONS.isdisjoint(nouns) else reason or first
    return tidy(found["rest"]) if found else ""


def phrase_behind(cues: Sequence[str], clause: str) -> str:
    """Return the few words behind the first of *cues*: "about the meeting" gives "the meeting"."""
    for cue in cues:
        found = re.search(
            rf"\b{re.escape(cue)}\s+(?P<rest>[\w' -]+?){_STOPS}", clause, re.IGNORECASE
        )
        if found and len(found["rest"].split()) <= PHRASE_WORDS:
            return tidy(found["rest"])
    return ""


_ANOTHER = re.compile(
    r",?\s+and\s+(?:also\s+)?(?:(?:the|another|an)\s+(?:ones?|other)|that|those|one)\s+"
    r"(?:for|about|on|of)\s+|,\s+and\s+(?:also\s+)?(?:for|about|on)\s+",
    re.IGNORECASE,
)


def topics_in(query: str) -> list[str]:
    """Return what to look for, one by one: "a power cut and the one for a leak" has two."""
    return [tidy(topic) for topic in _ANOTHER.split(query)]


def rest_for(
    parameter: Parameter,
    text: str,
    taken: Sequence[Span],
    about: frozenset[str],
    described: frozenset[str] = frozenset(),
) -> str:
    """
    Return what is left of *text* for *parameter*, a query or a text; empty if nothing is.

    Args:
        taken: What other parameters have.
        about: Stems of the tool's name.
        described: Stems of its name and its description.
    """
    if parameter.role is Role.TEXT:
        said = message_in(text, parameter.nouns)
        if said or not parameter.required:
            return said
        spare = [text[each.start : each.end] for each in taken]
        behind = phrase_behind(parameter.cues, text)
        if behind and not any(value in behind for value in spare):
            return behind
        rest = tidy(_without(text, taken, about))
        told = tidy(told_besides(text, taken, described or about))
        says = not _MESSAGES.isdisjoint(parameter.nouns) and telling_words(rest, described or about)
        return told or (rest if taken and says else "")
    if not parameter.required:
        cues = (*parameter.nouns, "about", "regarding", "concerning", "mentioning")
        return phrase_behind(cues, text) if parameter.role is Role.QUERY else ""
    if parameter.role is Role.QUERY:
        query = query_in(_without(text, taken, about))
        return query if telling_words(query, about | VAGUE) or _CODE.search(query) else ""
    if parameter.role is Role.NAME:
        named = _NAMED.search(text)
        return tidy(named["rest"]) if named else ""
    return ""


_CODE = re.compile(r"\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d-]{3,}", re.IGNORECASE)  # "E207".
_NAMED = re.compile(
    r"(?:\bcalled|\bnamed|\btitled|\bentitled|:)\s+(?P<rest>[^\s,;:][^,;:]{0,80})", re.IGNORECASE
)
_BEFORE_A_VALUE = re.compile(
    r"(?<![\s,])(?:[\s,]++(?:in|on|at|by|for|from|to|with|of|the|as|an?|this|next|is|only|my|our))*[\s,]*+$",
    re.IGNORECASE,
)


def _without(text: str, taken: Sequence[Span], about: frozenset[str]) -> str:
    """Return *text* without what is used already, and without the tool's own words in front."""
    for each in sorted(taken, key=lambda each: -each.start):
        before, after = text[: each.start], text[each.end :]
        text = f"{_BEFORE_A_VALUE.sub('', before)} {after.lstrip()}".strip()
    text = without_courtesy(text)
    first, _, rest = text.partition(" ")
    return rest if rest and stem(first.lower()) in about and is_opener(first) else text


def tidy(text: str) -> str:
    """Take spaces, question marks and thanks off the ends."""
    return _TRAILING.sub("", text.strip()).strip(" ,:;\"'\u201c\u201d")
