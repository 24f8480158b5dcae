"""
A trace to walk through: fold, filter, and open any hop, with mouse or keyboard.

::

    from labkit.widgets import trace_view
    trace_view(trace)                        # the last line of a cell

A cell shows two outputs: the picture, which lasts and is all that a page without a kernel has, and
below it the view. In a terminal it is the picture's twin, in text.

Floor 4: knows tracing, pictures and errors; anywidget loads with the first view that is displayed.
"""

from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import Picture, waterfall
from labkit.pictures.telling import NOTHING
from labkit.tracing import Trace
from labkit.widgets.trace_data import trace_data
from labkit.widgets.view import View

if TYPE_CHECKING:
    from labkit.widgets.front_end import TraceWidget


class TraceView(View):
    """
    What a trace holds now, to walk through. `trace_view` makes one.

    Attributes:
        picture: The waterfall, for what has to last.
        data: What the page is told, as JSON.
    """

    _without = (
        "the interactive view of a trace needs anywidget: pip install 'labkit[course]'; "
        "`trace` alone draws the picture without"
    )

    def __init__(self, trace: Trace) -> None:
        if not isinstance(trace, Trace):
            raise UsageError(
                "trace has to be what `with lab.trace() as trace:` gives, a labkit.Trace"
            )
        spans = list(trace)  # Once: a trace that is open goes on.
        self.picture: Picture = waterfall(spans, dropped=trace.dropped)
        self.data = trace_data(spans, dropped=trace.dropped)
        self._about = f"trace view, {len(spans):,} spans" if spans else f"trace view, {NOTHING}"

    def _make_widget(self) -> "TraceWidget":
        from labkit.widgets.front_end import TraceWidget

        return TraceWidget(self.data, self._about)


def trace_view(trace: Trace) -> TraceView:
    """
    Return a view of *trace* that one can walk through; as a cell's last line it shows itself.

    Each row tells its name, service, duration and own time; a click or Enter opens its attributes
    and moments. Arrows move and fold, ``/`` filters, ``s`` goes to the slowest span, ``e`` to the
    next error.

    Raises:
        UsageError: It isn't a trace.
    """
    return TraceView(trace)
