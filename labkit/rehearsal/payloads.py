"""
Long texts in a question that are there to be passed on: quoted, fenced, or after a colon.

They are taken out before the rules read the question, each leaving a short mark in quotes, and put
back into the arguments of the calls. So a text of many sentences arrives as it was sent, and what
it says isn't taken for something that is asked.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labkit.rehearsal.turn import Call, Turn

QUESTION_CHARACTERS = 2000  # Of a question that are read, payloads aside: our choice, a page.
LONG = 200  # Characters that nobody takes for a part of the question itself; our choice.
_SAID = f"I read only the first {QUESTION_CHARACTERS:,} characters of your message."
_FENCED = re.compile(r"```[^\n`]*\n(.{60,}?)\n?```", re.DOTALL)
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{60,})[\"\u201d]")
# Two repetitions that take the same characters never stand side by side below: on a page of empty
# lines such a pair takes minutes.
_BREAK = re.compile(  # A line of its own belongs to the one before.
    r"(?:[:.]|(?<!\s))[^\S\n]*+\n\s*+(?=\"\[text)"
)
_AFTER = re.compile(rf"\A(.{{1,{LONG}}}?(?::\s|\n\s*\n))\s*(.{{{LONG},}})\Z", re.DOTALL)
_BEFORE = re.compile(rf"\A(.{{{LONG},}})\n[^\S\n]*+\n(.{{1,{LONG}}}+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Payloads:
    """
    The long texts of one question.

    Attributes:
        texts: As they were written, in the order of their marks.
        cut: Whether more than `QUESTION_CHARACTERS` were left, and the rest isn't read.
    """

    texts: tuple[str, ...] = ()
    cut: bool = False

    def hide(self, value: Any) -> Any:  # noqa: ANN401 - any JSON.
        """Return *value* with each text as its mark, so that a call made before is known again."""
        for number, text in enumerate(self.texts, 1):
            value = _swapped(value, text, _mark(number))
        return value

    def restore(self, turn: Turn) -> Turn:
        """Return *turn* with the texts in its calls, and the rest that wasn't read told."""
        calls = tuple(Call(call.name, self.whole(call.arguments)) for call in turn.calls)
        text: str = self.whole(turn.text)
        return replace(turn, text=f"{_SAID} {text}".rstrip() if self.cut else text, calls=calls)

    def whole(self, value: Any) -> Any:  # noqa: ANN401 - as above.
        """Return *value* with each mark as the text that it stands for."""
        for number, text in enumerate(self.texts, 1):
            value = _swapped(value, _mark(number), text)
        return value


def taken_out(question: str) -> tuple[str, Payloads]:
    """Return *question* with marks for its long texts, at most `QUESTION_CHARACTERS`, and those."""
    texts: list[str] = []

    def take(found: re.Match[str]) -> str:
        texts.append(found[1].strip())
        return f'"{_mark(len(texts))}"'

    short = _QUOTED.sub(take, _FENCED.sub(take, question))
    if after := _AFTER.match(short):
        texts.append(after[2].rstrip())
        short = f'{after[1]}"{_mark(len(texts))}"'
    elif before := _BEFORE.match(short):
        texts.append(before[1].strip())
        short = f'{before[2]}: "{_mark(len(texts))}"'
    short = _BREAK.sub(": ", short)
    return short[:QUESTION_CHARACTERS], Payloads(tuple(texts), len(short) > QUESTION_CHARACTERS)


def _mark(number: int) -> str:
    return f"[text {number}]"


def _swapped(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - any JSON.
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, Mapping):
        return {key: _swapped(each, old, new) for key, each in value.items()}
    return [_swapped(each, old, new) for each in value] if isinstance(value, list) else value
