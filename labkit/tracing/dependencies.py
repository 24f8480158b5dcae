"""
Dependencies as spans: each call of one, and each time that a value from before is used again.

While a request is traced, FastAPI solves a copy of what it would solve, with a stand-in for each
dependency. A stand-in is equal to what it stands for: that is how FastAPI finds a value from
before, and what overrides it.

FastAPI solves what a dependency needs before it calls it. So their spans stand side by side, and
the attribute ``needed_by`` says for whom each was called. One with ``yield`` is open until its
exit, so what comes between, the handler too, happens inside of it.

Glossary:
    dependant: FastAPI's node for a function with parameters to fill in; its dependencies hang on
        it.
    enter, exit: moments of a dependency with ``yield``: its value is there; it's taken back.
    cached: moment of a span without a length: the value from before was used again.

Floor 1: knows FastAPI.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import replace
from typing import Any

from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.dependencies.models import Dependant

from labkit.tracing.here import current
from labkit.tracing.hop import Hop
from labkit.tracing.span import Kind

_Call = Callable[..., Any]
_COPIES_AT_MOST = 1000  # Our choice: more routes than an app in a notebook has.


def name_of(call: object) -> str:
    """Return what a function is called; for an object, what its class is called."""
    while isinstance(call, functools.partial):
        call = call.func
    name = getattr(call, "__name__", None)
    return name if isinstance(name, str) else type(call).__name__


class _StandIn:
    """
    Stands for one dependency.

    Attributes:
        call: What it stands for.
        needed_by: Whose dependency it is; empty if an override hides that.
    """

    def __init__(self, call: _Call, needed_by: str) -> None:
        self.call, self.needed_by = call, needed_by
        self.__signature__ = inspect.signature(call)  # FastAPI reads it where there are overrides.

    def __eq__(self, other: object) -> bool:
        return bool(self.call == (other.call if isinstance(other, _StandIn) else other))

    def __hash__(self) -> int:
        return hash(self.call)

    def hop(self) -> Hop | None:
        """Return the span of a call, not begun; None if the trace is over."""
        around = current()
        needed_by = self.needed_by or None
        return around and around.child(name_of(self.call), Kind.DEPENDENCY, needed_by=needed_by)


class _Returning(_StandIn):
    """Stands for a function or a class: coroutine or not, FastAPI awaits this one."""

    async def __call__(self, **values: Any) -> Any:  # noqa: ANN401
        hop = self.hop()
        if hop is None:
            return await self._result(values)
        with hop:
            return await self._result(values)

    async def _result(self, values: dict[str, Any]) -> Any:  # noqa: ANN401
        if _is(inspect.iscoroutinefunction, self.call):
            return await self.call(**values)
        return await run_in_threadpool(self.call, **values)


class _Yielding(_StandIn):
    """Stands for a function with ``yield``; what runs before its exit happens inside of it."""

    async def __call__(self, **values: Any) -> AsyncIterator[Any]:  # noqa: ANN401
        hop = self.hop()
        async with self._context(values) if hop is None else self._noted(hop, values) as value:
            yield value

    @asynccontextmanager
    async def _noted(self, hop: Hop, values: dict[str, Any]) -> AsyncIterator[Any]:
        with hop:
            async with AsyncExitStack() as stack:
                value = await stack.enter_async_context(self._context(values))
                hop.moment("enter")
                stack.callback(hop.moment, "exit")
                yield value

    def _context(self, values: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        if _is(inspect.isasyncgenfunction, self.call):
            return asynccontextmanager(self.call)(**values)
        return contextmanager_in_threadpool(contextmanager(self.call)(**values))


class Asked(dict[Any, Any]):
    """The values of one request, by dependency; who takes one a second time is recorded."""

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - FastAPI's: the call, then its scopes.
        stand_in = key[0]
        hop = stand_in.hop() if isinstance(stand_in, _StandIn) else None
        if hop is not None:
            with hop:
                hop.moment("cached")
        return super().__getitem__(key)


class Overrides:
    """An app's ``dependency_overrides`` with a stand-in for each dependency that is asked for."""

    def __init__(self, overrides: dict[_Call, _Call]) -> None:
        self.dependency_overrides, self._overrides = self, overrides

    @classmethod
    def of(cls, provider: Any) -> Any:  # noqa: ANN401 - a FastAPI app, or None.
        """Return what FastAPI shall ask instead of *provider*."""
        overrides = getattr(provider, "dependency_overrides", None)
        return cls(overrides) if overrides else provider

    def get(self, call: _Call, default: _Call) -> _Call:
        """Return a stand-in for what *call* is overridden with, or for itself."""
        needed_by = call.needed_by if isinstance(call, _StandIn) else ""
        return _stand_in(self._overrides.get(call, default), needed_by)


_copies: dict[int, tuple[Dependant, Dependant]] = {}  # By id; the original is held, so it stays.


def traced_copy(dependant: Dependant) -> Dependant:
    """Return *dependant* with stand-ins for its dependencies, the same one each time."""
    known = _copies.get(id(dependant))
    if known is None:
        if len(_copies) >= _COPIES_AT_MOST:
            _copies.clear()
        known = _copies[id(dependant)] = (dependant, _copy(dependant))
    return known[1]


def forget_copies() -> None:
    """Let go of all apps. Called when the last trace closes."""
    _copies.clear()


def _copy(dependant: Dependant) -> Dependant:
    name = name_of(dependant.call)
    inner = [
        replace(_copy(each), call=_stand_in(each.call, name))
        for each in dependant.dependencies
        if each.call is not None
    ]
    return replace(dependant, dependencies=inner)


def _stand_in(call: _Call, needed_by: str) -> _Call:
    if isinstance(call, _StandIn):
        return call
    return (_Yielding if yields(call) else _Returning)(call, needed_by)


def yields(call: _Call) -> bool:
    """Tell whether FastAPI takes *call* for a dependency with ``yield``."""
    return _is(inspect.isgeneratorfunction, call) or _is(inspect.isasyncgenfunction, call)


def _is(kind: Callable[[object], bool], call: _Call) -> bool:
    """Tell whether FastAPI would take *call* for one of this *kind*: as it is, or undecorated."""
    while isinstance(call, functools.partial):
        call = call.func
    bare = inspect.unwrap(call)
    if kind(call) or kind(bare):
        return True
    if inspect.isclass(bare):
        return False
    return any(kind(inspect.unwrap(each.__call__)) for each in (call, bare))  # type: ignore[operator]
