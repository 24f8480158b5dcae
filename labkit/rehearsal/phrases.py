"""
Phrases: what names something in a clause, such as "kitchen light" or "tram 4".

Glossary:
    phrase: nouns that stand together, with the adjectives and participles before them.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from labkit.rehearsal.grammar import Token, may_be_verb, tokens_of
from labkit.rehearsal.quantities import is_count
from labkit.rehearsal.values import Found
from labkit.rehearsal.words import is_opener, is_small

PHRASE_WORDS = 6  # Our choice: longer is a sentence, no name.


def phrases(text: str) -> Iterator[Found]:
    """Yield the phrases of *text*, as written; also two that are joined: "string of pearls"."""
    found = list(_simple(text))
    yield from found
    for one, two in (*pairwise(found), *zip(found, found[2:], strict=False)):
        if _OF.fullmatch(text, one.end, two.start):
            yield Found(text[one.start : two.end], one.start, two.end)


_OF = re.compile(r"\s+of\s+(?:(?:the|my|our|a|an)\s+)?", re.IGNORECASE)


def _simple(text: str) -> Iterator[Found]:
    """Yield nouns that stand together; also with the number behind: "tram 4"."""
    tokens, run = tokens_of(text), list[Token]()
    for place, token in enumerate(tokens):
        if _belongs(tokens, place) and (not run or text[run[-1].end : token.start].isspace()):
            run.append(token)
            continue
        yield from _phrase(run, text)
        if run and token.text.isdigit() and text[run[-1].end : token.start].isspace():
            yield from _phrase([*run, token], text)
        run = [token] if _belongs(tokens, place) else []
    yield from _phrase(run, text)


def single_words(text: str) -> Iterator[Found]:
    """Yield each word that says something, for what nothing better is found for."""
    tokens = tokens_of(text)
    for place, token in enumerate(tokens):
        word = token.text
        idle = is_small(_plain(word)) or is_count(word) or token.tag in _COMPARED
        if word[0].isalpha() and not (idle or token.is_verb or _leads(tokens, place)):
            yield Found(word, token.start, token.end)


_COMPARED = frozenset(
    ["AJC", "AJS", "ORD", "AV0", "AVP", "PRP", "PRF", "CJS", "CJC", "VM0", "VBZ", "VBB", "VBD"]
)
_PARTICLES_WORDS = """
off up out in on the a an my our me us this that all both every it down over for his her their
"""
_PARTICLES = frozenset(_PARTICLES_WORDS.split())


def _plain(word: str) -> str:
    return word.lower().removesuffix("'s").removesuffix("\u2019s")


def _leads(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a word begins a request, and so says what to do: "kick off the build"."""
    if place and tokens[place - 1].text not in ".!?:;,":
        return False
    following = tokens[place + 1].text.lower() if place + 1 < len(tokens) else ""
    word = tokens[place].text
    return is_opener(word) or (following in _PARTICLES and may_be_verb(word))


def _belongs(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if not token.text[0].isalpha() or is_small(_plain(token.text)) or is_count(token.text):
        return False
    if _leads(tokens, place):
        return False
    if token.is_noun or token.is_adjective:
        return True
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if after is None or token.tag not in ("VVG", "VVN") or is_small(after.text):
        return False
    return after.is_noun or after.is_adjective


def _phrase(run: Sequence[Token], text: str) -> Iterator[Found]:
    if len(run) <= PHRASE_WORDS and any(token.is_noun for token in run):
        start, end = run[0].start, run[-1].end
        end -= 2 * text[start:end].endswith(("'s", "\u2019s"))
        yield Found(text[start:end], start, end)
