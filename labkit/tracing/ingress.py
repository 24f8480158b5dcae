"""
Requests as they come in: a span from the first to the last byte, joined to who asked.

Glossary:
    traceparent: the header that names the sender's span (W3C Trace Context, section 3.2).
    to join: to be recorded in the trace that the ``traceparent`` names. A request without one (or
        with one that is malformed) joins the trace that is open, if there is exactly one.
    instrument: have an app's requests and middleware recorded while a trace is open. Its
        dependencies, handlers and statements need nothing of the kind: see `labkit.tracing.hooks`.

While no trace is open, a request costs one look at an empty list here, and one in each middleware.

Floor 1: knows Starlette and the OpenTelemetry API.
"""

from collections.abc import Awaitable
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.tracing.here import adopter, current
from labkit.tracing.hop import Collector, Hop, clock, open_recordings
from labkit.tracing.span import Kind

SERVER_HOP = "labkit.hop"  # In the scope of a request: its hop, so that the router can name it.
_MAX_TRACEPARENT = 256  # Characters; version 00 has 55, a later one may have more.
_PROPAGATOR = TraceContextTextMapPropagator()
_INSTRUMENTED = "_labkit_instrumented"


def instrument(app: ASGIApp, *, service: str = "mine") -> ASGIApp:
    """
    Return *app* with its requests recorded while a trace is open.

    A Starlette or FastAPI app keeps its middlewares, each of which becomes a span of its own.
    `labkit.Lab.serve` does this already.

    Args:
        app: Any ASGI app.
        service: What the trace calls it.
    """
    if isinstance(app, Starlette) and not getattr(app, _INSTRUMENTED, False):
        _instrument_middleware(app)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        joined = _join(scope) if open_recordings and scope["type"] == "http" else None
        if joined is None:
            await app(scope, receive, send)
        else:
            await _serve(app, joined, service, scope, receive, send)

    return served


def _join(scope: Scope) -> tuple[Collector, Context] | None:
    """Return whose trace a request belongs to, and inside of which span; None for nobody's."""
    sender = _sender(scope)
    if sender is not None:
        return _trace_of(sender)
    here = current() or adopter()  # In-process transports call the app from where the client is.
    return None if here is None else (here.recording, here.context)


def _sender(scope: Scope) -> SpanContext | None:
    sent = [value for name, value in scope["headers"] if name == b"traceparent"]
    if len(sent) != 1 or len(sent[0]) > _MAX_TRACEPARENT:
        return None  # Sent twice is malformed, too (section 3.2).
    carrier = {"traceparent": sent[0].decode("latin-1")}
    found = get_current_span(_PROPAGATOR.extract(carrier, Context())).get_span_context()
    return found if found.is_valid else None


def _trace_of(sender: SpanContext) -> tuple[Collector, Context] | None:
    for recording in reversed(open_recordings):  # The innermost of nested ones first.
        hop = recording.live(sender.span_id)
        if hop is not None and recording.trace_id == sender.trace_id:
            return hop.recording, hop.context
    for recording in open_recordings:
        if recording.trace_id == sender.trace_id:  # Who asked didn't wait for the answer.
            return recording, recording.root.context
    return None  # A trace of somebody else's.


async def _serve(
    app: ASGIApp,
    joined: tuple[Collector, Context],
    service: str,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    recording, parent = joined
    name = f"{scope['method']} {scope['path']}"
    hop = Hop(name, Kind.SERVER, recording, parent, service, {"method": scope["method"]})
    scope[SERVER_HOP] = hop
    last_byte_ns: int | None = None

    async def noting(message: Message) -> None:
        nonlocal last_byte_ns
        if message["type"] == "http.response.start":
            _name_by_route(hop, scope)
            hop.set(status=message["status"])
            hop.moment("first byte")
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            last_byte_ns = clock.now_ns()  # Before it is sent: who asked may be quicker than we.
        await send(message)

    with recording.request(), hop:
        try:
            await app(scope, receive, noting)
        finally:
            hop.ends_at(last_byte_ns)
            scope.pop(SERVER_HOP, None)  # uvicorn keeps the scope as long as the connection.


def _name_by_route(hop: Hop, scope: Scope) -> None:
    """Name a request by its route; `labkit.tracing.hooks` has done it for FastAPI's."""
    path = getattr(scope.get("route"), "path", None)
    if hop.route is None and isinstance(path, str):
        name_request(hop, scope, path)


def name_request(hop: Hop, scope: Scope, route: str) -> None:
    """Name the server's span, and the sender's if it's ours, by the *route* that was found."""
    hop.route = route
    name = f"{scope['method']} {scope.get('root_path', '')}{route}"
    hop.rename(name)
    hop.set(route=route)
    parent = hop.sdk.parent
    sender = _outermost(hop.recording).live(parent.span_id) if parent is not None else None
    if sender is not None and sender.kind is Kind.CLIENT:
        sender.rename(name)


def _outermost(recording: Collector) -> Collector:
    while recording.outer is not None:
        recording = recording.outer
    return recording


# Middleware.


class _Traced:
    """A middleware with a span around it, which holds all that is further in."""

    def __init__(self, name: str, middleware: ASGIApp) -> None:
        self.name, self.app = name, middleware

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        around = current() if open_recordings else None
        if around is None or scope["type"] != "http":
            return self.app(scope, receive, send)
        return self._recorded(around, scope, receive, send)

    async def _recorded(self, around: Hop, scope: Scope, receive: Receive, send: Send) -> None:
        with around.child(self.name, Kind.MIDDLEWARE):
            await self.app(scope, receive, send)


def _instrument_middleware(app: Starlette) -> None:
    """Have *app* build its stack with a span around each middleware, now or at its first call."""
    build = app.build_middleware_stack

    def traced_stack() -> ASGIApp:
        plain = app.user_middleware
        app.user_middleware = [_traced(middleware) for middleware in plain]
        try:
            return build()
        finally:
            app.user_middleware = plain

    setattr(app, "build_middleware_stack", traced_stack)  # noqa: B010 - of this one app.
    setattr(app, _INSTRUMENTED, True)
    if app.middleware_stack is not None:
        app.middleware_stack = traced_stack()


def _traced(middleware: Middleware) -> Middleware:
    def make(app: ASGIApp, *args: Any, **kwargs: Any) -> ASGIApp:  # noqa: ANN401
        return _Traced(_name_of(middleware), middleware.cls(app, *args, **kwargs))

    return Middleware(make, *middleware.args, **middleware.kwargs)


def _name_of(middleware: Middleware) -> str:
    """Return the name of the function in ``@app.middleware("http")``, else that of the class."""
    function = middleware.kwargs.get("dispatch")
    return str(getattr(function or middleware.cls, "__name__", type(middleware.cls).__name__))
