"""
A tool that ends the conversation: some programs want every turn to be a call, the last one too.

They offer a tool such as ``final_answer(answer)`` beside their own and demand a call
(``tool_choice`` "required"). What would have been said is then its argument.

Floor 1: imports nothing of labkit but its neighbours.
"""

import json
import re
from dataclasses import replace
from typing import Any

from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.parameters import parameters_of
from labkit.rehearsal.request import ChatRequest, Tool
from labkit.rehearsal.roles import Role
from labkit.rehearsal.structured import structured
from labkit.rehearsal.turn import Call, Turn
from labkit.rehearsal.words import words_of

_ENDS = re.compile(r"\bfinal (?:answer|response|result|output)\b", re.IGNORECASE)
_GIVES = {"submit", "return", "give", "provide", "respond", "reply", "answer", "finish"}
_CLOSED = (Role.NUMBER, Role.CHOICE, Role.FLAG, Role.OBJECT)


def ending_of(request: ChatRequest) -> Tool | None:
    """Return the tool that ends the conversation, if *request* demands a call and offers one."""
    if request.choice in ("auto", "none"):
        return None
    return next(
        (t for t in request.tools if _ends(t) and request.choice in ("required", t.name)), None
    )


def _ends(tool: Tool) -> bool:
    words = words_of(tool.name)
    return words[0] == "final" or (words[0] in _GIVES and bool(_ENDS.search(tool.description)))


def without(request: ChatRequest, ending: Tool) -> ChatRequest:
    """Return *request* without its ending, free to answer in words."""
    others = tuple(tool for tool in request.tools if tool is not ending)
    may_call = bool(others) and request.choice == "required"
    return replace(request, tools=others, choice="auto" if may_call else "none")


def ended(ending: Tool, turn: Turn, conversation: Conversation) -> Turn:
    """Return *turn* itself if it calls, else the call that hands over what it says."""
    if turn.calls:
        return turn
    return Turn(calls=(Call(ending.name, _arguments(ending, turn.text or "", conversation)),))


def _arguments(ending: Tool, text: str, conversation: Conversation) -> dict[str, Any]:
    parameters = parameters_of(ending.parameters)
    if len(parameters) == 1 and parameters[0].role not in _CLOSED and not parameters[0].many:
        return {parameters[0].name: text}
    members: dict[str, Any] = json.loads(structured(ending.parameters, conversation))
    return members if parameters else {}
