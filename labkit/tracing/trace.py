"""
One trace: everything that a block of code caused, across threads and services.

::

    with lab.trace() as trace:
        lab.inspections.get("/lines", token=token)
    trace                                    # draws itself

Floor 1: knows errors and pictures.
"""

from collections.abc import Container, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from labkit.errors import UsageError
from labkit.pictures import Picture, onion, sequence_diagram, waterfall
from labkit.pictures.onion import ONION_TITLE
from labkit.pictures.rows import Layout, lay_out
from labkit.pictures.sequence import SEQUENCE_TITLE
from labkit.tracing.here import current
from labkit.tracing.own_time import own_times_ns
from labkit.tracing.span import Kind, Span
from labkit.tracing.table import as_table

if TYPE_CHECKING:
    from pandas import DataFrame

    from labkit.tracing.recording import Recording

NOTEBOOK = "notebook"  # Where the block itself runs.
TIMEOUT_S = 5.0  # Our choice: a collector on this machine takes milliseconds.


class Trace:
    """
    What happens inside of its ``with`` block, as spans. `labkit.Lab.trace` makes one.

    Looking at it while it is open shows what has happened so far. Iterate over it for the `Span`
    objects, in order of start; the first one is the block itself.

    Args:
        adopts: Whether work without a trace of its own is taken in, such as that of a thread which
            nobody told of it. False for a trace beside others: it takes in what its block causes.
    """

    def __init__(self, *, adopts: bool = True) -> None:
        self._adopts = adopts
        self._recording: Recording | None = None

    def __enter__(self) -> Self:
        from labkit.tracing.recording import Recording
        from labkit.tracing.watching import HOOKS

        if self._recording is not None:
            raise UsageError(
                "this trace was used already: make a new one, `with lab.trace() as t:`"
            )
        around = current()
        outer = around.recording if around else None
        self._recording = Recording(outer=outer, adopts=self._adopts)
        HOOKS.install()
        try:
            self._recording.open("trace", around.service if around else NOTEBOOK, around)
        except BaseException:  # Ctrl-C.
            self._recording.close()
            HOOKS.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from labkit.tracing.watching import HOOKS

        assert self._recording is not None, "entered"
        try:
            if error is None or isinstance(error, Exception):  # Ctrl-C doesn't wait.
                self._recording.settle()
        finally:
            self._recording.root.__exit__(kind, error, traceback)
            self._recording.close()
            HOOKS.remove()

    def __iter__(self) -> Iterator[Span]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    @property
    def dropped(self) -> int:
        """How many spans weren't kept, because newer ones took their place."""
        return 0 if self._recording is None else self._recording.dropped

    @property
    def spans(self) -> "DataFrame":
        """
        The spans as a pandas table; `labkit.tracing.table.COLUMNS` has its columns.

        Raises:
            MissingDependency: pandas isn't installed.
        """
        return as_table(self._known())

    def find(
        self,
        name: str | None = None,
        *,
        kind: Kind | str | None = None,
        service: str | None = None,
    ) -> list[Span]:
        """
        Return the spans that fit, in order of start: ``trace.find(kind="sql")``.

        Args:
            name: The whole name, or its beginning, such as "GET /lines".
            kind: What sort of work.
            service: Where.

        Raises:
            UsageError: There is no such kind.
        """
        wanted = None if kind is None else _kind(kind)
        return [
            span
            for span in self
            if (name is None or span.name.startswith(name))
            and (wanted is None or span.kind is wanted)
            and (service is None or span.service == service)
        ]

    def order(self, *kinds: Kind | str) -> list[str]:
        """
        Return the names of the spans inside the block in the order in which they started.

        Args:
            kinds: Only those of these kinds: ``trace.order("middleware", "handler")``.

        Raises:
            UsageError: There is no such kind.
        """
        wanted = {_kind(kind) for kind in kinds} or set(Kind)
        return [span.name for span in self._known()[1:] if span.kind in wanted]

    def own_ms(self, span: Span) -> float:
        """Return how long *span* took without the spans inside of it, in milliseconds."""
        return own_times_ns(self._known()).get(span.span_id, 0) / 1e6

    def slowest(self) -> Span:
        """
        Return the span that took longest by itself: the time of those inside of it isn't counted.

        Raises:
            UsageError: Nothing was recorded.
        """
        spans = self._known()
        if not spans:
            raise UsageError("nothing was recorded yet: use it as `with lab.trace() as trace:`")
        own = own_times_ns(spans)
        return max(spans, key=lambda span: own[span.span_id])

    def to_otlp(self, endpoint: str, *, timeout_s: float = TIMEOUT_S) -> int:
        """
        Send the spans to an OpenTelemetry collector of yours, and return how many there were.

        Args:
            endpoint: Where it takes OTLP over HTTP, such as "http://127.0.0.1:4318".
            timeout_s: How many seconds a request may take.

        Raises:
            UsageError: The endpoint is no URL, or the time no number of seconds.
            ServiceError: The collector isn't there, or refuses.
            MissingDependency: OpenTelemetry's exporter isn't installed.
        """
        from labkit.tracing.otlp import send

        return send(self._known(), endpoint, timeout_s)

    @property
    def layout(self) -> Layout:
        """The rows of the picture as data, for another way to show them."""
        return lay_out(self._known(), dropped=self.dropped)

    @property
    def picture(self) -> Picture:
        """The waterfall."""
        return waterfall(self._known(), dropped=self.dropped)

    def onion(self, number: int = -1, *, title: str = ONION_TITLE) -> Picture:
        """
        Draw the layers of one request: what it went into, what it came out of, in which order.

        Args:
            number: Which of the requests that were made here: 0 is the first, -1 the last.
            title: Heading of the picture.

        Raises:
            UsageError: There is no such request.
        """
        return onion(self._known(), number, title=title)

    def sequence(self, *, title: str = SEQUENCE_TITLE) -> Picture:
        """
        Draw who called whom, from top to bottom: agent, model, tools, services, database.

        Args:
            title: Heading of the picture.

        Raises:
            UsageError: Nobody called anybody.
        """
        return sequence_diagram(self._known(), title=title)

    def __repr__(self) -> str:
        return self.picture.text

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Give Jupyter the picture and its twin."""
        return self.picture._repr_mimebundle_(include, exclude)

    def _known(self) -> list[Span]:
        if self._recording is None:
            return []
        if not self._recording.closed:
            self._recording.settle()
        return self._recording.spans()


def _kind(kind: Any) -> Kind:  # noqa: ANN401 - whatever a learner passes.
    try:
        return Kind(kind)
    except ValueError:
        raise UsageError(f"kind is one of {', '.join(Kind)}") from None
