"""
What FastAPI does with a request: each dependency, the handler, the answer, what comes after it.

FastAPI calls three functions of its module ``fastapi.routing`` for that: `solve_dependencies`,
`run_endpoint_function` and `serialize_response`. While a trace is open, ours stand in front. The
names are FastAPI's, not promised to stay: a test says so if one goes.

Glossary:
    dependant: FastAPI's node for a function with parameters to fill in; its dependencies hang on
        it. Ours is a copy whose functions are `labkit.tracing.dependencies`' own.

Floor 1: knows FastAPI.
"""

from typing import Any

import fastapi.routing
import starlette.background
from starlette.routing import Route

from labkit.tracing.dependencies import Asked, Overrides, forget_copies, name_of, traced_copy
from labkit.tracing.here import current
from labkit.tracing.hooks import Hook
from labkit.tracing.ingress import SERVER_HOP, name_request
from labkit.tracing.span import Kind


def _solving(solve: Any) -> Any:  # noqa: ANN401
    async def solve_dependencies(**given: Any) -> Any:  # noqa: ANN401
        around = current()
        if around is None:
            return await solve(**given)
        dependant, scope = given["dependant"], given["request"].scope
        request = scope.get(SERVER_HOP)
        if request is not None and dependant.path:
            name_request(request, scope, dependant.path)
        if dependant.dependencies:
            given["dependant"] = traced_copy(dependant)
            given["dependency_cache"] = Asked()
            given["dependency_overrides_provider"] = Overrides.of(
                given["dependency_overrides_provider"]
            )
        return await solve(**given)

    return solve_dependencies


def _running(run: Any) -> Any:  # noqa: ANN401
    async def run_endpoint_function(**given: Any) -> Any:  # noqa: ANN401
        around = current()
        if around is None:
            return await run(**given)
        with around.child(name_of(given["dependant"].call), Kind.HANDLER):
            return await run(**given)

    return run_endpoint_function


def _serialising(serialise: Any) -> Any:  # noqa: ANN401
    async def serialize_response(**given: Any) -> Any:  # noqa: ANN401
        around = current()
        if around is None:
            return await serialise(**given)
        with around.child("serialise", Kind.SERIALISE):
            return await serialise(**given)

    return serialize_response


def _handling(handle: Any) -> Any:  # noqa: ANN401
    async def handle_route(route: Route, *asgi: Any) -> None:  # noqa: ANN401
        around = current()
        if around is None or type(route) is not Route:  # FastAPI's own has more than a handler.
            await handle(route, *asgi)
            return
        with around.child(name_of(route.endpoint), Kind.HANDLER):
            await handle(route, *asgi)

    return handle_route


def _after(call: Any) -> Any:  # noqa: ANN401
    async def run_task(task: starlette.background.BackgroundTask) -> None:
        around = current()
        if around is None:
            await call(task)
            return
        with around.child(name_of(task.func), Kind.BACKGROUND):
            await call(task)

    return run_task


class _Copies:
    """Not a hook, but what they leave behind."""

    def install(self) -> None: ...

    def remove(self) -> None:
        """Let go of the apps that were traced."""
        forget_copies()


HOOKS = [
    _Copies(),
    Hook(fastapi.routing, "solve_dependencies", _solving),
    Hook(fastapi.routing, "run_endpoint_function", _running),
    Hook(fastapi.routing, "serialize_response", _serialising),
    Hook(Route, "handle", _handling),
    Hook(starlette.background.BackgroundTask, "__call__", _after),
]
