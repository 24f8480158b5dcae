"""
The model that obeys: whatever a tool's result tells it to do, it does.

Real models can be talked into that by a text that they read. This one always can, so a lesson can
show what then still stands between the text and the data: everything but the model.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.forced import complete
from labkit.rehearsal.steps import steps_of
from labkit.rehearsal.turn import Call

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|instead|you must|must now|now call|call the tool|system:|"
    r"assistant:|instructions?:|as (?:an|the) (?:ai|assistant|agent)|do the following|from now on|"
    r"immediately|release every|send (?:all|every|it|them))\b",
    re.IGNORECASE,
)


def orders_in(conversation: Conversation, toolbox: Toolbox) -> list[Call]:
    """Return the calls that results give orders for and that weren't made yet."""
    made = [(result.call.name, dict(result.call.arguments)) for result in conversation.results]
    found: list[Call] = []
    for result in conversation.results:
        if not _ORDER.search(result.text):
            continue
        for step in steps_of(_readable(result.text), toolbox, conversation.today):
            if step.tool.name not in {name for name, _ in made}:
                arguments = complete(step.tool, conversation) | dict(step.filled.arguments)
                found.append(Call(step.tool.name, arguments))
    return found


def _readable(text: str) -> str:
    """Return a result as sentences, without the signs of JSON."""
    return re.sub(r"[{}\[\]\"]|\\n", " ", text)
