"""
Tools: functions that a model may ask for.

::

    @tool(timeout_s=5, audience="inspections", scope="inspections:read")
    async def defect_rate(line: str, context: ToolContext, days: int = 7) -> dict:
        '''The share of parts of a line that had a defect.'''
        return (await context.http.get(f"/lines/{line}/rate", params={"days": days})).json()

The schema is made once, here. What a tool needs, it declares: an audience and a scope if it calls a
service, ``writes=True`` if it changes anything. `labkit.agent.gateway` sees to it at each call.

Floor 2: knows errors.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, overload

from labkit.agent.context import ToolContext
from labkit.agent.schema import Signature, signature_of, without_partial
from labkit.errors import UsageError

TIMEOUT_S = 30.0  # Our choice: longer than any service of a lab takes, shorter than patience.

_NAME = re.compile(r"[a-z0-9_]{1,64}")  # 64 is OpenAI's limit; one spelling avoids near-twins.

Function: TypeAlias = Callable[..., Any]


class Tool:
    """
    A function with what a model is told of it. Calling it calls the function.

    Attributes:
        name: What the model calls it.
        signature: Its description, schema and validation.
        timeout_s: Seconds after which a call is given up.
        audience: The service that it calls, or None.
        scope: The rights that it needs there, words separated by spaces, or None.
        writes: Whether it changes something: then each call needs an approval.
        is_async: Whether it's a coroutine function; any other runs in a thread.
    """

    def __init__(
        self,
        function: Function,
        *,
        name: str | None = None,
        timeout_s: float = TIMEOUT_S,
        audience: str | None = None,
        scope: str | None = None,
        writes: bool = False,
    ) -> None:
        if not callable(function):
            raise UsageError("a tool is a function; for options write @tool(timeout_s=5)")
        self.name = _checked_name(name or getattr(without_partial(function), "__name__", ""))
        self.timeout_s = _checked_timeout(self.name, timeout_s)
        self.audience, self.scope = _checked_rights(self.name, audience, scope)
        self.writes = bool(writes)
        self.is_async = inspect.iscoroutinefunction(function)
        self.function = function
        self.context_parameter = _context_parameter(function)
        self.signature = Signature(function, dict.fromkeys(filter(None, [self.context_parameter])))
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise UsageError(f"{self.name} has a yield: a tool returns one value")
        if self.audience and not self.is_async:
            raise UsageError(f"{self.name} calls a service, so write it as `async def`")
        if not self.writes and any(each.endswith(":write") for each in (self.scope or "").split()):
            raise UsageError(
                f"{self.name} asks for {self.scope}: add writes=True, so that each call is approved"
            )

    @property
    def schema(self) -> dict[str, Any]:
        """What an endpoint is told: ``{"type": "function", "function": {...}}``."""
        told: dict[str, Any] = {
            "name": self.name,
            "description": self.signature.description,
            "parameters": self.signature.parameters,
        }
        if self.signature.strict:
            told["strict"] = True
        return {"type": "function", "function": told}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  The function's own.
        """Call the function as if it were no tool: no validation, no timeout, no approval."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Tool {self.name}>"


@overload
def tool(function: Function) -> Tool: ...


@overload
def tool(
    *,
    name: str | None = None,
    timeout_s: float = TIMEOUT_S,
    audience: str | None = None,
    scope: str | None = None,
    writes: bool = False,
) -> Callable[[Function], Tool]: ...


def tool(function: Function | None = None, **options: Any) -> Tool | Callable[[Function], Tool]:
    """
    Make a tool of a function: ``@tool``, or ``@tool(timeout_s=5)`` with options.

    The docstring is what the model reads; "Args:" in it, or numpydoc's "Parameters", describes the
    parameters. A parameter annotated with `ToolContext` is filled at each call, and the model never
    sees it. What comes back is sent as JSON, a table as a list of rows.

    Of what a tool raises, a run tells the type and the text. For the traceback, call the tool
    yourself: it's still the function that it was.

    Args:
        function: Sync or async; each parameter needs an annotation.
        name: What the model calls it, by default the function's own name.
        timeout_s: Seconds after which a call is given up.
        audience: The service that it calls. It then gets a client with a token for that service.
        scope: What it needs there, such as "inspections:read"; several words if it needs several.
        writes: Whether it changes something: then each call has to be approved.

    Raises:
        UsageError: A model couldn't call it; the text says what to change.
    """
    if function is not None:
        return Tool(function, **options)
    return lambda function: Tool(function, **options)


class Toolset:
    """
    Tools by name, each name once.

    Args:
        tools: Tools, functions to make tools of, or other toolsets.

    Raises:
        UsageError: Two of them have one name, or something isn't a tool.
    """

    def __init__(self, tools: "Iterable[Tool | Function | Toolset]" = ()) -> None:
        self._tools: dict[str, Tool] = {}
        if isinstance(tools, str) or not isinstance(tools, Iterable):
            raise UsageError("tools is a list: tools=[defect_rate]")
        for each in tools:
            for one in each if isinstance(each, Toolset) else [each]:
                self._add(one if isinstance(one, Tool) else Tool(one))
        self.schemas = [each.schema for each in self]

    def _add(self, one: Tool) -> None:
        if one.name in self._tools:
            raise UsageError(f"two tools are called {one.name}: give one another name=")
        self._tools[one.name] = one

    def get(self, name: str) -> Tool | None:
        """Return the tool of that name, or None."""
        return self._tools.get(name)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        return f"<Toolset {', '.join(self._tools) or 'empty'}>"


def _context_parameter(function: Function) -> str | None:
    found = [
        each.name
        for each in signature_of(function).parameters.values()
        if each.annotation is ToolContext
    ]
    if len(found) > 1:
        raise UsageError(f"one ToolContext is enough; there are {' and '.join(found)}")
    return found[0] if found else None


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(
            f"a tool can't be called {name!r:.80}: use 1 to 64 of a-z, 0-9 and _, in name="
        )
    return name


def _checked_timeout(name: str, timeout_s: float) -> float:
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float):
        raise UsageError(f"{name}: timeout_s is a number of seconds, such as 5")
    if not 0 < timeout_s < math.inf:
        raise UsageError(f"{name}: timeout_s is more than 0 and finite; every call has to end")
    return float(timeout_s)


def _checked_rights(
    name: str, audience: str | None, scope: str | None
) -> tuple[str | None, str | None]:
    if audience is not None and (not isinstance(audience, str) or len(audience.split()) != 1):
        raise UsageError(f"{name}: audience is one word, such as inspections")
    if scope is not None and (not isinstance(scope, str) or not scope.strip()):
        raise UsageError(f"{name}: scope is words with spaces between, such as inspections:read")
    if (audience is None) != (scope is None):
        raise UsageError(f"{name}: audience and scope go together; a token needs both")
    return audience, scope and " ".join(scope.split())
