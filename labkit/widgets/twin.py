"""
The transcript of a chat as an output of its own: what is left when no kernel runs.

A widget that is opened without its kernel shows nothing, so the chat stands twice: as a widget, and
as this text, which the notebook keeps. No time and no count is in it that differs from run to run.
Of a tool's result only the beginning is kept: the answer says what came of it.

Floor 4: cuts texts as pictures do.
"""

import re
from collections.abc import Iterable
from typing import Any

from labkit.pictures.writing import shorten

MAX_RESULT = 160  # Characters of a tool's result; our choice: enough to know it again.
NOTHING = "The transcript of this chat will stand here, and stays when the notebook is closed."
SPEAKERS = {"user": "You", "answer": "Model", "tool": "Tool", "note": "Chat"}
SUFFIXES = {
    "queued": " (queued)",
    "unsent": " (not sent)",
    "stopped": " (stopped)",
    "growing": " (unfinished)",
}

_TICKS = re.compile("`+")


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
        entries = (f"**{who}:**\n\n{fenced(said)}" for who, said in self._entries)
        return "\n\n".join(entries) or NOTHING


def fenced(text: str) -> str:
    """
    Return *text* as a code block of Markdown: no HTML, no link, no formula, no list.

    Escaping each sign isn't enough: JupyterLab looks for formulas in what the Markdown became, and
    a formula may hold a link to a script. In code it looks for none.
    """
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)  # CommonMark 0.31 section 4.5.
    return f"{fence}text\n{text}\n{fence}"


def _speaker(message: dict[str, Any]) -> str:
    return SPEAKERS[message["kind"]] + SUFFIXES.get(message["state"], "")


def _said(message: dict[str, Any]) -> str:
    if message["kind"] != "tool":
        return str(message["text"])
    arguments, content = (" ".join(message[part].split()) for part in ("arguments", "content"))
    return f"{message['name']} {arguments}\n{message['state']}: {shorten(content, MAX_RESULT)}"
