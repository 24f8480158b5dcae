"""
The dependency graph of a route, read from FastAPI, joined with what was recorded of one request.

Glossary, in FastAPI's words. *Dependant*: what FastAPI knows of one call: the function, and what it
depends on. *Override*: a function that is called in the place of another one
(``app.dependency_overrides``). *Cache*: the values made for one request; whoever needs one that is
there gets it, and nothing is called. *Scope*: when the code after a ``yield`` runs, before the
answer ("function") or after it ("request").

`dependencies_of` walks the graph in the order in which ``fastapi.dependencies.utils`` (0.165) does
for each request, and with the same rules for its cache. The steps come from spans alone.

Floor 2: knows FastAPI and what a span is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase

from labkit.errors import UsageError
from labkit.pictures.graph_nodes import GraphNode, Scope
from labkit.tracing import Kind, Span
from labkit.tracing.dependencies import name_of, yields

_CALLED = {Kind.DEPENDENCY, Kind.AUTH, Kind.HANDLER}
_LISTED = 12  # Routes that an error names, at most; our choice.

Call = Callable[..., Any]


def dependencies_of(app: FastAPI, route: str, spans: Iterable[Span] = ()) -> tuple[GraphNode, ...]:
    """
    Return what the handler of *route* depends on, in the order of the calls; the handler is last.

    With *spans* of a request, each node knows at which step it was entered and left, and what it
    raised; one more node is the answer.

    Args:
        app: Any FastAPI application, with the overrides that it has now.
        route: Method and path as they were declared, such as "GET /lines/{line_id}".
        spans: What was recorded, such as a trace; the last request to this route counts.

    Raises:
        UsageError: *app* is no FastAPI application, it has no such route, or these are no spans.
    """
    if not isinstance(app, FastAPI):
        raise UsageError("app has to be a FastAPI application")
    walk = _Walk(app.dependency_overrides)
    dependant = _dependant_of(app, route)
    needs, cached = walk.needs_of(dependant)
    handler = GraphNode(name_of(dependant.call), "handler", needs, cached)
    return _with_steps((*walk.nodes, handler), _of_last_request(route, spans))


def _dependant_of(app: FastAPI, route: str) -> Dependant:
    known: dict[str, Dependant] = {}
    for each in iter_route_contexts(app.routes):
        if (dependant := getattr(each, "dependant", None)) is not None:
            known |= {f"{method} {each.path}": dependant for method in each.methods or ()}
    if not isinstance(route, str) or route not in known:
        listed = ", ".join(sorted(known)[:_LISTED]) or "none"
        raise UsageError(f'route is one that the app has, such as "GET /"; this one has: {listed}')
    return known[route]


@dataclass(slots=True)
class _Walk:
    """A walk over a graph that calls nothing: it notes what FastAPI would call."""

    overrides: Mapping[Call, Call]
    nodes: list[GraphNode] = field(default_factory=list)
    cache: dict[object, int] = field(default_factory=dict)

    def needs_of(self, dependant: Dependant) -> tuple[tuple[int, ...], frozenset[int]]:
        """Return the nodes whose values *dependant* gets, and which of them come from the cache."""
        found = [self._use(part) for part in dependant.dependencies]
        return tuple(n for n, _ in found), frozenset(n for n, from_cache in found if from_cache)

    def _use(self, part: Dependant) -> tuple[int, bool]:
        used = self._overridden(part)
        needs, cached = self.needs_of(used)  # Before the cache is asked, as FastAPI does.
        key = _cache_key(part)
        if part.use_cache and key in self.cache:
            return self.cache[key], True
        self.nodes.append(
            GraphNode(
                name=name_of(used.call),
                needs=needs,
                from_cache=cached,
                always_new=not part.use_cache,
                scope=_scope(part, used),
                instead_of=name_of(part.call) if used is not part else "",
            )
        )
        place = len(self.nodes) - 1
        self.cache.setdefault(key, place)
        return place, False

    def _overridden(self, part: Dependant) -> Dependant:
        assert part.call is not None
        call = self.overrides.get(part.call, part.call)
        if call is part.call:
            return part
        return get_dependant(path=part.path or "", call=call, name=part.name, scope=part.scope)


def _cache_key(part: Dependant) -> object:
    scopes = (*(part.parent_oauth_scopes or ()), *(part.own_oauth_scopes or ()))
    return part.call, frozenset(scopes if _asks_for_scopes(part) else ()), _scope(part, part)


def _asks_for_scopes(part: Dependant) -> bool:
    """Tell whether the value may differ with the OAuth scopes that its users ask for."""
    if part.own_oauth_scopes or part.security_scopes_param_name:
        return True
    return isinstance(part.call, SecurityBase) or any(map(_asks_for_scopes, part.dependencies))


def _scope(part: Dependant, used: Dependant) -> Scope | None:
    """Return when the code after the ``yield`` of *used* runs; None if it has none."""
    if used.call is None or not yields(used.call):
        return None
    return "function" if part.scope == "function" else "request"


# What was recorded.


def _of_last_request(route: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans of the last request to *route*, the server's own first; none if none was."""
    recorded = list(spans) if isinstance(spans, Iterable) else [None]
    if not all(isinstance(span, Span) for span in recorded):
        raise UsageError("spans is a trace, or a list of Span")
    in_order = sorted((span for span in recorded if span), key=lambda span: span.start_ns)
    servers = [span for span in in_order if span.kind is Kind.SERVER and span.name == route]
    if not servers:
        return []
    inside = {servers[-1].span_id}
    found = [servers[-1]]
    for span in in_order:
        if span.parent_id in inside and span.kind is not Kind.SERVER:
            inside.add(span.span_id)
            found.append(span)
    return found


def _with_steps(nodes: Sequence[GraphNode], spans: Sequence[Span]) -> tuple[GraphNode, ...]:
    """Return *nodes* with the steps of *spans*, and the answer behind them; as they are without."""
    if not spans:
        return tuple(nodes)
    calls = _calls(nodes, spans[1:])
    status = str(spans[0].attributes.get("status", "no answer"))
    steps = _steps(nodes, calls, _moment(spans[0], "first byte"))
    done = [
        replace(
            node,
            enter=steps.get((place, "enter")),
            leave=steps.get((place, "exit")),
            error=(call.error or "") if call and call.raised_here else "",
        )
        for place, (node, call) in enumerate(zip(nodes, calls, strict=True))
    ]
    answer = GraphNode(status, "answer", (len(nodes) - 1,), enter=steps.get((len(nodes), "enter")))
    return (*done, answer)


def _calls(nodes: Sequence[GraphNode], spans: Sequence[Span]) -> list[Span | None]:
    """Return the span of each node: the first span of its name for the first such node."""
    waiting: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        if span.kind in _CALLED and _moment(span, "cached") is None:
            waiting[span.name].append(span)
    return [waiting[node.name].pop(0) if waiting[node.name] else None for node in nodes]


def _steps(
    nodes: Sequence[GraphNode], calls: Sequence[Span | None], sent_ns: int | None
) -> dict[tuple[int, str], int]:
    """
    Return the step of each event: which node, entered or left. The answer is the node after all.

    A clock may give two events one time; then they stay in the order in which FastAPI does things.
    """
    known = [(place, span) for place, span in enumerate(calls) if span]
    outwards = [(p, "exit", _moment(s, "exit"), nodes[p].scope) for p, s in reversed(known)]
    events: list[tuple[int, str, int | None]] = [
        *((place, "enter", _moment(span, "enter") or span.start_ns) for place, span in known),
        *((place, what, at_ns) for place, what, at_ns, scope in outwards if scope == "function"),
        (len(nodes), "enter", sent_ns),
        *((place, what, at_ns) for place, what, at_ns, scope in outwards if scope == "request"),
    ]
    timed = sorted((e for e in events if e[2] is not None), key=lambda event: event[2] or 0)
    return {(place, what): step for step, (place, what, _) in enumerate(timed, 1)}


def _moment(span: Span, name: str) -> int | None:
    return next((moment.at_ns for moment in span.moments if moment.name == name), None)
