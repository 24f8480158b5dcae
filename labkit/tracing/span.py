"""
One recorded hop: who did what, from when to when, inside of what.

Glossary, in OpenTelemetry's words:
    span: one piece of work with a beginning and an end.
    parent: the span that it happened inside of, perhaps in another service.
    trace: all spans that one action caused, joined by their parents.
    kind: what sort of work it is; it chooses the colour, never the place.
    moment: something that happened at one point of a span, such as "first byte".

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Value = str | int | float | bool


class Kind(StrEnum):
    """What sort of work a span is."""

    CLIENT = "client"  # An HTTP request as its sender sees it: network.
    SERVER = "server"  # The same as the server sees it, from the first to the last byte.
    MIDDLEWARE = "middleware"
    DEPENDENCY = "dependency"
    AUTH = "auth"  # A token is made or verified.
    HANDLER = "handler"  # The endpoint's own function.
    POOL = "pool"  # Waiting for a connection.
    SQL = "sql"  # One statement.
    SERIALISE = "serialise"  # From the handler's result to bytes.
    BACKGROUND = "background"  # After the answer.
    AGENT = "agent"
    MODEL = "model"  # Waiting for a language model.
    TOOL = "tool"
    CODE = "code"  # Anything else that somebody gave a name.


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A point in time inside a span.

    Attributes:
        name: Such as "enter", "exit", "cached", "first byte", "exception".
        at_ns: When, on the same scale as the span's own times.
        attributes: What is known of it, allow-listed.
    """

    name: str
    at_ns: int
    attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Span:
    """
    One hop that was recorded. Nothing here is made up later: a drawing only leaves out.

    Attributes:
        span_id: 16 hexadecimal digits.
        parent_id: The span that this one happened inside of; None for the outermost.
        trace_id: 32 hexadecimal digits, the same for all spans that belong together.
        name: Short and free of values: "GET /lines/{line_id}", "Require", "SELECT lines".
        kind: What sort of work it is.
        service: Where it happened: "notebook", "issuer", "inspections", "search", "model".
        start_ns: Unix time in nanoseconds.
        end_ns: The same; never before ``start_ns``.
        attributes: What else is known, from an allow-list: no secret, no query string.
        error: The name of the exception's type if it arose here or passed through, else None.
        raised_here: Whether the error arose in this span, and not in one inside of it.
        moments: In order of time.
    """

    span_id: str
    parent_id: str | None
    trace_id: str
    name: str
    kind: Kind
    service: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    error: str | None = None
    raised_here: bool = False
    moments: tuple[Moment, ...] = ()

    @property
    def duration_ms(self) -> float:
        """How long it took, in milliseconds."""
        return (self.end_ns - self.start_ns) / 1e6
