"""Requests for the rehearsal model, in few words."""

import json

from labkit.rehearsal import parse_request, plan


def tool(name, description="", required=None, **properties):
    names = list(properties) if required is None else required
    parameters = {"type": "object", "properties": properties, "required": names}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def text(description="", **more):
    return {"type": "string", "description": description, **more}


def number(description="", **more):
    return {"type": "number", "description": description, **more}


def user(content):
    return {"role": "user", "content": content}


def said(content):
    return {"role": "assistant", "content": content}


def called(name, arguments, result, ident="c1"):
    """A call, and the message that answers it."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"id": ident, "type": "function", "function": function}
    content = result if isinstance(result, str) else json.dumps(result)
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": ident, "content": content},
    ]


def turn(messages, tools=(), **more):
    if isinstance(messages, str):
        messages = [user(messages)]
    body = {"model": "rehearsal", "messages": messages, **more}
    return plan(parse_request({**body, "tools": list(tools)} if tools else body))


def calls(messages, tools, **more):
    return [(c.name, dict(c.arguments)) for c in turn(messages, tools, **more).calls]
