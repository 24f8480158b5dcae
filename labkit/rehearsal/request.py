"""
A request for a chat completion, as OpenAI's clients send it: read, and refused in its own words.

What a real endpoint refuses is refused here: a call without its answer, an answer without its
call, a tool that is named twice. A program that works offline works with the real thing.

Glossary:
    message: one entry of the conversation, with a role.
    tool: a function that the caller offers, with a JSON schema for its arguments.
    choice: whether the model may, must or mustn't call tools (``tool_choice``).

Source: the OpenAI API reference, "Create chat completion".

Floor 1: imports nothing of labkit but its neighbours.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labkit.rehearsal.faults import RequestFault
from labkit.rehearsal.messages import Json, checked

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MAX_TOOLS = 128  # As OpenAI has it.


class _Function(BaseModel):
    name: str
    description: str = ""
    parameters: Json = Field(default_factory=dict)


class _Tool(BaseModel):
    type: Literal["function"]
    function: _Function


class _StreamOptions(BaseModel):
    include_usage: bool = False


class _Body(BaseModel):
    """The members that matter here; all others are allowed and change nothing."""

    model_config = ConfigDict(strict=True)

    model: str
    messages: list[Json] = Field(min_length=1)
    tools: list[_Tool] | None = Field(None, max_length=MAX_TOOLS)
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    response_format: Json | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    n: int | None = Field(None, ge=1, le=8)


@dataclass(frozen=True, slots=True)
class Tool:
    """
    A function that the caller offers.

    Attributes:
        name: As a call has to name it.
        description: What it does, for the model.
        parameters: JSON schema of an object.
    """

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """
    One request, checked.

    Attributes:
        model: Which model is asked, such as "rehearsal" or "rehearsal:slow".
        messages: The conversation, oldest first, contents as plain text.
        tools: What may be called.
        choice: "auto", "none", "required", or the name of the one tool to call.
        parallel: Whether several calls in one turn are allowed.
        schema: What the answer has to look like, if it has to be JSON; ``{}`` for any object.
        stream: Whether the answer is sent in pieces.
        stream_usage: Whether the last piece tells the tokens.
        max_tokens: How long the answer may be.
        n: How many answers.
        digest: 64 hexadecimal digits that the same request always has.
    """

    model: str
    messages: tuple[Json, ...] = field(hash=False)
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    stream: bool = False
    stream_usage: bool = False
    max_tokens: int | None = None
    n: int = 1
    digest: str = ""


def parse_request(body: object) -> ChatRequest:
    """
    Return the request in *body*, a parsed JSON document.

    Raises:
        RequestFault: It can't be answered; the text says which member and why.
    """
    if not isinstance(body, Mapping):
        raise RequestFault("the body has to be a JSON object")
    try:
        asked = _Body.model_validate(body)
    except ValidationError as error:
        raise _fault_of(error) from None
    tools = _tools(asked.tools or [])
    return ChatRequest(
        model=asked.model,
        messages=tuple(checked(asked.messages)),
        tools=tools,
        choice=_choice(asked.tool_choice, tools),
        parallel=asked.parallel_tool_calls is not False,
        schema=_schema(asked.response_format),
        stream=bool(asked.stream),
        stream_usage=bool(asked.stream_options and asked.stream_options.include_usage),
        max_tokens=asked.max_completion_tokens or asked.max_tokens,
        n=asked.n or 1,
        digest=_digest(body),
    )


def _digest(body: Mapping[str, Any]) -> str:
    """Hash what is asked, not how it is sent: streamed or whole, the ids are the same."""
    asked = {name: value for name, value in body.items() if not name.startswith("stream")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _fault_of(error: ValidationError) -> RequestFault:
    first = error.errors(include_url=False, include_input=False)[0]
    param = ".".join(map(str, first["loc"]))
    return RequestFault(f"Invalid value for '{param}': {first['msg']}", param, "invalid_value")


def _tools(offered: list[_Tool]) -> tuple[Tool, ...]:
    names = [tool.function.name for tool in offered]
    for number, name in enumerate(names):
        where = f"tools[{number}].function.name"
        if not TOOL_NAME.fullmatch(name):
            raise RequestFault(f"Invalid '{where}': it has to match {TOOL_NAME.pattern}", where)
        if name in names[:number]:
            raise RequestFault(f"Invalid '{where}': two tools have this name", where)
    functions = (tool.function for tool in offered)
    return tuple(Tool(each.name, each.description, each.parameters) for each in functions)


def _choice(choice: str | Json | None, tools: tuple[Tool, ...]) -> str:
    if choice is None:
        return "auto" if tools else "none"
    if isinstance(choice, str):
        if choice not in ("auto", "none", "required"):
            raise RequestFault("Invalid 'tool_choice': auto, none, required or one tool")
    else:
        function = choice.get("function")
        choice = function.get("name") if isinstance(function, Mapping) else None
        if choice not in {tool.name for tool in tools}:
            raise RequestFault("Invalid 'tool_choice': no such tool in 'tools'", "tool_choice")
    if not tools and choice != "none":
        raise RequestFault("'tool_choice' is only allowed when 'tools' are given", "tool_choice")
    return cast("str", choice)


def _schema(wanted: Json | None) -> Mapping[str, Any] | None:
    kind = (wanted or {"type": "text"}).get("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return {}
    inside = (wanted or {}).get("json_schema")
    schema = inside.get("schema") if isinstance(inside, Mapping) else None
    if kind != "json_schema" or not isinstance(schema, Mapping):
        raise RequestFault("Invalid 'response_format'", "response_format")
    return schema
