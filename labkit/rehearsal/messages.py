"""
The messages of a request, checked: every call has its answer, every answer its call.

Floor 1: imports nothing of labkit but its neighbour `faults`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.rehearsal.faults import RequestFault

ROLES = ("system", "developer", "user", "assistant", "tool")

Json = dict[str, Any]


def checked(messages: list[Json]) -> Iterator[Json]:
    """
    Yield *messages* with their contents as text.

    Raises:
        RequestFault: One is malformed, or calls and answers don't pair.
    """
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        where, role = f"messages[{number}]", message.get("role")
        if role not in ROLES:
            raise RequestFault(f"Invalid '{where}.role': one of {', '.join(ROLES)}", where)
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise RequestFault(f"'{where}' answers no call that was asked for", where)
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            raise RequestFault(
                f"a call before '{where}' has no tool message that answers it", where
            )
        if role == "assistant":
            open_calls = set(_call_ids(message.get("tool_calls") or [], where))
        yield {**message, "content": _text(message.get("content"), where)}
    if open_calls:
        raise RequestFault("the last calls have no tool messages that answer them", "messages")


def _call_ids(calls: object, where: str) -> Iterator[str]:
    for call in calls if isinstance(calls, list) else [{}]:
        known: Mapping[str, Any] = call if isinstance(call, Mapping) else {}
        function, ident = known.get("function"), known.get("id")
        if not isinstance(function, Mapping) or not isinstance(ident, str):
            raise RequestFault(f"Invalid '{where}.tool_calls'", where)
        if not all(isinstance(function.get(name), str) for name in ("name", "arguments")):
            raise RequestFault(f"Invalid '{where}.tool_calls': name and arguments are text", where)
        yield ident


def _text(content: object, where: str) -> str:
    """Return a content as text: None, a string, or a list of parts of which text is read."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, Mapping) for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    raise RequestFault(f"Invalid '{where}.content': text, or a list of parts", where)
