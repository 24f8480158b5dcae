"""
What a piece of a text says besides asking or ordering: a reason, a topic, or nothing at all.

Glossary:
    piece: what stands between two marks: "lot 7 is clean, let it go (I saw it)" has three.
    telling word: one that isn't the tool's own, no number, and no word that any request may have.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.phrasal import without_verbs
from labkit.rehearsal.quantities import is_count
from labkit.rehearsal.values import Placed
from labkit.rehearsal.words import SMALL, is_opener, is_weak, kin_of, stem, words_of

_ENDS = re.compile(r"[,;:.!?()]+(?:\s+|$)|\s[(]|\s[-\u2013\u2014]\s")
_IDLE = re.compile(r"^(?:please|thanks|thank you)\b", re.IGNORECASE)
_SOFT = re.compile(r"^(?:(?:ok(?:ay)?|so|now|and|then|oh|well|hm+)\b[\s,]*)+", re.IGNORECASE)
_PLACES = frozenset(("first", "second", "third", "fourth", "former", "latter"))
_FINITE = frozenset(("VVZ", "VVD", "VBZ", "VBD", "VHZ", "VHD", "VBB", "VHB"))
KEPT_TEXTS = 512  # Every tool of a request asks about the same few clauses.


def pieces_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each piece of *text* begins and ends."""
    start = 0
    for end, following in [*(m.span() for m in _ENDS.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            yield start, end
        start = following


def telling_words(text: str, besides: frozenset[str] = frozenset()) -> list[str]:
    """Return the words of *text* that say something, but for the stems *besides* and their kin."""
    return [word for word in words_of(without_verbs(text)) if _tells(word, besides)]


def _tells(word: str, besides: frozenset[str]) -> bool:
    root = stem(word)
    idle = word in SMALL or word in _PLACES or is_weak(root) or is_count(word)
    return not (idle or any(map(str.isdigit, word))) and besides.isdisjoint(kin_of(root))


def told_besides(text: str, taken: Sequence[Placed], tool: frozenset[str]) -> str:
    """
    Return the piece of *text* that tells why or what: "Block lot 7, it is scratched".

    What reports comes first, then what holds no value; none is taken that only orders.

    Args:
        taken: The places of the values that other parameters have.
        tool: Stems of the tool's name and description.
    """
    best, most = "", (False, False, False, 0)
    for start, end in pieces_of(text):
        piece = _SOFT.sub("", text[start:end].strip(" '\"\u201c\u201d"))
        held = any(start <= each.start < end for each in taken)
        enclosed = text[:start].endswith("(")
        idle = len(piece.split()) < 2 - enclosed or _IDLE.match(piece)
        if idle or not telling_words(piece, tool):
            continue
        if held and not reports(piece):
            continue
        orders = _orders(piece, tool)
        worth = (not orders, reports(piece), not held, len(piece))
        if worth > most and not (held and orders):
            best, most = piece, worth
    return best


def _orders(piece: str, tool: frozenset[str]) -> bool:
    """Tell whether *piece* begins with the tool's verb: "Release the newest one"."""
    first = next((word for word in words_of(piece) if word not in SMALL), "")
    return is_opener(first) and not tool.isdisjoint(kin_of(stem(first)))


@lru_cache(maxsize=KEPT_TEXTS)
def reports(text: str) -> bool:
    """Tell whether *text* tells what is the case, and asks for nothing: "The jib has a tear"."""
    if text.rstrip().endswith("?") or _BIDS.search(text):
        return False
    tokens = tokens_of(text)
    first = tokens[0].text.lower() if tokens else ""
    if tokens and tokens[0].tag == "VVG":
        return True  # "Handing over at six."
    if is_opener(first) and first not in _SUBJECTS:
        return False
    return any(token.tag in _FINITE for token in tokens)


_SUBJECT_WORDS = "the a an there it we i he she they my our this that got"
_SUBJECTS = frozenset(_SUBJECT_WORDS.split())
_BIDS = re.compile(r"\b(?:please|has to|have to|must|should|needs? to|can (?:you|be))\b", re.I)
_ASKS_HOW = re.compile(
    r"\b(?:how (?:do|can|should|to)(?! you)|why|what (?:should|shall|to do|if|"
    r"can i do|do (?:i|we) do|now|next)|"
    r"\bhelp\W*$|what (?:are|am) (?:i|we) (?:supposed|meant) to|what does .{1,40} (?:say|mean)|"
    r"who (?:do|can) i|"
    r"(?:procedure|instructions?|advice|rules?|guidelines?) (?:for|if|when|on|about))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\s*$|\b(?:what|where|which|how|any(?:thing)?|is there|are there|help|tell me|show me|"
    r"need)\b",
    re.IGNORECASE,
)
_ADVICE_WORDS = "procedure instruction step advice guide manual document written tip"
_VAGUE_WORDS = """
description write supposed mean idea happen case thing help apply follow cover about exist handle
react proceed deal actually say right text whole full content
"""
ADVICE = frozenset(map(stem, _ADVICE_WORDS.split()))
VAGUE = ADVICE.union(map(stem, _VAGUE_WORDS.split()))
_OF_SOMETHING = re.compile(r"\b(?:its|their|his|her)\b", re.IGNORECASE)


@lru_cache(maxsize=KEPT_TEXTS)
def asks_advice(text: str) -> bool:
    """Tell whether *text* asks what to do, or what is written about it."""
    pieces = [text[start:end] for start, end in pieces_of(text)]
    return bool(_ASKS_HOW.search(text)) or any(map(only_asks, pieces))


@lru_cache(maxsize=KEPT_TEXTS)
def only_asks(piece: str) -> bool:
    """Tell whether *piece* asks what to do and doesn't say about what: "any instructions?"."""
    if not _ASKS.search(piece) or _OF_SOMETHING.search(piece) or telling_words(piece, VAGUE):
        return False
    said = (kin_of(stem(word)) for word in words_of(piece))
    return bool(_ASKS_HOW.search(piece)) or not all(ADVICE.isdisjoint(kin) for kin in said)


def topic_of(text: str) -> str:
    """Return *text* without the pieces that only ask: "The belt slips, what now?"."""
    kept = [text[start:end].strip() for start, end in pieces_of(text)]
    topics = [piece for piece in kept if not only_asks(piece)]
    return text if len(topics) in (0, len(kept)) else ", ".join(topics)
