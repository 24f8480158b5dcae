"""
Which tool a piece of a question is about: words in common and words of like meaning, weighed by
where they stand.

Glossary:
    clause: a piece of a question that asks for one thing.
    association: of what is said with words of tools, see `labkit.rehearsal.associations`.
    shared: a word that several tools have, or that is like theirs, says less about each of them.
    likeness: of meaning, see `labkit.rehearsal.meaning`.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from labkit.rehearsal.associations import associated
from labkit.rehearsal.knowing import KnownTool, direction_of, known, said
from labkit.rehearsal.meaning import DIGITS, likeness, vectors_of
from labkit.rehearsal.phrasal import single_verbs
from labkit.rehearsal.request import Tool
from labkit.rehearsal.standing import standing_for
from labkit.rehearsal.words import SMALL, is_weak, stem, stems_of, words_of

WEAK_WORD = 0.35  # What a word such as "show" counts.
NOISE = 0.1  # A likeness that says nothing: two words at random have less in 95 of 100 pairs.
BEND = 1.5  # Makes little of a little likeness. Both are the best of those tried on the prompts.
LITTLE = 0.3  # Keeps a share small where the words say hardly anything for any tool.
LED = 0.6  # What an association with a description counts, beside one with a name; our choice.
MOST_WORDS = 200  # Of a clause that are compared; our choice: a page has no more that matter.


@dataclass(frozen=True, slots=True)
class Toolbox:
    """
    The tools of one request.

    Attributes:
        tools: In the order of the request.
    """

    tools: tuple[KnownTool, ...]
    _meant: dict[str, dict[str, dict[str, float]]] = field(
        default_factory=dict, hash=False, compare=False, repr=False
    )
    _said: dict[str, float] = field(default_factory=dict, hash=False, compare=False, repr=False)
    _whole: dict[str, dict[str, dict[str, float]]] = field(
        default_factory=dict, hash=False, compare=False, repr=False
    )

    @classmethod
    def of(cls, tools: Sequence[Tool], told: Mapping[str, str] | None = None) -> "Toolbox":
        """Weigh the words of *tools*; *told* is what stands for all questions, by its label."""
        found = (known(t.name, t.description, json.dumps(t.parameters)) for t in tools)
        return cls(tuple(
            replace(each, standing=standing_for(each.parameters, told)) if told else each
            for each in found
        ))  # fmt: skip

    def __getitem__(self, name: str) -> KnownTool:
        return next(each for each in self.tools if each.name == name)

    def meant(self, clause: str, tool: KnownTool) -> dict[str, float]:
        """Return what each word of *clause* says for one tool, as it stands or by its meaning."""
        if clause not in self._meant:
            self._meant[clause] = self._compared(clause)
        return self._meant[clause][tool.name]

    def score(self, clause: str, tool: KnownTool) -> float:
        """Return what all words of *clause* say for one tool."""
        return sum(self.meant(clause, tool).values())

    def share(self, clause: str, tool: KnownTool) -> float:
        """Return the part of what the words of *clause* say for all tools that is for this one."""
        if clause not in self._said:
            self._said[clause] = LITTLE + sum(self.score(clause, each) for each in self.tools)
        return self.score(clause, tool) / self._said[clause]

    def compared(self, clause: str, tool: KnownTool) -> dict[str, float]:
        """Return what *clause* as a whole says for one tool, beside the others."""
        if clause not in self._whole:
            self._whole[clause] = dict(
                zip((t.name for t in self.tools), self._as_a_whole(clause), strict=True)
            )
        return self._whole[clause][tool.name]

    def _as_a_whole(self, clause: str) -> list[dict[str, float]]:
        vectors = vectors_of(_plain_words(clause)[:MOST_WORDS])
        towards = np.stack([each.direction for each in self.tools]) @ direction_of(vectors)
        alike = [round(float(each), DIGITS) for each in towards]
        named = self._led_to(clause, lambda tool: dict.fromkeys(tool.about, 1.0))
        led = self._led_to(
            clause, lambda tool: dict.fromkeys(tool.described, LED) | dict.fromkeys(tool.about, 1.0)
        )
        return [
            {
                "meaning of the whole": like,
                "less like than the best": like - max(alike),
                "associations": math.sqrt(own),
                "share of the associations": own / (LITTLE + sum(led)),
                "associations with its name": math.sqrt(name),
            }
            for like, own, name in zip(alike, led, named, strict=True)
        ]

    def _led_to(self, clause: str, worth: Callable[[KnownTool], dict[str, float]]) -> list[float]:
        """Return for each tool what the associations of *clause* that lead to it are worth."""
        found = [0.0] * len(self.tools)
        worths = [worth(each) for each in self.tools]
        for stems in associated(clause):
            led = [max((own[each] for each in stems & own.keys()), default=0.0) for own in worths]
            shared = max(1.0, sum(led) / max(max(led), 1e-9))
            found = [before + each / shared for before, each in zip(found, led, strict=True)]
        return found

    def _compared(self, clause: str) -> dict[str, dict[str, float]]:
        words = _plain_words(clause)[:MOST_WORDS]
        sizes = [len(each.worth) for each in self.tools]
        if not words or not sizes:
            return {each.name: {} for each in self.tools}
        like = likeness(words, np.vstack([each.vectors for each in self.tools]))
        meant = np.clip((like - NOISE) / (1 - NOISE), 0, None) ** BEND
        meant *= np.concatenate([each.worth for each in self.tools])
        best = np.maximum.reduceat(meant, [0, *np.cumsum(sizes)[:-1]], axis=1)
        same = [[said(each, stem(word)) for each in self.tools] for word in words]
        best = np.maximum(best, same)
        shared = best.sum(1) / np.maximum(best.max(1), 1e-9)
        weak = [WEAK_WORD if is_weak(stem(word)) else 1.0 for word in words]
        rows = (best / np.sqrt(np.maximum(shared, 1))[:, None] * np.array(weak)[:, None]).T
        return {
            each.name: dict(zip(words, map(float, row), strict=True))
            for each, row in zip(self.tools, rows, strict=True)
        }


_NO_WORDS = re.compile(r"\S*[\w-][./_@]\w\S*|\"[^\"]*\"|\u201c[^\u201d]*\u201d")


def spoken(clause: str) -> list[str]:
    """Return the stems of *clause*, values aside: a file's name says nothing about a tool."""
    plain = _NO_WORDS.sub(" ", clause)
    return [*stems_of(plain), *map(stem, single_verbs(plain))]


def _plain_words(clause: str) -> list[str]:
    """Return the words of *clause* that say something, values aside, each once."""
    plain = _NO_WORDS.sub(" ", clause)
    words = [word for word in words_of(plain) if word not in SMALL and not word.isdigit()]
    return list(dict.fromkeys([*words, *single_verbs(plain)]))
