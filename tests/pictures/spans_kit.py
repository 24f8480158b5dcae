"""Spans to draw, made without recording anything."""

from dataclasses import dataclass, field


@dataclass
class Moment:
    name: str
    at_ns: int


@dataclass
class Span:
    span_id: str
    parent_id: str | None
    name: str = "work"
    kind: str = "code"
    service: str = "notebook"
    start_ns: int = 0
    end_ns: int = 0
    attributes: dict = field(default_factory=dict)
    error: str | None = None
    raised_here: bool = False
    moments: tuple = ()


def spans_of(nested, *, parent=None, clock=None, **more):
    """Make spans from names with what is inside of them, each begun after the one before."""
    clock = clock if clock is not None else [0]
    for name, inner in nested:
        begin = clock[0] = clock[0] + 1_000_000
        one = Span(f"{begin:x}", parent, name, start_ns=begin, **more)
        yield from spans_of(inner, parent=one.span_id, clock=clock, **more)
        clock[0] += 1_000_000
        one.end_ns = clock[0]
        yield one


def chain(length):
    for number in range(length):
        yield Span(f"{number}", f"{number - 1}" if number else None, f"level {number}",
                   start_ns=number, end_ns=2 * length - number)  # fmt: skip
