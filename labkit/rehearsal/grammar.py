"""
What part of speech each word of a text is, by a small statistical tagger.

The tagger is HanTa, the Hanover Tagger: tables of how often an English word, an ending or a pair of
tags occurs, no network (Ch. Wartena, "A Probabilistic Morphology Model for German Lemmatization",
KONVENS 2019; its English tables are counted from the British National Corpus). "Text" is a verb in
"text me" and a noun in "the text": a list of words can't tell.

Glossary:
    token: a word, a number or a mark, with its place.
    tag: its part of speech in the corpus's CLAWS C5 set: NN1 a noun, AJ0 an adjective, VVB a verb.

Floor 1: imports nothing of labkit.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

KEPT_TEXTS = 512  # Every tool of a request asks for the tags of the same few clauses.
LONGEST_WORD = 40  # Characters that the tagger sees; more is no word, and would take it long.
_TOKEN = re.compile(r"[^\W_](?:[\w'\u2019&-]|[.@/:](?=\w))*+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Token:
    """
    One word, number or mark.

    Attributes:
        text: As written.
        start: Where it begins.
        end: Where it ends.
        tag: See the module.
    """

    text: str
    start: int
    end: int
    tag: str

    @property
    def is_noun(self) -> bool:
        """Whether it names something."""
        return self.tag.startswith(("NN", "NP", "UNC"))

    @property
    def is_adjective(self) -> bool:
        """Whether it says how something is, participles aside."""
        return self.tag.startswith("AJ") or self.tag == "ORD"

    @property
    def is_verb(self) -> bool:
        """Whether it is a verb in any form, participles included."""
        return self.tag.startswith("V")


@lru_cache(maxsize=KEPT_TEXTS)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of *text* with their tags."""
    found = list(_TOKEN.finditer(text))
    tags = _tags([_shown(match[0]) for match in found])
    return tuple(Token(m[0], *m.span(), tag) for m, tag in zip(found, tags, strict=True))


@lru_cache(maxsize=KEPT_TEXTS)
def may_be_verb(word: str) -> bool:
    """Tell whether *word* is ever used as a verb in its plain form: "kick" is, "yoga" isn't."""
    return any(tag == "VVI" for tag, _ in _tagger().tag_word(word.lower()[:LONGEST_WORD]))


def _shown(word: str) -> str:
    """Return *word* as the tagger sees it: one number is as good as another, and quicker."""
    return "7" if any(map(str.isdigit, word)) else word[:LONGEST_WORD]


def _tags(words: list[str]) -> list[str]:
    try:
        return list(_tagger().tag_sent(words, taglevel=0))
    except (KeyError, IndexError):  # No way through its tables: signs that it has never seen.
        return ["UNC"] * len(words)


@cache
def _tagger() -> Any:  # noqa: ANN401 - a class without types.
    from HanTa.HanoverTagger import HanoverTagger  # Here: its tables take 0.3 s to load.

    return HanoverTagger("morphmodel_en.pgz")
