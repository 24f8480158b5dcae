"""
What a picture needs to know of a recorded hop; `labkit.tracing.Span` has all of it.

Glossary, in OpenTelemetry's words: see `labkit.tracing.span`. Pictures stand below the tracing
and don't import it: whatever has these attributes can be drawn.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class MomentLike(Protocol):
    """A point in time inside a span."""

    @property
    def name(self) -> str:
        """Such as "first byte"."""

    @property
    def at_ns(self) -> int:
        """When, on the scale of the span's own times."""


class SpanLike(Protocol):
    """One recorded hop, such as `labkit.tracing.Span`."""

    @property
    def span_id(self) -> str:
        """Its own id."""

    @property
    def parent_id(self) -> str | None:
        """The span that it happened inside of."""

    @property
    def name(self) -> str:
        """Such as "GET /lines"."""

    @property
    def kind(self) -> str:
        """What sort of work it is, such as "middleware"."""

    @property
    def start_ns(self) -> int:
        """When it began, in nanoseconds."""

    @property
    def end_ns(self) -> int:
        """When it was over."""

    @property
    def attributes(self) -> Mapping[str, str | int | float | bool]:
        """What else is known."""

    @property
    def error(self) -> str | None:
        """The name of the exception's type, if one arose here or passed through."""

    @property
    def raised_here(self) -> bool:
        """Whether it arose here."""

    @property
    def moments(self) -> Sequence[MomentLike]:
        """What happened at one point, in order of time."""
