"""
Where a piece of code is in the trace, and the way for any room to record a hop of its own.

::

    with span("tool defect_rate", Kind.TOOL, tool_name="defect_rate") as hop:
        rows = await ask()
        hop.set(rows=len(rows))

Outside a `Trace` that costs one look at a context variable. Tasks inherit the context; threads
don't, so whoever starts one takes it along: ``here = capture()``, and in the thread
``with attach(here): ...``.

Floor 1: knows errors and its neighbours.
"""

from typing import Any, Self

from labkit.tracing.attributes import check_names
from labkit.tracing.hop import Hop, current_hop, open_recordings, restore
from labkit.tracing.span import Kind


class _Off:
    """What `span` gives while nothing is recorded: it does nothing, and costs as much."""

    __slots__ = ()

    def set(self, **attributes: Any) -> None:  # noqa: ANN401
        """Check the names, so that a mistake shows with and without a trace."""
        check_names(attributes)

    def moment(self, name: str, **attributes: Any) -> None:  # noqa: ANN401, ARG002
        """Check the names."""
        check_names(attributes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


_OFF = _Off()


def current() -> Hop | None:
    """Return the hop that this code runs inside of; None while nothing is recorded."""
    hop = current_hop.get()
    return hop if hop is not None and not hop.recording.closed else None


def adopter() -> Hop | None:
    """
    Return where work without a trace of its own belongs: in the one open trace that takes it in.

    Of a trace inside a trace that is the outer one. Of several side by side it could be any, so it
    is none.
    """
    adopting = [each for each in list(open_recordings) if each.adopts]  # Others may close one.
    outermost = [each for each in adopting if each.outer not in adopting]
    return outermost[0].root if len(outermost) == 1 else None


def span(name: str, kind: Kind = Kind.CODE, **attributes: Any) -> Hop | _Off:  # noqa: ANN401
    """
    Return a context manager that records its block as one span, in sync and in async code.

    Args:
        name: Short and free of values, such as "tool defect_rate".
        kind: What sort of work it is.
        attributes: From the list in `labkit.tracing.attributes`; None is left out.

    Raises:
        UsageError: The list has no such attribute.
    """
    check_names(attributes)
    around = current()
    return _OFF if around is None else around.child(name, kind, **attributes)


def capture() -> Hop | None:
    """Return where we are, for another thread to `attach`; None while nothing is recorded."""
    return current()


class attach:  # noqa: N801 - reads as a verb where it is used.
    """``with attach(here):`` what runs in the block happens inside of what `capture` returned."""

    def __init__(self, here: Hop | None) -> None:
        self._here = here

    def __enter__(self) -> None:
        self._token = current_hop.set(self._here)

    def __exit__(self, *_: object) -> None:
        restore(self._token)
