"""
A call that has to be made, whether the question says enough or not (``tool_choice``).

What isn't found is filled by the schema alone: its default, its first choice, the question itself,
the least number that it allows. That is what "required" asks for.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Mapping
from typing import Any

from labkit.rehearsal.choosing import Toolbox
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.parameters import Parameter, parameters_of
from labkit.rehearsal.roles import Role
from labkit.rehearsal.turn import Call


def call(toolbox: Toolbox, conversation: Conversation) -> Call:
    """Return a call of the tool that fits best, complete."""
    question = conversation.question
    best = max(toolbox.tools, key=lambda tool: toolbox.score(question, tool))
    return Call(best.name, complete(best, conversation))


def complete(tool: KnownTool, conversation: Conversation) -> dict[str, Any]:
    """Return arguments for all that *tool* requires."""
    filled = tool.fill(conversation.question, conversation.today)
    missing = {each.name: stand_in(each, conversation.question) for each in filled.missing}
    return {**filled.arguments, **missing}


def stand_in(parameter: Parameter, question: str) -> object:
    """Return a value that the schema of *parameter* allows."""
    value = _single(parameter, question)
    return [value] if parameter.many else value


def _single(parameter: Parameter, question: str) -> object:
    schema: Mapping[str, Any] = parameter.schema
    if "default" in schema:
        return schema["default"]
    if parameter.choices:
        return parameter.choices[0]
    if parameter.role is Role.FLAG:
        return False
    if parameter.role is Role.NUMBER:
        return schema.get("minimum", 1 if schema.get("type") == "integer" else 1.0)
    if parameter.role is Role.OBJECT:
        inner = (each for each in parameters_of(schema) if each.required)
        return {each.name: stand_in(each, question) for each in inner}
    if parameter.role is Role.EXPRESSION:
        return "0"
    return question or parameter.name
