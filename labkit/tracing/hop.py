"""
A span while it is open: what it's called, when it began, who collects it.

Glossary:
    hop: a span that is open; OpenTelemetry's own span is inside of it.
    recording: what a `Trace` collects its spans in; `labkit.tracing.recording` has the class.

Floor 1: knows errors and the OpenTelemetry API.
"""

import time
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, set_span_in_context

from labkit.tracing.attributes import MAX_NAME, check_names, clean_text, cleaned
from labkit.tracing.span import Kind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span as SdkSpan

_WIRE_KINDS = {Kind.CLIENT: SpanKind.CLIENT, Kind.SERVER: SpanKind.SERVER}
_SEEN = "_labkit_trace"  # On an exception: the id of the trace that has noted it already.


class Collector(Protocol):
    """What a hop knows of its recording; `labkit.tracing.recording.Recording` is the one."""

    tracer: Tracer
    root: "Hop"
    outer: "Collector | None"
    adopts: bool
    closed: bool

    @property
    def trace_id(self) -> int:
        """The id of the trace."""

    def began(self, hop: "Hop") -> None:
        """Take note of a hop that begins."""

    def ended(self, hop: "Hop") -> None:
        """Keep a hop that has ended."""

    def live(self, span_id: int) -> "Hop | None":
        """Return the hop with this id that hasn't ended."""

    def request(self) -> AbstractContextManager[None]:
        """Count a request as in flight."""


open_recordings: list[Collector] = []
"""The recordings of the traces that are open now, in the order in which they were opened."""


class _Clock:
    """Nanoseconds of Unix time that only grow, whoever sets the machine's clock meanwhile."""

    def __init__(self) -> None:
        self.set()

    def set(self) -> None:
        """Take the machine's time; only while no trace is open."""
        self._offset_ns = time.time_ns() - time.perf_counter_ns()

    def now_ns(self) -> int:
        """Return the time."""
        return self._offset_ns + time.perf_counter_ns()


clock = _Clock()


class Hop:
    """
    One open span. `labkit.tracing.span` makes it; the ``with`` block is its time.

    Attributes:
        name: As `labkit.tracing.Span` has it.
        kind: The same.
        service: Where it happens; inherited from the hop around it.
        recording: Who collects it.
        route: Of a request, once the router has found it.
    """

    __slots__ = (
        "_attributes", "_context", "_ends_at", "_parent", "_token", "ended_ns", "error", "kind",
        "name", "raised_here", "recording", "route", "sdk", "service",
    )  # fmt: skip

    sdk: "SdkSpan"

    def __init__(
        self,
        name: str,
        kind: Kind,
        recording: Collector,
        parent: Context,
        service: str,
        attributes: dict[str, Any],
    ) -> None:
        self.name, self.kind, self.recording, self.service = name, kind, recording, service
        self._parent, self._attributes = parent, attributes
        self._context: Context | None = None
        self._token: Token[Hop | None] | None = None
        self.ended_ns: int | None = None
        self.error: str | None = None
        self.raised_here = False
        self.route: str | None = None
        self._ends_at: int | None = None

    @property
    def context(self) -> Context:
        """What OpenTelemetry needs to make a span inside of this one."""
        if self._context is None:
            self._context = set_span_in_context(self.sdk, Context())
        return self._context

    def child(self, name: str, kind: Kind, **attributes: Any) -> "Hop":  # noqa: ANN401
        """Return a hop inside of this one, not begun yet."""
        return Hop(name, kind, self.recording, self.context, self.service, attributes)

    def begin(self) -> Self:
        """Start the time; `end` stops it. ``with`` does both, and makes it the current one."""
        sdk = self.recording.tracer.start_span(
            clean_text(self.name, MAX_NAME),
            context=self._parent,
            kind=_WIRE_KINDS.get(self.kind, SpanKind.INTERNAL),
            attributes=cleaned(self._attributes),
            start_time=clock.now_ns(),
        )
        self.sdk = cast("SdkSpan", sdk)  # Its sampler keeps all.
        self.recording.began(self)
        return self

    def set(self, **attributes: Any) -> None:  # noqa: ANN401
        """
        Write more on the span; None is left out.

        Raises:
            UsageError: The list of attributes has no such name.
        """
        check_names(attributes)
        self.sdk.set_attributes(cleaned(attributes))

    def moment(self, name: str, **attributes: Any) -> None:  # noqa: ANN401
        """Note that something happened now, such as "first byte"."""
        check_names(attributes)
        self.sdk.add_event(clean_text(name, MAX_NAME), cleaned(attributes), clock.now_ns())

    def rename(self, name: str) -> None:
        """Give it the name that turned out to be the right one, such as that of the route."""
        self.name = name
        self.sdk.update_name(clean_text(name, MAX_NAME))

    def fail(self, error: BaseException) -> None:
        """Note that *error* arose here or came through. Its text is left out: it may quote."""
        self.error = type(error).__name__
        self.raised_here = getattr(error, _SEEN, None) != self.recording.trace_id
        with suppress(AttributeError, TypeError):  # It may refuse to be written on.
            object.__setattr__(error, _SEEN, self.recording.trace_id)
        self.sdk.set_status(Status(StatusCode.ERROR))
        self.moment("exception")

    def ends_at(self, at_ns: int | None) -> None:
        """Let it count as ended at this time, although it's still open for what comes after."""
        self._ends_at = at_ns

    def end(self) -> None:
        """Stop the time. Twice is once."""
        if self.ended_ns is None:
            self.ended_ns = max(self._ends_at or clock.now_ns(), self.sdk.start_time or 0)
            self.sdk.end(self.ended_ns)
            self.recording.ended(self)

    def __enter__(self) -> Self:
        self.begin()
        self._token = current_hop.set(self)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        restore(self._token)
        if error is not None:
            self.fail(error)
        self.end()


current_hop: ContextVar[Hop | None] = ContextVar("labkit_hop", default=None)
"""The hop that new ones happen inside of. Tasks inherit it; `labkit.tracing.here` reads it."""


def restore(token: "Token[Hop | None] | None") -> None:
    """Go back to the hop around; a generator that is closed elsewhere has nothing to go back to."""
    if token is not None:
        try:
            current_hop.reset(token)
        except ValueError:
            return
