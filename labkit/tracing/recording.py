"""
Where the spans of one trace are collected: a bounded ring, filled from any thread.

Glossary:
    ring: the newest `RING_SPANS` spans that have ended; older ones fall out and are counted.
    live: begun and not ended.
    outer: the recording that this one was opened inside of; it gets all spans of this one too.
    in flight: a request that a service hasn't finished with, its background work included.

OpenTelemetry's SDK makes the spans, with a provider of our own: whatever the user's program has set
up globally stays as it is. The SDK loads with the first trace.

Floor 1: knows errors and the OpenTelemetry SDK.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Condition, Lock, get_ident
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from labkit.tracing.attributes import MAX_STATEMENT, SHORT_NAMES
from labkit.tracing.hop import Collector, Hop, clock, open_recordings
from labkit.tracing.span import Kind, Moment, Span, Value

RING_SPANS = 10_000  # Our choice: a thousand requests to a route with one statement, about 30 MB.
SETTLE_S = 1.0  # Our choice: how long the end of a trace waits for what services still do.
_MOST = 64  # Attributes and events of a span at most; ours have ten.

_PROVIDER = TracerProvider(
    sampler=ALWAYS_ON,
    resource=Resource({"telemetry.sdk.name": "opentelemetry"}),
    shutdown_on_exit=False,
    span_limits=SpanLimits(  # All of them: what isn't given would come from the environment.
        max_attributes=_MOST,
        max_events=_MOST,
        max_links=1,
        max_span_attributes=_MOST,
        max_event_attributes=_MOST,
        max_link_attributes=1,
        max_attribute_length=MAX_STATEMENT,
        max_span_attribute_length=MAX_STATEMENT,
    ),
)


class Recording:
    """
    What one trace collects.

    Args:
        outer: The recording around this one, if there is one.
        adopts: Whether it takes in work that has no trace of its own.

    Attributes:
        root: The hop of the whole block; it is never dropped.
        closed: Whether the block is over: from then on nothing is recorded.
        dropped: How many spans fell out of the ring.
    """

    def __init__(self, outer: Collector | None = None, *, adopts: bool = True) -> None:
        self.tracer = _PROVIDER.get_tracer("labkit")
        self.outer = outer
        self.adopts = adopts
        self.root: Hop
        self.closed = False
        self._ring: deque[Hop] = deque(maxlen=RING_SPANS)
        self._ended = 0
        self._live: dict[int, Hop] = {}
        self._lock = Lock()
        self._in_flight: list[int] = []  # The thread of each request.
        self._finished = Condition()
        self._closed_ns = 0

    @property
    def dropped(self) -> int:
        """How many spans fell out of the ring."""
        return self._ended - len(self._ring)

    @property
    def trace_id(self) -> int:
        """The id that all spans here share, as OpenTelemetry has it."""
        return int(self.root.sdk.context.trace_id)

    def open(self, name: str, service: str, around: Hop | None) -> None:
        """Begin the hop of the whole block; *around* is the one that it happens inside of."""
        if not open_recordings:
            clock.set()
        parent = Context() if around is None else around.context
        self.root = Hop(name, Kind.CODE, self, parent, service, {})
        self.root.__enter__()
        open_recordings.append(self)  # Last: from here on any thread may begin a hop inside.

    def close(self) -> None:
        """Take nothing more in. Twice is once."""
        if not self.closed:
            self._closed_ns = clock.now_ns()
            self.closed = True
            if self in open_recordings:
                open_recordings.remove(self)

    def began(self, hop: Hop) -> None:
        """Take note of a hop that begins."""
        if not self.closed:
            with self._lock:
                self._live[hop.sdk.context.span_id] = hop
        if self.outer is not None:
            self.outer.began(hop)

    def ended(self, hop: Hop) -> None:
        """Keep a hop that has ended, unless the trace has."""
        if not self.closed:
            with self._lock:
                self._live.pop(hop.sdk.context.span_id, None)
                if hop is not self.root:
                    self._ring.append(hop)
                    self._ended += 1
        if self.outer is not None:
            self.outer.ended(hop)

    def live(self, span_id: int) -> Hop | None:
        """Return the live hop with this id, as a ``traceparent`` names it."""
        return self._live.get(span_id)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as in flight while the block runs."""
        me = get_ident()
        with self._finished:
            self._in_flight.append(me)
        try:
            yield
        finally:
            with self._finished:
                self._in_flight.remove(me)
                self._finished.notify_all()

    def settle(self) -> None:
        """
        Wait until no request is in flight, at most `SETTLE_S` seconds.

        Whoever has an answer may be here before the service has noted that it was sent. Requests
        that our own thread serves can't end while we wait, so they aren't waited for.
        """
        me = get_ident()
        with self._finished:
            self._finished.wait_for(lambda: all(t == me for t in self._in_flight), SETTLE_S)

    def spans(self) -> list[Span]:
        """Return the root, what is in the ring, and what is live, in order of start."""
        with self._lock:
            hops = [*self._ring, *self._live.values()]
        if self.root.ended_ns is not None:
            hops.append(self.root)
        now_ns = self._closed_ns or clock.now_ns()
        return sorted((self._span(hop, now_ns) for hop in hops), key=lambda one: one.start_ns)

    def _span(self, hop: Hop, now_ns: int) -> Span:
        sdk, start_ns = hop.sdk, hop.sdk.start_time or 0
        attributes = _short(sdk.attributes)
        # What ends after the trace stays unfinished in it: a trace doesn't change any more.
        ended_ns = None if hop.ended_ns is None or hop.ended_ns > now_ns else hop.ended_ns
        if ended_ns is None:
            attributes["unfinished"] = True
        parent = None if hop is self.root else sdk.parent
        return Span(
            span_id=f"{sdk.context.span_id:016x}",
            parent_id=None if parent is None else f"{parent.span_id:016x}",
            trace_id=f"{sdk.context.trace_id:032x}",
            name=sdk.name,
            kind=hop.kind,
            service=hop.service,
            start_ns=start_ns,
            end_ns=max(now_ns, start_ns) if ended_ns is None else ended_ns,
            attributes=attributes,
            error=hop.error,
            raised_here=hop.raised_here,
            moments=tuple(
                Moment(event.name, event.timestamp, _short(event.attributes))
                for event in sdk.events
            ),
        )


def _short(attributes: Mapping[str, Any] | None) -> dict[str, Value]:
    """Return attributes by their short names; none has got there but by `attributes.cleaned`."""
    return {SHORT_NAMES[name]: value for name, value in (attributes or {}).items()}
