"""
What was said in a chat as one text: to keep it, to read it elsewhere, to go on with it.

::

    json        the messages as the model's endpoint takes them: `labkit.agent.Transcript.load`
                reads the file, and the conversation can go on
    markdown    who said what, for people; what was said stands in code blocks, so that nothing in
                it is obeyed by whatever shows the file

Floor 4: knows transcripts.
"""

import json
from collections.abc import Iterable
from typing import Literal, TypeAlias

from labkit.agent import Transcript
from labkit.widgets.log import Message
from labkit.widgets.twin import Twin

Form: TypeAlias = Literal["json", "markdown"]


def exported(form: Form, transcript: Transcript, messages: Iterable[Message]) -> str:
    """Return what was said, as *form* has it."""
    if form == "json":
        return json.dumps(transcript.messages, indent=1, ensure_ascii=False) + "\n"
    return Twin(messages)._repr_markdown_() + "\n"
