"""
The transcript of a chat as an output of its own: what is left when no kernel runs.

A widget that is opened without its kernel shows nothing, so the chat stands twice: as a widget, and
as this text, which the notebook keeps. No time and no count is in it that differs from run to run.

Floor 4: imports nothing of labkit.
"""

import re
from collections.abc import Iterable
from typing import Any

NOTHING = "The transcript of this chat will stand here, and stays when the notebook is closed."
SPEAKERS = {"user": "You", "answer": "Model", "tool": "Tool", "note": "Chat"}
SUFFIXES = {
    "queued": " (queued)",
    "unsent": " (not sent)",
    "stopped": " (stopped)",
    "growing": " (unfinished)",
}

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # CommonMark 0.31 section 2.4: all of ASCII's.


class Twin:
    """
    What was said, as text and as Markdown in which nothing but the speakers is marked up.

    Args:
        messages: Those of a `Conversation`.
    """

    def __init__(self, messages: Iterable[dict[str, Any]]) -> None:
        self._entries = [(_speaker(each), _said(each)) for each in messages]

    def __repr__(self) -> str:
        return "\n".join(f"{who}: {said}" for who, said in self._entries) or NOTHING

    def _repr_markdown_(self) -> str:
        entries = (f"**{escaped(who)}:** {escaped(said)}" for who, said in self._entries)
        return "\n\n".join(entries) or NOTHING


def escaped(text: str) -> str:
    """Return *text* as Markdown that shows it as it is: no HTML, no link, no formula, no list."""
    lines = text.expandtabs(4).strip("\n").split("\n")
    return "\\\n".join(_escaped_line(line) for line in lines)


def _escaped_line(line: str) -> str:
    text = line.lstrip(" ")
    indent = "&nbsp;" * (len(line) - len(text))
    return indent + (_PUNCTUATION.sub(r"\\\1", text) or "&nbsp;")


def _speaker(message: dict[str, Any]) -> str:
    return SPEAKERS[message["kind"]] + SUFFIXES.get(message["state"], "")


def _said(message: dict[str, Any]) -> str:
    if message["kind"] != "tool":
        return str(message["text"])
    return f"{message['name']} {message['arguments']}\n{message['state']}: {message['content']}"
