"""
A question, cut into clauses; and what its words say of the question as a whole.

Glossary:
    sentence: what ends with a full stop, a question mark or a line.
    joint: a place where a clause may end: "and", "then", a semicolon.
    pronoun: a word that stands for something said before, or found by an earlier clause.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Callable
from itertools import islice

from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.telling import only_asks
from labkit.rehearsal.words import SMALL, is_opener, words_of

DESCRIBED_WORDS = 4  # "the newest sealed wooden box": our choice.
LONGEST_PART = 400  # Characters of a piece that are looked at, to tell whether it is a clause.
WHOLE = 3  # Words of a piece without a verb that may ask for a tool of its own: our choice.
MAX_JOINTS = 12  # Of one sentence that are looked at, and sentences; our choice.
_SENTENCE = re.compile(
    r"(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!tr\.)(?<!\b[Nn]o\.)(?<=[.!?])\s+(?=[A-Z\"'\u201c\d])|\n+"
)
_JOINT = re.compile(
    r"\s*;\s*|,?\s+and\s+(?:then\s+|also\s+|after\s+that\s+|finally\s+)?|,?\s+then\s+|"
    r"\s+(?:plus|\+)\s+(?=(?:its|the|how|what|which|all|every|list|show)\b)|"
    r",\s+(?:also|plus|after that|as well as)\s+|\s+as well as\s+|\s+before\s+(?=\w+ing\b)|,\s+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(it|its|that|this|them|their|those|these|there|he|she|his|her|the same|(?:the|that|this) "
    r"(?:result|total|sum|answer|average|number|value|first one|one|worst|best|highest|lowest)\b)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(
    r"\b(?:newest|latest|last|oldest|first|next|worst|best|highest|lowest|cheapest|biggest|largest|"
    r"smallest|every|all|each)\s+(?!\d|days?\b|weeks?\b|months?\b|years?\b|hours?\b)\w",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(
    r"without (?:looking|searching|calling|using|checking)|don'?t (?:use|call|look|search|check)|"
    r"do not (?:use|call|look|search)|no tools|from memory|off the top of your head",
    re.IGNORECASE,
)
_CREATIVE = re.compile(
    r"\b(?:write|compose|make up|tell|give)\b[^.?!]{0,40}\b(?:poem|haiku|joke|story|song|limerick|"
    r"rap|riddle|essay|rhyme|verses?|wish|wishes|slogan|toast|fairy ?tale)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|howdy)\b"
    r"[\w\s,!.:;)(-]{0,20}$",
    re.I,
)
_THANKS = re.compile(
    r"^\W*(?:thanks|thank you|thx|cheers|great|perfect|ok(?:ay)?|cool|nice)\b.{0,40}$", re.I
)
_BYE = re.compile(r"^\W*(?:bye|goodbye|see you|good night)\b.{0,20}$", re.I)
_HOW = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good \w+)[\s\w]{0,8},?\s+)?"
    r"(?:how are you|how'?s it going|how do you do|what'?s up\W*$)",
    re.I,
)
_ITSELF = re.compile(
    r"\b(?:who|what) are you\b|\bwhat can you do\b|\bwhat (?:model|llm|ai) are you\b|\byour name\b|"
    r"\bare you (?:a|an|the|real|human|gpt|claude|chatgpt)\b|\bhow do you work\b|"
    r"\bwhat (?:tools|functions) (?:do you have|can you)\b|\bintroduce yourself\b|"
    r"\bhow (?:were|are) you (?:made|trained|built)\b",
    re.I,
)


def clauses_of(question: str, apart: Callable[[str, str], bool]) -> list[str]:
    """
    Cut *question* into clauses.

    Args:
        apart: Tells whether two pieces ask for two tools; a joint counts only if what stands before
            it and behind it does.
    """
    found: list[str] = []
    for sentence in _whole_sentences(question.strip()):
        found += _parts(sentence, apart)
    return _with_their_topic([clause for clause in found if clause.strip()])


def _whole_sentences(text: str) -> list[str]:
    """Return the sentences of *text*, each with what follows it without a verb: a name, a place."""
    found: list[str] = []
    for sentence in _SENTENCE.split(text, maxsplit=MAX_JOINTS):
        if found and says_something(found[-1]) and not says_something(sentence):
            found[-1] = f"{found[-1].rstrip()} {sentence}"
        else:
            found.append(sentence)
    return found


def says_something(piece: str) -> bool:
    """Tell whether *piece* has a verb or asks; "and the red one" has none and asks for nothing."""
    asks = "?" in piece or is_opener(next(iter(words_of(piece)), ""))
    return asks or any(token.is_verb for token in tokens_of(piece))


def _with_their_topic(clauses: list[str]) -> list[str]:
    """Join a clause that only asks to the one before, which says about what: "What can I do?"."""
    found: list[str] = []
    for clause in clauses:
        if found and only_asks(clause):
            found[-1] = f"{found[-1].rstrip()} {clause}"
        else:
            found.append(clause)
    return found


def _parts(sentence: str, apart: Callable[[str, str], bool]) -> list[str]:
    parts, start = [], 0
    for joint in islice(_JOINT.finditer(sentence), MAX_JOINTS):
        if _inside_quotes(sentence, joint.start()):
            continue
        left, right = sentence[start : joint.start()], sentence[joint.end() :]
        if only_asks(right):
            break
        if not any(word.isalpha() and word not in SMALL for word in words_of(right)):
            continue  # "... and from X2".
        if _NUMBERED.search(left) and right[:1].isdigit():
            continue  # A list of numbers.
        if joint[0].strip() == "," and not _begins(right):
            continue
        following = _next_part(right)
        if len(following.split()) < WHOLE and not says_something(following):
            continue  # A thing more for the same tool, and no need to weigh it.
        if apart(left, following):
            parts.append(left)
            start = joint.end()
    return [*parts, sentence[start:]]


def _begins(piece: str) -> bool:
    """Tell whether a piece behind a comma begins as a request does."""
    first = next(iter(words_of(piece)), "")
    return is_opener(first) and first not in _NO_BEGINNING


_NO_BEGINNING_WORDS = """
the a an my our your there this that these those somebody someone anything yes no yesterday today
tomorrow i we you they he she it so just sorry ok but or since if called had got made
"""
_NO_BEGINNING = frozenset(_NO_BEGINNING_WORDS.split())
_NUMBERED = re.compile(r"\d$")


def _next_part(text: str) -> str:
    found = _JOINT.search(text)
    whole = found is None or len(text[: found.start()].split()) < 2
    return text[:LONGEST_PART] if whole or found is None else text[: found.start()]


def _inside_quotes(text: str, place: int) -> bool:
    before = text[:place]
    return before.count('"') % 2 == 1 or before.count("\u201c") > before.count("\u201d")


def refers_back(clause: str) -> bool:
    """Tell whether *clause* has a word that stands for something found before."""
    return bool(_PRONOUN.search(clause))


def described(clause: str) -> list[str]:
    """Return the words of *clause* that describe something without naming it: "newest red box"."""
    found = _DESCRIBED.search(clause)
    return words_of(clause[found.start() :])[:DESCRIBED_WORDS] if found else []


def kind_of(question: str) -> str:
    """
    Return what a question is that needs no tool, in one word; empty for any other.

    "no-tools", "creative", "greeting", "thanks", "bye", "how-are-you" or "itself".
    """
    for kind, pattern in (
        ("no-tools", _NO_TOOLS),
        ("creative", _CREATIVE),
        ("itself", _ITSELF),
        ("how-are-you", _HOW),
        ("greeting", _GREETING),
        ("bye", _BYE),
        ("thanks", _THANKS),
    ):
        if pattern.search(question):
            return kind
    return ""
