"""
Results that come back as text: "Observation: ..." in a user message, the calls in words before it.

Some programs keep to that form although their model calls tools natively, since it works with any
model (Yao et al. 2022, "ReAct": thought, action, observation). Here such messages become what they
stand for: a call, and the tool message that answers it.

Floor 1: imports nothing of labkit.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

_OBSERVED = re.compile(r"\s*Observations?:\s*(.*)", re.DOTALL)
_ACTION = re.compile(r"(?:Action|Calling tools?)s?:\s*([\[{].+)", re.DOTALL)


def with_tool_messages(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return *messages* with each observation as the result of the calls before it."""
    found: list[Mapping[str, Any]] = []
    for message in messages:
        observed = _OBSERVED.fullmatch(message["content"]) if message["role"] == "user" else None
        calls = _calls_in(found[-1]) if observed and found else []
        if observed is None or not calls:
            found.append(message)
            continue
        names = [f"{len(found)}.{number}" for number in range(len(calls))]
        found[-1] = {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": name, "function": call} for name, call in zip(names, calls, strict=True)
            ],
        }
        found += _answers(names, observed[1])
    return found


def _answers(names: Sequence[str], text: str) -> Iterator[Json]:
    """Yield a tool message for each call: a line each if they are as many, or all of the text."""
    lines = text.splitlines()
    parts = lines if len(lines) == len(names) else [text] * len(names)
    for name, part in zip(names, parts, strict=True):
        yield {"role": "tool", "tool_call_id": name, "content": part}


def _calls_in(message: Mapping[str, Any]) -> list[Json]:
    """Return the calls that an assistant's message writes down, in JSON or as Python prints it."""
    text = message["content"] or "" if message["role"] == "assistant" else ""
    end = max(text.rfind("]"), text.rfind("}")) + 1  # Looked for once, not for each "Action:".
    written = _ACTION.search(text, 0, end)
    value = _read(written[1]) if written else None
    calls = []
    for each in value if isinstance(value, list) else [value]:
        call = each.get("function", each) if isinstance(each, dict) else {}
        if isinstance(call, dict) and isinstance(call.get("name"), str):
            arguments = json.dumps(call.get("arguments") or {}, ensure_ascii=False, default=str)
            calls.append({"name": call["name"], "arguments": arguments})
    return calls


def _read(written: str) -> Any:  # noqa: ANN401 - any JSON.
    for reader in (json.loads, ast.literal_eval):
        try:
            return json.loads(json.dumps(reader(written), default=str))  # Python knows more keys.
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    return None
