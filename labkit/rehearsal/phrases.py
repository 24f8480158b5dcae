"""
Phrases: runs of words between the small words of a clause, such as "kitchen light".

Glossary:
    phrase: words that stand together, without articles, prepositions and verbs that ask.
    opener: a word that a request begins with; it names what to do, and nothing to do it with.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator

from labkit.rehearsal.quantities import is_count
from labkit.rehearsal.values import Found
from labkit.rehearsal.words import is_opener, is_small

PHRASE_WORDS = 5  # Our choice: longer is a sentence, no name.
_NO_NAME_WORDS = """
moved arrived went came broke broken wrong lately possible else anymore again takes instead soon
somebody someone nobody everybody everyone awfully already yet still supposed ask asks
"""
_NO_NAME = frozenset(_NO_NAME_WORDS.split())  # Adverbs and such, which end a phrase.
_TOKEN = re.compile(r"[^\W_][\w'\u2019&-]*+|[^\w\s]")


def phrases(text: str) -> Iterator[Found]:
    """Yield the phrases of *text*, as written."""
    run: list[re.Match[str]] = []
    begins = True
    for token in _TOKEN.finditer(text):
        breaks = _breaks(token[0], begins=begins)
        if breaks or (run and text[run[-1].end() : token.start()].strip()):
            yield from _phrase(run, text)
            run = []
        if not breaks:
            run.append(token)
        begins = token[0] in ".!?;:," or (begins and is_small(token[0]))
    yield from _phrase(run, text)


def _breaks(token: str, *, begins: bool) -> bool:
    if not token[0].isalnum() or is_small(token) or token[0].isdigit() or is_count(token):
        return True
    return token.lower() in _NO_NAME or (begins and is_opener(token))


def _phrase(run: list[re.Match[str]], text: str) -> Iterator[Found]:
    if run and len(run) <= PHRASE_WORDS:
        start, end = run[0].start(), run[-1].end()
        end -= 2 * text[start:end].endswith(("'s", "\u2019s"))
        yield Found(text[start:end], start, end)
